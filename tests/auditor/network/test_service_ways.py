import pytest

from auditor.network.entities import SubnetClass
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.service_ways import ServiceWay, Way, served, services_of, usual_services, ways_of
from tests.networks import network_of
from tests.world import World, blackhole

S3 = "com.amazonaws.eu-west-1.s3"
SQS = "com.amazonaws.eu-west-1.sqs"
NAME = "sqs.eu-west-1.amazonaws.com"
HUB = "222222222222"


def ways(seen: World, service: str = SQS, vpc: str = "vpc-a") -> tuple[ServiceWay, ...]:
    network = network_of(seen)
    return ways_of(network, network.vpcs[vpc], service)


def told(seen: World, service: str = SQS, vpc: str = "vpc-a") -> list[tuple[str, list[str], Way, str, str]]:
    """Of each way: the class, the subnets, the way, the endpoint and what decides it."""
    return [
        (way.subnet_class or "", [each.id for each in way.subnets], way.way, way.endpoint_id, way.decided_by)
        for way in ways(seen, service, vpc)
    ]


def classes() -> World:
    """A VPC with a public subnet, one that leaves by NAT, one by a transit gateway, and one that leaves nowhere."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    subnets = {
        name: made.subnet(f"subnet-{name}", vpc, f"10.0.{number}.0/24")
        for number, name in enumerate(("public", "nat", "transit", "isolated"))
    }
    made.internet_gateway("igw-1", vpc)
    made.nat_gateway("nat-1", subnets["public"])
    made.transit_gateway_attachment("tgw-1", vpc, [subnets["transit"]])
    for name, target in (("public", "igw-1"), ("nat", "nat-1"), ("transit", "tgw-1")):
        made.route_table(f"rtb-{name}", vpc, [subnets[name]], {"0.0.0.0/0": target})
    made.route_table("rtb-isolated", vpc, [subnets["isolated"]])
    return made


def spokes(*, peered: bool = True, back: bool = True, forth: bool = True, zone: bool = True) -> World:
    """A spoke with clients, and a hub with an endpoint for SQS that a hosted zone of the hub's leads both to."""
    made = World()
    spoke, hub = made.vpc("vpc-a", "10.0.0.0/16"), made.vpc("vpc-hub", "10.1.0.0/16", account=HUB)
    client = made.subnet("subnet-a", spoke, "10.0.0.0/24")
    central = made.subnet("subnet-hub", hub, "10.1.0.0/24", enis=False)
    made.interface_endpoint("vpce-hub", hub, "sqs", [central], private_dns=False)
    carrier = "pcx-1" if peered else "tgw-1"
    if peered:
        made.peering(carrier, spoke, hub)
    else:
        made.transit_gateway_attachment(carrier, spoke, [client])
        made.transit_gateway_attachment(carrier, hub, [central])
    made.route_table("rtb-a", spoke, [client], {"10.1.0.0/16": carrier} if forth else {})
    made.route_table("rtb-hub", hub, [central], {"10.0.0.0/16": carrier} if back else {})
    if zone:
        made.hosted_zone("Z1", NAME, [spoke, hub], {NAME: "vpce-hub"}, account=HUB)
    return made


ZONE = f"record A {NAME} of hosted zone Z1 ({NAME}) leads to vpce-hub in vpc-hub"


# --- Routes -----------------------------------------------------------------------------------------------------------


def test_without_an_endpoint_each_class_of_subnets_goes_by_its_default_route() -> None:
    assert told(classes()) == [
        ("public", ["subnet-public"], Way.INTERNET_GATEWAY, "", "route 0.0.0.0/0 to igw-1 of rtb-public"),
        ("private with NAT", ["subnet-nat"], Way.NAT, "", "route 0.0.0.0/0 to nat-1 of rtb-nat"),
        (
            "private with transit",
            ["subnet-transit"],
            Way.UNKNOWN,
            "",
            "route 0.0.0.0/0 to tgw-1 of rtb-transit, behind which nothing was seen",
        ),
        ("isolated", ["subnet-isolated"], Way.NONE, "", "rtb-isolated has no default route that works"),
    ]


def test_what_is_behind_a_transit_gateway_is_named_as_not_audited() -> None:
    (way,) = (way for way in ways(classes()) if way.subnet_class is SubnetClass.TRANSIT)
    assert way.missing
    assert [(cause.kind, cause.resource) for cause in way.missing.causes] == [(Kind.NOT_AUDITED, "tgw-1")]


