"""Networks beyond the VPC are connected with it, but cannot use its gateway endpoint.

A gateway endpoint serves the subnets of its own VPC alone. What comes in over a peering connection, a transit gateway,
Cloud WAN, VPN or Direct Connect cannot use it. An interface endpoint can be used from there, since its network
interfaces have private addresses.

Whether anybody out there needs the service cannot be told from the configuration, so the finding is a heuristic one.

## Verdicts
* **fail**, info: something beyond the VPC is connected with it that has no endpoint of its own for the service, and
  neither it nor a VPC that was seen to be connected with it has an interface endpoint for the service.
* **fail**, medium: the same, and somebody tries: a VPC routes the service's addresses to this one over a peering
  connection, or routes the service's prefix list to a transit gateway or Cloud WAN that both are attached to, where no
  other VPC can be meant; or a VPC of the Region routes it to its virtual private gateway, and this VPC has one as well.
  Another VPC on the gateway can be meant where it was not seen, or has an endpoint for the service, a NAT gateway or an
  internet gateway.
* **unknown**: the VPC's connections were not seen, or the endpoints of the VPC or of a VPC connected with it, or AWS's
  list of services; or nobody was seen to try, and the routes that would show it, or the services' prefix lists, were
  not all seen.
* **not applicable**: the endpoint is of another type or not available, nothing is connected with its VPC but VPCs with
  an endpoint of their own, AWS offers no interface endpoint for the service, as for S3 Express, or one is within reach.

## Finding key
Empty: an endpoint can have only one such fault.

## Remediation
Where clients beyond the VPC need the service, create an interface endpoint for it and keep the gateway endpoint for the
VPC's own subnets; both can stand side by side. Let the clients use the endpoint's own DNS names, or resolve the
service's name through a Route 53 Resolver inbound endpoint. Otherwise suppress the finding.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Confidence, Fault, NotApplicable, Operation, Severity, Unknown, Verdict
from auditor.network.coverage import Listing
from auditor.network.diagnosis import Cause
from auditor.network.diagnosis.routes import route_faults
from auditor.network.endpoints import (
    has_interface_endpoints,
    interface_endpoints_within_reach,
    on_transit,
    vpc_of,
    ways_in_for,
)
from auditor.network.entities import Endpoint, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.network.routes import TargetKind


@check(
    id="gateway-endpoint-needs-interface",
    severities=(Severity.INFO, Severity.MEDIUM),
    confidences=(Confidence.HEURISTIC,),
    of=Endpoint,
    reads=(
        model.Vpc,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.ServiceDetail,
        model.VpcPeeringConnection,
        model.TransitGatewayVpcAttachment,
        model.VpnGateway,
        model.VpnConnection,
        model.NatGateway,
        model.InternetGateway,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html",
)
def gateway_endpoint_needs_interface(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a gateway endpoint by what is connected with its VPC and who could serve it."""
    if endpoint.type != "Gateway" or endpoint.state != "available":
        yield NotApplicable("the endpoint is no gateway endpoint, or not available")
        return
    vpc = vpc_of(network, endpoint)
    if isinstance(vpc, Missing):
        yield Unknown(vpc)
        return
    ways = ways_in_for(network, vpc, endpoint.service)
    if not ways:
        yield Unknown(ways.missing) if ways.missing else NotApplicable("nobody beyond the VPC lacks an endpoint")
        return
    offered = has_interface_endpoints(network, endpoint)
    if offered is not True:
        yield Unknown(offered) if offered else NotApplicable("AWS offers no interface endpoint for the service")
        return
    within_reach = interface_endpoints_within_reach(network, vpc, endpoint.service)
    if within_reach:
        yield NotApplicable("an interface endpoint for the service is within reach")
        return
    attempts = _attempts(endpoint, vpc, network)
    undecided = network.endpoints_of(vpc).missing
    if not attempts:
        undecided = Missing.union([within_reach.missing, attempts.missing])
    if undecided:
        yield Unknown(undecided)
        return
    tried = f"; {', '.join(attempts)} would send traffic there" if attempts else ""
    yield Fault(
        severity=Severity.MEDIUM if attempts else Severity.INFO,
        message=f"{endpoint.label} serves {endpoint.service_name} to {vpc.label} alone, not to what comes in over "
        f"{', '.join(ways)}{tried}; an interface endpoint can serve both, and none was seen within reach",
        evidence={"service": endpoint.service_name, "connections": list(ways), "attempts": list(attempts)},
        related=[vpc.id, *ways],
        remedy=[_creation(endpoint, vpc, network)],
    )


