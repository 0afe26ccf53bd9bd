"""Whether the subnets of a peering connection reach one another, and have their answers back."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from auditor import model
from auditor.network.addresses import NOTHING, Addresses
from auditor.network.coverage import Listing
from auditor.network.entities import Peering, Side, Subnet, TableGroup
from auditor.network.missing import Missing
from auditor.network.network import Network, each_address
from auditor.network.remembered import remembered
from auditor.network.routes import Lookup, Route, TargetKind


class Verdict(enum.StrEnum):
    """What becomes of packets between two subnets over one peering connection, in one family of addresses."""

    ROUTED = "routed"
    """All addresses, both ways."""
    PARTIAL = "partial"
    """Some addresses, both ways."""
    ONE_WAY = "one-way"
    """One way only."""
    MISROUTED = "misrouted"
    """There, but all that comes back takes another peering connection, or nothing comes back at all."""
    PARTLY_MISROUTED = "partly-misrouted"
    """There and back for some addresses; the answers to others take another peering connection."""
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Way:
    """From the subnets of one route table to those of another on the far side, in one family of addresses.

    All subnets of a route table send alike, so a way stands for all their pairs.
    """

    peering: Peering
    near: Side
    far: Side
    senders: TableGroup
    receivers: TableGroup
    version: int
    forward: Lookup
    """What the senders' table does with the receivers' addresses."""
    back: Lookup
    """What the receivers' table does with the senders' addresses."""

    def sent(self, receiver: Subnet) -> Addresses:
        """The addresses of a receiving subnet that the senders reach."""
        return self.forward.via(self.peering.id) & receiver.addresses

    def returned(self, sender: Subnet) -> Addresses:
        """The addresses of a sending subnet that answers reach over the same connection."""
        return self.back.via(self.peering.id) & sender.addresses

    def misrouted(self, sender: Subnet) -> tuple[tuple[Route, Addresses], ...]:
        """The addresses of a sending subnet that answers miss, since they take another peering connection."""
        strays = [
            (route, part & sender.addresses)
            for route, part in self.back.routed
            if route.active and route.kind is TargetKind.PEERING and route.target != self.peering.id
        ]
        return tuple((route, part) for route, part in strays if part)

    def undecided(self, sender: Subnet, receiver: Subnet) -> Missing | None:
        """Why the verdict on a pair of subnets is not known; None where it is."""
        if self.forward.undecided & receiver.addresses or self.back.undecided & sender.addresses:
            return Missing.union([self.forward.missing, self.back.missing])
        return None

    def verdict(self, sender: Subnet, receiver: Subnet) -> Verdict:
        """What becomes of packets from one subnet to the other."""
        if self.undecided(sender, receiver):
            return Verdict.UNKNOWN
        sent, returned = self.sent(receiver), self.returned(sender)
        if sent and self.misrouted(sender):
            return Verdict.PARTLY_MISROUTED if returned else Verdict.MISROUTED
        if not sent and not returned:
            return Verdict.NONE
        if not sent or not returned:
            return Verdict.ONE_WAY
        whole = sent == receiver.addresses.family(self.version) and returned == sender.addresses.family(self.version)
        return Verdict.ROUTED if whole else Verdict.PARTIAL


def ways(network: Network, peering: Peering) -> Listing[Way]:
    """Every way over a live peering connection, in both directions and all families that both ends have."""
    if not peering.live:
        return Listing(())
    groups = {side.vpc_id: _groups(network, side) for side in peering.sides}
    missing = Missing.union(listing.missing for listing in groups.values())
    found: list[Way] = []
    for near in peering.sides:
        far = peering.other(near)
        for senders in groups[near.vpc_id]:
            for receivers in groups[far.vpc_id]:
                found += _between(peering, near, far, senders, receivers)
    return Listing(tuple(found), missing)


def _groups(network: Network, side: Side) -> Listing[TableGroup]:
    if side.vpc is None:
        return Listing((), side.unseen)
    return network.table_groups(side.vpc)


def _between(peering: Peering, near: Side, far: Side, senders: TableGroup, receivers: TableGroup) -> Iterator[Way]:
    for version in (4, 6):
        of_senders, of_receivers = senders.addresses.family(version), receivers.addresses.family(version)
        if of_senders and of_receivers:
            yield Way(
                peering=peering,
                near=near,
                far=far,
                senders=senders,
                receivers=receivers,
                version=version,
                forward=senders.table.lookup(of_receivers, toward=peering.id),
                back=receivers.table.lookup(of_senders, toward=peering.id),
            )


# --- One side's routes ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SideRoutes:
    """The routes of one side's VPC that lead to the connection."""

    effective: tuple[Route, ...]
    """Active, in a table that at least one subnet sends by."""
    idle: tuple[Route, ...]
    """In a table that no subnet sends by, or not active."""
    groups: Listing[TableGroup]
    missing: Missing | None
    """Why there may be more, or more of them effective; None where these are all."""

    @property
    def any(self) -> tuple[Route, ...]:
        """All of them."""
        return self.effective + self.idle

    @property
    def without_subnets(self) -> tuple[str, ...]:
        """The tables with such a route that no subnet sends by."""
        in_force = {group.table.id for group in self.groups}
        return tuple(sorted({route.route_table_id for route in self.idle} - in_force))


