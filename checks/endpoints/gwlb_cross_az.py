"""Traffic is led to a Gateway Load Balancer endpoint in another Availability Zone.

A Gateway Load Balancer endpoint stands in one zone. What is led to it from another zone depends on both zones and is
paid for between them. AWS recommends an endpoint in each zone from which traffic is sent.

## Verdicts
* **fail**, low: a subnet in another zone than the endpoint's, with something in it that sends, has a route to the
  endpoint for addresses outside the VPC; or the route table of an internet gateway or virtual private gateway leads
  what comes in for just that subnet to the endpoint.
* **fail**, info: the same, and an AWS service made the endpoint and looks after it, such as AWS Network Firewall.
* **unknown**: the endpoint's subnet, the VPC, its subnets, route tables or network interfaces were not seen, and no
  such route was; or whether the service is offered in the other zone was not.
* **not applicable**: the endpoint is no Gateway Load Balancer endpoint, or is not available.

Routes from one subnet of the VPC to another do not count: both ways have to lead through one endpoint, so one of them
crosses zones by design. Nor do zones in which the service is not offered.

## Finding key
The id of the zone from which traffic is led to the endpoint.

## Remediation
Create an endpoint to the same service in that zone if there is none, and lead the zone's traffic to it: what its
subnets send, by a route table of their own, and what comes in for them, by the gateway's route table. Change both ways
in one go, for a firewall that sees only one of them drops the traffic.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Operation, Severity, Unknown, Verdict
from auditor.network.endpoints import absent_member, vpc_of
from auditor.network.entities import Endpoint, Vpc
from auditor.network.inspection import Crossing, crossings, endpoints_by_zone
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.placement import offered_in, stands_in, zone_names
from auditor.remedies import lead_to_endpoint


@check(
    id="endpoint-gwlb-cross-az",
    severities=(Severity.LOW, Severity.INFO),
    of=Endpoint,
    reads=(
        model.Vpc,
        model.Subnet,
        model.RouteTable,
        model.NetworkInterface,
        model.ServiceDetail,
        model.ManagedPrefixListEntries,
        model.PrefixList,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-load-balancer-endpoints.html",
)
def endpoint_gwlb_cross_az(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the routes to a Gateway Load Balancer endpoint by the zones of the subnets whose traffic they lead."""
    if endpoint.type != "GatewayLoadBalancer" or endpoint.state != "available":
        yield NotApplicable("the endpoint is no Gateway Load Balancer endpoint, or not available")
        return
    vpc, own = vpc_of(network, endpoint), stands_in(network, endpoint)
    if isinstance(vpc, Missing) or isinstance(own, Missing) or not own:
        unseen = [found for found in (vpc, own) if isinstance(found, Missing)]
        yield Unknown(Missing.union(unseen) or absent_member(endpoint))
        return
    found = crossings(network, endpoint, vpc, own[0], every_subnet=settings.treat_empty_vpcs)
    siblings = endpoints_by_zone(network, endpoint, vpc)
    verdicts: list[Verdict] = []
    for crossing in found:
        near = siblings.get(crossing.zone)
        offered = offered_in(network, endpoint, () if near else crossing.subnets[:1])
        if near or offered:
            verdicts.append(_fault(network, endpoint, vpc, crossing, near))
        elif offered.missing:
            verdicts.append(Unknown(offered.missing, crossing.zone))
    yield from verdicts
    if found.missing and not verdicts:
        yield Unknown(found.missing)


def _fault(network: Network, endpoint: Endpoint, vpc: Vpc, crossing: Crossing, near: Endpoint | None) -> Fault:
    here, there = (", ".join(zone_names(subnets)) for subnets in ([crossing.to], crossing.subnets))
    tables = list(dict.fromkeys(table.id for table, _ in crossing.routes))
    led = [subnet.id for subnet in crossing.subnets]
    advice = f"lead it to {near.label} in that zone" if near else "there is no endpoint to the service in that zone"
    return Fault(
        key=crossing.zone,
        severity=Severity.INFO if endpoint.requester_managed else Severity.LOW,
        message=f"{endpoint.label} in {vpc.label} stands in {here}, and {', '.join(tables)} "
        f"{'leads' if len(tables) == 1 else 'lead'} the traffic of {', '.join(led)} in {there} to it; {advice}",
        evidence={
            "service": endpoint.service_name,
            "zone": here,
            "zone_of_subnets": there,
            "subnets": led,
            "routes": [{"route_table": table.id, "destination": route.destination} for table, route in crossing.routes],
            "endpoint_in_zone": near.id if near else None,
        },
        related=[vpc.id, *led, *tables, *([near.id] if near else [])],
        remedy=_steps(network, vpc, crossing, near) if near else [],
    )


def _steps(network: Network, vpc: Vpc, crossing: Crossing, near: Endpoint) -> list[Operation]:
    """The routes changed to the endpoint of the zone; none where a table serves subnets of other zones too."""
    zones_of = {group.table.id: {subnet.zone for subnet in group.subnets} for group in network.table_groups(vpc)}
    if any(zones_of.get(table.id, {crossing.zone}) != {crossing.zone} for table, _ in crossing.routes):
        return []
    return [lead_to_endpoint(table, route, near) for table, route in crossing.routes]
