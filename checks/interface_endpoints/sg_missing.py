"""An endpoint has no security group, or one that does not exist.

What has network interfaces in subnets is behind security groups, and lets in what their rules allow. Without a group,
or with one that is gone, nothing is let in. AWS gives an endpoint the VPC's default group where its creator names none.

## Verdicts
* **fail**, high: an interface, resource, service network or tunnel endpoint has no security group, or names one that
  its owner's list of groups does not hold.
* **fail**, info: the same, and an AWS service made the endpoint and looks after it.
* **unknown**: AWS left out the endpoint's groups, or the security groups were not seen.
* **not applicable**: the endpoint is of another type, or deleted, failed, rejected or expired.

## Finding key
The id of the group that does not exist; empty where the endpoint has no group.

## Remediation
Associate a security group with the endpoint that lets its clients in at the service's port, then remove the one that
does not exist.
"""

from collections.abc import Iterator

from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.model import SecurityGroup
from auditor.network.endpoints import absent_member
from auditor.network.entities import Endpoint
from auditor.network.network import Network
from auditor.remedies import if_its_owners, modify_endpoint


@check(
    id="interface-endpoint-sg-missing",
    severities=(Severity.HIGH, Severity.INFO),
    of=Endpoint,
    reads=(SecurityGroup,),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
)
def interface_endpoint_sg_missing(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the groups that AWS lists for the endpoint against the groups that exist."""
    if not endpoint.in_subnets or not endpoint.stands:
        yield NotApplicable("the endpoint has no security groups, or is gone")
        return
    if endpoint.record.groups is None:
        yield Unknown(absent_member(endpoint))
        return
    severity = Severity.INFO if endpoint.requester_managed else Severity.HIGH
    where = f"{endpoint.label} to {endpoint.service_name or endpoint.type} in {endpoint.vpc_id}"
    named = [group.group_id for group in endpoint.record.groups if group.group_id]
    if not endpoint.record.groups:
        yield Fault(
            severity=severity,
            message=f"{where} has no security group, so it lets nothing in",
            evidence={"service": endpoint.service_name, "security_groups": []},
            related=[endpoint.vpc_id],
        )
    gone = [group_id for group_id in named if group_id not in network.security_groups]
    unseen = network.coverage.missing(SecurityGroup, endpoint.home)
    others = [group_id for group_id in named if group_id not in gone]
    for group_id in gone:
        if unseen:
            yield Unknown(unseen, group_id, f"whether {group_id} of {endpoint.label} exists was not seen")
            continue
        yield Fault(
            key=group_id,
            severity=severity,
            message=f"{where} names the security group {group_id}, which account {endpoint.owner} does not have",
            evidence={"service": endpoint.service_name, "security_groups": named, "not_found": group_id},
            related=[endpoint.vpc_id, *named],
            # The last group cannot be taken away.
            remedy=if_its_owners(endpoint, [modify_endpoint(endpoint, RemoveSecurityGroupIds=[group_id])])
            if others
            else [],
        )
