"""A VPC is peered with two VPCs whose addresses overlap.

AWS documents this as a valid design: specific routes, in one table or in several, keep the peers apart, and the two are
never peered with each other. It asks for care. Each address in common can be reached in one of the two peers only from
any one subnet, and answers must leave for the peer that asked.

## Verdicts
* **fail**, medium: in a route table that subnets send by, two prefix lists lead some of the common addresses to both
  peers. AWS picks one of them and does not say which.
* **fail**, info: the peers overlap, and every route table keeps them apart. It is a fact worth knowing, no fault.
* **unknown**: the VPC's connections, subnets or route tables, an entry of a prefix list or all blocks of a peer were
  not seen.
* **not applicable**: the VPC has fewer than two active peering connections, or is shared by an account that was not
  audited.

Where answers to one of the peers leave for the other, `peering-return-misroute` says so and this rule says nothing.

## Finding key
The ids of the two connections in their order, joined by `|`; of an unknown the same, or empty where peers
or their blocks were not all seen.

## Remediation
Route only the subnets or hosts of each peer that are needed, by CIDR blocks that do not overlap. Where two prefix lists
overlap, take the common entries out of one of them, or route them by a CIDR block, which goes before any list. In the
long run give one of the peers other addresses.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.diagnosis.hubs import HubOverlap, hub_overlaps
from auditor.network.entities import Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network


@check(
    id="peering-hub-overlap",
    severities=(Severity.INFO, Severity.MEDIUM),
    of=Vpc,
    reads=(
        model.VpcPeeringConnection,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NetworkInterface,
        model.VpcEndpoint,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/peering/peering-configurations-partial-access.html",
)
def peering_hub_overlap(vpc: Vpc, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge each two live peers of a VPC that have addresses in common by whether its route tables keep them apart."""
    if vpc.from_participant:
        yield NotApplicable("the VPC's owner, who sees its connections, was not audited")
        return
    unlisted = network.missing_of(model.VpcPeeringConnection, vpc)
    if len(network.peerings_of(vpc.id)) < 2 and unlisted is None:
        yield NotApplicable("the VPC has fewer than two active peering connections")
        return
    overlaps = hub_overlaps(network, vpc)
    for overlap in overlaps:
        if overlap.misrouted:
            continue
        if overlap.missing is not None and not overlap.undecided:
            yield Unknown(
                overlap.missing,
                overlap.key,
                f"{_peers(overlap, vpc)}; to which of them {vpc.label} sends what was not all seen",
                vpc.home,
            )
        else:
            yield _fault(overlap, vpc)
    if (missing := Missing.union([unlisted, overlaps.missing])) is not None:
        yield Unknown(missing, message=f"not all peers of {vpc.label} and their blocks were seen, so more may overlap")


def _peers(overlap: HubOverlap, hub: Vpc) -> str:
    (one, other), (first, second) = overlap.peers, overlap.connections
    return (
        f"{hub.label} is peered with {one.label} over {first.label} and {other.label} over {second.label}, which both "
        f"have {overlap.common}"
    )


def _fault(overlap: HubOverlap, hub: Vpc) -> Fault:
    if overlap.undecided:
        lists = " and ".join(f"{split.undecided} in {split.table.id}" for split in overlap.undecided)
        told = f"prefix lists lead {lists} to both, and AWS picks one; route them by a CIDR block"
    elif overlap.splits:
        tables = ", ".join(split.table.id for split in overlap.splits)
        told = f"its routes keep them apart, in {tables}"
    else:
        told = "it routes the common addresses to neither"
    return Fault(
        key=overlap.key,
        severity=Severity.MEDIUM if overlap.undecided else Severity.INFO,
        message=f"{_peers(overlap, hub)}; {told}",
        evidence={
            "peers": [peer.shown for peer in overlap.peers],
            "overlap": list(overlap.common.cidrs()),
            "unrouted": list(overlap.unrouted.cidrs()),
            "route_tables": [
                {
                    "route_table": split.table.id,
                    "to": {
                        connection.id: list(share.cidrs())
                        for connection, share in zip(overlap.connections, split.shares, strict=True)
                    },
                    "undecided": list(split.undecided.cidrs()),
                }
                for split in overlap.splits
            ],
        },
        related=[connection.id for connection in overlap.connections] + [peer.vpc_id for peer in overlap.peers],
    )
