"""A security group rule names a group behind a peering connection that is gone.

A rule can name a security group of a peer VPC. When that group or the peering connection is deleted, the rule stays: it
allows nothing, and nothing removes it but its owner. If the two VPCs are connected anew while the group still exists,
the rule holds again, unasked.

## Verdicts
* **fail**, medium: a rule names a group over a peering connection, and AWS lists the rule as stale, or the connection
  is not active or no longer listed, or the rule no longer names the group's account, as AWS does when the group is
  deleted.
* **unknown**: a rule names a group over an active connection, and AWS's list of stale rules was not seen; or whether
  the connection is active was not seen.
* **not applicable**: no rule of the group names a peering connection; or the group's VPC belongs to another account,
  which alone may ask for stale rules.

A stale rule over a transit gateway, or of a security group that was shared with another VPC, is not about peering: it
names no peering connection.

## Finding key
The direction, the protocol, the ports, the group that the rule names and the peering connection.

## Remediation
Revoke the rule. If the other VPC is to be reached again, connect it and name its new group, or its block.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.diagnosis.group_references import StaleReference, references_of, stale_references
from auditor.network.entities import SecurityGroup, Vpc
from auditor.network.network import Network
from auditor.remedies import revoke_reference


@check(
    id="peering-sg-stale-reference",
    severities=(Severity.MEDIUM,),
    of=SecurityGroup,
    reads=(model.Vpc, model.StaleSecurityGroups, model.VpcPeeringConnection),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html",
)
def peering_sg_stale_reference(group: SecurityGroup, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the rules of a group that name a peering connection by whether what they name is still there."""
    references, vpc = references_of(group), network.vpc_of(group)
    if references.whole and not any(rule.peering_id for rule in references):
        yield NotApplicable("no rule of the group names a peering connection")
        return
    if isinstance(vpc, Vpc) and vpc.owner != group.owner:
        yield NotApplicable("the VPC belongs to another account, which alone may ask for stale rules")
        return
    found = stale_references(network, group, vpc)
    for stale in found:
        yield _fault(group, stale)
    if found.missing:
        yield Unknown(found.missing, message=f"whether the rules of {group.label} over peering are stale was not seen")


def _fault(group: SecurityGroup, stale: StaleReference) -> Fault:
    rule = stale.rule
    return Fault(
        key=rule.key,
        message=f"{group.label} {rule.label} over {rule.peering_id}, and {stale.because}; revoke the rule, which would "
        "hold again if the two VPCs were connected anew",
        evidence={**rule.shown, "listed_as_stale": stale.listed},
        related=[
            named for named in (group.record.vpc_id, rule.pair.group_id, rule.pair.vpc_id, rule.peering_id) if named
        ],
        remedy=[revoke_reference(group, rule)],
    )
