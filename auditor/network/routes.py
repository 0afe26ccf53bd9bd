"""Routes, and what a route table does with a set of addresses.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
"""

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from auditor.model.ec2 import Route as Ec2Route
from auditor.network.addresses import ALL_IPV4, ALL_IPV6, NOTHING, Addresses, Range, block_range
from auditor.network.missing import Cause, Kind, Missing


class TargetKind(enum.StrEnum):
    """What a route leads to."""

    LOCAL = "local"
    PEERING = "vpc-peering-connection"
    INTERNET_GATEWAY = "internet-gateway"
    EGRESS_ONLY_INTERNET_GATEWAY = "egress-only-internet-gateway"
    NAT_GATEWAY = "natgateway"
    VPN_GATEWAY = "vpn-gateway"
    VPC_ENDPOINT = "vpc-endpoint"
    """A gateway endpoint or a Gateway Load Balancer endpoint: AWS gives both as ``GatewayId``."""
    TRANSIT_GATEWAY = "transit-gateway"
    CORE_NETWORK = "core-network"
    NETWORK_INTERFACE = "network-interface"
    """An appliance, or a NAT instance."""
    CARRIER_GATEWAY = "carrier-gateway"
    LOCAL_GATEWAY = "local-gateway"
    ODB_NETWORK = "odb-network"
    OTHER = "other"
    """A target that this version does not know. It still takes the addresses of its route."""


_GATEWAY_PREFIXES = {
    "igw-": TargetKind.INTERNET_GATEWAY,
    "vgw-": TargetKind.VPN_GATEWAY,
    "vpce-": TargetKind.VPC_ENDPOINT,
    "eigw-": TargetKind.EGRESS_ONLY_INTERNET_GATEWAY,
    "lgw-": TargetKind.LOCAL_GATEWAY,
    "cagw-": TargetKind.CARRIER_GATEWAY,
}


class Origin(enum.IntEnum):
    """How a route came to be, in the order in which AWS prefers routes of one length."""

    LOCAL = 0
    STATIC = 1
    PREFIX_LIST = 2
    PROPAGATED = 3


class Route(msgspec.Struct, frozen=True, dict=True):
    """A route of a route table."""

    route_table_id: str
    destination: str
    """A canonical CIDR block, or the id of a prefix list."""
    kind: TargetKind
    target: str
    """The target's id or ARN; ``local`` for the VPC's own route."""
    state: str
    origin: Origin
    blocks: tuple[str, ...]
    """The CIDR blocks that the destination stands for, as far as they are known."""
    hidden: Missing | None = None
    """Why the destination may stand for more blocks: a prefix list that could not be read, or not whole."""

    @property
    def active(self) -> bool:
        """Whether traffic that the route takes gets anywhere."""
        return self.state == "active"

    @property
    def documented(self) -> bool:
        """Whether AWS documents the state: in any other it is not known what becomes of the traffic."""
        return self.state in ("active", "blackhole")

    @cached_property
    def addresses(self) -> Addresses:
        """The addresses of the destination, as far as they are known."""
        return Addresses.of(*self.blocks)

    @cached_property
    def is_default(self) -> bool:
        """Whether it stands for every address of a family."""
        return self.addresses >= ALL_IPV4 or self.addresses >= ALL_IPV6


def read_route(
    record: Ec2Route, route_table_id: str, read_prefix_list: Callable[[str], tuple[tuple[str, ...], Missing | None]]
) -> Route:
    """What a route of an answer means.

    ``read_prefix_list`` gives the blocks of a prefix list, and why there may be more.
    """
    kind, target = _target(record)
    blocks: tuple[str, ...]
    hidden: Missing | None = None
    if record.destination_prefix_list_id is not None:
        destination, origin = record.destination_prefix_list_id, Origin.PREFIX_LIST
        blocks, hidden = read_prefix_list(destination)
    elif cidr := record.destination_cidr_block or record.destination_ipv6_cidr_block:
        destination, origin = cidr, Origin.STATIC
        blocks = (destination,)
    else:
        # A kind of destination that this version does not know: what it takes is hidden, and no other route is.
        destination, blocks, origin = "", (), Origin.STATIC
        hidden = Missing.of(Kind.ABSENT_FIELD, action="ec2:DescribeRouteTables", resource=route_table_id)
    if kind is TargetKind.LOCAL:
        origin = Origin.LOCAL
    elif record.origin in ("EnableVgwRoutePropagation", "Advertisement"):
        # A VPC Route Server advertises; AWS calls both dynamic routes and ranks them below static ones.
        origin = Origin.PROPAGATED
    return Route(route_table_id, destination, kind, target, record.state or "active", origin, blocks, hidden)


