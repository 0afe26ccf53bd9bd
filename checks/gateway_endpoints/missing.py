"""A VPC has no gateway endpoint for a service that offers one.

Gateway endpoints for Amazon S3 and DynamoDB cost nothing. Without one, subnets with a NAT gateway pay its data
processing for every byte to the service, and subnets without a default route reach the service only through an
interface endpoint, if one is within their reach. Traffic through a NAT or internet gateway to the service does not
leave AWS's network: this is about cost and control.

Where the audit read metrics with `--metrics`, a finding on traffic that goes through NAT says what the endpoint saves
at most in a month: the data processing of all that the VPC's public NAT gateways carried. Flow logs tell how much of
that goes to the service. Without metrics only the amount is left out.

Which services have gateway endpoints comes from AWS's own list for the Region. How much a VPC uses a service cannot be
told from its configuration, so the finding is a heuristic one.

## Verdicts
* **fail**: a VPC in use has no gateway endpoint for the service that is available or pending. For Amazon S3 medium
  where a subnet in use has a public NAT gateway or NAT instance as its default route, or has none and the VPC has an
  interface endpoint to pull images from Amazon ECR by, whose layers come from S3; low elsewhere, and low where an
  interface endpoint for S3 takes the VPC's traffic already: by private DNS, or by a hosted zone or a Route 53 Profile
  that leads the name to it, in whichever VPC it stands. For DynamoDB one step lower each time:
  low, and info. For S3 Express info. Where a subnet in use leaves by a way that was not seen, as bad as if by NAT.
  Two routes for half of all addresses each make a default route together.
* **fail**, info: no subnet in use has another default route than one to a transit gateway or Cloud WAN, and a VPC that
  is connected by peering, transit gateway or Cloud WAN has an interface endpoint for the service; or all leave through
  a transit gateway or Cloud WAN, behind which may be one that was not seen.
* **unknown**: the services or the VPC's endpoints were not seen; or the VPC lacks an endpoint, and no subnet is known
  to be in use, or none of those in use by where it leaves; or the VPC is seen from a participant alone. Beside a fault
  that is not by NAT: the VPC may have more subnets in use than were seen.
* **not applicable**: the VPC lacks an endpoint, and no subnet of it is in use (unless `treat_empty_vpcs` is set).

## Finding key
The service without its Region, such as `s3`.

## Remediation
Create a gateway endpoint for the service and associate it with the route tables of all subnets in use. It resets open
connections to the service, and the service then sees private source addresses: bucket policies with `aws:SourceIp` stop
matching, and `aws:VpcSourceIp` or `aws:SourceVpce` take its place.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.costs import NatTraffic, dollars, nat_traffic
from auditor.findings import Confidence, Fault, NotApplicable, Operation, Severity, Unknown, Verdict
from auditor.network.bundles import present_services
from auditor.network.coverage import Listing
from auditor.network.endpoints import clients, interface_endpoints_within_reach, on_transit
from auditor.network.entities import Endpoint, Subnet, SubnetClass, Vpc, canonical_service
from auditor.network.missing import Missing
from auditor.network.names import Resolution
from auditor.network.network import Network
from auditor.network.service_ways import READS_OF_NAMES, led_to
from auditor.prices import PriceTable

_STEPS_DOWN = (Severity.MEDIUM, Severity.LOW, Severity.INFO)


@check(
    id="gateway-endpoint-missing",
    severities=_STEPS_DOWN,
    confidences=(Confidence.HEURISTIC,),
    of=Vpc,
    reads=(
        model.VpcAttribute,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NatGateway,
        model.NetworkInterface,
        model.VpcEndpoint,
        model.ServiceDetail,
        model.TransitGatewayVpcAttachment,
        model.VpcPeeringConnection,
        model.MetricDataResult,
        *READS_OF_NAMES,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html",
)
def gateway_endpoint_missing(vpc: Vpc, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the VPC for each service of its Region that has gateway endpoints."""
    use = _use(vpc, network, settings)
    endpoints = network.endpoints_of(vpc)
    services = network.gateway_capable(vpc.home)
    unseen = services.missing
    for service_name in services:
        service = canonical_service(service_name)
        present = [endpoint for endpoint in endpoints if endpoint.service_name == service_name]
        if any(endpoint.type == "Gateway" and endpoint.state in ("available", "pending") for endpoint in present):
            continue
        if not isinstance(use, Missing) and not use.subnets:
            yield NotApplicable("no subnet of the VPC is in use")
            return
        if endpoints.missing:
            yield Unknown(endpoints.missing, service)
        elif isinstance(use, Missing):
            unseen = use | unseen
        else:
            captured = [
                endpoint.id
                for endpoint in present
                if endpoint.type == "Interface" and endpoint.state == "available" and endpoint.captures_vpc_traffic
            ]
            led = led_to(network, vpc, service_name)
            if isinstance(led, Resolution) and led.endpoint and led.endpoint not in captured:
                captured.append(led.endpoint)
            yield _fault(vpc, service_name, use, captured, network, prices=settings.prices)
            if SubnetClass.NAT not in use.subnets and not captured:
                unseen = use.more | unseen if use.more else unseen
    if unseen:
        yield Unknown(unseen)