def side_routes(network: Network, peering: Peering, side: Side) -> SideRoutes:
    """The routes of ``side`` to the connection, as far as they were seen."""
    if side.vpc is None:
        return SideRoutes((), (), Listing((), side.unseen), side.unseen)
    groups = network.table_groups(side.vpc)
    in_force = {group.table.id for group in groups}
    effective: list[Route] = []
    idle: list[Route] = []
    causes = [network.route_tables_of(side.vpc).missing, groups.missing]
    for route in network.routes_to(peering.id):
        table = network.route_tables[route.route_table_id]
        if table.vpc_id == side.vpc_id:
            (effective if route.active and table.id in in_force else idle).append(route)
            if not route.documented and table.id in in_force:
                causes.append(table.undecidable(route))
    return SideRoutes(tuple(effective), tuple(idle), groups, Missing.union(causes))


def answers_by_transit(network: Network, near: Side, far: Side) -> bool | Missing:
    """Whether every subnet of the near side sends to all of the far side over a transit gateway or a core network that
    the far VPC is on too, and so has another way to answer by; Missing where the far VPC may be on it.
    """
    if near.vpc is None or not (groups := network.table_groups(near.vpc)):
        return False
    wanted = Addresses.union(far.addresses.family(version) for version in near.vpc.addresses.families)
    by: set[str] = set()
    for group in groups:
        lookup = group.table.lookup(wanted)
        if not wanted or lookup.to(*TRANSIT) != wanted:
            return False
        by |= {route.target for route, _ in lookup.routed}
    return share_transit(network, near, far, by)


TRANSIT = (TargetKind.TRANSIT_GATEWAY, TargetKind.CORE_NETWORK)


def share_transit(network: Network, near: Side, far: Side, gateways: set[str]) -> bool | Missing:
    """Whether both VPCs are on each of some transit gateways or core networks that the near one routes to.

    Missing where the far one may be.
    """
    neighbours = network.transit_neighbours(near.vpc) if near.vpc else ()
    apart = gateways - {gateway for gateway, vpc in neighbours if vpc.id == far.vpc_id}
    if not apart:
        return True
    if not all(gateway.startswith("tgw-") for gateway in apart):
        return False
    unseen = [
        network.missing_of(model.TransitGatewayVpcAttachment, side.vpc) if side.vpc else side.unseen
        for side in (near, far)
    ]
    return Missing.union(unseen) or False


