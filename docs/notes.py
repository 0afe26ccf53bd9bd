"""What study notes on VPC peering and endpoints state, and which rules look after it.

The notes are of March 2023. Each statement stands here in short, with the rules that hold an account to it and, where
AWS says otherwise today, with what AWS says. ``docs/generate.py`` makes the page of them.
"""

from dataclasses import dataclass

_PEERING = "https://docs.aws.amazon.com/vpc/latest/peering"
_PRIVATELINK = "https://docs.aws.amazon.com/vpc/latest/privatelink"
_S3 = "https://docs.aws.amazon.com/AmazonS3/latest/userguide"


@dataclass(frozen=True)
class Statement:
    """One statement of the notes."""

    says: str
    rules: tuple[str, ...]
    """The ids of the rules that look after it."""
    today: str = ""
    """What AWS says today, where that differs or adds what one must know."""
    source: str = ""
    """The page of AWS that says so."""


PEERING = (
    Statement(
        "Peering connects two VPCs privately, over AWS's network.",
        ("peering-not-active", "peering-unused", "peering-bypassed-by-internet"),
    ),
    Statement(
        "They then behave as if they were one network.",
        (
            "peering-dns-resolution-off",
            "peering-dns-vpc-attributes",
            "peering-sg-blocks-peer",
            "peering-nacl-blocks",
            "peering-ipv6-not-routed",
        ),
        "Only for what is routed, let through and resolved: routes, security groups, network ACLs and the connection's "
        "DNS options are each owner's own to set.",
        f"{_PEERING}/vpc-peering-basics.html",
    ),
    Statement(
        "They may be in different Regions or accounts.",
        (
            "peering-unknown-account",
            "peering-far-side-unaudited",
            "peering-inter-region",
            "peering-encryption-control",
            "audit-region-skipped",
        ),
    ),
    Statement(
        "Their CIDR blocks must not overlap.",
        ("peering-cidr-overlap", "peering-cidr-overlap-candidate", "peering-hub-overlap", "peering-return-misroute"),
        "No block of one may overlap any block of the other, even where only other blocks would be used. Two peers of "
        "one hub may overlap each other.",
        f"{_PEERING}/vpc-peering-basics.html#vpc-peering-limitations",
    ),
    Statement(
        "It is not transitive: each pair of VPCs that is to communicate needs a connection.",
        ("peering-transitive-route", "peering-mesh-gap", "peering-mesh-too-large"),
    ),
    Statement(
        "Connections from A to B and from B to C do not peer A with C.",
        ("peering-transitive-route", "peering-mesh-gap"),
    ),
    Statement(
        "The route tables of each VPC's subnets must be updated; this matters most.",
        (
            "peering-route-missing-side",
            "peering-route-one-way",
            "peering-route-subnet-gap",
            "peering-route-cidr-gap",
            "peering-route-orphan-table",
            "peering-route-blackhole",
        ),
        "A subnet without a table of its own sends by the main table of its VPC.",
        f"{_PEERING}/vpc-peering-routing.html",
    ),
    Statement(
        "Each side's table needs a route for the other side's block that leads to the connection.",
        (
            "peering-route-wrong-destination",
            "peering-route-too-broad",
            "peering-route-wrong-connection",
            "peering-route-shadowed",
            "peering-route-least-privilege",
        ),
        "A VPC may have several blocks, IPv6 ones among them, and each wants its route.",
        f"{_PEERING}/vpc-peering-routing.html",
    ),
    Statement(
        "A rule may name a security group of the peered VPC.",
        (
            "peering-sg-stale-reference",
            "peering-sg-prefer-reference",
            "peering-sg-reference-without-route",
            "peering-sg-reference-through-middlebox",
            "peering-sg-too-open-to-peer",
        ),
        "A group of another VPC in a rule need not come over peering: transit gateways and groups shared with other "
        "VPCs allow it too.",
        f"{_PEERING}/vpc-peering-security-groups.html",
    ),
    Statement(
        "For that the VPCs must be in one Region.",
        ("peering-sg-cross-region-reference",),
    ),
    Statement(
        "There is no edge-to-edge routing through a peer: not to its VPN or Direct Connect,",
        ("peering-edge-on-premises",),
    ),
    Statement("not to the internet by its internet gateway,", ("peering-edge-internet-gateway",)),
    Statement(
        "not to the internet by its NAT device,",
        ("peering-edge-nat",),
        "A private NAT gateway of the peer cannot be reached either.",
        "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html",
    ),
    Statement(
        "and not to an AWS service by its gateway endpoint.",
        ("peering-edge-gateway-endpoint", "gateway-endpoint-needs-interface"),
    ),
)

