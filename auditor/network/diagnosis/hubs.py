"""The peers of one VPC that have addresses in common, and what the VPC's route tables do with those.

Such peers are no fault: AWS documents how specific routes keep them apart. They are never peered with each other.

Source: https://docs.aws.amazon.com/vpc/latest/peering/peering-configurations-partial-access.html
"""

from collections import defaultdict
from dataclasses import dataclass

from auditor.network.addresses import NOTHING, Addresses
from auditor.network.coverage import Listing
from auditor.network.diagnosis.overlap import overlapping_blocks
from auditor.network.diagnosis.pairs import Misroute, in_use_addresses, pair_faults
from auditor.network.entities import Peering, Side, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.routes import RouteTable


@dataclass(frozen=True)
class TableSplit:
    """What a route table of the hub does with the addresses that two peers have in common."""

    table: RouteTable
    shares: tuple[Addresses, Addresses]
    """What goes over the first connection, and what over the second."""
    undecided: Addresses
    """What two prefix lists send over both: AWS picks one and does not say which."""


@dataclass(frozen=True)
class HubOverlap:
    """Two peers of one VPC, the hub, with common addresses."""

    connections: tuple[Peering, Peering]
    """In the order of their ids."""
    peers: tuple[Side, Side]
    """The far sides of the connections, as the hub sees them."""
    common: Addresses
    splits: tuple[TableSplit, ...]
    """The route tables of the hub's subnets that send any of it to either peer."""
    missing: Missing | None
    """Why it is not known what all of the hub's subnets do with it; None where it is."""
    misrouted: bool
    """Whether answers to one peer leave for the other, which is a fault of its own."""

    @property
    def key(self) -> str:
        """The pair's place in a finding's id."""
        return "|".join(connection.id for connection in self.connections)

    @property
    def undecided(self) -> tuple[TableSplit, ...]:
        """The tables of which it is not known to which peer they send."""
        return tuple(split for split in self.splits if split.undecided)

    @property
    def unrouted(self) -> Addresses:
        """What no table sends to either peer."""
        return self.common - Addresses.union(part for split in self.splits for part in (*split.shares, split.undecided))


def hub_overlaps(network: Network, hub: Vpc) -> Listing[HubOverlap]:
    """The pairs of a VPC's live peers with common addresses; missing is why there may be more."""
    over = {peering.id: peering for peering in network.peerings_of(hub.id)}
    peers = {peering.id: peering.beyond(hub.id) for peering in over.values()}
    common: dict[tuple[str, str], list[str]] = defaultdict(list)
    owned = [(block, peering_id) for peering_id, peer in peers.items() for block in peer.blocks]
    for _, one, narrower, other in overlapping_blocks(owned):
        # Two connections to one VPC are no overlap.
        if peers[one].vpc_id != peers[other].vpc_id:
            first, second = sorted((one, other))
            common[first, second].append(narrower)
    strays = _strays(network, hub, [over[each] for each in sorted({end for pair in common for end in pair})])
    found = [
        _overlap(network, hub, (over[first], over[second]), Addresses.of(*blocks), strays)
        for (first, second), blocks in sorted(common.items())
    ]
    return Listing(tuple(found), Missing.union(peer.addresses_missing for peer in peers.values()))


def _strays(network: Network, hub: Vpc, connections: list[Peering]) -> frozenset[tuple[str, str]]:
    """Each connection of which the hub's tables send answers over another one, with that one."""
    return frozenset(
        (connection.id, route.target)
        for connection in connections
        for misroute in pair_faults(network, connection).misroutes
        if misroute.far.vpc_id == hub.id and _matters(network, misroute)
        for route, _ in misroute.strays
    )


def _matters(network: Network, misroute: Misroute) -> bool:
    """Whether a misroute is more than what routes from host to host are meant to leave out, or may be."""
    if misroute.lost or not misroute.hosts_only:
        return True
    used = in_use_addresses(network, misroute.senders)
    return not used.whole or any(address in misroute.addresses for address in used)


def _overlap(
    network: Network,
    hub: Vpc,
    connections: tuple[Peering, Peering],
    common: Addresses,
    strays: frozenset[tuple[str, str]],
) -> HubOverlap:
    first, second = connections
    groups = network.table_groups(hub)
    splits: list[TableSplit] = []
    causes = [groups.missing]
    for group in groups:
        lookup = group.table.lookup(common)
        rivals = {route.target for route in group.table.routes if route.active and route.addresses & lookup.ambiguous}
        undecided = lookup.ambiguous if {first.id, second.id} <= rivals else NOTHING
        if lookup.ambiguous - undecided:
            causes.append(lookup.missing)
        causes += [route.hidden for route in group.table.routes if route.target in (first.id, second.id)]
        split = TableSplit(group.table, (lookup.via(first.id), lookup.via(second.id)), undecided)
        if split.undecided or any(split.shares):
            splits.append(split)
    return HubOverlap(
        connections=connections,
        peers=(first.beyond(hub.id), second.beyond(hub.id)),
        common=common,
        splits=tuple(splits),
        missing=Missing.union(causes),
        misrouted=bool({(first.id, second.id), (second.id, first.id)} & strays),
    )
