"""More VPCs hang together by peering connections than peering serves well.

AWS recommends peering for fewer than ten VPCs or so: each pair that is to communicate needs a connection of its own and
routes on both sides, and the numbers of both are limited. A transit gateway or AWS Cloud WAN needs one attachment for
each VPC.

VPCs hang together where active connections lead from one to the next. Connections between two VPCs of which neither is
audited are not seen and do not count.

## Verdicts
* **fail**, info: more than ten VPCs hang together.
* **unknown**: no more than ten were seen, and the connections of one of them were not all seen; or one of them was not
  audited, and an account and Region that was to be did not show all of its connections, which may lead to it.
* **not applicable**: the VPC has no active connection, or is shared by an account that was not audited, or another VPC
  with more peers stands for the same ones.

## Finding key
Empty. The finding is of the audited VPC with the most peers, of several the one with the smallest id.

## Remediation
Consider a transit gateway or AWS Cloud WAN for VPCs that are to reach many others. Keep single connections where much
traffic flows: over peering, traffic inside an Availability Zone is free.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.diagnosis.meshes import mesh_of
from auditor.network.entities import Vpc
from auditor.network.network import Network

_SERVED_WELL = 10
"""As many VPCs are no mesh that is too large."""


@check(
    id="peering-mesh-too-large",
    severities=(Severity.INFO,),
    of=Vpc,
    reads=(model.VpcPeeringConnection,),
    source="https://docs.aws.amazon.com/whitepapers/latest/building-scalable-secure-multi-vpc-network-infrastructure/vpc-peering.html",
)
def peering_mesh_too_large(vpc: Vpc, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the VPCs that hang together by their number, once, at the VPC with the most peers."""
    mesh = mesh_of(network, vpc)
    if mesh.center != vpc.id:
        yield NotApplicable(f"it is told of at {mesh.center}" if mesh.center else "the VPC's owner was not audited")
    elif len(mesh.vpc_ids) > _SERVED_WELL:
        yield Fault(
            message=f"{len(mesh.vpc_ids)} VPCs hang together by {mesh.connections} active peering connections, where "
            f"all pairs would need {mesh.connections_of_all}; {vpc.label} alone has {mesh.peers[vpc.id]} peers; "
            "consider a transit gateway or Cloud WAN",
            evidence={
                "vpcs": list(mesh.vpc_ids),
                "connections": mesh.connections,
                "connections_of_all_pairs": mesh.connections_of_all,
                "peers": mesh.peers[vpc.id],
                "served_well": _SERVED_WELL,
            },
        )
    elif mesh.missing is not None:
        yield Unknown(
            mesh.missing,
            message=f"how many VPCs hang together with {vpc.label} was not all seen; it is {len(mesh.vpc_ids)} or more",
        )
    elif len(mesh.vpc_ids) == 1:
        yield NotApplicable("the VPC has no active connection")
