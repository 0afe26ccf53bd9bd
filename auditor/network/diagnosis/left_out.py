"""The subnets that have no part in their VPC's peering connection, where others of the VPC have.

Such subnets neither send over the connection nor are sent to. Where they are sent to, they are one-way; where no subnet
of the VPC has a way there and back, or the peer routes nothing of their block, the fault is not theirs.

Source: https://docs.aws.amazon.com/vpc/latest/peering/peering-configurations-partial-access.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.network.addresses import NOTHING, Addresses
from auditor.network.coverage import Listing
from auditor.network.diagnosis import Cause
from auditor.network.diagnosis.block_gaps import block_gaps
from auditor.network.diagnosis.pairs import TRANSIT, Way, ways
from auditor.network.entities import Peering, Side, Subnet, SubnetClass, TableGroup
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.network.routes import Route, RouteTable, TargetKind


@dataclass(frozen=True)
class LeftOut:
    """Subnets of one route table that have no part in a connection, in one family of addresses."""

    cause: Cause
    """``ROUTE_SUBNET_GAP`` where nothing takes what they send to the peer, else ``BYPASSED_BY_INTERNET``."""
    near: Side
    far: Side
    table: RouteTable
    version: int
    subnets: tuple[Subnet, ...]
    instead: tuple[Route, ...]
    """What takes the peer's addresses from them."""
    siblings: tuple[TableGroup, ...]
    """The subnets of the near VPC that have a way there and back."""
    answering: tuple[TableGroup, ...]
    """The subnets of the far VPC that those reach and have answers from."""
    elsewhere: tuple[str, ...]
    """The other peering connections over which the far VPC sends to their addresses."""

    @property
    def key(self) -> str:
        """The fault's place in a finding's id."""
        return f"{self.table.id}|ipv{self.version}"


@remembered
def left_out(network: Network, peering: Peering) -> Listing[LeftOut]:
    """The subnets without a part in a live connection, by route table and family of addresses.

    Left aside are those whose table has a route to the connection, for that route is at fault, and those whose table
    leads the peer's addresses another way that may be meant: over another peering connection, or through an appliance.
    """
    all_ways = ways(network, peering)
    causes = [all_ways.missing, *(side.addresses_missing for side in peering.sides if all_ways)]
    by_senders: dict[tuple[str, int], list[Way]] = {}
    answered: dict[tuple[str, int], list[Way]] = {}
    undecided: dict[tuple[str, int], Missing | None] = {}
    for way in all_ways:
        by_senders.setdefault((way.senders.table.id, way.version), []).append(way)
        side = way.near.vpc_id, way.version
        if way.forward.via(peering.id) and way.back.via(peering.id):
            answered.setdefault(side, []).append(way)
        undecided[side] = Missing.union([undecided.get(side), way.forward.missing, way.back.missing])
    found: list[LeftOut] = []
    for (_, version), group in by_senders.items():
        table, side = group[0].senders.table, (group[0].near.vpc_id, version)
        if any(route.target == peering.id and route.addresses.family(version) for route in table.routes):
            continue
        # Where no way there and back was seen, there is nothing to be left out of, unless one was not seen.
        outcome = _judge(network, group, answered[side]) if side in answered else undecided[side]
        if isinstance(outcome, Missing):
            causes.append(outcome)
        elif outcome is not None:
            found.append(outcome)
    return Listing(tuple(found), Missing.union(causes))


def _judge(network: Network, group: list[Way], working: list[Way]) -> LeftOut | Missing | None:
    """What of the subnets of one table, of which no route to the connection was seen, has no part in it."""
    one = group[0]
    peering, table = one.peering, one.senders.table
    wanted = one.far.addresses.family(one.version)
    lookup = table.lookup(wanted, toward=peering.id)
    receivers = network.table_groups(one.far.vpc) if one.far.vpc else Listing[TableGroup](())
    gaps = block_gaps(network, peering, one.far)
    undecided = [lookup.missing, gaps.missing, receivers.missing, one.far.addresses_missing]
    undecided += [way.back.missing for way in group]
    if missing := Missing.union(undecided):
        return missing
    targeted = Addresses.union(way.back.via(peering.id) for way in group)
    subnets = [subnet for subnet in one.senders.subnets if subnet.addresses.family(one.version)]
    unrouted = Addresses.union(gap.addresses for gap in gaps)
    apart = tuple(
        subnet
        for subnet in subnets
        if not subnet.addresses & targeted and not subnet.addresses.family(one.version) <= unrouted
    )
    elsewhere = tuple(dict.fromkeys(_elsewhere(group, apart)))
    instead = tuple(route for route, _ in lookup.routed)
    cause = _cause(table, instead, elsewhere)
    if not apart or cause is None:
        return None
    return LeftOut(
        cause=cause,
        near=one.near,
        far=one.far,
        table=table,
        version=one.version,
        subnets=apart,
        instead=tuple(route for route in instead if route.active),
        siblings=_distinct(way.senders for way in working),
        answering=_distinct(way.receivers for way in working),
        elsewhere=elsewhere,
    )


def _elsewhere(group: list[Way], subnets: tuple[Subnet, ...]) -> Iterator[str]:
    wanted = Addresses.union(subnet.addresses for subnet in subnets)
    for way in group:
        for route, part in way.back.routed:
            if route.active and route.kind is TargetKind.PEERING and part & wanted:
                yield route.target


def _cause(table: RouteTable, instead: tuple[Route, ...], elsewhere: tuple[str, ...]) -> Cause | None:
    # Of peers with the same addresses each has a part of its own, as in AWS's examples.
    if elsewhere and any(route.active and route.kind is TargetKind.PEERING for route in table.routes):
        return None
    if any(route.kind is TargetKind.PEERING for route in instead):
        return None
    active = [route for route in instead if route.active]
    if any(leaves(route) or route.kind in TRANSIT for route in active):
        return Cause.BYPASSED_BY_INTERNET
    return None if active else Cause.ROUTE_SUBNET_GAP


def leaves(route: Route) -> bool:
    """Whether a route leads out of AWS's private networks, or into a NAT device, which is where a default route to an
    interface leads."""
    return route.kind in _EDGES or (route.kind is TargetKind.NETWORK_INTERFACE and route.is_default)


_EDGES = (
    TargetKind.INTERNET_GATEWAY,
    TargetKind.EGRESS_ONLY_INTERNET_GATEWAY,
    TargetKind.NAT_GATEWAY,
    TargetKind.VPN_GATEWAY,
    TargetKind.CARRIER_GATEWAY,
)


def _distinct(groups: Iterable[TableGroup]) -> tuple[TableGroup, ...]:
    return tuple({group.table.id: group for group in groups}.values())


def differs(network: Network, found: LeftOut) -> bool:
    """Whether the subnets' default route leads to another kind of place than that of any sibling, or may do so."""
    own = network.class_of(found.subnets[0])
    others: set[SubnetClass | Missing] = {network.class_of(group.subnets[0]) for group in found.siblings}
    return isinstance(own, Missing) or own not in others


def sibling_routes(found: LeftOut, peering: Peering) -> tuple[Route, ...]:
    """The routes over the connection that the siblings' tables have to nothing but the peer's addresses."""
    routes = {
        route.destination: route
        for group in found.siblings
        for route in group.table.routes
        if route.active
        and route.target == peering.id
        and route.addresses.family(found.version) != NOTHING
        and route.addresses <= found.far.addresses
    }
    return tuple(routes.values())
