"""Both VPCs of a peering connection have IPv6, and only IPv4 is routed over it.

A peering connection carries IPv6 as it carries IPv4, with routes of its own on both sides. Without them, IPv6 traffic
to the peer takes the default route. AWS's IPv6 addresses are public: by an internet gateway or an egress-only internet
gateway the traffic leaves the private network instead of failing.

## Verdicts
* **fail**, info: both VPCs have an IPv6 block, both have IPv4 routes over the active connection, and neither has an
  IPv6 route over it.
* **fail**, medium: also, the route table of a subnet in use with IPv6 leads the peer's public IPv6 addresses to an
  internet gateway or an egress-only internet gateway.
* **unknown**: the routes of a side were not seen, or a prefix list of a route over the connection could not be read, or
  AWS did not give all blocks of a side.
* **not applicable**: the connection is not active, or a side has no IPv6 block.

Where one side has IPv6 routes over the connection and the other none, see `peering-route-one-way`. The rule passes
where either side leads all of the peer's IPv6 over a transit gateway or core network.

## Finding key
Empty: both sides lack the routes.

## Remediation
Add IPv6 routes over the connection on both sides, to the route tables that have the IPv4 ones. Security groups and
network ACLs need rules for IPv6 of their own.
"""

from collections.abc import Iterator
from typing import Any

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Operation, Severity, Unknown, Verdict
from auditor.network.addresses import PRIVATE
from auditor.network.diagnosis.block_gaps import Ipv6Gap, ipv6_gap
from auditor.network.entities import Peering, Side, TableGroup
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.routes import Route, TargetKind
from auditor.remedies import lead_over


@check(
    id="peering-ipv6-not-routed",
    severities=(Severity.INFO, Severity.MEDIUM),
    of=Peering,
    reads=(
        model.Vpc,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NetworkInterface,
        model.VpcEndpoint,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",
)
def peering_ipv6_not_routed(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge an active connection of two VPCs with IPv6 by whether either has an IPv6 route over it."""
    if not peering.live:
        yield NotApplicable("the connection is not active")
        return
    without = [side for side in peering.sides if not side.addresses.family(6)]
    if any(side.addresses_missing is None for side in without):
        yield NotApplicable("a side has no IPv6 block")
    elif unknown := Missing.union(side.addresses_missing for side in without):
        yield Unknown(unknown, message=f"whether both VPCs of {peering.label} have IPv6 was not seen")
    else:
        gap = ipv6_gap(network, peering)
        if isinstance(gap, Missing):
            yield Unknown(gap, message=f"whether IPv6 is routed over {peering.label} was not seen")
        elif gap is not None:
            yield _fault(peering, gap, network)


def _fault(peering: Peering, gap: Ipv6Gap, network: Network) -> Fault:
    requester, accepter = peering.sides
    out = list(_leaks(peering, network))
    told = [f"{', '.join(subnets)} sends what is for {far} to {route.target}" for far, subnets, route in out]
    return Fault(
        severity=Severity.MEDIUM if out else Severity.INFO,
        message=f"{requester.label} has {requester.addresses.family(6)} and {accepter.label} "
        f"{accepter.addresses.family(6)}, but only IPv4 is routed over {peering.label}"
        f"{''.join(f'; {each}' for each in told)}; add IPv6 routes on both sides",
        evidence={
            "ipv6_blocks": {side.vpc_id: list(side.addresses.family(6).cidrs()) for side in peering.sides},
            "ipv6_leaves_by": [_shown(subnets, route) for _, subnets, route in out],
        },
        related=[
            *(requester.vpc_id, accepter.vpc_id),
            *(name for _, subnets, route in out for name in (route.route_table_id, *subnets)),
        ],
        remedy=_steps(peering, gap, network),
    )


def _shown(subnets: list[str], route: Route) -> dict[str, Any]:
    return {
        "route_table": route.route_table_id,
        "subnets": subnets,
        "destination": route.destination,
        "target": route.target,
    }


def _leaks(peering: Peering, network: Network) -> Iterator[tuple[str, list[str], Route]]:
    """The far VPC, the subnets in use that send its public IPv6 addresses to the internet, and the route they take."""
    for near in peering.sides:
        wanted = peering.other(near).addresses.family(6) - PRIVATE
        for group in network.table_groups(near.vpc) if near.vpc else ():
            used = [each.id for each in group.subnets if each.addresses.family(6) and network.in_use(each) is True]
            for route, _ in group.table.lookup(wanted).routed:
                if used and route.active and route.kind in _INTERNET:
                    yield peering.other(near).label, used, route


_INTERNET = (TargetKind.INTERNET_GATEWAY, TargetKind.EGRESS_ONLY_INTERNET_GATEWAY)


def _steps(peering: Peering, gap: Ipv6Gap, network: Network) -> list[Operation]:
    return [
        lead_over(group.table, block, peering)
        for near, group in gap.tables
        for block in _destinations(gap, peering.other(near), network)
    ]


def _destinations(gap: Ipv6Gap, far: Side, network: Network) -> list[str]:
    """The far side's IPv6 blocks, or those of the subnets that are to answer where others could not."""
    answering = [group for side, group in gap.tables if side == far]
    everyone: list[TableGroup] = list(network.table_groups(far.vpc)) if far.vpc else []
    if all(group in answering for group in everyone if group.addresses.family(6)):
        return [block for block in far.blocks if ":" in block]
    return [block for group in answering for block in group.addresses.family(6).cidrs()]
