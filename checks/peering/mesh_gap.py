"""Two VPCs are peered with the same third one and not with each other.

A star of peering connections is a valid design, and peering is not transitive: the spokes reach the hub, and not each
other. The rule lists the pairs that cannot communicate, for whoever takes them to be connected.

## Verdicts
* **fail**, info: two VPCs have a peer in common, no active connection with each other, and no transit gateway or core
  network in common.
* **unknown**: the connections or the transit gateways of the two were not all seen; also a VPC whose own connections,
  or those of its peers, were not all seen.
* **not applicable**: the VPC is shared by an account that was not audited.

Two VPCs whose addresses overlap are left out: `peering-hub-overlap` tells of them, and no connection can join them. The
rule is off by default.

## Finding key
The id of the other VPC; empty where the VPC's connections were not all seen. The finding is of the one that was
audited; where both were, of the one with the smaller id.

## Remediation
Nothing has to be done unless the two are to communicate. Then connect them directly, with routes on both sides, or
attach both to a transit gateway.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.diagnosis.meshes import gaps_of, hubs_missing
from auditor.network.entities import Vpc, label
from auditor.network.network import Network


@check(
    id="peering-mesh-gap",
    severities=(Severity.INFO,),
    of=Vpc,
    reads=(model.VpcPeeringConnection, model.RouteTable, model.TransitGatewayVpcAttachment),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",
    enabled=False,
)
def peering_mesh_gap(vpc: Vpc, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Tell of each VPC that has a peer in common with this one and nothing else."""
    if vpc.from_participant:
        yield NotApplicable("the VPC's owner, who sees its connections, was not audited")
        return
    if (missing := hubs_missing(network, vpc)) is not None:
        yield Unknown(missing, message=f"the connections of {vpc.label} and of its peers were not all seen")
    for gap in gaps_of(network, vpc):
        hubs = ", ".join(_label(hub, network) for hub in gap.hubs)
        ends = f"{vpc.label} and {gap.far.label} are both peered with {hubs}"
        if gap.missing is not None:
            message = f"{ends}; whether anything else joins them was not all seen"
            yield Unknown(gap.missing, gap.far.vpc_id, message)
        else:
            yield Fault(
                key=gap.far.vpc_id,
                message=f"{ends} and not with each other, so they cannot communicate: peering is not transitive",
                evidence={"ends": [gap.near.shown, gap.far.shown], "hubs": list(gap.hubs)},
                related=[gap.far.vpc_id, *gap.hubs],
            )


def _label(vpc_id: str, network: Network) -> str:
    vpc = network.vpcs.get(vpc_id)
    return label(vpc_id, vpc.name if vpc else "")
