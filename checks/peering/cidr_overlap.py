"""The two VPCs of a peering connection have overlapping blocks of addresses.

AWS makes no connection between VPCs of which any two blocks of one family overlap, not even for the blocks that do not
overlap or for IPv6 alone: the request fails at once. All blocks that are associated with a VPC count, former ones do
not. Every default VPC has 172.31.0.0/16, so two of them can never be connected.

## Verdicts
* **fail**, high: a block of one VPC overlaps a block of the other. Also where the connection failed, the blocks of a
  side are not known, and AWS's status message names an overlap.
* **unknown**: the blocks that are known do not overlap, and those of a side are not all known. AWS shows the blocks of
  a VPC that was not audited only while the connection is active.
* **not applicable**: the connection was deleted or rejected, or has expired. Also a request that waits, where the
  blocks of a side are not known: AWS compares them when the request is made, and lets none wait that overlaps.

## Finding key
Empty: two VPCs overlap once.

## Remediation
Connect VPCs without common addresses: move one side to other blocks. Where that cannot be, reach single services
through AWS PrivateLink, or translate addresses with private NAT gateways and a transit gateway. Then delete the
connection that failed; AWS removes it from its lists by itself.

## Notes
AWS allows no overlap on an active connection. Where one is found, the two sides were collected at different times:
collect again. AWS has one status message for a wrong VPC id, a wrong account and an overlap; a finding that rests on it
quotes it.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.diagnosis.lifecycle import HISTORY, PENDING
from auditor.network.diagnosis.overlap import Overlap, overlap
from auditor.network.entities import Peering
from auditor.network.missing import Missing
from auditor.network.network import Network


@check(
    id="peering-cidr-overlap",
    severities=(Severity.HIGH,),
    of=Peering,
    reads=(model.Vpc,),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",
)
def peering_cidr_overlap(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a connection by whether any blocks of its two VPCs overlap."""
    if peering.status in HISTORY - {"failed"}:
        yield NotApplicable("the connection is history")
        return
    found = overlap(network, peering)
    if isinstance(found, Missing) and peering.status == PENDING:
        yield NotApplicable("AWS lets no request wait whose VPCs overlap")
    elif isinstance(found, Missing):
        yield Unknown(found, message=f"whether the VPCs of {peering.label} overlap is not known: {_of_blocks(peering)}")
    elif found is not None:
        yield _fault(peering, found)


def _of_blocks(peering: Peering) -> str:
    unknown = [side.label for side in peering.sides if side.addresses_missing]
    return f"the blocks of {' and '.join(unknown)} were not all seen"


def _fault(peering: Peering, found: Overlap) -> Fault:
    requester, accepter = peering.requester, peering.accepter
    status = peering.record.status
    said = status.message if status else None
    if found.pairs:
        pairs = [f"{mine} of {requester.label} and {theirs} of {accepter.label}" for mine, theirs, _ in found.pairs]
        message = f"{peering.label} joins overlapping blocks: {'; '.join(pairs)}"
    else:
        message = (
            f'{peering.label} between {requester.label} and {accepter.label} failed, and AWS says "{said}"; '
            f"{_of_blocks(peering)}"
        )
    if peering.live:
        message += "; AWS allows none on an active connection, so the sides were seen at different times: collect again"
    else:
        message += "; move one side to other blocks, or use PrivateLink"
    return Fault(
        message=message,
        evidence={
            "overlaps": [
                {"requester_cidr": mine, "accepter_cidr": theirs, "overlap": list(both.cidrs())}
                for mine, theirs, both in found.pairs
            ],
            "status": peering.status,
            "status_message": said,
        },
        related=[requester.vpc_id, accepter.vpc_id],
    )
