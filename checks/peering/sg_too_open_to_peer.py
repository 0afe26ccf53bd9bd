"""A security group lets all traffic in from a peer VPC.

A peering connection with routes makes every port that a group leaves open a port that the whole peer can reach, and
whoever gets into the peer with it.

## Verdicts
* **fail**, medium: a rule of a group that workloads carry lets in every port of TCP, UDP or all protocols from a whole
  block of a peer, and the peer's owner is known to be neither audited, nor trusted, nor of the organization.
* **fail**, low: the same from a peer whose owner is one of these, or of whom that is not known.
* **unknown**: the peer's blocks, a prefix list, the network interfaces that carry the group, or, of a rule for all
  addresses, the routes of their subnets were not seen.
* **not applicable**: the group's VPC has no active connection, or no workload carries a group with such
  a rule.

A rule for all addresses, such as 0.0.0.0/0, counts where no subnet of the workloads has a route to an internet gateway:
there it is the peer that it lets in. Where one has, the internet is the greater trouble, and not this rule's.

## Finding key
The protocol, the ports, and the block or prefix list that the rule names.

## Remediation
Replace the rule by rules for the ports that the peer needs. In one Region they can name the security groups of the
clients there.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.addresses import ALL_IPV4, ALL_IPV6
from auditor.network.coverage import Listing
from auditor.network.diagnosis.carriers import workloads_behind
from auditor.network.diagnosis.peer_rules import PeerRule, peer_rules
from auditor.network.diagnosis.trust import stranger
from auditor.network.entities import SecurityGroup, Side, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.routes import TargetKind


@check(
    id="peering-sg-too-open-to-peer",
    severities=(Severity.LOW, Severity.MEDIUM),
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
        model.Account,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html",
)
def peering_sg_too_open_to_peer(group: SecurityGroup, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the rules of a group for every port by whether they let whole blocks of peers in."""
    vpc = network.vpc_of(group)
    if isinstance(vpc, Missing):
        yield Unknown(vpc)
        return
    if not network.peerings_of(vpc.id):
        unseen = network.missing_of(model.VpcPeeringConnection, vpc)
        yield Unknown(unseen) if unseen else NotApplicable("the VPC has no active connection")
        return
    behind = workloads_behind(network, group)
    rules = peer_rules(network, group, vpc)
    causes = [rules.missing]
    for rule in rules:
        if not rule.every_port:
            continue
        if behind.whole and not behind:
            yield NotApplicable("no workload carries the group")
            return
        public = _public(network, vpc, behind) if rule.from_everywhere else False
        if isinstance(public, Missing) or not behind:
            causes.append(public if isinstance(public, Missing) else behind.missing)
        elif not public:
            strangers = _strangers(network, rule, settings)
            yield _fault(group, rule, behind, strangers)
    if missing := Missing.union(causes):
        yield Unknown(missing, message=f"whether {group.label} lets all traffic in from a peer was not all seen")


def _public(network: Network, vpc: Vpc, behind: Listing[model.NetworkInterface]) -> bool | Missing:
    """Whether a subnet of some interfaces has a route to an internet gateway."""
    causes = [behind.missing]
    for subnet_id in sorted({interface.subnet_id or "" for interface in behind}):
        subnet = network.subnets.get(subnet_id)
        if subnet is None:
            causes.append(network.missing_of(model.Subnet, vpc))
            continue
        table = network.table_of(subnet)
        if isinstance(table, Missing):
            causes.append(table)
            continue
        lookup = table.lookup(ALL_IPV4 | ALL_IPV6)
        if lookup.to(TargetKind.INTERNET_GATEWAY):
            return True
        causes.append(lookup.missing)
    return Missing.union(causes) or False


def _strangers(network: Network, rule: PeerRule, settings: Settings) -> list[str]:
    """The accounts of the peers that are neither audited, nor trusted, nor of the organization."""
    found = [
        stranger(network, peering, settings.trusted_accounts, settings.organization_id) for peering in rule.peerings
    ]
    return sorted({side.owner for side in found if isinstance(side, Side)})


def _fault(
    group: SecurityGroup, rule: PeerRule, behind: Listing[model.NetworkInterface], strangers: list[str]
) -> Fault:
    vpc_id = group.record.vpc_id or ""
    far = [peering.beyond(vpc_id) for peering in rule.peerings]
    names = ", ".join(side.label for side in far)
    whose = f" (of account {', '.join(strangers)}, which nobody trusts)" if strangers else ""
    many = "" if len(behind.items) == 1 else "s"
    return Fault(
        key=rule.key,
        severity=Severity.MEDIUM if strangers else Severity.LOW,
        message=f"{group.label} {rule.label}, so all of {names}{whose} is let in to {len(behind.items)} network "
        f"interface{many}; let in the ports that it needs",
        evidence={
            **rule.shown,
            "network_interfaces": [interface.network_interface_id for interface in behind],
            "untrusted_accounts": strangers,
        },
        related=list(
            dict.fromkeys([vpc_id, *(peering.id for peering in rule.peerings), *(side.vpc_id for side in far)])
        ),
    )
