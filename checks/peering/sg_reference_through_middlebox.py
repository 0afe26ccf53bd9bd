"""A security group rule names a group of a peer VPC, and the traffic between the two takes its way through a middlebox.

A rule that names a security group matches by the interface that sent the packet. A packet that an appliance passed on
comes from the appliance, so between two instances on either side of one, a rule has to name addresses.

## Verdicts
* **fail**, medium: a rule names a group over an active connection in the same Region, and between subnets where members
  of the two groups are a route of either side leads to a network interface or a Gateway Load Balancer endpoint.
* **unknown**: the routes, subnets, prefix lists or network interfaces of a side that decide it were not seen, or
  whether the rule still holds was not.
* **not applicable**: no rule of the group names a group over a peering connection.

A default route to a network interface, as to a NAT instance, is no such route. Where nothing is routed over the
connection, see `peering-sg-reference-without-route`; a rule that is stale or crosses Regions has a rule of its own.

## Finding key
The direction, the protocol, the ports, the group that the rule names and the peering connection.

## Remediation
Replace the rule by one that names the blocks of the subnets that hold the members of the other group, or their
addresses. On the other side, a rule that names this group needs the same.
"""

from collections.abc import Iterator, Sequence

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.addresses import Addresses
from auditor.network.diagnosis.carriers import carriers
from auditor.network.diagnosis.exchanges import carries
from auditor.network.diagnosis.group_references import GroupReference, matching_over, references_of
from auditor.network.diagnosis.middleboxes import Detour, detours_of_reference
from auditor.network.entities import Peering, SecurityGroup
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import replace_reference
from auditor.snapshot import Target


@check(
    id="peering-sg-reference-through-middlebox",
    severities=(Severity.MEDIUM,),
    of=SecurityGroup,
    reads=(
        model.Vpc,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NetworkInterface,
        model.VpcPeeringConnection,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html",
)
def peering_sg_reference_through_middlebox(
    group: SecurityGroup, network: Network, settings: Settings
) -> Iterator[Verdict]:
    """Judge the rules of a group that name groups of peers by the way that the traffic takes."""
    references = references_of(group)
    named = {rule.key: rule for rule in references if rule.peering_id}
    if references.missing:
        yield Unknown(references.missing, message=f"the rules of {group.label} were not all seen")
    elif not named:
        yield NotApplicable("no rule of the group names a peering connection")
    for rule in named.values():
        peering = matching_over(network, group, rule)
        missing = peering if isinstance(peering, Missing) else None
        if isinstance(peering, Peering) and carries(network, peering) is not False:
            found = detours_of_reference(network, peering, group, rule)
            missing = found.missing
            if found:
                yield _fault(group, rule, peering, found.items, network)
                continue
        if missing:
            yield Unknown(
                missing,
                rule.key,
                f"{group.label} {rule.label} over {rule.peering_id}; whether the traffic takes its way through a "
                "middlebox was not seen",
            )


def _fault(
    group: SecurityGroup, rule: GroupReference, peering: Peering, found: Sequence[Detour], network: Network
) -> Fault:
    ways = [
        f"{detour.route.route_table_id} of {detour.near.label} sends {detour.addresses} to {detour.route.target}"
        for detour in found
    ]
    blocks = _blocks(rule, peering.beyond(group.record.vpc_id or "").home, network)
    return Fault(
        key=rule.key,
        message=f"{group.label} {rule.label} over {peering.label}, but {'; '.join(ways)}, and behind a middlebox the "
        f"rule matches nothing; name {', '.join(blocks) or 'the blocks of its subnets'} instead",
        evidence={
            **rule.shown,
            "routes": [
                {
                    "route_table": detour.route.route_table_id,
                    "destination": detour.route.destination,
                    "target": detour.route.target,
                    "addresses": list(detour.addresses.cidrs()),
                }
                for detour in found
            ],
        },
        related=list(
            dict.fromkeys(
                named
                for named in (
                    group.record.vpc_id,
                    rule.pair.group_id,
                    rule.pair.vpc_id,
                    peering.id,
                    *(detour.route.route_table_id for detour in found),
                    *(detour.route.target for detour in found),
                )
                if named
            )
        ),
        remedy=replace_reference(group, rule, blocks) if blocks else [],
    )


def _blocks(rule: GroupReference, at: Target, network: Network) -> list[str]:
    """The blocks of the subnets that hold the members of the group which a rule names, as far as they were seen."""
    members = carriers(network, rule.pair.group_id or "", rule.pair.vpc_id or "", at)
    subnets = [network.subnets.get(member.subnet_id or "") for member in members]
    return list(Addresses.union(subnet.addresses for subnet in subnets if subnet).cidrs())
