"""The two sides of a peering connection were collected at times far apart.

A connection is judged from the answers of both sides. What somebody changes between the two collections looks like a
fault: a route that one side has already and the other not yet, or two active connections between the same VPCs.

## Verdicts
* **fail**, info: the answers of the two sides' accounts and Regions were collected more than 30 minutes apart.
* **not applicable**: the connection is not active, both sides are in one account and Region, or one was not collected.

## Finding key
Empty: a connection has two sides.

## Remediation
Collect both accounts and Regions in one run. A run that was resumed has old answers of the targets that were complete:
start a new one.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Verdict
from auditor.network.entities import Peering
from auditor.network.network import Network

_ALLOWED = timedelta(minutes=30)


@check(
    id="audit-snapshot-skew",
    severities=(Severity.INFO,),
    of=Peering,
    reads=(model.Vpc,),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",
)
def audit_snapshot_skew(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge an active connection by how far apart its two sides were collected."""
    one, other = peering.sides
    if not peering.live:
        yield NotApplicable("the connection is not active")
        return
    moments = {side.home: network.coverage.collected_at(side.home) for side in peering.sides}
    if len(moments) == 1 or not all(moments.values()):
        yield NotApplicable("there are no two collections to compare")
        return
    first, last = (datetime.fromisoformat(moments[side.home]) for side in peering.sides)
    apart = abs(last - first)
    if apart > _ALLOWED:
        yield Fault(
            message=f"{peering.label} was judged from {one.label} as collected at {moments[one.home]} and "
            f"{other.label} as collected at {moments[other.home]}, {apart // timedelta(minutes=1)} minutes apart: what "
            "changed in between looks like a fault; collect both in one run",
            evidence={
                "collected_at": {str(home): moment for home, moment in moments.items()},
                "minutes_apart": apart // timedelta(minutes=1),
                "minutes_allowed": _ALLOWED // timedelta(minutes=1),
            },
            related=[one.vpc_id, other.vpc_id],
        )