# --- Faults of pairs --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OneWay:
    """Subnets whose table lets nothing back to those that send to them, in one family of addresses."""

    near: Side
    far: Side
    receivers: TableGroup
    version: int
    targeted: tuple[Subnet, ...]
    """The receiving subnets that are sent to."""
    senders: tuple[Subnet, ...]
    """The sending subnets that nothing comes back to."""
    forward: tuple[Route, ...]
    back: tuple[Route, ...]
    """What the receivers' table does with the senders' addresses instead."""
    uses_connection: bool
    """Whether the receivers' table has another route over the connection."""
    detour: bool | Missing
    """Whether all answers have another way: through an appliance, as inspection asks for, or over a transit gateway or
    core network that both VPCs are on. Missing where the senders' VPC may be on it."""

    @property
    def key(self) -> str:
        """The fault's place in a finding's id."""
        return f"{self.receivers.table.id}|ipv{self.version}"


@dataclass(frozen=True)
class Misroute:
    """A table whose answers to some subnets take another peering connection, in one family of addresses."""

    near: Side
    far: Side
    receivers: TableGroup
    version: int
    senders: tuple[Subnet, ...]
    """The sending subnets that miss answers."""
    lost: tuple[Subnet, ...]
    """Those of them that get none at all over the connection."""
    strays: tuple[tuple[Route, Addresses], ...]
    """Each route that takes answers away, and for which of the senders' addresses."""
    forward: tuple[Route, ...]
    hosts_only: bool
    """Whether the senders reach but a part of the receivers, as routes from host to host do."""

    @property
    def key(self) -> str:
        """The fault's place in a finding's id."""
        return f"{self.receivers.table.id}|ipv{self.version}"

    @property
    def addresses(self) -> Addresses:
        """All addresses of senders that miss answers."""
        return Addresses.union(part for _, part in self.strays)


@dataclass(frozen=True)
class PairFaults:
    """What is wrong with the pairs of subnets of one connection, each pair under one cause."""

    misroutes: tuple[Misroute, ...]
    one_ways: tuple[OneWay, ...]
    undecided: Missing | None
    """Why some pairs could not be judged; None where all were."""
    answered: frozenset[int]
    """The families of addresses in which at least one pair has a way there and back."""


@remembered
def pair_faults(network: Network, peering: Peering) -> PairFaults:
    """The faults of all pairs of subnets over a connection.

    A side without any route is the fault of that side, not of each pair, so pairs that it leaves one-way are left out,
    unless its answers take another connection.
    """
    all_ways = ways(network, peering)
    routes = {side.vpc_id: side_routes(network, peering, side) for side in peering.sides}
    # Where no route was seen and more may be, whether the side or its pairs are at fault cannot be told.
    mute = {vpc_id for vpc_id, found in routes.items() if not found.effective}
    causes = [all_ways.missing, *(routes[vpc_id].missing for vpc_id in mute)]
    misroutes: list[Misroute] = []
    one_ways: list[OneWay] = []
    answered: set[int] = set()
    by_receivers: dict[tuple[str, int], list[Way]] = {}
    for way in all_ways:
        by_receivers.setdefault((way.receivers.table.id, way.version), []).append(way)
        answered |= {way.version for pair in _pairs(way) if way.sent(pair[1]) and way.returned(pair[0])}
    for group in by_receivers.values():
        causes += [way.undecided(*pair) for way in group for pair in _pairs(way)]
        misroutes += _misroute(group)
    mute -= {misroute.far.vpc_id for misroute in misroutes}
    for group in by_receivers.values():
        if group[0].far.vpc_id not in mute:
            one_ways += _one_way(network, group)
    return PairFaults(tuple(misroutes), tuple(one_ways), Missing.union(causes), frozenset(answered))


def _pairs(way: Way) -> Iterator[tuple[Subnet, Subnet]]:
    for sender in way.senders.subnets:
        for receiver in way.receivers.subnets:
            if sender.addresses.family(way.version) and receiver.addresses.family(way.version):
                yield sender, receiver


