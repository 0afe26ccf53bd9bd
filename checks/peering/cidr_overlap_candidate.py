"""Audited VPCs have overlapping addresses, so no peering connection can ever join them.

It is a question of planning: before two VPCs are to be connected, it is good to know that they cannot be. All blocks
that are associated with a VPC count, IPv4 and IPv6. Every default VPC has 172.31.0.0/16, so no two of them can be
joined.

## Verdicts
* **fail**, info: at least one other audited VPC of the partition overlaps.
* **unknown**: none that was seen does, and the VPCs of another account and Region were not seen; or those that overlap
  may be joined by connections that neither owner showed.

Two VPCs that a connection joins, or failed to join, are left to `peering-cidr-overlap`. The rule is off by default.

## Finding key
Empty: a VPC has one list of VPCs that it can never be peered with.

## Remediation
Nothing has to be done unless the VPCs are to be connected. Then move one of them to other blocks, or reach single
services through AWS PrivateLink. Give new VPCs blocks of their own, by Amazon VPC IP Address Manager for instance.
"""

from collections.abc import Iterator, Sequence

from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, Severity, Unknown, Verdict
from auditor.model import VpcPeeringConnection
from auditor.network.diagnosis.overlap import NeverPeers, never_peers, vpcs_unseen
from auditor.network.entities import Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network

_NAMED = 5
"""As many VPCs a message names; the evidence holds all."""


@check(
    id="peering-cidr-overlap-candidate",
    severities=(Severity.INFO,),
    of=Vpc,
    reads=(VpcPeeringConnection,),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",
    enabled=False,
)
def peering_cidr_overlap_candidate(vpc: Vpc, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a VPC by whether other audited VPCs overlap it."""
    others = never_peers(network, vpc)
    certain = [other for other in others if other.missing is None]
    if certain:
        yield _fault(vpc, certain)
    elif (missing := Missing.union(other.missing for other in others)) is not None:
        message = f"{vpc.label} overlaps {_named(others)}; whether a connection between them was tried was not seen"
        yield Unknown(missing, message=message)
    elif (unseen := vpcs_unseen(network, vpc)) is not None:
        yield Unknown(unseen, message=f"whether other VPCs overlap {vpc.label} was not seen of all that were audited")


def _fault(vpc: Vpc, others: Sequence[NeverPeers]) -> Fault:
    count = f"{len(others)} other VPC{'s' if len(others) > 1 else ''}"
    return Fault(
        message=f"{vpc.label} can never be peered with {count}, for their addresses overlap: {_named(others)}",
        evidence={
            "blocks": list(vpc.blocks),
            "overlaps": [
                {
                    "vpc": other.vpc.id,
                    "account": other.vpc.owner,
                    "region": other.vpc.home.region,
                    "overlap": list(other.common.cidrs()),
                }
                for other in others
            ],
        },
        related=[other.vpc.id for other in others[:_NAMED]],
    )


def _named(others: Sequence[NeverPeers]) -> str:
    named = ", ".join(f"{other.vpc.label} ({other.common})" for other in others[:_NAMED])
    return f"{named} and {len(others) - _NAMED} more" if len(others) > _NAMED else named
