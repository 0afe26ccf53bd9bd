"""An endpoint stands in Availability Zones where nothing runs that could use it.

An interface endpoint is paid for by the hour in each zone in which it stands. A zone more than the clients are in makes
it no more available to them, unless it is one of the `min_azs` zones that they need.

A finding says what the hours in those zones cost in a month. Nothing else changes: no client is in them, so none pays
for traffic to another zone because of it.

What runs is known for the time of the collection alone, so the finding is a heuristic one.

## Verdicts
* **fail**, info: the endpoint stands in zones in which no subnet of its VPC is in use, and would stand in `min_azs`
  zones and in all that are in use without them.
* **unknown**: the endpoint's subnets, the VPC's subnets or network interfaces, what the VPC is connected with, or the
  zones that the service offers were not seen, and it is not known to stand in few enough zones.
* **not applicable**: no subnet of the VPC is in use (unless `treat_empty_vpcs` is set), as in a central VPC for
  endpoints; clients may come by way of a peering connection, transit gateway, core network or virtual private gateway,
  from whichever zone; clients are in a zone in which it does not stand and could (`interface-endpoint-single-az` says
  so); or the endpoint is no interface endpoint, which alone are known to be paid for by the zone, or is deleted,
  failed, rejected or expired.

A connected VPC that has an endpoint of its own for the service needs none of this one's, so it does not count.

## Finding key
Empty: an endpoint can have only one such fault.

## Remediation
Take the subnets in the zones that the finding names from the endpoint, unless clients are soon to run there.
"""

from collections.abc import Iterator, Sequence

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.costs import dollars, hours_of
from auditor.findings import Confidence, Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.coverage import Listing
from auditor.network.diagnosis.on_premises import prefixes_behind
from auditor.network.endpoints import callers, clients, vpc_of, ways_in_for
from auditor.network.entities import Endpoint, Subnet, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.placement import lacking, stands_in, zone_names
from auditor.prices import PriceTable
from auditor.remedies import if_its_owners, modify_endpoint


@check(
    id="interface-endpoint-az-mismatch",
    severities=(Severity.INFO,),
    confidences=(Confidence.HEURISTIC,),
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
        model.VpnConnection,
        model.ManagedPrefixListEntries,
        model.PrefixList,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html",
)
def interface_endpoint_az_mismatch(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the zones of an endpoint that no subnet in use shares."""
    if endpoint.type != "Interface" or not endpoint.stands:
        yield NotApplicable("the endpoint is no interface endpoint, or gone")
        return
    vpc, own = vpc_of(network, endpoint), stands_in(network, endpoint)
    if isinstance(vpc, Missing) or isinstance(own, Missing):
        missing = Missing.union(found for found in (vpc, own) if isinstance(found, Missing))
        if missing:
            yield Unknown(missing)
        return
    in_use = clients(network, vpc, every_subnet=settings.treat_empty_vpcs)
    if not in_use:
        yield Unknown(in_use.missing) if in_use.missing else NotApplicable("no subnet of the VPC is in use")
        return
    spare = _spare(own, in_use, settings.thresholds.min_azs)
    if not spare:
        return
    served = lacking(network, endpoint, own, callers(network, vpc, every_subnet=settings.treat_empty_vpcs))
    others, beyond = ways_in_for(network, vpc, endpoint.service), prefixes_behind(network, vpc)
    if served or others:
        yield NotApplicable("the endpoint lacks a zone of its clients, or has clients elsewhere")
    elif missing := Missing.union([in_use.missing, served.missing, others.missing, beyond.missing]):
        yield Unknown(missing)
    else:
        min_azs, prices = settings.thresholds.min_azs, settings.prices
        yield _fault(endpoint, vpc, own, in_use, spare=spare, min_azs=min_azs, prices=prices)


def _spare(own: Sequence[Subnet], in_use: Listing[Subnet], min_azs: int) -> list[Subnet]:
    """The endpoint's subnets in zones that neither the clients nor ``min_azs`` need; of equal ones the last."""
    busy = {subnet.zone for subnet in in_use}
    idle = sorted((subnet for subnet in own if subnet.zone not in busy), key=lambda subnet: (subnet.zone, subnet.id))
    needed = max(0, min_azs - len({subnet.zone for subnet in own} & busy))
    kept = sorted({subnet.zone for subnet in idle})[:needed]
    return [subnet for subnet in idle if subnet.zone not in kept]


def _fault(
    endpoint: Endpoint,
    vpc: Vpc,
    own: Sequence[Subnet],
    in_use: Listing[Subnet],
    *,
    spare: list[Subnet],
    min_azs: int,
    prices: PriceTable,
) -> Fault:
    zones, busy, too_many = zone_names(own), zone_names(in_use), zone_names(spare)
    hours = hours_of(endpoint, prices, [subnet.id for subnet in spare])
    saves = f", which saves {dollars(hours)} a month" if hours else ""
    return Fault(
        message=f"{endpoint.label} to {endpoint.service_name} in {vpc.label} stands in {', '.join(zones)}, while "
        f"subnets in use are in {', '.join(busy)} alone, and min_azs asks for {min_azs}; "
        f"{', '.join(subnet.id for subnet in spare)} in {', '.join(too_many)} can go{saves}",
        evidence={
            "service": endpoint.service_name,
            "zones": zones,
            "zones_of_clients": busy,
            "zones_to_remove": too_many,
            "min_azs": min_azs,
        },
        related=[vpc.id, *(subnet.id for subnet in spare)],
        remedy=if_its_owners(endpoint, [modify_endpoint(endpoint, RemoveSubnetIds=[subnet.id for subnet in spare])]),
        savings=[] if endpoint.requester_managed else hours,
    )