ENDPOINTS = (
    Statement(
        "Endpoints let a VPC open private connections to AWS services: an instance in a private subnet reaches Amazon "
        "S3 without the internet.",
        (
            "gateway-endpoint-missing",
            "gateway-endpoint-route-table-gap",
            "endpoint-state",
            "interface-endpoint-missing-service",
        ),
    ),
    Statement(
        "They are powered by PrivateLink.",
        ("endpoint-service-no-load-balancer", "endpoint-service-state", "endpoint-state"),
        "All but gateway endpoints, which do not use PrivateLink.",
        f"{_PRIVATELINK}/gateway-endpoints.html",
    ),
    Statement(
        "They are redundant and scale horizontally.",
        (
            "interface-endpoint-single-az",
            "interface-endpoint-az-mismatch",
            "endpoint-gwlb-cross-az",
            "endpoint-service-single-az",
        ),
        "An interface endpoint stands in those zones alone whose subnets it is given.",
        f"{_PRIVATELINK}/create-interface-endpoint.html",
    ),
    Statement(
        "Without one, traffic goes by NAT and internet gateway to the service's public address.",
        ("interface-endpoint-private-dns-off", "gateway-endpoint-missing", "interface-endpoint-nat-for-aws"),
        "Such traffic does not leave AWS's network. What is at stake is cost, and control by policies.",
        f"{_PRIVATELINK}/gateway-endpoints.html",
    ),
    Statement(
        "That costs money for the NAT gateway, by the hour, and performance.",
        ("gateway-endpoint-missing", "endpoint-cost-nat-vs-endpoint"),
        "A NAT gateway is paid for by the hour and for each gigabyte.",
        "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-pricing.html",
    ),
    Statement(
        "With one, all the traffic stays private within AWS's network.",
        (
            "interface-endpoint-private-dns-off",
            "interface-endpoint-dns-attributes",
            "gateway-endpoint-route-shadowed",
            "gateway-endpoint-dns",
        ),
        "Where the service's name resolves to the endpoint, or the subnet's table leads to it.",
        f"{_PRIVATELINK}/create-interface-endpoint.html",
    ),
    Statement(
        "They make NAT and internet gateways unnecessary for AWS services; the internet is for updates and for what is "
        "not AWS's.",
        ("endpoint-nat-only-aws", "endpoint-isolated-no-endpoint", "interface-endpoint-missing-service"),
    ),
    Statement(
        "Site-to-Site VPN and Direct Connect cannot use endpoints.",
        ("gateway-endpoint-needs-interface", "interface-endpoint-on-premises-dns"),
        "They can use interface endpoints, as can peered VPCs and those on a transit gateway. None of them can use "
        "gateway endpoints. The notes' own last statement says so, too.",
        f"{_PRIVATELINK}/gateway-endpoints.html",
    ),
    Statement(
        "An interface endpoint is secured by security groups, a gateway endpoint by endpoint policies.",
        (
            "interface-endpoint-sg-no-443",
            "interface-endpoint-sg-too-open",
            "interface-endpoint-sg-peer-not-allowed",
            "interface-endpoint-nacl",
            "endpoint-policy-default",
            "endpoint-policy-wildcard",
        ),
        "Interface endpoints have policies as well, where the service supports them.",
        f"{_PRIVATELINK}/vpc-endpoints-access.html",
    ),
    Statement(
        "Route tables change for a gateway endpoint, and not for an interface endpoint.",
        ("gateway-endpoint-route-table-gap", "gateway-endpoint-no-route-table"),
    ),
    Statement(
        "An interface endpoint is powered by PrivateLink.",
        ("interface-endpoint-no-network-interface", "interface-endpoint-duplicate"),
        "So are Gateway Load Balancer, resource and service network endpoints.",
        f"{_PRIVATELINK}/concepts.html",
    ),
    Statement(
        "It provides a network interface with a private address.",
        (
            "interface-endpoint-no-network-interface",
            "interface-endpoint-subnet-ips",
            "interface-endpoint-ip-type",
        ),
        "One in each subnet that it is given, IPv4, IPv6 or both.",
        f"{_PRIVATELINK}/create-interface-endpoint.html",
    ),
    Statement(
        "A security group must be attached to that interface.",
        (
            "interface-endpoint-sg-missing",
            "interface-endpoint-sg-default",
            "interface-endpoint-sg-no-443",
            "interface-endpoint-sg-too-open",
        ),
        "AWS attaches the VPC's default group where none is named.",
        f"{_PRIVATELINK}/create-interface-endpoint.html",
    ),
    Statement("It supports most services.", ("interface-endpoint-missing-service", "endpoint-quota")),
    Statement(
        "It is paid for by the hour.",
        (
            "interface-endpoint-unused",
            "interface-endpoint-could-be-gateway",
            "interface-endpoint-centralise",
            "interface-endpoint-duplicate",
            "interface-endpoint-az-mismatch",
        ),
        "For each zone, and for each gigabyte as well.",
        "https://aws.amazon.com/privatelink/pricing/",
    ),
    Statement(
        "A gateway endpoint is the target of a route for the service's traffic.",
        ("gateway-endpoint-no-route-table", "gateway-endpoint-route-shadowed"),
    ),
    Statement(
        "It has neither security groups nor network interfaces.",
        ("gateway-endpoint-client-sg-egress", "gateway-endpoint-client-nacl"),
        "Those of its clients must let the service's addresses through all the same.",
        f"{_PRIVATELINK}/gateway-endpoints.html",
    ),
    Statement(
        "It serves Amazon S3 and DynamoDB alone.",
        ("gateway-endpoint-missing",),
        "And S3 Express One Zone. Which services have gateway endpoints is read from AWS's own list.",
        f"{_S3}/s3-express-networking.html",
    ),
    Statement(
        "Amazon S3 has both types,",
        ("endpoint-s3-both-types",),
        "and so has DynamoDB.",
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/privatelink-interface-endpoints.html",
    ),
    Statement(
        "and a VPC can have both at once.",
        ("endpoint-s3-both-types", "endpoint-s3-interface-shadows-gateway"),
        "Where the interface endpoint's private name is kept to the Resolver's inbound endpoints, the VPC's own "
        "traffic stays with the gateway endpoint, which costs nothing.",
        f"{_S3}/privatelink-interface-endpoints.html#private-dns",
    ),
    Statement(
        "An endpoint policy controls access to the service,",
        (
            "endpoint-policy-default",
            "endpoint-policy-wildcard",
            "endpoint-policy-no-perimeter",
            "endpoint-policy-foreign-account",
        ),
    ),
    Statement(
        "and may be attached when the endpoint is made.",
        ("endpoint-policy-default",),
        "Without one AWS gives the endpoint a policy that lets everything through.",
        f"{_PRIVATELINK}/vpc-endpoints-access.html",
    ),
    Statement(
        "It does not override policies of users or of the service,",
        ("endpoint-policy-denies-all", "endpoint-policy-gateway-principal"),
        "A request needs all of them: the endpoint's policy, the caller's and the resource's.",
        f"{_PRIVATELINK}/vpc-endpoints-access.html",
    ),
    Statement("but stands beside them.", ("endpoint-policy-denies-all", "endpoint-policy-default")),
    Statement(
        "A gateway endpoint is more cost-efficient: it is free.",
        ("interface-endpoint-could-be-gateway", "gateway-endpoint-missing"),
    ),
    Statement(
        "An interface endpoint is preferred for access from a network outside AWS, another VPC or another Region.",
        (
            "gateway-endpoint-needs-interface",
            "endpoint-cross-region",
            "endpoint-service-remote-regions",
            "peering-edge-gateway-endpoint",
        ),
        "An interface endpoint can lead to a service of another Region, where the service supports that.",
        f"{_PRIVATELINK}/aws-services-cross-region-privatelink-support.html",
    ),
)
