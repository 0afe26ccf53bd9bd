"""More than one active peering connection joins the same two VPCs.

AWS allows two VPCs one active connection at a time. Where two are seen, the sides were collected at different times:
one connection was deleted and another made in between, and what is said of either may be out of date.

## Verdicts
* **fail**, high: another active connection joins the same two VPCs. Only the connection with the smallest id says so.
* **not applicable**: the connection is not active, or another one with a smaller id says so.

## Finding key
The id of the other connection.

## Remediation
Collect again, both sides in one run. If both connections are still listed as active, ask AWS Support which one carries
the traffic before you delete the other.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Verdict
from auditor.network.diagnosis.lifecycle import live_between
from auditor.network.entities import Peering
from auditor.network.network import Network


@check(
    id="peering-duplicate",
    severities=(Severity.HIGH,),
    of=Peering,
    reads=(model.Vpc,),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",
)
def peering_duplicate(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge an active connection by whether another one joins the same two VPCs."""
    if not peering.live:
        yield NotApplicable("the connection is not active")
        return
    first, *others = live_between(network, peering)
    if peering is not first:
        yield NotApplicable(f"it is told of at {first.id}")
        return
    one, two = peering.sides
    for other in others:
        collected = {str(at): network.coverage.collected_at(at) for each in (peering, other) for at in each.seen_from}
        yield Fault(
            key=other.id,
            message=f"{peering.label} and {other.label} are both active between {one.label} and {two.label}; AWS "
            "allows one at a time, so the sides were seen at different times: collect again",
            evidence={"connections": [peering.id, other.id], "collected_at": collected},
            related=[other.id, one.vpc_id, two.vpc_id],
        )
