"""A peering connection joins VPCs in different Regions, where less works than inside one.

AWS documents the limits: packets of at most 8500 bytes get through, against 9001 inside a Region; no security group
rule can refer to a group of the peer VPC; private names resolve only where each side allows DNS resolution from the
other; and data transfer is billed as between Regions.

## Verdicts
* **fail**, info: the VPCs of the connection are in different Regions. It is a fact worth knowing, no fault.
* **not applicable**: both VPCs are in one Region, or the connection failed, was deleted or rejected, or has expired.
  Old connections inside a Region leave the Regions out of AWS's answer.

## Finding key
Empty: a connection joins two Regions once.

## Remediation
Nothing has to be done. Keep interfaces or routes at an MTU of at most 8500 bytes where packets get lost, allow the
peer's CIDR blocks instead of its groups in security groups, and allow DNS resolution on both sides.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Verdict
from auditor.network.diagnosis.lifecycle import HISTORY
from auditor.network.entities import Peering
from auditor.network.network import Network

_MTU_BETWEEN_REGIONS = 8500
_MTU_INSIDE_A_REGION = 9001


@check(
    id="peering-inter-region",
    severities=(Severity.INFO,),
    of=Peering,
    reads=(model.Vpc,),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",
)
def peering_inter_region(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Tell of a connection whose VPCs are in different Regions."""
    if peering.status in HISTORY:
        yield NotApplicable("the connection is history")
        return
    if not peering.inter_region:
        yield NotApplicable("both VPCs are in one Region")
        return
    one, other = peering.sides
    yield Fault(
        message=f"{peering.label} joins {one.label} in {one.region} and {other.label} in {other.region}: packets of at "
        f"most {_MTU_BETWEEN_REGIONS} bytes get through, security groups cannot refer to groups of the peer, private "
        "names resolve only where DNS resolution is allowed, and data transfer between Regions is billed",
        evidence={
            "requester": one.shown,
            "accepter": other.shown,
            "mtu": _MTU_BETWEEN_REGIONS,
            "mtu_inside_a_region": _MTU_INSIDE_A_REGION,
        },
        related=[one.vpc_id, other.vpc_id],
    )
