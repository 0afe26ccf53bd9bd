"""Nobody gave a peering connection a name or an owner.

Where a connection breaks or is to be removed, its tags are what tells whom to ask. Each account has its own tags, and
between Regions each Region: that one side has none is usual.

## Verdicts
* **fail**, info: no side tags the connection with `Name` or `Owner`, however they are capitalized, or both leave the
  value empty.
* **unknown**: the sides that were seen have no such tag, and the other side was not seen.
* **not applicable**: the connection failed, was deleted or rejected, or has expired.

The rule is off by default.

## Finding key
Empty: a connection is untagged once.

## Remediation
Tag the connection with a name, and with who answers for it, in at least one account and Region that it belongs to.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.diagnosis.lifecycle import HISTORY, own_copy
from auditor.network.entities import Peering, is_named_or_owned
from auditor.network.missing import Missing
from auditor.network.network import Network


@check(
    id="peering-untagged",
    severities=(Severity.INFO,),
    of=Peering,
    reads=(model.Vpc,),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",
    enabled=False,
)
def peering_untagged(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a connection by whether any side tags it with a name or an owner."""
    if peering.status in HISTORY:
        yield NotApplicable("the connection is history")
        return
    copies = {side.home: own_copy(network, peering, side) for side in peering.sides}
    seen = {home: copy.tags or () for home, copy in copies.items() if not isinstance(copy, Missing)}
    if any(map(is_named_or_owned, seen.values())):
        return
    one, other = peering.sides
    ends = f"{peering.id} between {one.label} and {other.label}"
    if missing := Missing.union(copy for copy in copies.values() if isinstance(copy, Missing)):
        yield Unknown(
            missing, message=f"{ends} has no tag Name or Owner where it was seen; the other side was not seen"
        )
        return
    yield Fault(
        message=f"{ends} has no tag Name or Owner on either side; tag it in {' or '.join(str(home) for home in seen)}",
        evidence={"tags": {str(home): sorted(tag.key for tag in tags) for home, tags in seen.items()}},
        related=[one.vpc_id, other.vpc_id],
    )