def _target(record: Ec2Route) -> tuple[TargetKind, str]:
    # An appliance's route carries its instance and its interface; the interface is what receives the packet.
    named = (
        (TargetKind.PEERING, record.vpc_peering_connection_id),
        (TargetKind.NAT_GATEWAY, record.nat_gateway_id),
        (TargetKind.TRANSIT_GATEWAY, record.transit_gateway_id),
        (TargetKind.CORE_NETWORK, record.core_network_arn),
        (TargetKind.EGRESS_ONLY_INTERNET_GATEWAY, record.egress_only_internet_gateway_id),
        (TargetKind.CARRIER_GATEWAY, record.carrier_gateway_id),
        (TargetKind.LOCAL_GATEWAY, record.local_gateway_id),
        (TargetKind.ODB_NETWORK, record.odb_network_arn),
        (TargetKind.NETWORK_INTERFACE, record.network_interface_id or record.instance_id),
    )
    for kind, target in named:
        if target:
            return kind, target
    gateway = record.gateway_id or ""
    if gateway == "local":
        return TargetKind.LOCAL, gateway
    for prefix, kind in _GATEWAY_PREFIXES.items():
        if gateway.startswith(prefix):
            return kind, gateway
    return TargetKind.OTHER, gateway


class Lookup(msgspec.Struct, frozen=True):
    """What a route table does with some addresses: a partition of them."""

    routed: tuple[tuple[Route, Addresses], ...] = ()
    """Each route that takes a part, active or not: a blackhole takes its addresses and drops them."""
    unrouted: Addresses = NOTHING
    ambiguous: Addresses = NOTHING
    """Where two prefix lists overlap and lead apart: AWS picks one route and does not say which."""
    unseen: Addresses = NOTHING
    """What an answer that is missing hides."""
    missing: Missing | None = None
    """Why ``ambiguous`` and ``unseen`` are not decided; None where both are empty."""

    @property
    def undecided(self) -> Addresses:
        """The addresses whose way is not known."""
        return self.ambiguous | self.unseen

    def via(self, target: str) -> Addresses:
        """The addresses that an active route to ``target`` takes."""
        return Addresses.union(part for route, part in self.routed if route.active and route.target == target)

    def to(self, *kinds: TargetKind) -> Addresses:
        """The addresses that an active route to a target of the given kinds takes."""
        return Addresses.union(part for route, part in self.routed if route.active and route.kind in kinds)


class _Piece(msgspec.Struct, frozen=True):
    """A stretch of addresses that one route, or one of several, takes."""

    span: Range
    route: Route
    rivals: tuple[Route, ...] = ()
    """Routes of other prefix lists that claim the stretch for another target."""


