"""A VPC enforces encryption in transit, and its traffic over a peering connection is not held to it.

A VPC whose encryption control is in enforce mode lets only traffic pass that is encrypted in transit. Over a peering
connection that holds where both VPCs are in one Region and enforce, neither with an exclusion for peering. Where the
peer is in another Region or does not enforce, AWS asks for the exclusion, and the traffic is not held to anything.

A VPC enforces where its encryption control has the mode `enforce` and is `available`; one on its way there does not.

## Verdicts
* **fail**, medium: a VPC enforces encryption, and excludes traffic over peering from it; or it enforces, and the other
  VPC does not.
* **unknown**: a VPC was not seen: it may enforce what the other VPC does not, or not enforce what the other does.
* **not applicable**: the connection is not active, or neither VPC enforces encryption.

## Finding key
The id of the VPC that enforces, or that was not seen.

## Remediation
Let the other VPC enforce encryption as well: put its encryption control in monitor mode first, and replace what does
not encrypt. Then disable the exclusion for VPC peering on both sides. Between Regions, AWS holds no peering to
encryption: encrypt in the application, and disable the rule or lower its severity if that is what is meant.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Operation, Severity, Unknown, Verdict
from auditor.model.ec2 import VpcEncryptionControl
from auditor.network.entities import Peering, Side
from auditor.network.network import Network
from auditor.remedies import disable_peering_exclusion


@check(
    id="peering-encryption-control",
    severities=(Severity.MEDIUM,),
    of=Peering,
    reads=(model.Vpc,),
    source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-encryption-controls.html",
)
def peering_encryption_control(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge each side that enforces encryption by whether traffic over the connection is held to it."""
    if not peering.live:
        yield NotApplicable("the connection is not active")
        return
    if not any(_enforces(side) or side.unseen for side in peering.sides):
        yield NotApplicable("neither VPC enforces encryption")
        return
    for near in peering.sides:
        far = peering.other(near)
        if _enforces(near) and (_excludes_peering(near) or not (_enforces(far) or far.unseen)):
            yield _fault(peering, near, far)
        elif near.unseen is not None:
            yield Unknown(
                near.unseen,
                near.vpc_id,
                f"whether {near.label} enforces encryption over {peering.label}, as {far.label} "
                f"{'does' if _enforces(far) else 'does not'}, was not seen",
            )


def _fault(peering: Peering, near: Side, far: Side) -> Fault:
    reasons = ["it excludes peering"] if _excludes_peering(near) else []
    if not (_enforces(far) or far.unseen):
        reasons.append(f"{far.label} does not enforce it")
    return Fault(
        key=near.vpc_id,
        at=near.home,
        message=f"{near.label} enforces encryption in transit, but traffic over {peering.label} to {far.label} is not "
        f"held to it: {' and '.join(reasons)}",
        evidence={each.vpc_id: _shown(each) for each in peering.sides},
        related=[near.vpc_id, far.vpc_id],
        remedy=_remedy(peering, near),
    )


def _remedy(peering: Peering, near: Side) -> list[Operation]:
    control = _control(near)
    if control is None or control.vpc_encryption_control_id is None or not _can_be_held(peering):
        return []
    return [disable_peering_exclusion(control.vpc_encryption_control_id, near.home)]


def _can_be_held(peering: Peering) -> bool:
    """Whether AWS can hold the traffic to encryption once no side excludes it."""
    return not peering.inter_region and all(_enforces(side) for side in peering.sides)


def _control(side: Side) -> VpcEncryptionControl | None:
    return side.vpc.record.encryption_control if side.vpc else None


def _enforces(side: Side) -> bool:
    control = _control(side)
    return control is not None and control.mode == "enforce" and control.state in (None, "available")


def _excludes_peering(side: Side) -> bool:
    control = _control(side)
    exclusions = control.resource_exclusions if control else None
    return bool(exclusions and exclusions.vpc_peering and exclusions.vpc_peering.state == "enabled")


def _shown(side: Side) -> dict[str, object]:
    control = _control(side)
    return {
        "seen": side.unseen is None,
        "region": side.region,
        "mode": control.mode if control else None,
        "state": control.state if control else None,
        "excludes_peering": _excludes_peering(side),
    }