def _attempts(endpoint: Endpoint, vpc: Vpc, network: Network) -> Listing[str]:
    """The routes of other VPCs that mean to reach the service through this one, as ``route table|destination``."""
    lists = [at for at, name in network.gateway_services(vpc.home.region).items() if name == endpoint.service_name]
    found = [
        _over_peering(endpoint, vpc, network),
        *(_over_transit(endpoint, vpc, lists, gateway, network) for gateway in network.transit_gateways_of(vpc)),
        _over_vpn(vpc, lists, network),
    ]
    attempts = dict.fromkeys(attempt for each in found for attempt in each)
    return Listing(tuple(attempts), Missing.union(each.missing for each in found))


def _over_peering(endpoint: Endpoint, vpc: Vpc, network: Network) -> Listing[str]:
    found: list[str] = []
    causes: list[Missing | None] = []
    for peering in network.peerings_of(vpc.id):
        faults, doubts = route_faults(network, peering)
        for fault in faults:
            leads_here = fault.far.vpc_id == vpc.id and fault.evidence.get("service") == endpoint.service_name
            if fault.cause is Cause.EDGE_GATEWAY_ENDPOINT and leads_here:
                found.append(fault.key)
        causes += [
            doubt.missing
            for doubt in doubts
            if doubt.cause is Cause.EDGE_GATEWAY_ENDPOINT and doubt.far.vpc_id == vpc.id
        ]
    return Listing(tuple(found), Missing.union(causes))


def _over_transit(endpoint: Endpoint, vpc: Vpc, lists: list[str], gateway: str, network: Network) -> Listing[str]:
    transit, exits = on_transit(network, gateway, endpoint.service), _exits(network, gateway)
    if any(not others <= {vpc.id} for others in (transit.serving, exits.vpcs, transit.unseen)):
        # A route to the gateway may well mean one of these.
        return Listing(())
    found = [
        f"{route.route_table_id}|{route.destination}"
        for at in lists
        for kind in (TargetKind.TRANSIT_GATEWAY, TargetKind.CORE_NETWORK)
        for route in network.routes_for(at, kind)
        if route.active and route.target == gateway and network.route_tables[route.route_table_id].vpc_id != vpc.id
    ]
    elsewhere = Missing.union([transit.missing, exits.missing])
    if found:
        return Listing((), elsewhere) if elsewhere else Listing(tuple(found))
    unlisted = network.gateway_services_missing(vpc.home)
    to_a_list = unlisted and any(
        route.active
        and route.destination.startswith("pl-")
        and network.route_tables[route.route_table_id].vpc_id != vpc.id
        for route in network.routes_to(gateway)
    )
    return Listing((), Missing.union([exits.tables, unlisted if to_a_list else None]))


def _over_vpn(vpc: Vpc, lists: list[str], network: Network) -> Listing[str]:
    if not network.attached(model.VpnGateway, vpc):
        return Listing(())
    found = [
        f"{route.route_table_id}|{route.destination}"
        for at in lists
        for route in network.routes_for(at, TargetKind.VPN_GATEWAY)
        if route.active and network.route_tables[route.route_table_id].vpc_id != vpc.id
    ]
    return Listing(tuple(found), network.gateway_services_missing(vpc.home))


@dataclass(frozen=True)
class _Exits:
    """Which VPCs on a transit gateway or core network have a NAT gateway or internet gateway."""

    vpcs: frozenset[str]
    missing: Missing | None
    """Why others may have."""
    tables: Missing | None
    """Why they may have more routes."""


@remembered
def _exits(network: Network, gateway: str) -> _Exits:
    vpcs = [vpc for each in network.transit_members(gateway) if (vpc := network.vpcs.get(each))]
    ways = [(vpc, network.in_vpc(model.NatGateway, vpc)) for vpc in vpcs]
    gates = [(vpc, network.attached(model.InternetGateway, vpc)) for vpc in vpcs]
    standing = {vpc.id for vpc, found in ways if any(each.state in (None, "available", "pending") for each in found)}
    return _Exits(
        vpcs=frozenset(standing | {vpc.id for vpc, found in gates if found}),
        missing=Missing.union([*(found.missing for _, found in ways), *(found.missing for _, found in gates)]),
        tables=Missing.union(network.missing_of(model.RouteTable, vpc) for vpc in vpcs),
    )


def _creation(endpoint: Endpoint, vpc: Vpc, network: Network) -> Operation:
    """An interface endpoint in one subnet of each zone, which leaves the VPC's own traffic to the gateway endpoint."""
    one_a_zone = {subnet.zone: subnet.id for subnet in reversed(network.subnets_of(vpc).items)}
    return Operation(
        "ec2:CreateVpcEndpoint",
        {
            "VpcEndpointType": "Interface",
            "VpcId": vpc.id,
            "ServiceName": endpoint.service_name,
            "SubnetIds": sorted(one_a_zone.values()),
            "PrivateDnsEnabled": False,
        },
        vpc.home,
    )
