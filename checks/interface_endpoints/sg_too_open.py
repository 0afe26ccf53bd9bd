"""A security group of an endpoint lets everybody in.

An endpoint's network interfaces have private addresses, so nothing reaches them from the internet. What a rule for all
addresses opens is the way in for whatever the VPC is connected with, today or later: peers, transit gateways, VPN and
Direct Connect. The endpoint's policy, and who may use credentials, are then all that stands between them and the
service.

## Verdicts
* **fail**, medium: a group lets in every TCP port, or all traffic, from all addresses of a family or from half of them.
* **fail**, low: a group lets in the port of the AWS service from as many.
* **fail**, info: any of these, and an AWS service made the endpoint and looks after it.
* **unknown**: AWS left out the endpoint's groups or a group's rules, the groups were not seen, or a prefix list could
  not be read; or the group lets everybody in at some ports, and those of the service are not shown, as of another
  customer's.
* **not applicable**: the endpoint is of a type without security groups, has none that exists
  (`interface-endpoint-sg-missing` says so), or is deleted, failed, rejected or expired.

All the rules for the port count together: 0.0.0.0/1 beside 128.0.0.0/1 is everybody, and so is a prefix list that
holds them. Either half is everybody by itself, since no network is so large. Whole private blocks such as 10.0.0.0/8
pass, for they may be just what is connected. A rule that names security groups lets in their members alone.

The message tells what the VPC is connected with. Without any connection the rule lets in nobody but the VPC itself, for
as long as that stays so; the severity is the same, since the next connection asks nobody.

## Finding key
The id of the security group.

## Remediation
Replace the rule by one at the service's port for the security groups or the blocks of the clients: those of the VPC,
and of the connected networks that are meant to use the endpoint. What else carries the group loses the rule, too.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.coverage import Listing
from auditor.network.endpoints import absent_member, ports_missing, ports_of, vpc_of, ways_in
from auditor.network.entities import Endpoint, SecurityGroup
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.open_rules import OpenRules, open_rules


@check(
    id="interface-endpoint-sg-too-open",
    severities=(Severity.LOW, Severity.MEDIUM, Severity.INFO),
    of=Endpoint,
    reads=(
        model.Vpc,
        model.RouteTable,
        model.SecurityGroup,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.VpcPeeringConnection,
        model.TransitGatewayVpcAttachment,
        model.VpnGateway,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
)
def interface_endpoint_sg_too_open(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the rules of each group of the endpoint by whether they let everybody in."""
    if not endpoint.in_subnets or not endpoint.stands:
        yield NotApplicable("the endpoint has no security groups, or is gone")
        return
    if endpoint.record.groups is None:
        yield Unknown(absent_member(endpoint))
        return
    named = [each.group_id for each in endpoint.record.groups if each.group_id]
    unseen = network.coverage.missing(model.SecurityGroup, endpoint.home)
    if not named or (unseen is None and not any(group_id in network.security_groups for group_id in named)):
        yield NotApplicable("the endpoint has no security group")
    for group_id in dict.fromkeys(named):
        group = network.security_groups.get(group_id)
        if group is not None:
            yield from _of_group(endpoint, network, group)
        elif unseen:
            yield Unknown(unseen, group_id, f"whether {group_id} of {endpoint.label} lets everybody in was not seen")


def _of_group(endpoint: Endpoint, network: Network, group: SecurityGroup) -> Iterator[Verdict]:
    every_port = open_rules(network, group, every_port=True)
    at_the_port = open_rules(network, group, ports=ports_of(endpoint))
    somewhere = at_the_port if ports_of(endpoint) else open_rules(network, group)
    if every_port.everybody:
        yield _fault(endpoint, network, group, every_port, Severity.MEDIUM)
    elif at_the_port.everybody:
        yield _fault(endpoint, network, group, at_the_port, Severity.LOW)
    elif missing := Missing.union([somewhere.missing, ports_missing(endpoint) if somewhere.everybody else None]):
        yield Unknown(
            missing, group.id, f"whether {group.label} lets everybody in to {endpoint.label} was not all seen"
        )


def _fault(endpoint: Endpoint, network: Network, group: SecurityGroup, rules: OpenRules, severity: Severity) -> Fault:
    ways = _ways(endpoint, network)
    return Fault(
        key=group.id,
        severity=Severity.INFO if endpoint.requester_managed else severity,
        message=f"{group.label} of {endpoint.label} to {endpoint.service_name or endpoint.type} in {endpoint.vpc_id} "
        f"lets in {', '.join(rules.shown)}; {_exposure(endpoint, ways)}; name its clients instead",
        evidence={
            "service": endpoint.service_name,
            "ports": [port.number for port in ports_of(endpoint)],
            "rules": list(rules.shown),
            "sources": list(rules.sources),
            "connections": list(ways),
            "all_connections_seen": ways.whole,
        },
        related=[endpoint.vpc_id, group.id, *ways],
    )


def _ways(endpoint: Endpoint, network: Network) -> Listing[str]:
    vpc = vpc_of(network, endpoint)
    return Listing((), vpc) if isinstance(vpc, Missing) else ways_in(network, vpc)


def _exposure(endpoint: Endpoint, ways: Listing[str]) -> str:
    if ways:
        return f"whoever comes into the VPC over {', '.join(ways)} gets in"
    if ways.missing:
        return "whoever comes into the VPC from a connected network gets in, and what is connected was not all seen"
    return f"nothing is connected with {endpoint.vpc_id} now, but whatever is connected later gets in"
