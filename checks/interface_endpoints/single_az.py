"""An endpoint stands in fewer Availability Zones than its clients.

An endpoint has one network interface in each subnet that it was given, so it is as available as the zones of these
subnets. Clients in other zones depend on them, and pay for traffic between zones.

## Verdicts
* **fail**, medium: the endpoint stands in one zone, and subnets in use of its VPC are in two or more.
* **fail**, low: subnets in use are in a zone in which it does not stand, or it stands in fewer zones than `min_azs`
  asks for, as far as clients are in so many. In a VPC without subnets in use, as a central one for endpoints, `min_azs`
  is asked of the zones of all its subnets.
* **fail**, info: any of these, and an AWS service made the endpoint and looks after it.
* **unknown**: the endpoint's subnets, the VPC's subnets or network interfaces, or the zones that the service offers
  were not seen, and its own zones are not already enough.
* **not applicable**: the endpoint has no choice of zones, such as a gateway endpoint or a Gateway Load Balancer
  endpoint, or it is deleted, failed, rejected or expired.

Zones in which the service is not offered do not count. A subnet is in use where something runs in it that can open a
connection: interfaces of AWS's own, such as those of endpoints, NAT gateways and load balancers, do not count.

## Finding key
Empty: an endpoint can have only one such fault.

## Remediation
Add a subnet in each zone that the finding names. Each zone costs an hourly price.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.coverage import Listing
from auditor.network.endpoints import absent_member, callers, service_of, vpc_of
from auditor.network.entities import Endpoint, Subnet, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import modify_endpoint


@check(
    id="interface-endpoint-single-az",
    severities=(Severity.MEDIUM, Severity.LOW, Severity.INFO),
    of=Endpoint,
    reads=(model.Vpc, model.Subnet, model.NetworkInterface, model.ServiceDetail),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
)
def interface_endpoint_single_az(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the zones of an endpoint against those of the subnets in use."""
    if not endpoint.in_subnets or not endpoint.stands:
        yield NotApplicable("the endpoint has no choice of zones, or is gone")
        return
    vpc, own = vpc_of(network, endpoint), _own_subnets(endpoint, network)
    if isinstance(vpc, Missing) or isinstance(own, Missing):
        missing = Missing.union(found for found in (vpc, own) if isinstance(found, Missing))
        if missing:
            yield Unknown(missing)
        return
    in_use = callers(network, vpc, every_subnet=settings.treat_empty_vpcs)
    # Where nothing in the VPC is in use, the clients are elsewhere, and any of its zones is as good.
    served = in_use if in_use or in_use.missing else network.subnets_of(vpc)
    zones = {subnet.zone for subnet in own}
    uncovered = [subnet for subnet in served if subnet.zone not in zones]
    unseen = served.missing
    if uncovered:
        offered = _offered(endpoint, uncovered, network)
        unseen = Missing.union([unseen, offered.missing])
        uncovered = list(offered)
    wanted = _one_a_zone(uncovered)
    if not in_use:
        wanted = wanted[: max(0, settings.thresholds.min_azs - len(zones))]
    if wanted:
        yield _fault(endpoint, vpc, own, list(in_use), wanted)
    elif unseen:
        yield Unknown(unseen)


def _own_subnets(endpoint: Endpoint, network: Network) -> list[Subnet] | Missing:
    if endpoint.record.subnet_ids is None:
        return absent_member(endpoint)
    if any(subnet_id not in network.subnets for subnet_id in endpoint.record.subnet_ids):
        return network.coverage.missing(model.Subnet, endpoint.home) or absent_member(endpoint)
    return [network.subnets[subnet_id] for subnet_id in endpoint.record.subnet_ids]


def _offered(endpoint: Endpoint, subnets: list[Subnet], network: Network) -> Listing[Subnet]:
    """Those of the subnets that are in zones in which the service is offered."""
    if not endpoint.service_name:
        return Listing(tuple(subnets))
    service = service_of(network, endpoint)
    if isinstance(service, Missing):
        return Listing((), service)
    if service.availability_zones is None:
        return Listing((), absent_member(endpoint))
    return Listing(tuple(each for each in subnets if each.record.availability_zone in service.availability_zones))


def _one_a_zone(subnets: list[Subnet]) -> list[Subnet]:
    return list({subnet.zone: subnet for subnet in reversed(subnets)}.values())[::-1]


def _fault(endpoint: Endpoint, vpc: Vpc, own: list[Subnet], in_use: list[Subnet], wanted: list[Subnet]) -> Fault:
    zones, others = _zone_names(own), _zone_names(wanted)
    severity = Severity.MEDIUM if len(zones) == 1 and in_use and _spans(own, in_use, wanted) else Severity.LOW
    clients_in = _zone_names(in_use)
    where = f"{', '.join(zones)} alone" if zones else "no zone"
    whose = f"while subnets in use are in {', '.join(clients_in)}" if in_use else "and its clients are elsewhere"
    return Fault(
        severity=Severity.INFO if endpoint.requester_managed else severity,
        message=f"{endpoint.label} to {endpoint.service_name or endpoint.type} in {vpc.label} stands in "
        f"{where}, {whose}; add "
        f"{', '.join(each.id for each in wanted)} in {', '.join(others)}",
        evidence={
            "service": endpoint.service_name,
            "zones": zones,
            "zones_of_clients": clients_in,
            "zones_to_add": others,
        },
        related=[vpc.id, *(subnet.id for subnet in wanted)],
        remedy=[modify_endpoint(endpoint, AddSubnetIds=[subnet.id for subnet in wanted])],
    )


def _spans(own: list[Subnet], in_use: list[Subnet], wanted: list[Subnet]) -> bool:
    """Whether clients are in two zones or more in which the endpoint could stand."""
    possible = {subnet.zone for subnet in (*own, *wanted)}
    return len({subnet.zone for subnet in in_use} & possible) >= 2


def _zone_names(subnets: list[Subnet]) -> list[str]:
    return sorted({subnet.record.availability_zone or subnet.zone for subnet in subnets})