def test_subnets_of_one_class_that_go_one_way_stand_together_with_each_setting() -> None:
    seen = classes()
    vpc = seen.vpcs["vpc-a"]
    more = seen.subnet("subnet-nat2", vpc, "10.0.9.0/24")
    seen.route_table("rtb-nat2", vpc, [more], {"0.0.0.0/0": "nat-1"})
    (found,) = (row for row in told(seen) if row[2] is Way.NAT)
    assert found[1] == ["subnet-nat", "subnet-nat2"]
    assert found[4] == "route 0.0.0.0/0 to nat-1 of rtb-nat; route 0.0.0.0/0 to nat-1 of rtb-nat2"


def test_a_gateway_endpoint_serves_the_subnets_whose_tables_have_its_route() -> None:
    seen = classes()
    vpc = seen.vpcs["vpc-a"]
    seen.gateway_endpoint("vpce-s3", vpc, "s3", [seen.route_tables["rtb-nat"], seen.route_tables["rtb-isolated"]])
    found = {row[0]: row[1:] for row in told(seen, S3)}
    prefix_list = found["isolated"][3].split()[1]
    assert prefix_list.startswith("pl-")
    assert found["isolated"] == (
        ["subnet-isolated"],
        Way.GATEWAY_ENDPOINT,
        "vpce-s3",
        f"route {prefix_list} to vpce-s3 of rtb-isolated",
    )
    assert found["private with NAT"][1:3] == (Way.GATEWAY_ENDPOINT, "vpce-s3")
    assert found["public"][1] is Way.INTERNET_GATEWAY
    assert {row[2] for row in told(seen)} == {Way.INTERNET_GATEWAY, Way.NAT, Way.UNKNOWN, Way.NONE}


def test_a_gateway_endpoint_that_no_subnet_sends_to_stands_by_itself() -> None:
    seen = classes()
    seen.gateway_endpoint("vpce-s3", seen.vpcs["vpc-a"], "s3")
    assert told(seen, S3)[-1] == (
        "",
        [],
        Way.GATEWAY_ENDPOINT,
        "vpce-s3",
        "no subnet sends to it what is for the service",
    )


def test_a_default_route_that_leads_nowhere_is_none() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16")
    seen.route_table("rtb-a", vpc, [seen.subnet("subnet-a", vpc, "10.0.0.0/24")], {"0.0.0.0/0": blackhole("nat-9")})
    assert told(seen) == [("isolated", ["subnet-a"], Way.NONE, "", "rtb-a has no default route that works")]


def test_a_default_route_to_a_peering_connection_leads_to_no_service() -> None:
    seen = World()
    a, b = seen.vpc("vpc-a", "10.0.0.0/16"), seen.vpc("vpc-b", "10.1.0.0/16")
    seen.peering("pcx-1", a, b)
    seen.route_table("rtb-a", a, [seen.subnet("subnet-a", a, "10.0.0.0/24")], {"0.0.0.0/0": "pcx-1"})
    assert told(seen) == [
        (
            "other",
            ["subnet-a"],
            Way.NONE,
            "",
            "route 0.0.0.0/0 to pcx-1 of rtb-a, over which no VPC passes traffic on",
        )
    ]


# --- Interface endpoints ----------------------------------------------------------------------------------------------


def test_private_dns_leads_every_subnet_to_the_endpoint() -> None:
    seen = classes()
    seen.interface_endpoint("vpce-1", seen.vpcs["vpc-a"], "sqs", [seen.subnets["subnet-nat"]])
    assert {(row[2], row[3], row[4]) for row in told(seen)} == {
        (Way.INTERFACE_ENDPOINT, "vpce-1", "private DNS of vpce-1")
    }
    assert [row[0] for row in told(seen)] == ["public", "private with NAT", "private with transit", "isolated"]
    assert {way.name for way in ways(seen)} == {NAME}


