"""Networks beyond the VPC are connected with it, but cannot use its gateway endpoint.

A gateway endpoint serves the subnets of its own VPC alone. What comes in over a peering connection, a transit gateway,
Cloud WAN, VPN or Direct Connect cannot use it. An interface endpoint can be used from there, since its network
interfaces have private addresses.

Whether anybody out there needs the service cannot be told from the configuration, so the finding is a heuristic one.

## Verdicts
* **fail**, info: something beyond the VPC is connected with it that has no endpoint of its own for the service, and
  neither it nor a VPC that was seen to be connected with it has an interface endpoint for the service.
* **fail**, medium: the same, and somebody tries: a VPC routes the service's addresses to this one over a peering
  connection, or routes the service's prefix list to a transit gateway or Cloud WAN that both are attached to; or a VPC
  of the Region routes it to its virtual private gateway, and this VPC has one as well.
* **unknown**: the VPC's connections were not seen, or the endpoints of the VPC or of a VPC connected with it.
* **not applicable**: the endpoint is of another type or not available, nothing is connected with its VPC but VPCs with
  an endpoint of their own, or an interface endpoint for the service is within reach.

## Finding key
Empty: an endpoint can have only one such fault.

## Remediation
Where clients beyond the VPC need the service, create an interface endpoint for it and keep the gateway endpoint for the
VPC's own subnets; both can stand side by side. Let the clients use the endpoint's own DNS names, or resolve the
service's name through a Route 53 Resolver inbound endpoint. Otherwise suppress the finding.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Confidence, Fault, NotApplicable, Operation, Severity, Unknown, Verdict
from auditor.network.diagnosis import Cause
from auditor.network.diagnosis.routes import route_faults
from auditor.network.endpoints import interface_endpoints_within_reach, vpc_of, ways_in_for
from auditor.network.entities import Endpoint, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
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
    within_reach = interface_endpoints_within_reach(network, vpc, endpoint.service)
    if within_reach:
        yield NotApplicable("an interface endpoint for the service is within reach")
        return
    attempts = list(_attempts(endpoint, vpc, network))
    if within_reach.missing and (not attempts or network.endpoints_of(vpc).missing):
        yield Unknown(within_reach.missing)
        return
    tried = f"; {', '.join(attempts)} would send traffic there" if attempts else ""
    yield Fault(
        severity=Severity.MEDIUM if attempts else Severity.INFO,
        message=f"{endpoint.label} serves {endpoint.service_name} to {vpc.label} alone, not to what comes in over "
        f"{', '.join(ways)}{tried}; an interface endpoint can serve both, and none was seen within reach",
        evidence={"service": endpoint.service_name, "connections": list(ways), "attempts": attempts},
        related=[vpc.id, *ways],
        remedy=[_creation(endpoint, vpc, network)],
    )


def _attempts(endpoint: Endpoint, vpc: Vpc, network: Network) -> Iterator[str]:
    """The routes of other VPCs that mean to reach the service through this one, as ``route table|destination``."""
    for peering in network.peerings_of(vpc.id):
        for fault in route_faults(network, peering)[0]:
            leads_here = fault.far.vpc_id == vpc.id and fault.evidence.get("service") == endpoint.service_name
            if fault.cause is Cause.EDGE_GATEWAY_ENDPOINT and leads_here:
                yield fault.key
    lists = {at for at, name in network.gateway_services(vpc.home.region).items() if name == endpoint.service_name}
    neighbours = {(gateway, other.id) for gateway, other in network.transit_neighbours(vpc)}
    has_vpn_gateway = bool(network.attached(model.VpnGateway, vpc))
    for table in network.route_tables.values():
        for route in table.routes:
            shared = (route.target, table.vpc_id) in neighbours
            over_vpn = route.kind is TargetKind.VPN_GATEWAY and has_vpn_gateway and table.vpc_id != vpc.id
            if route.destination in lists and route.active and (shared or over_vpn):
                yield f"{table.id}|{route.destination}"


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
