"""Which subnets exchange packets over a peering connection, and with which addresses of the far side.

Filters are asked of these: what no route lets through, no filter can stop.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.network.addresses import NOTHING, Addresses
from auditor.network.coverage import Listing
from auditor.network.diagnosis.pairs import Way, side_routes, ways
from auditor.network.entities import Peering, Side, Subnet
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered


@dataclass(frozen=True)
class Exchange:
    """A subnet that sends over a connection and has answers from there, in one family of addresses."""

    near: Side
    far: Side
    subnet: Subnet
    version: int
    addresses: Addresses
    """Those of the far side that it has a way to and back from; none where the far side's routes were not all seen."""
    possible: Addresses
    """These, and those of which a way could not be ruled out."""


@remembered
def exchanges(network: Network, peering: Peering) -> Listing[Exchange]:
    """The exchanges of both sides over a live connection.

    Where the routes of the far side were not all seen, every address that a subnet sends to is a possible one.
    """
    if not peering.live:
        return Listing(())
    all_ways = ways(network, peering)
    causes = [all_ways.missing, *(way.forward.missing or way.back.missing for way in all_ways)]
    found: list[Exchange] = []
    for near in peering.sides:
        far = peering.other(near)
        if far.vpc is not None and network.table_groups(far.vpc).whole:
            found += _of_ways(near, far, [way for way in all_ways if way.near is near])
        else:
            found += _of_near_routes(network, peering, near, far)
    return Listing(tuple(found), Missing.union(causes))


def _of_ways(near: Side, far: Side, all_ways: list[Way]) -> Iterator[Exchange]:
    addresses: dict[tuple[Subnet, int], list[Addresses]] = defaultdict(list)
    possible: dict[tuple[Subnet, int], list[Addresses]] = defaultdict(list)
    for way in all_ways:
        sent = way.forward.via(way.peering.id)
        for subnet in way.senders.subnets:
            if sent and way.returned(subnet):
                addresses[subnet, way.version].append(sent)
            if way.returned(subnet) or way.back.undecided & subnet.addresses:
                possible[subnet, way.version].append(sent | way.forward.undecided)
    for (subnet, version), parts in addresses.items():
        maybe = Addresses.union(possible[subnet, version])
        yield Exchange(near, far, subnet, version, Addresses.union(parts), maybe)


def _of_near_routes(network: Network, peering: Peering, near: Side, far: Side) -> Iterator[Exchange]:
    # More blocks that were not seen could be exchanged with, so the known ones prove nothing.
    if near.vpc is None or far.addresses_missing is not None:
        return
    for group in network.table_groups(near.vpc):
        for version in far.addresses.families:
            lookup = group.table.lookup(far.addresses.family(version), toward=peering.id)
            if sent := lookup.via(peering.id):
                for subnet in group.subnets:
                    if subnet.addresses.family(version):
                        yield Exchange(near, far, subnet, version, NOTHING, sent | lookup.undecided)


def carries(network: Network, peering: Peering) -> bool | Missing:
    """Whether packets have a way there and back over a live connection, between any two subnets."""
    found = exchanges(network, peering)
    if any(exchange.addresses for exchange in found):
        return True
    for side in peering.sides:
        routes = side_routes(network, peering, side)
        if not routes.effective and routes.missing is None:
            return False
    return found.missing or False
