"""Subnets are sent to over a peering connection and cannot answer.

Both sides of the connection have routes, but the route table of a subnet that the other side sends to has none back to
the senders. What arrives is answered into nothing, or towards the internet.

AWS's own examples leave some pairs of subnets one-way on purpose, where a VPC is to reach only a part of its peer. So
the rule speaks up loudly only where nothing on the connection works, or where a subnet in use has no part in it.
IPv4 and IPv6 are judged apart.

## Verdicts
* **fail**, high: in that family of addresses no pair of subnets has a way there and back over the connection.
* **fail**, medium: the route table of the subnets that are sent to has no route over the connection at all, and one of
  them is in use.
* **fail**, low: it has routes over the connection, but none back to these senders, and a subnet is in use.
* **fail**, info: as low, but no subnet is in use, or that was not seen. Also, in place of any of these, where all
  answers take another way that may be meant: to a network interface or a Gateway Load Balancer endpoint, as traffic
  that is inspected does, or to a transit gateway or core network that the senders' VPC is on too. Whether the way leads
  on from there is not looked at. A default route to a network interface, as to a NAT instance, is no such way.
* **unknown**: the routes or subnets of a side were not seen, or a route that would decide could not be read. Also where
  the route table has no route over the connection, and whether its subnets are in use was not seen; and where the
  answers go to a transit gateway, and whether the senders' VPC is on it was not seen.
* **not applicable**: the connection is not active, or nothing is routed over it.

Where the route table has no route over the connection and none of its subnets is in use, the rule passes. A side that
has no route at all is `peering-route-missing-side`; answers that take another connection are `peering-return-misroute`;
answers that all end in a blackhole over a peering connection are `peering-route-blackhole`.

## Finding key
The id of the route table that has no way back, and `ipv4` or `ipv6`.

## Remediation
Add to the route table named in the finding a route over the connection to each destination named there. Where the
subnets are not to be reached, narrow the routes that lead to them instead. Answers that are meant to take another way
need nothing.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.addresses import Addresses
from auditor.network.diagnosis.pairs import OneWay, PairFaults, pair_faults, subnets_in_use
from auditor.network.entities import Peering, Subnet
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import lead_over


@check(
    id="peering-route-one-way",
    severities=(Severity.MEDIUM, Severity.HIGH, Severity.LOW, Severity.INFO),
    of=Peering,
    reads=(
        model.Vpc,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NetworkInterface,
        model.VpcEndpoint,
        model.TransitGatewayVpcAttachment,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html",
)
def peering_route_one_way(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge each route table of either side that the other side sends to."""
    faults = pair_faults(network, peering)
    if not peering.live:
        yield NotApplicable("the connection is not active")
    elif faults.undecided:
        yield Unknown(faults.undecided, message=f"whether all subnets can answer over {peering.label} was not seen")
    elif not network.routes_to(peering.id):
        yield NotApplicable("nothing is routed over the connection")
    for one_way in faults.one_ways:
        in_use = subnets_in_use(network, one_way.targeted)
        severity = _severity(one_way, faults, in_use)
        if isinstance(severity, Missing):
            yield Unknown(
                severity,
                one_way.key,
                f"{one_way.receivers.table.id} of {one_way.far.label} has no route over {peering.label}, which leads "
                "there; whether its subnets are in use was not seen",
            )
        elif severity is not None and isinstance(one_way.detour, Missing):
            yield Unknown(
                one_way.detour,
                one_way.key,
                f"{one_way.receivers.table.id} of {one_way.far.label} sends the answers to what comes over "
                f"{peering.label} to {_targets(one_way)}; whether {one_way.near.label} is on it was not seen",
            )
        elif severity is not None:
            yield _fault(peering, one_way, Severity.INFO if one_way.detour else severity, in_use)


def _severity(one_way: OneWay, faults: PairFaults, in_use: list[Subnet] | Missing) -> Severity | Missing | None:
    if one_way.version not in faults.answered and faults.undecided is None:
        return Severity.HIGH
    if one_way.uses_connection:
        return Severity.LOW if isinstance(in_use, list) and in_use else Severity.INFO
    if isinstance(in_use, Missing):
        return in_use
    return Severity.MEDIUM if in_use else None


def _targets(one_way: OneWay) -> str:
    return ", ".join(f"{route.target} ({route.destination})" for route in one_way.back)


def _fault(peering: Peering, one_way: OneWay, severity: Severity, in_use: list[Subnet] | Missing) -> Fault:
    near, far, table = one_way.near, one_way.far, one_way.receivers.table
    wanted = Addresses.union(subnet.addresses.family(one_way.version) for subnet in one_way.senders).cidrs()
    back = f"sends the answers to {_targets(one_way)}" if one_way.back else "has no route back"
    advice = f"add {', '.join(wanted)} over {peering.id} to it"
    if one_way.detour:
        advice = "which may be meant: look whether they come back from there"
    forward = [f"{route.route_table_id} ({route.destination})" for route in one_way.forward]
    return Fault(
        key=one_way.key,
        at=far.home,
        severity=severity,
        message=f"{near.label} sends to {', '.join(subnet.id for subnet in one_way.targeted)} of {far.label} over "
        f"{peering.label} by {', '.join(forward)}, but {table.id} there {back}; "
        f"{advice}",
        evidence={
            "family": f"ipv{one_way.version}",
            "senders": [subnet.id for subnet in one_way.senders],
            "receivers": [subnet.id for subnet in one_way.targeted],
            "receivers_in_use": None if isinstance(in_use, Missing) else [subnet.id for subnet in in_use],
            "forward_routes": [
                {"route_table": route.route_table_id, "destination": route.destination} for route in one_way.forward
            ],
            "return_routes": [
                {"destination": route.destination, "target": route.target, "state": route.state}
                for route in one_way.back
            ],
            "table_uses_connection": one_way.uses_connection,
            "answers_have_another_way": one_way.detour is True,
        },
        related=[near.vpc_id, far.vpc_id, table.id, *(subnet.id for subnet in one_way.targeted)],
        remedy=[] if one_way.detour else [lead_over(table, block, peering) for block in wanted],
    )
