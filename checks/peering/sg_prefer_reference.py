"""A security group rule names the block of a peer VPC where it could name security groups.

In one Region, a rule can name a group of a peer: it then lets in just the interfaces that carry the group, whatever
their addresses, and no others of the peer.

## Verdicts
* **fail**, info: a rule of a group that workloads carry lets in a whole block of a peer in the same Region, at some
  ports.
* **fail**, low: as above, at every port of TCP, UDP or all protocols. How far it opens the peer's way is
  `peering-sg-too-open-to-peer`.
* **unknown**: the peer's blocks, a prefix list, the network interfaces that carry the group, or the routes of either
  side were not seen.
* **not applicable**: the group's VPC has no active connection inside its Region, or no workload carries a
  group with such a rule.

A rule that lets in other addresses too passes, such as 10.0.0.0/8: it may be meant for networks whose hosts carry no
security group. So does one where a side sends the other's addresses through a middlebox, behind which a rule that names
a group matches nothing. That an address is used by something without a security group cannot be seen, so the finding is
heuristic.

## Finding key
The protocol, the ports, and the block or prefix list that the rule names.

## Remediation
Add rules that name the security groups of the clients in the peer, then revoke the rule. A group of another account is
written with its account id.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Confidence, Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.coverage import Listing
from auditor.network.diagnosis.carriers import workloads_behind
from auditor.network.diagnosis.middleboxes import detours
from auditor.network.diagnosis.peer_rules import PeerRule, peer_rules
from auditor.network.entities import Peering, SecurityGroup
from auditor.network.missing import Missing
from auditor.network.network import Network


@check(
    id="peering-sg-prefer-reference",
    severities=(Severity.INFO, Severity.LOW),
    confidences=(Confidence.HEURISTIC,),
    of=SecurityGroup,
    reads=(
        model.Vpc,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NetworkInterface,
        model.VpcEndpoint,
        model.VpcPeeringConnection,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html",
)
def peering_sg_prefer_reference(group: SecurityGroup, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the rules of a group that let in nothing but whole blocks of peers in its Region."""
    vpc = network.vpc_of(group)
    if isinstance(vpc, Missing):
        yield Unknown(vpc)
        return
    if all(peering.inter_region for peering in network.peerings_of(vpc.id)):
        unseen = network.missing_of(model.VpcPeeringConnection, vpc)
        yield Unknown(unseen) if unseen else NotApplicable("the VPC has no active connection inside its Region")
        return
    behind = workloads_behind(network, group)
    rules = peer_rules(network, group, vpc)
    causes = [rules.missing]
    for rule in rules:
        direct = _direct(network, rule)
        if rule.surplus or not direct.items:
            causes.append(None if rule.surplus else direct.missing)
        elif behind.whole and not behind:
            yield NotApplicable("no workload carries the group")
            return
        elif missing := Missing.union([rule.hidden, None if behind else behind.missing]):
            causes.append(missing)
        else:
            yield _fault(group, rule, direct.items)
    if missing := Missing.union(causes):
        yield Unknown(missing, message=f"whether {group.label} names blocks of peers was not all seen")


def _direct(network: Network, rule: PeerRule) -> Listing[Peering]:
    """The connections of a rule inside the Region over which neither side takes a way through a middlebox."""
    found: list[Peering] = []
    causes: list[Missing | None] = []
    for peering in rule.peerings:
        if peering.inter_region:
            continue
        ways = [detours(network, peering, side) for side in peering.sides]
        if any(ways):
            continue
        missing = Missing.union(way.missing for way in ways)
        causes.append(missing)
        if missing is None:
            found.append(peering)
    return Listing(tuple(found), Missing.union(causes))


def _fault(group: SecurityGroup, rule: PeerRule, peerings: tuple[Peering, ...]) -> Fault:
    vpc_id = group.record.vpc_id or ""
    far = [peering.beyond(vpc_id) for peering in peerings]
    return Fault(
        key=rule.key,
        severity=Severity.LOW if rule.every_port else Severity.INFO,
        message=f"{group.label} {rule.label}, which is all of {', '.join(side.label for side in far)}; name the "
        "security groups of the clients there instead",
        evidence=rule.shown,
        related=list(dict.fromkeys([vpc_id, *(peering.id for peering in peerings), *(side.vpc_id for side in far)])),
    )
