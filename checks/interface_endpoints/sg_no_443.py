"""The security groups of an interface endpoint do not let the VPC's clients in.

An endpoint to an AWS service is reached at TCP port 443, but for some services at ports of their own, such as 587 for
Amazon SES over SMTP or 9142 for Amazon Keyspaces; any one of a service's ports is enough. A rule may name blocks,
prefix lists or security groups; a group stands for the interfaces that carry it.

The ports of another customer's service, or of a resource or service network, are not shown. A client that no rule lets
in at any port is shut out of it all the same, and one that a rule for all traffic lets in gets there; of others it
cannot be told.

A subnet is a client's where something runs in it that can open a connection: interfaces of AWS's own, such as those of
endpoints, NAT gateways and load balancers, do not count. It is let in where at least one client in it is: which of the
others need the service cannot be told. IPv6 counts where the endpoint's interfaces have it and the names that clients
use resolve to it.

## Verdicts
* **fail**, high: no subnet of clients is let in, whoever else may be.
* **fail**, medium: some subnets of clients are not let in.
* **fail**, info: any of these, and an AWS service made the endpoint and looks after it.
* **unknown**: the endpoint's security groups, the groups that they name, a prefix list, the VPC's subnets or network
  interfaces, or the service's ports were not seen, and no subnet of clients is shown to be shut out.
* **not applicable**: the endpoint has no security group that exists (`interface-endpoint-sg-missing` says so); the VPC
  has no clients of its own, as a central one for endpoints; or the endpoint is of a type without security groups, or
  deleted, failed, rejected or expired.

## Finding key
Empty: an endpoint can have only one such fault.

## Remediation
Add a rule to a security group of the endpoint that lets the clients in at the service's port: by the security group
that the clients carry, or by the blocks of their subnets. Whose service it is tells at which port it listens.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.endpoints import (
    Reach,
    absent_member,
    clients,
    ports_of,
    reach,
    vpc_of,
)
from auditor.network.entities import Endpoint, SecurityGroup, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import let_in


@check(
    id="interface-endpoint-sg-no-443",
    severities=(Severity.HIGH, Severity.MEDIUM, Severity.INFO),
    of=Endpoint,
    reads=(
        model.Vpc,
        model.Subnet,
        model.NetworkInterface,
        model.SecurityGroup,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.VpcPeeringConnection,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
)
def interface_endpoint_sg_no_443(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the endpoint's groups by whether the clients in its VPC pass them."""
    if not endpoint.in_subnets or not endpoint.stands:
        yield NotApplicable("the endpoint has no security groups, or is gone")
        return
    if endpoint.record.groups is None:
        yield Unknown(absent_member(endpoint))
        return
    vpc = vpc_of(network, endpoint)
    if isinstance(vpc, Missing):
        yield Unknown(vpc)
        return
    groups = [network.security_groups.get(group.group_id or "") for group in endpoint.record.groups]
    unlisted = network.coverage.missing(model.SecurityGroup, endpoint.home)
    if not any(groups):
        yield Unknown(unlisted) if unlisted and groups else NotApplicable("the endpoint has no security group")
        return
    found = reach(network, endpoint, clients(network, vpc, every_subnet=False))
    if found.denied:
        yield _fault(endpoint, vpc, [group for group in groups if group], found)
    elif found.undecided:
        yield Unknown(found.undecided)
    elif not found.reached:
        yield NotApplicable("the VPC has no clients of its own")


def _fault(endpoint: Endpoint, vpc: Vpc, groups: list[SecurityGroup], found: Reach) -> Fault:
    none_is = not found.reached and not found.undecided
    severity = Severity.HIGH if none_is else Severity.MEDIUM
    ports = ports_of(endpoint)
    denied = {subnet.id: list(addresses.cidrs()) for subnet, addresses in found.denied}
    blocks = [block for cidrs in denied.values() for block in cidrs]
    left_out = [f"{subnet.id} ({addresses})" for subnet, addresses in found.denied]
    where = f"TCP {' or '.join(str(port.number) for port in ports)}" if ports else "any port"
    return Fault(
        severity=Severity.INFO if endpoint.requester_managed else severity,
        message=f"{endpoint.label} to {endpoint.service_name or endpoint.type} in {vpc.label} lets "
        f"{'no' if none_is else 'not every'} subnet of clients in at {where}, by "
        f"{', '.join(group.label for group in groups)}; left out: {', '.join(left_out)}",
        evidence={
            "service": endpoint.service_name,
            "ports": [port.number for port in ports],
            "security_groups": [group.id for group in groups],
            "subnets_denied": denied,
            "subnets_let_in": [subnet.id for subnet in found.reached],
        },
        related=[vpc.id, *(group.id for group in groups), *denied],
        remedy=[let_in(groups[0], ports[0], blocks)] if ports else [],
    )