@dataclass(frozen=True)
class _Use:
    """The subnets of a VPC that are in use, and where they leave."""

    subnets: dict[SubnetClass, list[Subnet]]
    tables: dict[str, str]
    """The route table of each of them."""
    unseen: list[Subnet]
    """Those of which it was not seen where they leave."""
    more: Missing | None
    """Why there may be more subnets in use."""

    def each(self) -> Iterator[Subnet]:
        return (subnet for subnets in self.subnets.values() for subnet in subnets)

    def ids(self) -> dict[str, list[str]]:
        return {kind.value: [subnet.id for subnet in subnets] for kind, subnets in self.subnets.items()}


def _use(vpc: Vpc, network: Network, settings: Settings) -> _Use | Missing:
    """The use of a VPC as far as it was seen, or why no part of it was."""
    in_use = clients(network, vpc, every_subnet=settings.treat_empty_vpcs)
    causes = [in_use.missing]
    classes: dict[SubnetClass, list[Subnet]] = {}
    tables: dict[str, str] = {}
    unknown: list[Subnet] = []
    for subnet in in_use:
        kind, table = network.class_of(subnet), network.table_of(subnet)
        if isinstance(kind, Missing) or isinstance(table, Missing):
            causes += [found for found in (kind, table) if isinstance(found, Missing)]
            unknown.append(subnet)
        else:
            classes.setdefault(kind, []).append(subnet)
            tables[subnet.id] = table.id
    unseen = Missing.union(causes)
    return unseen if unseen and not classes else _Use(classes, tables, unknown, in_use.missing)


def _fault(
    vpc: Vpc, service_name: str, use: _Use, captured: list[str], network: Network, *, prices: PriceTable
) -> Fault:
    service = canonical_service(service_name)
    inside = set(use.subnets) <= {SubnetClass.TRANSIT, SubnetClass.ISOLATED} and not use.unseen
    near = interface_endpoints_within_reach(network, vpc, service) if inside else Listing[Endpoint](())
    own = [endpoint.id for endpoint in near if endpoint.vpc_id == vpc.id]
    central = _central(vpc, near)
    in_transit = inside and SubnetClass.ISOLATED not in use.subnets
    may_be_central = in_transit and not central and _central_unseen(vpc, service, network)
    by_nat = SubnetClass.NAT in use.subnets and not captured
    pulls = _pulls_without_layers(vpc, service, use, network)
    step = 0 if by_nat or pulls or (use.unseen and not captured) else 1
    step += {"s3": 0, "dynamodb": 1}.get(service, 2)
    if not own and (central or may_be_central):
        step = 2
    way = _way(use, captured, own, central, pulls, may_be_central=may_be_central)
    subnets = [subnet.id for subnet in use.each()]
    traffic = nat_traffic(network, vpc, prices) if by_nat else None
    gateways = [
        gateway.nat_gateway_id
        for gateway in network.in_vpc(model.NatGateway, vpc)
        if gateway.state in (None, "available")
    ]
    return Fault(
        key=service,
        severity=_STEPS_DOWN[min(step, 2)],
        message=f"{vpc.label} has no gateway endpoint for {service_name}; {way}{_at_most(traffic)}",
        evidence={
            "service": service_name,
            "subnets_in_use": use.ids(),
            "nat_gateways": gateways if by_nat else [],
            "interface_endpoints": captured,
            "central_endpoint": next(iter(central), None),
            "subnets_unseen": [subnet.id for subnet in use.unseen],
        },
        related=subnets,
        remedy=_creations(vpc, service_name, use),
        savings=traffic.savings if isinstance(traffic, NatTraffic) else (),
    )


