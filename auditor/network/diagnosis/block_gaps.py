"""The blocks of a peer VPC that nothing on the other side has a route to, where it has routes to others.

Source: https://docs.aws.amazon.com/vpc/latest/peering/peering-configurations-full-access.html
"""

from dataclasses import dataclass

from auditor.network.addresses import NOTHING, Addresses
from auditor.network.coverage import Listing
from auditor.network.diagnosis.pairs import TRANSIT, side_routes
from auditor.network.entities import Peering, Side, Subnet, TableGroup, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.network.routes import Route

_KEPT_INSIDE = Addresses.of("100.64.0.0/10")
"""Shared address space (RFC 6598): VPCs use it for what others need not reach, such as the pods of a cluster."""


@dataclass(frozen=True)
class BlockGap:
    """A block of the far VPC that no subnet of the near one can reach over the connection."""

    near: Side
    far: Side
    block: str
    routed: tuple[str, ...]
    """The blocks of the far VPC to which the near one has a route at least in part."""
    whole: tuple[str, ...]
    """Those of them to which it has a route in full."""
    tables: tuple[TableGroup, ...]
    """The near VPC's subnets that send over the connection, by route table."""
    instead: tuple[Route, ...]
    """What takes the block's addresses from the near VPC's subnets, but for default routes."""
    shared_out: bool | Missing
    """Whether another peer routes the block and leaves alone what the near VPC routes, as where each has a block of its
    own. Missing where another peer may do so."""

    @property
    def addresses(self) -> Addresses:
        """The addresses of the block."""
        return Addresses.of(self.block)

    @property
    def kept_inside(self) -> bool:
        """Whether the block is of the kind that VPCs keep to themselves."""
        return self.addresses <= _KEPT_INSIDE


def block_gaps(network: Network, peering: Peering, near: Side) -> Listing[BlockGap]:
    """The far side's blocks without a route, of a live connection that the near side has a route over.

    Left aside are a far block of IPv6 where no other has a route, and one that a route of the near side means but
    misses.
    """
    far = peering.other(near)
    routes = side_routes(network, peering, near)
    missing = Missing.union([routes.missing, far.addresses_missing if routes.any else None])
    if near.vpc is None or missing is not None or not routes.effective:
        return Listing((), missing)
    reached: dict[str, Addresses] = {}
    causes: list[Missing | None] = []
    for block in _reachable(near.vpc, far):
        lookups = [group.table.lookup(Addresses.of(block), toward=peering.id) for group in routes.groups]
        reached[block] = Addresses.union(lookup.via(peering.id) for lookup in lookups)
        if not reached[block]:
            causes += [lookup.missing for lookup in lookups]
    if undecided := Missing.union(causes):
        return Listing((), undecided)
    routed = tuple(block for block in reached if reached[block])
    six = any(":" in block for block in routed)
    gaps = [block for block in reached if block not in routed and (six or ":" not in block)]
    return Listing(
        tuple(
            _gap(network, peering, near, block, reached)
            for block in gaps
            if routed and not any(_misses(route, far, block) for route in routes.effective)
        )
    )


def _reachable(near: Vpc, far: Side) -> list[str]:
    """The far blocks in the families of addresses that the near VPC has."""
    return [block for block in far.blocks if Addresses.of(block).families[0] in near.addresses.families]


def _gap(network: Network, peering: Peering, near: Side, block: str, reached: dict[str, Addresses]) -> BlockGap:
    wanted = Addresses.of(block)
    version = wanted.families[0]
    routes = side_routes(network, peering, near)
    alike = [route for route in routes.effective if route.addresses.family(version)]
    tables = {route.route_table_id for route in alike or routes.effective}
    routed = tuple(other for other in reached if reached[other])
    instead = [route for group in routes.groups for route, _ in group.table.lookup(wanted).routed]
    return BlockGap(
        near=near,
        far=peering.other(near),
        block=block,
        routed=routed,
        whole=tuple(other for other in routed if reached[other] == Addresses.of(other)),
        tables=tuple(group for group in routes.groups if group.table.id in tables),
        instead=tuple(dict.fromkeys(route for route in instead if route.active and not route.is_default)),
        shared_out=_shared_out(network, peering, near, block, routed),
    )


def _misses(route: Route, far: Side, block: str) -> bool:
    """Whether a route leads to nothing of the peer, and so may mean the block. That route is at fault itself."""
    return bool(route.addresses.family(Addresses.of(block).families[0])) and not route.addresses & far.addresses


def _shared_out(network: Network, peering: Peering, near: Side, block: str, routed: tuple[str, ...]) -> bool | Missing:
    far = peering.other(near)
    patterns = _patterns(network, far.vpc_id, far.blocks)
    if any(block in pattern and not pattern.issuperset(routed) for pattern in patterns):
        return True
    return patterns.missing or False


@remembered
def _patterns(network: Network, vpc_id: str, blocks: tuple[str, ...]) -> Listing[frozenset[str]]:
    """Which blocks of a VPC its peers have routes to: each combination once."""
    patterns: set[frozenset[str]] = set()
    causes: list[Missing | None] = []
    for peering in network.peerings_of(vpc_id):
        routes = side_routes(network, peering, peering.beyond(vpc_id))
        causes.append(routes.missing)
        reached = Addresses.union(route.addresses for route in routes.effective)
        patterns.add(frozenset(block for block in blocks if reached & Addresses.of(block)))
    return Listing(tuple(patterns), Missing.union(causes))


def subnets_within(network: Network, gap: BlockGap) -> Listing[Subnet]:
    """The far VPC's subnets with addresses in the block."""
    if gap.far.vpc is None:
        return Listing((), gap.far.unseen)
    subnets = network.subnets_of(gap.far.vpc)
    return Listing(tuple(subnet for subnet in subnets if subnet.addresses & gap.addresses), subnets.missing)


# --- IPv6 -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ipv6Gap:
    """A connection that both sides route in IPv4 alone, though both have IPv6."""

    tables: tuple[tuple[Side, TableGroup], ...]
    """The subnets of either side that send over the connection, by route table."""


def ipv6_gap(network: Network, peering: Peering) -> Ipv6Gap | Missing | None:
    """Whether both sides of a live connection have IPv6, and routes over it in IPv4 alone.

    None also where either side leads all of the other's IPv6 over a transit gateway or core network.
    """
    routes = {side.vpc_id: side_routes(network, peering, side) for side in peering.sides}
    effective = [route for found in routes.values() for route in found.effective]
    if any(route.addresses.family(6) for route in effective) or not all(
        side.addresses.family(6) for side in peering.sides
    ):
        return None
    hidden = [route.hidden for route in effective]
    if missing := Missing.union([*(found.missing for found in routes.values()), *hidden]):
        return missing
    four = {
        vpc_id: {route.route_table_id for route in found.effective if route.addresses.family(4)}
        for vpc_id, found in routes.items()
    }
    if not all(four.values()) or any(_by_transit(network, peering, side) for side in peering.sides):
        return None
    return Ipv6Gap(
        tuple(
            (side, group)
            for side in peering.sides
            for group in routes[side.vpc_id].groups
            if group.table.id in four[side.vpc_id]
        )
    )


def _by_transit(network: Network, peering: Peering, near: Side) -> bool:
    wanted = peering.other(near).addresses.family(6)
    groups = network.table_groups(near.vpc) if near.vpc else ()
    lookups = [group.table.lookup(wanted) for group in groups if group.addresses.family(6) != NOTHING]
    return bool(lookups) and all(lookup.to(*TRANSIT) == wanted for lookup in lookups)