def both(*, private_dns: bool = True, inbound_resolver_only: bool = False) -> World:
    """A VPC with an endpoint of both types for S3."""
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16")
    subnet = seen.subnet("subnet-a", vpc, "10.0.0.0/24")
    seen.gateway_endpoint("vpce-gateway", vpc, "s3", [seen.route_table("rtb-a", vpc, [subnet])])
    seen.interface_endpoint(
        "vpce-interface",
        vpc,
        "s3",
        [subnet],
        private_dns=private_dns,
        inbound_resolver_only=inbound_resolver_only,
    )
    return seen


def test_an_interface_endpoint_with_private_dns_goes_before_a_gateway_endpoint() -> None:
    assert told(both(), S3) == [
        ("isolated", ["subnet-a"], Way.INTERFACE_ENDPOINT, "vpce-interface", "private DNS of vpce-interface"),
        ("", [], Way.GATEWAY_ENDPOINT, "vpce-gateway", "no subnet sends to it what is for the service"),
    ]


@pytest.mark.parametrize(
    ("private_dns", "inbound", "why"),
    [
        (False, False, "private DNS is off"),
        (True, True, "private DNS is for Resolver inbound endpoints alone"),
    ],
)
def test_without_private_dns_for_the_vpc_the_gateway_endpoint_serves_and_the_other_has_its_own_name(
    private_dns: bool, inbound: bool, why: str
) -> None:
    seen = both(private_dns=private_dns, inbound_resolver_only=inbound)
    first, second = ways(seen, S3)
    assert (first.way, first.endpoint_id, first.name) == (
        Way.GATEWAY_ENDPOINT,
        "vpce-gateway",
        "*.s3.eu-west-1.amazonaws.com",
    )
    assert (second.way, second.endpoint_id, second.subnets) == (Way.INTERFACE_ENDPOINT, "vpce-interface", ())
    assert second.decided_by == f"its own name alone: {why}"
    assert second.name.startswith("vpce-interface-")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"dns_hostnames": False}, "enableDnsHostnames of vpc-a is off"),
        ({"state": "pendingAcceptance"}, "it is pendingacceptance"),
    ],
)
def test_an_endpoint_whose_private_dns_does_not_hold_has_its_own_name(change: dict[str, object], why: str) -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16", dns_hostnames=bool(change.get("dns_hostnames", True)))
    subnet = seen.subnet("subnet-a", vpc, "10.0.0.0/24")
    seen.interface_endpoint("vpce-1", vpc, "sqs", [subnet], state=str(change.get("state", "available")))
    assert told(seen)[-1] == ("", [], Way.INTERFACE_ENDPOINT, "vpce-1", f"its own name alone: {why}")
    assert told(seen)[0][2] is Way.NONE


# --- Central designs --------------------------------------------------------------------------------------------------


def test_a_hosted_zone_and_routes_over_a_peering_connection_lead_to_the_hubs_endpoint() -> None:
    assert told(spokes()) == [
        (
            "isolated",
            ["subnet-a"],
            Way.PEERED_INTERFACE_ENDPOINT,
            "vpce-hub",
            f"{ZONE}, by route 10.1.0.0/16 to pcx-1 of rtb-a",
        )
    ]
    assert told(spokes(), vpc="vpc-hub")[0][2] is Way.INTERFACE_ENDPOINT


def test_routes_over_a_transit_gateway_that_both_are_attached_to_lead_there_as_well() -> None:
    assert told(spokes(peered=False)) == [
        (
            "isolated",
            ["subnet-a"],
            Way.CENTRAL_INTERFACE_ENDPOINT,
            "vpce-hub",
            f"{ZONE}, by route 10.1.0.0/16 to tgw-1 of rtb-a",
        )
    ]


@pytest.mark.parametrize("peered", [True, False])
def test_without_a_route_there_or_back_the_name_leads_to_what_cannot_be_reached(peered: bool) -> None:
    (row,) = told(spokes(peered=peered, forth=False))
    assert row[2:] == (Way.NONE, "", f"{ZONE}, to which rtb-a has no route")
    (row,) = told(spokes(peered=peered, back=False))
    carrier = "pcx-1" if peered else "tgw-1"
    assert row[2:] == (
        Way.NONE,
        "",
        f"{ZONE}, by route 10.1.0.0/16 to {carrier} of rtb-a, over which there is no route back",
    )


def test_a_hub_that_is_not_known_to_be_on_the_transit_gateway_is_unknown() -> None:
    seen = spokes(peered=False)
    seen.refuse("ec2:DescribeTransitGatewayVpcAttachments", account=HUB)
    (row,) = told(seen)
    assert row[2:4] == (Way.UNKNOWN, "vpce-hub")


