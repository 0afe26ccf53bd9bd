"""No security group on either side of a peering connection lets anything in from the other.

Routes lead there and back, but no workload in the subnets that they join accepts a packet from the peer, so no
connection can be opened in either direction. A VPC of clients needs no rule that lets the peer in, for answers pass
unasked: it is enough that one of the two sides lets the other in.

## Verdicts
* **fail**, info: on neither side does a security group of a workload let in any packet from the subnets that are routed
  there and back, nor name a group of the peer.
* **unknown**: the routes, subnets, network interfaces, security groups or prefix lists that decide it were not seen.
* **not applicable**: the connection is not active.

The rule passes where nothing is routed there and back, and where a side has no workload there. A workload without a
security group lets everything in. A default security group that names nobody but itself, as AWS makes it, says nothing
yet of whom its workloads are to serve, so workloads that carry no other group are left out.

## Finding key
Empty: a connection can have only one such fault.

## Remediation
On the side that is to serve, let in the ports that it serves, from the security group of the clients. Across Regions no
group can be named: let their block in there. If nobody needs the connection, delete it.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Confidence, Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.diagnosis.admissions import Shut, shut
from auditor.network.entities import Peering
from auditor.network.missing import Missing
from auditor.network.network import Network


@check(
    id="peering-sg-blocks-peer",
    severities=(Severity.INFO,),
    confidences=(Confidence.HEURISTIC,),
    of=Peering,
    reads=(
        model.Vpc,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NetworkInterface,
        model.VpcEndpoint,
        model.SecurityGroup,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html",
)
def peering_sg_blocks_peer(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the workloads of both sides by whether anything from the other side gets in."""
    if not peering.live:
        yield NotApplicable("the connection is not active")
        return
    found = shut(network, peering)
    if isinstance(found, Missing):
        yield Unknown(found, message=f"whether anything gets in over {peering.label} was not seen")
    elif found is not None:
        yield _fault(peering, *found)


def _fault(peering: Peering, one: Shut, other: Shut) -> Fault:
    advice = "name the block of the clients, since no group can be named across Regions" if peering.inter_region else ""
    return Fault(
        message=f"{peering.label} is routed there and back, but no security group lets anything in: neither those of "
        f"{one.side.label} ({', '.join(one.groups)}) from {other.side.label}, nor those of {other.side.label} "
        f"({', '.join(other.groups)}) from {one.side.label}; "
        f"{advice or 'name the group of the clients on the side that serves'}",
        evidence={
            "inter_region": peering.inter_region,
            "sides": [
                {**each.side.shown, "subnets": list(each.subnets), "security_groups": list(each.groups)}
                for each in (one, other)
            ],
        },
        related=[one.side.vpc_id, other.side.vpc_id, *one.groups, *other.groups],
    )