@dataclass(frozen=True)
class RouteTable:
    """A route table, compiled so that a lookup is a walk over ranges."""

    id: str
    vpc_id: str
    owner: str
    account: str
    """The account and region whose answer it was read from."""
    region: str
    name: str
    main: bool
    subnet_ids: frozenset[str]
    """The subnets that are associated explicitly."""
    gateway_ids: frozenset[str]
    """The gateways that it applies to: such a table routes what comes in, not what subnets send."""
    routes: tuple[Route, ...]
    _cache: dict[tuple[Addresses, str | None], Lookup] = field(default_factory=dict, repr=False, compare=False)

    def lookup(self, addresses: Addresses, toward: str | None = None) -> Lookup:
        """Partition addresses by what takes them, by AWS's documented priorities.

        An unreadable prefix list hides its own addresses only: what no other route takes is then unseen, and so is what
        another route takes when the question is whether it goes ``toward`` the target of the unreadable list.
        """
        known = self._cache.get((addresses, toward))
        if known is None:
            known = self._cache[addresses, toward] = self._look_up(addresses, toward)
        return known

    def _look_up(self, addresses: Addresses, toward: str | None) -> Lookup:
        routed: dict[Route, list[Range]] = {}
        ambiguous: list[Range] = []
        causes: list[Missing | None] = []
        for piece in self._pieces_within(addresses):
            if not piece.route.documented:
                ambiguous.append(piece.span)
                causes.append(self.undecidable(piece.route))
            elif piece.rivals:
                ambiguous.append(piece.span)
                causes += [self.undecidable(route) for route in (piece.route, *piece.rivals)]
            else:
                routed.setdefault(piece.route, []).append(piece.span)
        parts = {route: Addresses(spans) for route, spans in routed.items()}
        doubtful = Addresses(ambiguous)
        unrouted = addresses - Addresses.union(parts.values()) - doubtful
        unseen = NOTHING
        for route in self.routes:
            if route.hidden:
                hidden = unrouted
                if toward is not None and route.target == toward:
                    hidden |= Addresses.union(part for taker, part in parts.items() if taker.target != toward)
                if hidden:
                    unseen |= hidden
                    causes.append(route.hidden)
        return Lookup(
            routed=tuple((route, part - unseen) for route, part in parts.items() if part - unseen),
            unrouted=unrouted - unseen,
            ambiguous=doubtful,
            unseen=unseen,
            missing=Missing.union(causes),
        )

    def undecidable(self, route: Route) -> Missing:
        """Why what a route takes cannot be told: AWS documents neither its state nor which of its rivals wins."""
        resource = f"{self.id}|{route.destination}"
        return Missing(frozenset({Cause(Kind.AMBIGUOUS, self.account, self.region, resource=resource)}))

    @cached_property
    def _pieces(self) -> tuple[_Piece, ...]:
        return tuple(_compile(self.routes))

    def _pieces_within(self, addresses: Addresses) -> Iterator[_Piece]:
        """The pieces cut to the addresses; both are sorted, so one walk over both will do."""
        pieces, i = self._pieces, 0
        for first, last in addresses.ranges:
            while i < len(pieces) and pieces[i].span[1] < first:
                i += 1
            j = i
            while j < len(pieces) and pieces[j].span[0] <= last:
                piece = pieces[j]
                yield _Piece((max(first, piece.span[0]), min(last, piece.span[1])), piece.route, piece.rivals)
                j += 1


_BEHIND_ALL: Range = (1 << 200, 1 << 200)
"""A span behind every address: opening it closes all others."""


def _compile(routes: Iterable[Route]) -> Iterator[_Piece]:
    """The winner of every address that any route takes, in the order of the addresses.

    CIDR blocks nest or lie apart, so a stack of the blocks that are open at an address holds its candidates, with the
    longest prefix on top.
    """
    claims: dict[Range, list[Route]] = {}
    for span, route in _claims(tuple(routes)):
        claims.setdefault(span, []).append(route)
    open_spans: list[Range] = []
    at = 0
    for span in [*sorted(claims, key=lambda span: (span[0], -span[1])), _BEHIND_ALL]:
        while open_spans and open_spans[-1][1] < span[0]:
            end = open_spans[-1][1]
            if at <= end:
                yield _decide((at, end), open_spans, claims)
            at = end + 1
            open_spans.pop()
        if open_spans and at < span[0]:
            yield _decide((at, span[0] - 1), open_spans, claims)
        at = span[0]
        open_spans.append(span)


def _claims(routes: tuple[Route, ...]) -> Iterator[tuple[Range, Route]]:
    """Each block that a route claims. A propagated route inside the VPC's own blocks never beats the local route, even
    where it is more specific, so it claims nothing."""
    local = Addresses.union(route.addresses for route in routes if route.kind is TargetKind.LOCAL)
    for route in routes:
        for block in dict.fromkeys(route.blocks):
            if not (route.origin is Origin.PROPAGATED and Addresses.of(block) <= local):
                yield block_range(block), route


def _decide(span: Range, open_spans: list[Range], claims: Mapping[Range, list[Route]]) -> _Piece:
    candidates = sorted(claims[open_spans[-1]], key=lambda route: (route.origin, route.target, route.destination))
    winner = candidates[0]
    rivals = [route for route in candidates if route.origin is winner.origin and route.target != winner.target]
    if winner.origin is Origin.PREFIX_LIST:
        rivals += [
            route
            for other in open_spans[:-1]
            for route in claims[other]
            if route.origin is Origin.PREFIX_LIST and route.target != winner.target
        ]
    return _Piece(span, winner, tuple(rivals))
