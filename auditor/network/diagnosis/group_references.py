"""The rules of security groups that name a group of another VPC, and those of them that are stale.

Source: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor import model
from auditor.model.ec2 import IpPermission, StaleIpPermission, UserIdGroupPair
from auditor.network.coverage import Listing
from auditor.network.entities import Peering, SecurityGroup, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.security_groups import rules_absent
from auditor.network.traffic import ALL_PROTOCOLS, Direction, ports_shown, traffic_shown


@dataclass(frozen=True)
class GroupReference:
    """A rule of a security group that names another group, which need not be there any more."""

    direction: Direction
    protocol: str
    """As AWS gives it: a name, a number, or ``-1`` for all."""
    first: int | None
    last: int | None
    pair: UserIdGroupPair

    @property
    def peering_id(self) -> str:
        """The peering connection to the group's VPC; empty where the rule names none."""
        return self.pair.vpc_peering_connection_id or ""

    @property
    def ports(self) -> str:
        """The range of ports as AWS gives it: of ICMP, the type and the code."""
        return ports_shown(self.first, self.last)

    @property
    def key(self) -> str:
        """The rule's place in a finding's id."""
        return f"{self.direction}|{self.protocol}|{self.ports}|{self.pair.group_id or ''}|{self.peering_id}"

    @property
    def label(self) -> str:
        """The rule as messages print it: what it lets through, and the group that it names."""
        way = "in from" if self.direction is Direction.INGRESS else "out to"
        where = f" in {self.pair.vpc_id}" if self.pair.vpc_id else ""
        return f"lets {traffic_shown(self.protocol, self.first, self.last)} {way} {self.pair.group_id}{where}"

    @property
    def shown(self) -> dict[str, str | int | None]:
        """The rule as evidence shows it."""
        return {
            "direction": self.direction.value,
            "protocol": self.protocol,
            "from_port": self.first,
            "to_port": self.last,
            "referenced_group": self.pair.group_id,
            "referenced_vpc": self.pair.vpc_id,
            "referenced_account": self.pair.user_id,
            "peering_connection": self.pair.vpc_peering_connection_id,
            "peering_status": self.pair.peering_status,
        }


def references_of(group: SecurityGroup) -> Listing[GroupReference]:
    """The rules of a group that name a group of another VPC."""
    record = group.record
    found = [
        *_read(Direction.INGRESS, record.ip_permissions or ()),
        *_read(Direction.EGRESS, record.ip_permissions_egress or ()),
    ]
    foreign = [each for each in found if each.peering_id or each.pair.vpc_id not in (None, record.vpc_id)]
    absent = record.ip_permissions is None or record.ip_permissions_egress is None
    return Listing(tuple(foreign), rules_absent(group) if absent else None)


def _read(
    direction: Direction, permissions: Iterable[IpPermission] | Iterable[StaleIpPermission]
) -> Iterator[GroupReference]:
    for each in permissions:
        for pair in each.user_id_group_pairs or ():
            yield GroupReference(direction, each.ip_protocol or ALL_PROTOCOLS, each.from_port, each.to_port, pair)


@dataclass(frozen=True)
class StaleReference:
    """A rule that names a group behind a peering connection, where the group or the connection is gone."""

    rule: GroupReference
    because: str
    """As the end of a sentence."""
    listed: bool
    """Whether AWS itself lists the rule as stale."""


def stale_references(network: Network, group: SecurityGroup, vpc: Vpc | Missing) -> Listing[StaleReference]:
    """The stale rules of a group, in a VPC of its own account, as far as they name a peering connection.

    AWS's own list of stale rules counts, and so does what the rule itself says of its connection and its group.
    """
    references = references_of(group)
    listed = Listing[GroupReference]((), vpc) if isinstance(vpc, Missing) else _listed(network, group, vpc)
    rules = {rule.key: rule for rule in references if rule.peering_id}
    by_aws = {rule.key: rule for rule in listed if rule.peering_id}
    found: list[StaleReference] = []
    causes = [references.missing]
    for key in sorted({*rules, *by_aws}):
        rule = by_aws.get(key) or rules[key]
        because = _because(network, group, rule)
        if isinstance(because, str) or key in by_aws:
            told = because if isinstance(because, str) else "AWS lists the rule as stale"
            found.append(StaleReference(rule, told, key in by_aws))
        elif listed.missing or because:
            causes += [listed.missing, because]
    return Listing(tuple(found), Missing.union(causes))


def _listed(network: Network, group: SecurityGroup, vpc: Vpc) -> Listing[GroupReference]:
    """The rules of a group that AWS lists as stale."""
    record = model.StaleSecurityGroups
    found = [
        reference
        for answer in network.coverage.records(record, vpc.home)
        if answer.vpc_id == vpc.id
        for stale in answer.stale_security_group_set or ()
        if stale.group_id == group.id
        for reference in (
            *_read(Direction.INGRESS, stale.stale_ip_permissions or ()),
            *_read(Direction.EGRESS, stale.stale_ip_permissions_egress or ()),
        )
    ]
    missing = network.missing_of(record, vpc) or network.coverage.missing_item(record, vpc.home, vpc.id)
    return Listing(tuple(found), missing)


def _because(network: Network, group: SecurityGroup, rule: GroupReference) -> str | Missing | None:
    """What of a reference is gone, by the rule itself; None where nothing is, and Missing where that is not known."""
    peering = network.peerings.get(rule.peering_id)
    status = rule.pair.peering_status or (peering.status if peering else None)
    if status is None:
        unlisted = network.coverage.missing(model.VpcPeeringConnection, group.seen_from)
        return unlisted or f"{rule.peering_id} is no longer listed"
    if status != "active":
        return f"{rule.peering_id} is {status}"
    # AWS leaves the account out once the group in the other VPC is deleted (UserIdGroupPair, API reference).
    return f"{rule.pair.group_id} is deleted" if rule.pair.user_id is None else None


def region_of_reference(network: Network, group: SecurityGroup, rule: GroupReference) -> str | Missing | None:
    """The Region of the group that a rule names; None where nothing tells, for what it names is gone."""
    vpc = network.vpcs.get(rule.pair.vpc_id or "")
    if vpc is not None:
        return vpc.home.region
    peering = network.peerings.get(rule.peering_id)
    if peering is not None and group.record.vpc_id in {side.vpc_id for side in peering.sides}:
        return peering.beyond(group.record.vpc_id or "").region
    return network.coverage.missing(model.VpcPeeringConnection, group.seen_from) if rule.peering_id else None


def matching_over(network: Network, group: SecurityGroup, rule: GroupReference) -> Peering | Missing | None:
    """The connection over which a rule can match members of the group that it names.

    None where it can match nothing for a cause of its own: it is stale, or the group is in another Region. Missing
    where that cannot be told.
    """
    because = _because(network, group, rule)
    if because is not None:
        return because if isinstance(because, Missing) else None
    peering = network.peerings.get(rule.peering_id)
    if peering is None:
        return network.coverage.missing(model.VpcPeeringConnection, group.seen_from)
    joins = {group.record.vpc_id, rule.pair.vpc_id} == {side.vpc_id for side in peering.sides}
    return peering if peering.live and joins and not peering.inter_region else None
