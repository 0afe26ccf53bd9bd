"""Whether the two VPCs of a peering connection have addresses in common, which AWS allows no connection.

Source: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-limitations
"""

from dataclasses import dataclass

from auditor import model
from auditor.network.addresses import Addresses
from auditor.network.entities import Peering
from auditor.network.missing import Missing
from auditor.network.network import Network


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