def _at_most(traffic: NatTraffic | Missing | None) -> str:
    """What the endpoint saves at most, as the end of a sentence; empty where it is not known, or nothing."""
    if not isinstance(traffic, NatTraffic) or not traffic.total:
        return ""
    gateways = ", ".join(gateway for gateway, _ in traffic.gigabytes)
    return (
        f"; an endpoint saves at most {dollars(traffic.savings)} a month, the price of all {traffic.total:,.2f} GB "
        f"that {gateways} carried in 30 days"
    )


def _pulls_without_layers(vpc: Vpc, service: str, use: _Use, network: Network) -> list[str]:
    """The endpoints to pull images from Amazon ECR by, of which subnets do not reach the layers in Amazon S3."""
    pulling = present_services(network, vpc).get("ecr.dkr", ())
    if service != "s3" or SubnetClass.ISOLATED not in use.subnets or not pulling:
        return []
    near = interface_endpoints_within_reach(network, vpc, service)
    return [endpoint.id for endpoint in pulling] if near.whole and not near else []


def _way(
    use: _Use, captured: list[str], own: list[str], central: list[str], pulls: list[str], *, may_be_central: bool
) -> str:
    """How the VPC reaches the service today, as the end of a sentence."""
    isolated = set(use.subnets) == {SubnetClass.ISOLATED}
    none = "its subnets in use have no default route"
    by_nat, without = (_listed(use.subnets.get(kind, [])) for kind in (SubnetClass.NAT, SubnetClass.ISOLATED))
    leads = f"interface endpoint {central[0]} of a connected VPC" if central else ""
    unseen = "an interface endpoint of a connected VPC, which was not seen"
    ways = (
        (captured, f"its traffic pays for the interface endpoint {', '.join(captured[:1])}"),
        (
            pulls,
            f"the layers of images that {', '.join(pulls[:1])} is for come from it; {without} has no default route",
        ),
        (by_nat, f"traffic to it from {by_nat} goes through NAT and pays for every byte"),
        (use.unseen, f"where {_listed(use.unseen)} leaves was not seen, so it is taken to pay for NAT"),
        (own, f"its subnets in use can reach it by the own names of its interface endpoint {', '.join(own[:1])}"),
        (central and isolated, f"{none}, and may reach it through the {leads}"),
        (central, f"its way out may lead to the {leads}"),
        (may_be_central, f"its way out may lead to {unseen}"),
        (isolated, none),
        (without, f"{without} has no default route, and the other subnets in use reach it by theirs"),
        (True, "its subnets in use reach it by their default route, past any endpoint policy"),
    )
    return next(way for holds, way in ways if holds)


def _listed(subnets: list[Subnet]) -> str:
    return ", ".join(subnet.id for subnet in subnets)


def _central(vpc: Vpc, near: Listing[Endpoint]) -> list[str]:
    """The interface endpoints of connected VPCs of the VPC's own Region, whose services they lead to."""
    found = [endpoint for endpoint in near if endpoint.vpc_id != vpc.id and endpoint.state == "available"]
    return [endpoint.id for endpoint in found if endpoint.home.region == vpc.home.region]


def _central_unseen(vpc: Vpc, service: str, network: Network) -> bool:
    """Whether a VPC on the same transit gateway or core network may have an interface endpoint that was not seen."""
    transits = [on_transit(network, gateway, service) for gateway in network.transit_gateways_of(vpc)]
    attachments = network.missing_of(model.TransitGatewayVpcAttachment, vpc)
    return attachments is not None or any(transit.missing for transit in transits)


def _creations(vpc: Vpc, service_name: str, use: _Use) -> list[Operation]:
    """An endpoint for the route tables of subnets in use, and one for IPv6 for those of subnets with nothing else.

    AWS takes that type of address only where all subnets of the route tables have IPv6 alone.
    """
    with_ipv4 = {use.tables[subnet.id] for subnet in use.each() if not subnet.record.ipv6_native}
    without = set(use.tables.values()) - with_ipv4
    kinds: list[tuple[set[str], dict[str, str]]] = [(with_ipv4, {}), (without, {"IpAddressType": "ipv6"})]
    return [
        Operation(
            "ec2:CreateVpcEndpoint",
            {
                "VpcEndpointType": "Gateway",
                "VpcId": vpc.id,
                "ServiceName": service_name,
                "RouteTableIds": sorted(tables),
                **kind,
            },
            vpc.home,
        )
        for tables, kind in kinds
        if tables
    ]
