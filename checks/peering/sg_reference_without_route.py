"""A security group rule names a group of a peer VPC, and nothing is routed there and back.

A rule that names a group of a peer says that the two are to talk. Without routes on both sides it lets nobody through.

## Verdicts
* **fail**, low: a rule names a group over an active connection in the same Region, and no two subnets of the two VPCs
  have a way there and back over it.
* **unknown**: the routes, subnets or prefix lists that decide it were not seen, or whether the rule still holds was
  not.
* **not applicable**: no rule of the group names a group over a peering connection.

The rule is about security groups; what is wrong with the routes is `peering-unused`, `peering-route-missing-side` or
`peering-route-one-way` for the connection. A rule that can match nothing for a cause of its own passes: see
`peering-sg-stale-reference` and `peering-sg-cross-region-reference`.

## Finding key
The direction, the protocol, the ports, the group that the rule names and the peering connection.

## Remediation
Add routes over the connection on each side that has none. Where the two are not to talk any more, revoke the rule.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.diagnosis.exchanges import carries
from auditor.network.diagnosis.group_references import GroupReference, matching_over, references_of
from auditor.network.diagnosis.pairs import SideRoutes, side_routes
from auditor.network.entities import Peering, SecurityGroup
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import create_routes, tables_of


@check(
    id="peering-sg-reference-without-route",
    severities=(Severity.LOW,),
    of=SecurityGroup,
    reads=(
        model.Vpc,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.VpcPeeringConnection,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html",
)
def peering_sg_reference_without_route(group: SecurityGroup, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the rules of a group that name groups of peers by whether their connections carry anything."""
    references = references_of(group)
    named = {rule.key: rule for rule in references if rule.peering_id}
    if references.missing:
        yield Unknown(references.missing, message=f"the rules of {group.label} were not all seen")
    elif not named:
        yield NotApplicable("no rule of the group names a peering connection")
    for rule in named.values():
        peering = matching_over(network, group, rule)
        carried = carries(network, peering) if isinstance(peering, Peering) else peering
        if isinstance(carried, Missing):
            yield Unknown(
                carried,
                rule.key,
                f"{group.label} {rule.label} over {rule.peering_id}; whether anything is routed there and back was not "
                "seen",
            )
        elif carried is False and isinstance(peering, Peering):
            yield _fault(group, rule, peering, network)


def _fault(group: SecurityGroup, rule: GroupReference, peering: Peering, network: Network) -> Fault:
    routes = {side.vpc_id: side_routes(network, peering, side) for side in peering.sides}
    without = [side for side in peering.sides if _has_none(routes[side.vpc_id])]
    because = "no two subnets have a way there and back over it"
    if without:
        because = (
            f"{' and '.join(side.label for side in without)} {'have' if len(without) > 1 else 'has'} no route to it"
        )
    return Fault(
        key=rule.key,
        message=f"{group.label} {rule.label} over {peering.label}, but {because}, so the rule lets nobody through",
        evidence={**rule.shown, "vpcs_without_a_route": [side.vpc_id for side in without]},
        related=[named for named in (group.record.vpc_id, rule.pair.group_id, rule.pair.vpc_id, peering.id) if named],
        remedy=[
            step
            for side in without
            if side.vpc
            for step in create_routes(tables_of(routes[side.vpc_id].groups), peering.other(side), peering, side.vpc)
        ],
    )


def _has_none(routes: SideRoutes) -> bool:
    return not routes.effective and routes.missing is None
