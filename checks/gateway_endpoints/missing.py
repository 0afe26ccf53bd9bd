"""A VPC has no gateway endpoint for a service that offers one.

Gateway endpoints for Amazon S3 and DynamoDB cost nothing. Without one, subnets with a NAT gateway pay its data
processing for every byte to the service, and subnets without a way out do not reach the service at all. Traffic through
a NAT or internet gateway to the service does not leave AWS's network: this is about cost and control.

Which services have gateway endpoints comes from AWS's own list for the Region. How much a VPC uses a service cannot be
told from its configuration, so the finding is a heuristic one.

## Verdicts
* **fail**: a VPC in use has no gateway endpoint for the service that is available or pending. For Amazon S3 medium
  where a subnet in use has a public NAT gateway or NAT instance as its default route, low elsewhere; for DynamoDB one
  step lower; for S3 Express info. Low where an interface endpoint of the service with private DNS takes the VPC's
  traffic already. Info where the subnets in use leave through a transit gateway or Cloud WAN to a VPC that has an
  interface endpoint for the service, or may have one that was not seen.
* **unknown**: the services or the VPC's endpoints were not seen; or the VPC lacks an endpoint, and no subnet is known
  to be in use, or none of those in use by where it leaves; or the VPC is seen from a participant alone.
* **not applicable**: no subnet of the VPC is in use (unless `treat_empty_vpcs` is set).

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
from auditor.findings import Confidence, Fault, NotApplicable, Operation, Severity, Unknown, Verdict
from auditor.network.coverage import Listing
from auditor.network.endpoints import clients
from auditor.network.entities import Subnet, SubnetClass, Vpc, canonical_service
from auditor.network.missing import Missing
from auditor.network.network import Network

_STEPS_DOWN = (Severity.MEDIUM, Severity.LOW, Severity.INFO)


@check(
    id="gateway-endpoint-missing",
    severities=_STEPS_DOWN,
    confidences=(Confidence.HEURISTIC,),
    of=Vpc,
    reads=(
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NatGateway,
        model.NetworkInterface,
        model.VpcEndpoint,
        model.ServiceDetail,
        model.TransitGatewayVpcAttachment,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html",
)
def gateway_endpoint_missing(vpc: Vpc, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the VPC for each service of its Region that has gateway endpoints."""
    use = _use(vpc, network, settings)
    if not isinstance(use, Missing) and not use.subnets:
        yield NotApplicable("no subnet of the VPC is in use")
        return
    endpoints = network.endpoints_of(vpc)
    services = network.gateway_capable(vpc.home)
    unseen = services.missing
    for service_name in services:
        service = canonical_service(service_name)
        present = [endpoint for endpoint in endpoints if endpoint.service_name == service_name]
        if any(endpoint.type == "Gateway" and endpoint.state in ("available", "pending") for endpoint in present):
            continue
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
            yield _fault(vpc, service_name, use, captured, network)
    if unseen:
        yield Unknown(unseen)


@dataclass(frozen=True)
class _Use:
    """The subnets of a VPC that are in use, and where they leave."""

    subnets: dict[SubnetClass, list[Subnet]]
    tables: list[str]

    def ids(self) -> dict[str, list[str]]:
        return {kind.value: [subnet.id for subnet in subnets] for kind, subnets in self.subnets.items()}


def _use(vpc: Vpc, network: Network, settings: Settings) -> _Use | Missing:
    """The use of a VPC as far as it was seen, or why no part of it was."""
    in_use = clients(network, vpc, every_subnet=settings.treat_empty_vpcs)
    causes = [in_use.missing]
    classes: dict[SubnetClass, list[Subnet]] = {}
    tables: list[str] = []
    for subnet in in_use:
        kind, table = network.class_of(subnet), network.table_of(subnet)
        if isinstance(kind, Missing) or isinstance(table, Missing):
            causes += [found for found in (kind, table) if isinstance(found, Missing)]
        else:
            classes.setdefault(kind, []).append(subnet)
            tables.append(table.id)
    unseen = Missing.union(causes)
    return unseen if unseen and not classes else _Use(classes, list(dict.fromkeys(tables)))


def _fault(vpc: Vpc, service_name: str, use: _Use, captured: list[str], network: Network) -> Fault:
    service = canonical_service(service_name)
    in_transit = set(use.subnets) == {SubnetClass.TRANSIT}
    central = _central(vpc, service_name, network) if in_transit else Listing[str](())
    by_nat = SubnetClass.NAT in use.subnets and not captured
    step = 0 if by_nat else 1
    step += {"s3": 0, "dynamodb": 1}.get(service, 2)
    if central or central.missing:
        step = 2
    subnets = [subnet.id for found in use.subnets.values() for subnet in found]
    gateways = [
        gateway.nat_gateway_id
        for gateway in network.in_vpc(model.NatGateway, vpc)
        if gateway.state in (None, "available")
    ]
    return Fault(
        key=service,
        severity=_STEPS_DOWN[min(step, 2)],
        message=f"{vpc.label} has no gateway endpoint for {service_name}; {_way(use, captured, central)}",
        evidence={
            "service": service_name,
            "subnets_in_use": use.ids(),
            "nat_gateways": gateways if by_nat else [],
            "interface_endpoints": captured,
            "central_endpoint": next(iter(central), None),
        },
        related=subnets,
        remedy=[_creation(vpc, service_name, use)],
    )


def _way(use: _Use, captured: list[str], central: Listing[str]) -> str:
    """How the VPC reaches the service today, as the end of a sentence."""
    if captured:
        return f"its traffic pays for the interface endpoint {captured[0]}"
    if central:
        return f"its way out may lead to the interface endpoint {central.items[0]} of a connected VPC"
    if central.missing:
        return "its way out may lead to an interface endpoint of a connected VPC, which was not seen"
    if found := use.subnets.get(SubnetClass.NAT):
        return f"traffic to it from {', '.join(subnet.id for subnet in found)} goes through NAT and pays for every byte"
    if set(use.subnets) == {SubnetClass.ISOLATED}:
        return "its subnets in use have no default route and do not reach it"
    return "its subnets in use reach it by their default route, past any endpoint policy"


def _central(vpc: Vpc, service_name: str, network: Network) -> Listing[str]:
    """The interface endpoints of VPCs on the same transit gateway or core network."""
    causes = [network.missing_of(model.TransitGatewayVpcAttachment, vpc)]
    found: list[str] = []
    for _, neighbour in network.transit_neighbours(vpc):
        endpoints = network.endpoints_of(neighbour)
        causes.append(endpoints.missing)
        found += [
            endpoint.id
            for endpoint in endpoints
            if endpoint.type == "Interface" and endpoint.state == "available" and endpoint.service_name == service_name
        ]
    return Listing(tuple(found), Missing.union(causes))


def _creation(vpc: Vpc, service_name: str, use: _Use) -> Operation:
    parameters: dict[str, object] = {
        "VpcEndpointType": "Gateway",
        "VpcId": vpc.id,
        "ServiceName": service_name,
        "RouteTableIds": use.tables,
    }
    if any(subnet.record.ipv6_native for found in use.subnets.values() for subnet in found):
        parameters["IpAddressType"] = "dualstack"
    return Operation("ec2:CreateVpcEndpoint", parameters, vpc.home)
