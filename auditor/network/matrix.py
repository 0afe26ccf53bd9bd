"""Every pair of subnets of a peering connection: how far each reaches the other, and the routes that decide it."""

import enum
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor import model
from auditor.network.addresses import Addresses
from auditor.network.coverage import Listing
from auditor.network.diagnosis.pairs import Verdict, Way, ways
from auditor.network.entities import Peering, Side, Subnet
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.routes import Lookup, Route, RouteTable

READS: tuple[type[model.Record], ...] = (
    model.VpcPeeringConnection,
    model.Vpc,
    model.Subnet,
    model.RouteTable,
    model.ManagedPrefixListEntries,
    model.PrefixList,
)
"""The records that a matrix rests on."""


class Extent(enum.StrEnum):
    """How much of a subnet a route table sends over a connection."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class End:
    """One end of a pair."""

    subnet: Subnet | None
    """None stands for all subnets of the VPC that were not seen."""
    table: RouteTable | None
    """The table that it sends by; None where that is not known."""
    addresses: Addresses
    whole: bool = True
    """Whether it can have no other addresses."""

    @property
    def id(self) -> str:
        """The subnet's id; empty where it was not seen."""
        return self.subnet.id if self.subnet else ""

    @property
    def families(self) -> set[int]:
        """The IP versions of its addresses. Every VPC has IPv4, whatever was seen of it."""
        return set(self.addresses.families) if self.whole else {4, *self.addresses.families}


@dataclass(frozen=True)
class Course:
    """What the table of one end does with the addresses of the other."""

    extent: Extent
    routes: tuple[Route, ...]
    """Those that take a part of the addresses, whatever they lead to."""


@dataclass(frozen=True)
class Pair:
    """A subnet that sends over a connection, and one that it sends to, in one family of addresses."""

    peering: Peering
    version: int
    source: End
    destination: End
    forward: Course
    back: Course
    verdict: Verdict


@dataclass(frozen=True)
class Matrix:
    """All pairs of subnets of one connection."""

    peering: Peering
    pairs: tuple[Pair, ...]
    """From the requester to the accepter first, then by source, destination and family."""
    missing: Missing | None
    """Why some verdicts are unknown; None where all are known."""


def matrix(network: Network, peering: Peering) -> Matrix:
    """Judge every pair of subnets over a live connection, both ways; there is none over another.

    A subnet whose route table was not seen has its pairs all the same, and so have the subnets of a VPC that were not
    seen, as one end: what the other end's table does with their addresses is told, and the verdict is unknown.
    """
    if not peering.live:
        return Matrix(peering, (), None)
    known = ways(network, peering)
    ends = {side.vpc_id: _ends(network, side) for side in peering.sides}
    pairs: list[Pair] = []
    for near in peering.sides:
        far = peering.other(near)
        found = [pair for way in known if way.near is near for pair in _judged(way)]
        found += _unjudged(peering, ends[near.vpc_id].items, ends[far.vpc_id].items)
        pairs += sorted(found, key=lambda pair: (pair.source.id, pair.destination.id, pair.version))
    undecided = {(pair.source.id, pair.destination.id) for pair in pairs if pair.verdict is Verdict.UNKNOWN}
    if not undecided:
        return Matrix(peering, tuple(pairs), None)
    causes = [known.missing, *(listing.missing for listing in ends.values())]
    for way in known:
        ids = itertools.product((each.id for each in way.senders.subnets), (each.id for each in way.receivers.subnets))
        if not undecided.isdisjoint(ids):
            causes += [way.forward.missing, way.back.missing]
    return Matrix(peering, tuple(pairs), Missing.union(causes))


def _judged(way: Way) -> Iterator[Pair]:
    """The pairs of which both route tables are known."""
    version, peering = way.version, way.peering
    receivers = [
        (receiver, _end(receiver, way.receivers.table), _course(way.forward, addresses, peering))
        for receiver in way.receivers.subnets
        if (addresses := receiver.addresses.family(version))
    ]
    for sender in way.senders.subnets:
        if addresses := sender.addresses.family(version):
            source, back = _end(sender, way.senders.table), _course(way.back, addresses, peering)
            for receiver, destination, forward in receivers:
                yield Pair(peering, version, source, destination, forward, back, way.verdict(sender, receiver))


def _end(subnet: Subnet, table: RouteTable | None) -> End:
    return End(subnet, table, subnet.addresses)


def _course(lookup: Lookup, addresses: Addresses, peering: Peering) -> Course:
    """What a lookup says of some of its addresses."""
    sent = lookup.via(peering.id) & addresses
    if lookup.undecided & addresses:
        extent = Extent.UNKNOWN
    elif sent == addresses:
        extent = Extent.FULL
    else:
        extent = Extent.PARTIAL if sent else Extent.NONE
    return Course(extent, tuple(route for route, part in lookup.routed if part & addresses))


def _ends(network: Network, side: Side) -> Listing[End]:
    """The subnets of a side whose route tables were not seen, those that were, and one for all that were not seen."""
    if side.vpc is None:
        return Listing((End(None, None, side.addresses, side.addresses_missing is None),), side.unseen)
    subnets, groups = network.subnets_of(side.vpc), network.table_groups(side.vpc)
    tables = {subnet.id: group.table for group in groups for subnet in group.subnets}
    ends = [_end(subnet, tables.get(subnet.id)) for subnet in subnets]
    rest = side.addresses - Addresses.union(end.addresses for end in ends)
    if rest and not subnets.whole:
        ends.append(End(None, None, rest))
    return Listing(tuple(ends), groups.missing)


def _unjudged(peering: Peering, sources: Iterable[End], destinations: Iterable[End]) -> Iterator[Pair]:
    """The pairs of which a route table or a subnet was not seen."""
    for source in sources:
        for destination in destinations:
            if source.table and destination.table:
                continue
            for version in source.families & destination.families:
                forward = _course_of(source, destination, version, peering)
                back = _course_of(destination, source, version, peering)
                yield Pair(peering, version, source, destination, forward, back, Verdict.UNKNOWN)


def _course_of(sender: End, receiver: End, version: int, peering: Peering) -> Course:
    if sender.table is None:
        return Course(Extent.UNKNOWN, ())
    addresses = receiver.addresses.family(version)
    course = _course(sender.table.lookup(addresses, toward=peering.id), addresses, peering)
    return course if receiver.whole else Course(Extent.UNKNOWN, course.routes)
