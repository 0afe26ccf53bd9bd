"""A security group rule names a group in another Region.

A rule can name a group of a peer VPC in the same Region only. AWS refuses others, so such a rule is rare; where one is
found, it matches nothing, and the traffic that it was made for is dropped.

## Verdicts
* **fail**, high: a rule names a group of a VPC in another Region, or a group over a peering connection between Regions.
* **unknown**: a rule names a group over a peering connection, and neither the group's VPC nor the connection was seen.
* **not applicable**: no rule of the group names a group of another VPC.

What a rule names over a connection that is gone is `peering-sg-stale-reference`.

## Finding key
The direction, the protocol, the ports, the group that the rule names and the peering connection, if it names one.

## Remediation
Replace the rule by one that names the peer's block, or a prefix list of the addresses that need to pass.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.diagnosis.group_references import GroupReference, references_of, region_of_reference
from auditor.network.entities import SecurityGroup
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import revoke_reference


@check(
    id="peering-sg-cross-region-reference",
    severities=(Severity.HIGH,),
    of=SecurityGroup,
    reads=(model.Vpc, model.VpcPeeringConnection),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html",
)
def peering_sg_cross_region_reference(group: SecurityGroup, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the rules of a group that name groups of other VPCs by the Region of those."""
    references = references_of(group)
    if not references and references.whole:
        yield NotApplicable("no rule of the group names a group of another VPC")
    if references.missing:
        yield Unknown(references.missing, message=f"the rules of {group.label} were not all seen")
    for rule in references:
        region = region_of_reference(network, group, rule)
        if isinstance(region, Missing):
            yield Unknown(
                region, rule.key, f"{group.label} {rule.label} over {rule.peering_id}, whose ends were not seen"
            )
        elif region is not None and region != group.home.region:
            yield _fault(group, rule, region)


def _fault(group: SecurityGroup, rule: GroupReference, region: str) -> Fault:
    over = f" over {rule.peering_id}" if rule.peering_id else ""
    return Fault(
        key=rule.key,
        message=f"{group.label} in {group.home.region} {rule.label} in {region}{over}, and matches nothing there; name "
        "the block of the peer instead",
        evidence={**rule.shown, "region": group.home.region, "referenced_region": region},
        related=[
            named
            for named in (group.record.vpc_id, rule.pair.group_id, rule.pair.vpc_id, rule.peering_id)
            if named is not None and named != ""
        ],
        remedy=[revoke_reference(group, rule)],
    )
