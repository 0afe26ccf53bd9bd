"""An endpoint stands in fewer Availability Zones than its clients.

An endpoint has one network interface in each subnet that it was given, so it is as available as the zones of these
subnets. Clients in other zones depend on them, and pay for traffic between zones.

## Verdicts
* **fail**, medium: the endpoint stands in one zone, and subnets in use of its VPC are in two or more.
* **fail**, low: subnets in use are in a zone in which it does not stand, or it stands in fewer zones than `min_azs`
  asks for, as far as clients are in so many. In a VPC without subnets in use that is connected with others, as a
  central one for endpoints, `min_azs` is asked of the zones of all its subnets.
* **fail**, info: any of these, and an AWS service made the endpoint and looks after it.
* **unknown**: the endpoint's subnets, the VPC's subnets or network interfaces, or the zones that the service offers
  were not seen, and its own zones are not already enough; or, of a VPC without subnets in use, what it is connected
  with.
* **not applicable**: the endpoint has no choice of zones, such as a gateway endpoint or a Gateway Load Balancer
  endpoint, or can only stand where a resource gateway does, as a tunnel endpoint; it stands in no subnet
  (`interface-endpoint-no-network-interface` says so); it has no clients, in its VPC or by way of a peering connection,
  transit gateway, core network or virtual private gateway; or it is deleted, failed, rejected or expired.

Zones in which the service is not offered do not count. A subnet is in use where something runs in it that can open a
connection: interfaces of AWS's own, such as those of endpoints, NAT gateways and load balancers, do not count.

## Finding key
Empty: an endpoint can have only one such fault.

## Remediation
Add a subnet in each zone that the finding names. Each zone costs an hourly price.
"""

from collections.abc import Iterator, Sequence

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.endpoints import callers, vpc_of, ways_in
from auditor.network.entities import Endpoint, Subnet, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.placement import lacking, stands_in, zone_names
from auditor.remedies import if_its_owners, modify_endpoint


@check(
    id="interface-endpoint-single-az",
    severities=(Severity.MEDIUM, Severity.LOW, Severity.INFO),
    of=Endpoint,
    reads=(
        model.Vpc,
        model.Subnet,
        model.NetworkInterface,
        model.ServiceDetail,
        model.RouteTable,
        model.VpcPeeringConnection,
        model.TransitGatewayVpcAttachment,
        model.VpnGateway,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
)
def interface_endpoint_single_az(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the zones of an endpoint against those of the subnets in use."""
    if not endpoint.in_subnets or endpoint.type == "Tunnel" or not endpoint.stands:
        yield NotApplicable("the endpoint has no choice of zones, or is gone")
        return
    vpc, own = vpc_of(network, endpoint), stands_in(network, endpoint)
    if isinstance(vpc, Missing) or isinstance(own, Missing):
        missing = Missing.union(found for found in (vpc, own) if isinstance(found, Missing))
        if missing:
            yield Unknown(missing)
        return
    if not own:
        yield NotApplicable("the endpoint stands in no subnet")
        return
    in_use = callers(network, vpc, every_subnet=settings.treat_empty_vpcs)
    elsewhere = not in_use and not in_use.missing
    # Where nothing in the VPC is in use, the clients are elsewhere, and any of its zones is as good.
    found = lacking(network, endpoint, own, network.subnets_of(vpc) if elsewhere else in_use)
    wanted = list(found)
    if elsewhere:
        wanted = wanted[: max(0, settings.thresholds.min_azs - len({subnet.zone for subnet in own}))]
    if elsewhere and (wanted or found.missing) and not (ways := ways_in(network, vpc)):
        yield Unknown(ways.missing) if ways.missing else NotApplicable("the endpoint has no clients")
    elif wanted:
        yield _fault(endpoint, vpc, own, list(in_use), wanted)
    elif found.missing:
        yield Unknown(found.missing)


def _fault(endpoint: Endpoint, vpc: Vpc, own: Sequence[Subnet], in_use: list[Subnet], wanted: list[Subnet]) -> Fault:
    zones, others = zone_names(own), zone_names(wanted)
    severity = Severity.MEDIUM if len(zones) == 1 and in_use and _spans(own, in_use, wanted) else Severity.LOW
    clients_in = zone_names(in_use)
    whose = f"while subnets in use are in {', '.join(clients_in)}" if in_use else "and its clients are elsewhere"
    return Fault(
        severity=Severity.INFO if endpoint.requester_managed else severity,
        message=f"{endpoint.label} to {endpoint.service_name or endpoint.type} in {vpc.label} stands in "
        f"{', '.join(zones)} alone, {whose}; add "
        f"{', '.join(each.id for each in wanted)} in {', '.join(others)}",
        evidence={
            "service": endpoint.service_name,
            "zones": zones,
            "zones_of_clients": clients_in,
            "zones_to_add": others,
        },
        related=[vpc.id, *(subnet.id for subnet in wanted)],
        remedy=if_its_owners(endpoint, [modify_endpoint(endpoint, AddSubnetIds=[subnet.id for subnet in wanted])]),
    )


def _spans(own: Sequence[Subnet], in_use: list[Subnet], wanted: list[Subnet]) -> bool:
    """Whether clients are in two zones or more in which the endpoint could stand."""
    possible = {subnet.zone for subnet in (*own, *wanted)}
    return len({subnet.zone for subnet in in_use} & possible) >= 2
