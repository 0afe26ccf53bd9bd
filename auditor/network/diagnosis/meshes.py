"""VPCs that peering connections link, directly or through others: how many hang together, and which reach each other.

Peering is not transitive: that two VPCs hang together does not mean that they reach each other.

Source: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-limitations
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from auditor import model
from auditor.network.entities import Side, Vpc
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.snapshot import Target


@dataclass(frozen=True)
class Mesh:
    """VPCs that hang together by live peering connections. A connection is known where one of its sides is audited."""

    vpc_ids: tuple[str, ...]
    """All of them, in their order, those that were not audited among them."""
    peers: Mapping[str, int]
    """With how many VPCs each is peered."""
    center: str | None
    """The VPC with the most peers of which the owner was audited; of several the one with the smallest id."""
    missing: Missing | None
    """Why there may be more connections between its VPCs and audited ones; None where these are all."""

    @property
    def connections(self) -> int:
        """How many pairs of VPCs are peered."""
        return sum(self.peers.values()) // 2

    @property
    def connections_of_all(self) -> int:
        """How many pairs there are."""
        return len(self.vpc_ids) * (len(self.vpc_ids) - 1) // 2


def mesh_of(network: Network, vpc: Vpc) -> Mesh:
    """The VPCs that a VPC hangs together with, itself among them."""
    return _meshes_by_vpc(network)[vpc.id]


@remembered
def _meshes_by_vpc(network: Network) -> Mapping[str, Mesh]:
    return {vpc_id: mesh for mesh in _find_meshes(network) for vpc_id in mesh.vpc_ids}


def _find_meshes(network: Network) -> Iterator[Mesh]:
    neighbours: dict[str, set[str]] = {vpc_id: set() for vpc_id in network.vpcs}
    homes = {vpc_id: vpc.home for vpc_id, vpc in network.vpcs.items()}
    for peering in network.peerings.values():
        if peering.live:
            for side in peering.sides:
                neighbours.setdefault(side.vpc_id, set()).add(peering.other(side).vpc_id)
                homes.setdefault(side.vpc_id, side.home)
    audited = {vpc_id: home for vpc_id, home in homes.items() if home in _audited(network)}
    reached: set[str] = set()
    for start in network.vpcs:
        if start not in reached:
            members = _reach(start, neighbours)
            reached |= members
            peers = {vpc_id: len(neighbours[vpc_id]) for vpc_id in members}
            yield _mesh(network, sorted(members), peers, audited)


def _reach(start: str, neighbours: Mapping[str, set[str]]) -> set[str]:
    members, pending = {start}, [start]
    while pending:
        found = neighbours[pending.pop()] - members
        members |= found
        pending += found
    return members


def _mesh(network: Network, members: list[str], peers: Mapping[str, int], audited: Mapping[str, Target]) -> Mesh:
    # AWS shows a VPC's connections to its owner alone. Those of another member with what was audited are shown there.
    owned = [vpc_id for vpc_id in members if vpc_id in audited]
    unseen = [network.coverage.missing(model.VpcPeeringConnection, audited[vpc_id]) for vpc_id in owned]
    if len(owned) < len(members):
        unseen.append(_not_shown(network))
    return Mesh(
        vpc_ids=tuple(members),
        peers=peers,
        center=min(owned, key=lambda vpc_id: (-peers[vpc_id], vpc_id), default=None),
        missing=Missing.union(unseen),
    )


@dataclass(frozen=True)
class Gap:
    """Two peers of one VPC that nothing else joins."""

    near: Side
    """The end that was audited; of two such, the one with the smaller id."""
    far: Side
    hubs: tuple[str, ...]
    """The ids of the VPCs that both are peered with."""
    missing: Missing | None
    """Why a connection or a transit gateway between them may not have been seen; None where there is none."""


def gaps_of(network: Network, vpc: Vpc) -> list[Gap]:
    """The gaps of which a VPC is the near end, in the order of the far ends' ids.

    Peers that overlap are left out: nothing could join them.
    """
    return _gaps_by_near_end(network).get(vpc.id, [])


@remembered
def _gaps_by_near_end(network: Network) -> Mapping[str, list[Gap]]:
    gaps: dict[str, list[Gap]] = defaultdict(list)
    for gap in _find_gaps(network):
        gaps[gap.near.vpc_id].append(gap)
    return gaps


def _find_gaps(network: Network) -> Iterator[Gap]:
    audited = _audited(network)
    peers = _peers_by_vpc(network)
    hubs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for hub, sides in sorted(peers.items()):
        ends = sorted(sides)
        for at, one in enumerate(ends):
            for other in ends[at + 1 :]:
                if other not in peers[one]:
                    hubs[one, other].append(hub)
    for pair, found in sorted(hubs.items()):
        # The sort keeps the order of the ids among those that were audited.
        near, far = sorted((peers[found[0]][vpc_id] for vpc_id in pair), key=lambda side: side.home not in audited)
        if near.vpc is None or near.addresses & far.addresses:
            continue
        if not any(far.vpc_id in network.transit_members(gateway) for gateway in network.transit_gateways_of(near.vpc)):
            yield Gap(near, far, tuple(found), _unseen(network, near.vpc, far))


def hubs_missing(network: Network, vpc: Vpc) -> Missing | None:
    """Why a VPC may have peers, or its peers may have others, that were not seen; None where these are all.

    Of a peer that was not audited, what else it is peered with is its owner's business, but for those VPCs that were to
    show their connections with it and did not.
    """
    homes = {vpc.home, *(peering.beyond(vpc.id).home for peering in network.peerings_of(vpc.id))}
    unseen = Missing.union(
        [
            *(network.coverage.missing(model.VpcPeeringConnection, home) for home in homes),
            None if homes <= _audited(network) else _not_shown(network),
        ]
    )
    causes = frozenset(cause for cause in unseen.causes if cause.kind is not Kind.NOT_AUDITED) if unseen else None
    return Missing(causes) if causes else None


@remembered
def _audited(network: Network) -> frozenset[Target]:
    return frozenset(network.coverage.targets)


@remembered
def _not_shown(network: Network) -> Missing | None:
    """Why not all connections of all that was audited were seen."""
    targets = _audited(network)
    return Missing.union(network.coverage.missing(model.VpcPeeringConnection, target) for target in targets)


def _peers_by_vpc(network: Network) -> dict[str, dict[str, Side]]:
    """The far sides of each VPC's live connections, by the id of their VPC."""
    peers: dict[str, dict[str, Side]] = defaultdict(dict)
    for _, peering in sorted(network.peerings.items()):
        if peering.live:
            for side in peering.sides:
                peers[peering.other(side).vpc_id][side.vpc_id] = side
    return peers


def _unseen(network: Network, near: Vpc, far: Side) -> Missing | None:
    def missing(record: type[model.Record]) -> list[Missing | None]:
        return [
            network.missing_of(record, near),
            network.missing_of(record, far.vpc) if far.vpc else far.unseen,
        ]

    # AWS shows a connection to both owners, so one whole answer is enough.
    connections = missing(model.VpcPeeringConnection)
    causes = [] if None in connections else connections
    of_near, of_far = missing(model.TransitGatewayVpcAttachment)
    causes.append(of_near)
    # A VPC that is on no transit gateway shares none.
    if of_near or network.transit_gateways_of(near):
        causes.append(of_far)
    return Missing.union(causes)
