"""One side of a peering connection allows multipath resilience and the other does not.

AWS tells of a connection whether multipath resilience is `enabled`, which takes both sides, `disabled`, where neither
side allows it, or `pending`, where one side does and waits for the other. Each side's owner sets the option of its own
side, in the side's Region.

## Verdicts
* **fail**, info: the status is `pending`.
* **unknown**: AWS gives a status that this version does not know.
* **not applicable**: the connection is not active, or AWS gives no status.

`enabled` and `disabled` both pass: neither leaves a side waiting.

## Finding key
Empty: a connection has one status.

## Remediation
Allow multipath resilience on the side that does not, in its account and Region, or take it back on the other side.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.model.ec2 import VpcPeeringConnectionOptions
from auditor.network.diagnosis.lifecycle import own_copy
from auditor.network.entities import Peering, Side
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network


@check(
    id="peering-multipath-half",
    severities=(Severity.INFO,),
    of=Peering,
    reads=(model.Vpc,),
    source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcPeeringConnection.html",
)
def peering_multipath_half(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge an active connection by whether both sides agree on multipath resilience."""
    status = peering.record.multipath_resilience_status
    if not peering.live:
        yield NotApplicable("the connection is not active")
    elif status is None:
        yield NotApplicable("AWS gives no status of multipath resilience")
    elif status == "pending":
        yield _fault(peering, network)
    elif status not in ("enabled", "disabled"):
        unread = Missing.of(
            Kind.AMBIGUOUS,
            account=peering.home.account,
            region=peering.home.region,
            action="ec2:DescribeVpcPeeringConnections",
            resource=peering.id,
        )
        yield Unknown(
            unread,
            message=f"the multipath resilience of {peering.label} has the status {status}, which this version does not "
            "know",
        )


def _fault(peering: Peering, network: Network) -> Fault:
    options = {side.vpc_id: _options(side, peering, network) for side in peering.sides}
    allows = {vpc_id: found.allow_multipath_resilience if found else None for vpc_id, found in options.items()}
    # One side's option is enough, for the status says that the other's is not the same.
    refusing = next((side for side in peering.sides if allows[side.vpc_id] is False), None)
    refusing = refusing or next((peering.other(side) for side in peering.sides if allows[side.vpc_id]), None)
    if refusing is None:
        message = f"one side of {peering.label} allows multipath resilience and the other does not; which was not seen"
    else:
        message = (
            f"{peering.other(refusing).label} allows multipath resilience for {peering.label} and {refusing.label} "
            f"does not; let account {refusing.owner} allow it in {refusing.region}, or take it back on the other side"
        )
    return Fault(
        at=refusing.home if refusing else None,
        message=message,
        evidence={
            "status": "pending",
            "allows": allows,
            "mode": {vpc_id: found.multipath_resilience_mode if found else None for vpc_id, found in options.items()},
        },
        related=[side.vpc_id for side in peering.sides],
    )


def _options(side: Side, peering: Peering, network: Network) -> VpcPeeringConnectionOptions | None:
    """The options of a side, as its own shard shows them or else the newest."""
    own = own_copy(network, peering, side)
    copy = peering.record if isinstance(own, Missing) else own
    shown = copy.requester_vpc_info if side is peering.requester else copy.accepter_vpc_info
    return shown.peering_options if shown else None