def _misroute(group: list[Way]) -> Iterator[Misroute]:
    found = [
        (way, sender, receiver)
        for way in group
        for sender, receiver in _pairs(way)
        if way.verdict(sender, receiver) in (Verdict.MISROUTED, Verdict.PARTLY_MISROUTED)
    ]
    if not found:
        return
    strays: dict[Route, Addresses] = {}
    for way, sender, _ in found:
        for route, part in way.misrouted(sender):
            strays[route] = strays.get(route, NOTHING) | part
    yield Misroute(
        near=group[0].near,
        far=group[0].far,
        receivers=group[0].receivers,
        version=group[0].version,
        senders=_unique(sender for _, sender, _ in found),
        lost=_unique(sender for way, sender, _ in found if not way.returned(sender)),
        strays=tuple(strays.items()),
        forward=_routes_of([way.forward for way, _, _ in found], group[0].peering),
        hosts_only=all(way.sent(receiver) != receiver.addresses.family(way.version) for way, _, receiver in found),
    )


def _one_way(network: Network, group: list[Way]) -> Iterator[OneWay]:
    found = [
        (way, sender, receiver)
        for way in group
        for sender, receiver in _pairs(way)
        if way.verdict(sender, receiver) is Verdict.ONE_WAY and way.sent(receiver) and not _blackholed(way, sender)
    ]
    if not found:
        return
    peering, table = group[0].peering, group[0].receivers.table
    yield OneWay(
        near=group[0].near,
        far=group[0].far,
        receivers=group[0].receivers,
        version=group[0].version,
        targeted=_unique(receiver for _, _, receiver in found),
        senders=_unique(sender for _, sender, _ in found),
        forward=_routes_of([way.forward for way, _, _ in found], peering),
        back=tuple(dict.fromkeys(route for way, _, _ in found for route, _ in way.back.routed)),
        uses_connection=any(route.active and route.target == peering.id for route in table.routes),
        detour=_detour(network, [(way, sender) for way, sender, _ in found]),
    )


def _blackholed(way: Way, sender: Subnet) -> bool:
    """Whether all answers to a sender end in blackholes of peering connections, each of which is a fault of its own."""
    taken = [part for route, part in way.back.routed if route.state == "blackhole" and route.kind is TargetKind.PEERING]
    return sender.addresses.family(way.version) <= Addresses.union(taken)


def _detour(network: Network, unanswered: list[tuple[Way, Subnet]]) -> bool | Missing:
    gateways: set[str] = set()
    for way, sender in unanswered:
        wanted = sender.addresses.family(way.version)
        taking = [route for route, part in way.back.routed if part & wanted]
        whole = wanted <= Addresses.union(part for _, part in way.back.routed)
        if not whole or not all(route.active and _is_detour(route) for route in taking):
            return False
        gateways |= {route.target for route in taking if route.kind in TRANSIT}
    way, _ = unanswered[0]
    return share_transit(network, way.far, way.near, gateways)


def _is_detour(route: Route) -> bool:
    """Whether a route may lead answers on. A default route to an interface is a NAT instance's, which does not."""
    if route.kind is TargetKind.NETWORK_INTERFACE:
        return not route.is_default
    return route.kind is TargetKind.VPC_ENDPOINT or route.kind in TRANSIT


def _unique(subnets: Iterator[Subnet]) -> tuple[Subnet, ...]:
    return tuple({subnet.id: subnet for subnet in subnets}.values())


def _routes_of(lookups: list[Lookup], peering: Peering) -> tuple[Route, ...]:
    return tuple(dict.fromkeys(route for lookup in lookups for route, _ in lookup.routed if route.target == peering.id))


def subnets_in_use(network: Network, subnets: tuple[Subnet, ...]) -> list[Subnet] | Missing:
    """The subnets that are in use, as far as that was seen; Missing where none of them is known to be."""
    answers = {subnet: network.in_use(subnet) for subnet in subnets}
    used = [subnet for subnet, answer in answers.items() if answer is True]
    missing = Missing.union(answer for answer in answers.values() if isinstance(answer, Missing))
    return used if used or missing is None else missing


def in_use_addresses(network: Network, subnets: tuple[Subnet, ...]) -> Listing[str]:
    """The addresses of the workloads' interfaces in some subnets."""
    found: list[str] = []
    causes: list[Missing | None] = []
    for subnet in subnets:
        workloads = network.workloads(subnet)
        causes.append(workloads.missing)
        found += [address for interface in workloads for address in each_address(interface)]
    return Listing(tuple(dict.fromkeys(found)), Missing.union(causes))
