"""Whether two VPCs have addresses in common, which AWS allows no peering connection.

Source: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-limitations
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeVar

from auditor import model
from auditor.network.addresses import Addresses, Range, block_range
from auditor.network.diagnosis.lifecycle import HISTORY
from auditor.network.entities import Peering, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.partitions import partition_of
from auditor.snapshot import GLOBAL

Owner = TypeVar("Owner")


@dataclass(frozen=True)
class Overlap:
    """Two VPCs that share addresses."""

    pairs: tuple[tuple[str, str, Addresses], ...]
    """A block of the requester, one of the accepter and what both hold; none where AWS's own words are the proof."""


def overlap(network: Network, peering: Peering) -> Overlap | Missing | None:
    """The overlap of a connection's VPCs over all blocks that are associated with them; None where there is none.

    AWS shows the blocks of a side only while the connection is active. Of a connection that failed for an overlap, and
    whose VPCs were not both seen, its status message is what is left.
    """
    pairs = [
        (mine, theirs, Addresses.of(mine) & Addresses.of(theirs))
        for mine in peering.requester.blocks
        for theirs in peering.accepter.blocks
    ]
    found = tuple(pair for pair in pairs if pair[2])
    if found:
        return Overlap(found)
    missing = Missing.union(side.addresses_missing for side in peering.sides)
    status = peering.record.status
    names_overlap = peering.status == "failed" and "overlap" in ((status and status.message) or "").lower()
    # AWS has one message for a wrong VPC id and for an overlap: a VPC that is not there overlaps nothing.
    gone = any(side.vpc is None and network.coverage.missing(model.Vpc, side.home) is None for side in peering.sides)
    return Overlap(()) if missing and names_overlap and not gone else missing


def overlapping_blocks(owned: Iterable[tuple[str, Owner]]) -> Iterator[tuple[str, Owner, str, Owner]]:
    """Every two blocks that have addresses in common, each with its owner; the narrower block comes last.

    CIDR blocks nest or lie apart. So in the order of their first addresses, the blocks that one overlaps are those that
    are still open where it begins: the time is that of sorting, and of telling what was found.
    """
    placed = [(block_range(block), block, owner) for block, owner in owned]
    ordered = sorted(placed, key=lambda found: _nesting(found[0]))
    enclosing: list[tuple[int, str, Owner]] = []
    for (first, last), block, owner in ordered:
        while enclosing and enclosing[-1][0] < first:
            enclosing.pop()
        for _, wider, other in enclosing:
            yield wider, other, block, owner
        enclosing.append((last, block, owner))


def _nesting(span: Range) -> tuple[int, int]:
    """The order in which a block stands behind all that it lies in."""
    return span[0], -span[1]


class BlockOwners:
    """Who owns which CIDR blocks, asked by address: the time is that of telling what was found."""

    def __init__(self, owned: Iterable[tuple[str, str]]) -> None:
        self._owners: dict[Range, list[str]] = defaultdict(list)
        for block, owner in owned:
            self._owners[block_range(block)].append(owner)
        self._ordered = sorted(self._owners, key=_nesting)
        self._around: dict[Range, Range | None] = {}
        """The narrowest block around each."""
        enclosing: list[Range] = []
        for span in self._ordered:
            while enclosing and enclosing[-1][1] < span[0]:
                enclosing.pop()
            self._around[span] = enclosing[-1] if enclosing else None
            enclosing.append(span)

    def of(self, addresses: Addresses) -> frozenset[str]:
        """The owners of blocks that hold some of the addresses."""
        return frozenset(owner for span in self._holding(addresses) for owner in self._owners[span])

    def _holding(self, addresses: Addresses) -> Iterator[Range]:
        for first, last in addresses.ranges:
            begin = bisect_left(self._ordered, first, key=itemgetter(0))
            # What begins before a range and reaches into it lies around the last block that begins before.
            span = self._ordered[begin - 1] if begin else None
            while span is not None:
                if first <= span[1]:
                    yield span
                span = self._around[span]
            yield from self._ordered[begin : bisect_right(self._ordered, last, key=itemgetter(0))]


@dataclass(frozen=True)
class NeverPeers:
    """An audited VPC that no connection can ever join with another one."""

    vpc: Vpc
    common: Addresses
    missing: Missing | None
    """Why a connection may have been tried all the same; None where none was."""


def never_peers(network: Network, vpc: Vpc) -> Sequence[NeverPeers]:
    """The other audited VPCs of a VPC's partition that overlap it, in the order of their ids.

    Two VPCs that a connection joins, or failed to, are left out: that overlap is the connection's own fault.
    """
    return _never_peers_by_vpc(network).get(vpc.id, ())


def vpcs_unseen(network: Network, vpc: Vpc) -> Missing | None:
    """Why there may be more audited VPCs in a VPC's partition; None where these are all."""
    return _unseen_by_partition(network).get(partition_of(vpc.home.region))


@remembered
def _unseen_by_partition(network: Network) -> Mapping[str, Missing]:
    causes: dict[str, Missing] = {}
    for target in network.coverage.targets:
        missing = network.coverage.missing(model.Vpc, target) if target.region != GLOBAL else None
        if missing is not None:
            partition = partition_of(target.region)
            causes[partition] = causes[partition] | missing if partition in causes else missing
    return causes


@remembered
def _never_peers_by_vpc(network: Network) -> Mapping[str, Sequence[NeverPeers]]:
    tried = {
        frozenset(side.vpc_id for side in peering.sides)
        for peering in network.peerings.values()
        if peering.status not in HISTORY - {"failed"}
    }
    blocks: dict[str, list[tuple[str, Vpc]]] = defaultdict(list)
    for vpc in network.vpcs.values():
        blocks[partition_of(vpc.home.region)] += [(block, vpc) for block in vpc.blocks]
    common: dict[tuple[str, str], list[str]] = defaultdict(list)
    for owned in blocks.values():
        for _, one, narrower, other in overlapping_blocks(owned):
            if one.id != other.id and frozenset((one.id, other.id)) not in tried:
                common[one.id, other.id].append(narrower)
                common[other.id, one.id].append(narrower)
    unseen = {vpc.id: network.missing_of(model.VpcPeeringConnection, vpc) for vpc in network.vpcs.values()}
    found: dict[str, list[NeverPeers]] = defaultdict(list)
    for (near, far), narrower_blocks in sorted(common.items()):
        # AWS shows a connection to both owners, so one whole answer is enough.
        of_near, of_far = unseen[near], unseen[far]
        missing = of_near | of_far if of_near and of_far else None
        found[near].append(NeverPeers(network.vpcs[far], Addresses.of(*narrower_blocks), missing))
    return found
