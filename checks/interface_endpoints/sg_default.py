"""An endpoint stands behind its VPC's default security group.

AWS gives an endpoint the default security group where its creator names none. As AWS makes it, this group lets in its
own members alone; whatever is launched without a group becomes a member, and what is opened for one member is opened
for all of them. A group of the endpoint's own says who is meant to use it.

## Verdicts
* **fail**, low: the default group of the VPC is among the endpoint's security groups.
* **fail**, info: the same, and an AWS service made the endpoint and looks after it.
* **unknown**: AWS left out the endpoint's groups or the name of one, and the security groups were not all seen.
* **not applicable**: the endpoint is of a type without security groups, has none (`interface-endpoint-sg-missing` says
  so), or is deleted, failed, rejected or expired.

Clients that are not members, and that the group's rules do not let in, are no worse a fault of this rule: whether the
endpoint lets its clients in is what `interface-endpoint-sg-no-443` says, of whatever groups it has.

## Finding key
Empty: a VPC has one default group, so an endpoint can have only one such fault.

## Remediation
Create a security group for the endpoint that lets its clients in at the service's port, associate it with the endpoint,
and remove the default group from it. The finding gives the last step where the endpoint's other groups let in all that
the default one does.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.addresses import Addresses
from auditor.network.endpoints import absent_member, admitted, admitted_by, own_interfaces
from auditor.network.entities import Endpoint
from auditor.network.network import Network, interface_addresses
from auditor.remedies import if_its_owners, modify_endpoint


@check(
    id="interface-endpoint-sg-default",
    severities=(Severity.LOW, Severity.INFO),
    of=Endpoint,
    reads=(
        model.Vpc,
        model.SecurityGroup,
        model.NetworkInterface,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.VpcPeeringConnection,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
)
def interface_endpoint_sg_default(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the names of the endpoint's groups: AWS keeps the name of the default one for itself."""
    if not endpoint.in_subnets or not endpoint.stands:
        yield NotApplicable("the endpoint has no security groups, or is gone")
        return
    if endpoint.record.groups is None:
        yield Unknown(absent_member(endpoint))
        return
    if not endpoint.record.groups:
        yield NotApplicable("the endpoint has no security group")
        return
    names = {
        each.group_id: each.group_name or (group.name if (group := network.security_groups.get(each.group_id)) else "")
        for each in endpoint.record.groups
        if each.group_id
    }
    default = next((group_id for group_id, name in names.items() if name == "default"), None)
    if default is not None:
        yield _fault(endpoint, network, default, tuple(group_id for group_id in names if group_id != default))
    elif not all(names.values()) and (unseen := network.coverage.missing(model.SecurityGroup, endpoint.home)):
        yield Unknown(unseen, message=f"whether a group of {endpoint.label} is the default one was not seen")


def _fault(endpoint: Endpoint, network: Network, default: str, others: tuple[str, ...]) -> Fault:
    beside = f", beside {', '.join(others)}" if others else ""
    return Fault(
        severity=Severity.INFO if endpoint.requester_managed else Severity.LOW,
        message=f"{endpoint.label} to {endpoint.service_name or endpoint.type} stands behind {default}, the default "
        f"security group of {endpoint.vpc_id}{beside}; give it a group of its own in its place",
        evidence={
            "service": endpoint.service_name,
            "default_group": default,
            "other_groups": list(others),
        },
        related=[endpoint.vpc_id, default, *others],
        remedy=if_its_owners(endpoint, [modify_endpoint(endpoint, RemoveSecurityGroupIds=[default])])
        if _is_spare(endpoint, network, others)
        else [],
    )


def _is_spare(endpoint: Endpoint, network: Network, others: tuple[str, ...]) -> bool:
    """Whether the other groups let in whomever all of them do, so that nobody would miss the default one."""
    whole, rest = admitted(network, endpoint), admitted_by(network, endpoint, others)
    itself = Addresses.union(map(interface_addresses, own_interfaces(network, endpoint)))
    return bool(others) and (whole.allowed | whole.unseen) - itself <= rest.allowed
