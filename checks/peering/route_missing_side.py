"""One side of an active peering connection has no route to the other.

Accepting a peering connection moves no traffic. The owner of each VPC must add routes to the route tables that its
subnets send by; until both have, packets or their answers are dropped.

A route counts where it is active and in a route table that at least one subnet sends by: by its own association, or
through the VPC's main table. Its destination may be a prefix list. A route in a table without subnets does not count
and is named in the finding.

A side needs no route over the connection where each of its subnets sends to all of the peer's addresses over a transit
gateway or core network that the peer VPC is on too, as while one is moving to or from a transit gateway: its answers
have that way.

## Verdicts
* **fail**, high: a side has no such route and no such other way, and the other side has a route over the connection.
* **unknown**: the side's route tables or subnets were not seen, or it has no route and the other side was not seen; or
  AWS gives its route a state that is neither active nor blackhole; or its answers take a transit gateway, and whether
  both VPCs are on it was not seen.
* **not applicable**: the connection is not active, or neither side has a route (`peering-unused` says so), or the side
  has no subnets, or its answers take another connection (`peering-return-misroute` says so), or a transit gateway or
  core network.

## Finding key
The id of the VPC that lacks the route.

## Remediation
Add a route to each block of the peer VPC, over the peering connection, to the route tables named in the finding. Where
only some subnets need the peer, add it to their tables alone.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.diagnosis.pairs import SideRoutes, answers_by_transit, pair_faults, side_routes
from auditor.network.entities import Peering, Side, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import blocks_for, create_routes, tables_of


@check(
    id="peering-route-missing-side",
    severities=(Severity.HIGH,),
    of=Peering,
    reads=(
        model.Vpc,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.TransitGatewayVpcAttachment,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html",
)
def peering_route_missing_side(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge each side that has no route in force by whether the other side has one."""
    if not peering.live:
        yield NotApplicable("the connection is not active")
        return
    routes = {side.vpc_id: side_routes(network, peering, side) for side in peering.sides}
    if not any(found.any or found.missing for found in routes.values()):
        yield NotApplicable("neither side has a route")
    astray = {misroute.far.vpc_id for misroute in pair_faults(network, peering).misroutes}
    for near in peering.sides:
        far = peering.other(near)
        own, others = routes[near.vpc_id], routes[far.vpc_id]
        if own.effective or near.vpc_id in astray or (own.groups.whole and not own.groups):
            continue
        by_transit = answers_by_transit(network, near, far)
        if own.missing:
            yield Unknown(own.missing, near.vpc_id, f"whether {near.label} has a route to {far.label} was not seen")
        elif by_transit is True:
            continue
        elif others.any and isinstance(by_transit, Missing):
            yield Unknown(
                by_transit,
                near.vpc_id,
                f"{near.label} has no route over {peering.label}, but sends to {far.label} over a transit gateway or "
                "core network; whether both VPCs are on it was not seen",
            )
        elif others.any and near.vpc:
            yield _fault(peering, near, near.vpc, own, others)
        elif others.missing:
            yield Unknown(
                others.missing,
                near.vpc_id,
                f"{near.label} has no route to {far.label}, whose own routes were not seen",
            )


def _fault(peering: Peering, near: Side, vpc: Vpc, own: SideRoutes, others: SideRoutes) -> Fault:
    far, tables = peering.other(near), tables_of(own.groups)
    wanted = ", ".join(blocks_for(vpc, far)) or "any block"
    idle = own.without_subnets
    unused = f"; the route in {', '.join(idle)} is of no use to any subnet" if idle else ""
    if not others.effective and not others.missing and others.without_subnets:
        unused += (
            f"; nor is that of {far.label} in {', '.join(others.without_subnets)}"
            if idle
            else (f"; the route of {far.label} in {', '.join(others.without_subnets)} is of no use to any subnet")
        )
    return Fault(
        key=near.vpc_id,
        at=near.home,
        message=f"{near.label} has no route over {peering.label} to {wanted} in {far.label}; "
        f"add it to {', '.join(table.id for table in tables)}{unused}",
        evidence={
            "vpc": near.vpc_id,
            "peer_vpc": far.vpc_id,
            "peer_cidrs": list(far.blocks),
            "route_tables": {group.table.id: [subnet.id for subnet in group.subnets] for group in own.groups},
            "routes_without_subnets": list(idle),
        },
        related=[near.vpc_id, *(table.id for table in tables)],
        remedy=create_routes(tables, far, peering, vpc),
    )