def test_without_the_hubs_route_tables_the_way_back_is_unknown() -> None:
    seen = spokes()
    seen.refuse("ec2:DescribeRouteTables", account=HUB)
    (way,) = ways(seen)
    assert way.way is Way.UNKNOWN
    assert way.missing
    assert {cause.account for cause in way.missing.causes} == {HUB}


def test_a_profile_leads_to_the_hubs_endpoint_as_well() -> None:
    seen = spokes(zone=False)
    assert told(seen)[0][2] is Way.NONE
    seen.profile("rp-1", [seen.vpcs["vpc-a"]], ["vpce-hub"], account=HUB)
    assert told(seen)[0][2:] == (
        Way.PEERED_INTERFACE_ENDPOINT,
        "vpce-hub",
        "Profile rp-1 leads to vpce-hub in vpc-hub, by route 10.1.0.0/16 to pcx-1 of rtb-a",
    )


def test_an_endpoint_that_was_not_seen_is_unknown_and_named() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16")
    seen.subnet("subnet-a", vpc, "10.0.0.0/24")
    seen.hosted_zone("Z1", NAME, [vpc], {NAME: "vpce-0abc123-x1y2z3.sqs.eu-west-1.vpce.amazonaws.com"})
    (row,) = told(seen)
    assert row[2:] == (
        Way.UNKNOWN,
        "vpce-0abc123",
        f"record A {NAME} of hosted zone Z1 ({NAME}) leads to vpce-0abc123, which was not seen".replace(
            "record A", "record CNAME"
        ),
    )


def test_a_record_that_leads_elsewhere_is_unknown_and_one_that_is_lacking_is_none() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16")
    seen.subnet("subnet-a", vpc, "10.0.0.0/24")
    seen.hosted_zone("Z1", NAME, [vpc], {NAME: "10.9.9.9"})
    seen.hosted_zone("Z2", "kms.eu-west-1.amazonaws.com", [vpc])
    assert told(seen)[0][2:] == (
        Way.UNKNOWN,
        "",
        f"record A {NAME} of hosted zone Z1 ({NAME}) leads to 10.9.9.9",
    )
    assert told(seen, "com.amazonaws.eu-west-1.kms")[0][2:] == (
        Way.NONE,
        "",
        "hosted zone Z2 (kms.eu-west-1.amazonaws.com) holds no record for kms.eu-west-1.amazonaws.com",
    )


# --- What was not seen ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["route53:ListHostedZonesByVPC", "route53profiles:ListProfileAssociations"])
def test_without_zones_or_profiles_a_vpc_that_is_connected_with_an_endpoint_is_unknown(action: str) -> None:
    seen = spokes(zone=False)
    seen.refuse(action)
    (way,) = ways(seen)
    assert way.way is Way.UNKNOWN
    assert way.missing
    assert {cause.action for cause in way.missing.causes} == {action}


def test_a_zone_whose_records_were_not_seen_is_unknown_even_where_nothing_is_near() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16")
    seen.subnet("subnet-a", vpc, "10.0.0.0/24")
    seen.hosted_zone("Z1", NAME, [vpc], account="999999999999")
    assert told(seen)[0][2] is Way.UNKNOWN


def test_a_zone_of_the_name_itself_is_enough_where_profiles_were_not_seen() -> None:
    seen = spokes()
    seen.refuse("route53profiles:ListProfileAssociations")
    assert told(seen)[0][2] is Way.PEERED_INTERFACE_ENDPOINT


def test_without_zones_a_vpc_that_is_connected_with_no_endpoint_goes_by_its_routes() -> None:
    seen = World()
    a, b = seen.vpc("vpc-a", "10.0.0.0/16"), seen.vpc("vpc-b", "10.1.0.0/16")
    seen.subnet("subnet-a", a, "10.0.0.0/24")
    seen.peering("pcx-1", a, b)
    seen.refuse("route53:ListHostedZonesByVPC")
    assert told(seen)[0][2] is Way.NONE
    seen.transit_gateway_attachment("tgw-1", a, [])
    assert told(seen)[0][2] is Way.UNKNOWN


@pytest.mark.parametrize(
    "action", ["ec2:DescribeVpcEndpoints", "ec2:DescribeRouteTables", "ec2:DescribeVpcEndpointServices"]
)
def test_what_a_way_rests_on_and_was_refused_makes_it_unknown(action: str) -> None:
    seen = classes()
    seen.refuse(action)
    found = ways(seen)
    assert {way.way for way in found} == {Way.UNKNOWN}
    for way in found:
        assert way.missing
        assert action in {cause.action for cause in way.missing.causes}


def test_subnets_that_were_not_seen_have_a_way_of_their_own() -> None:
    seen = classes()
    seen.cut("ec2:DescribeSubnets", keep=1)
    *others, last = ways(seen)
    assert [way.way for way in others] == [Way.INTERNET_GATEWAY]
    assert (last.way, last.subnets, last.decided_by) == (Way.UNKNOWN, (), "subnets were not seen")
    assert last.missing


def test_a_shared_vpc_is_judged_where_its_owner_was_audited_and_unknown_elsewhere() -> None:
    seen = classes()
    seen.share(seen.subnets["subnet-nat"], HUB)
    assert len(told(seen)) == 4
    seen.drop_shard(asked=False)
    assert {way.way for way in ways(seen)} == {Way.UNKNOWN}


# --- Which services, and whether a VPC is served ----------------------------------------------------------------------


def test_the_usual_services_are_those_in_use_and_those_with_gateway_endpoints() -> None:
    seen = classes()
    assert usual_services(network_of(seen)) == {"s3", "dynamodb", "s3express"}
    seen.interface_endpoint("vpce-1", seen.vpcs["vpc-a"], "sqs", [seen.subnets["subnet-nat"]])
    provided = seen.service("com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b", owner="999999999999")
    seen.interface_endpoint("vpce-2", seen.vpcs["vpc-a"], provided, [seen.subnets["subnet-nat"]])
    network = network_of(seen)
    assert usual_services(network) == {"s3", "dynamodb", "s3express", "sqs"}
    assert services_of(network, network.vpcs["vpc-a"], frozenset({"sqs", "s3", "nothing"})) == (S3, SQS)


def test_the_service_of_another_region_that_a_vpc_has_an_endpoint_for_is_among_its_own() -> None:
    seen = classes()
    seen.interface_endpoint(
        "vpce-1", seen.vpcs["vpc-a"], "sqs", [seen.subnets["subnet-nat"]], service_region="us-east-1"
    )
    network = network_of(seen)
    assert services_of(network, network.vpcs["vpc-a"], frozenset({"sqs"})) == (SQS, "com.amazonaws.us-east-1.sqs")


def is_served(seen: World, service: str = SQS, vpc: str = "vpc-a", *subnets: str) -> bool | Missing:
    network: Network = network_of(seen)
    chosen = [network.subnets[each] for each in subnets] if subnets else None
    return served(network, network.vpcs[vpc], service, chosen)


def test_a_vpc_is_served_where_every_subnet_goes_by_an_endpoint_wherever_that_stands() -> None:
    for seen in (spokes(), spokes(peered=False)):
        assert is_served(seen) is True
        assert is_served(seen, S3) is False
    assert is_served(spokes(forth=False)) is False


def test_of_chosen_subnets_only_those_count() -> None:
    seen = classes()
    seen.gateway_endpoint("vpce-s3", seen.vpcs["vpc-a"], "s3", [seen.route_tables["rtb-isolated"]])
    assert is_served(seen, S3) is False
    assert is_served(seen, S3, "vpc-a", "subnet-isolated") is True
    assert is_served(seen, S3, "vpc-a", "subnet-nat", "subnet-isolated") is False
    assert isinstance(is_served(seen, S3, "vpc-a", "subnet-transit"), Missing)


def test_whether_a_vpc_is_served_is_unknown_where_no_subnet_is_known_not_to_be() -> None:
    seen = spokes()
    seen.refuse("route53:ListHostedZonesByVPC")
    assert isinstance(is_served(seen), Missing)


def test_an_endpoint_under_its_own_name_alone_serves_nobody() -> None:
    assert is_served(both(private_dns=False), S3) is True
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16")
    seen.interface_endpoint("vpce-1", vpc, "sqs", [seen.subnet("subnet-a", vpc, "10.0.0.0/24")], private_dns=False)
    assert is_served(seen) is False
