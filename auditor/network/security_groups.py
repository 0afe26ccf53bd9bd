"""What security groups let through.

All groups of an interface count as one set of rules. A rule can only allow, and replies pass unasked: what counts is
the direction in which a connection is opened.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor import model
from auditor.model.ec2 import IpPermission, UserIdGroupPair
from auditor.network.addresses import ALL_IPV4, ALL_IPV6, NOTHING, Addresses
from auditor.network.entities import SecurityGroup
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.traffic import ALL_PROTOCOLS, Direction, Port, protocol_number
from auditor.snapshot import Target

_EVERYTHING = ALL_IPV4 | ALL_IPV6


@dataclass(frozen=True)
class Reference:
    """A security group that a rule names and that stands for its members."""

    group_id: str
    vpc_id: str
    """The group's VPC; empty where AWS does not name it."""
    members: Addresses
    """The private addresses of the interfaces that were seen to carry the group."""


@dataclass(frozen=True)
class Passage:
    """What security groups do with some addresses: a partition of them."""

    allowed: Addresses
    denied: Addresses
    unseen: Addresses
    """What a rule that was not seen, or not seen whole, may allow."""
    references: tuple[Reference, ...]
    """The groups named by the rules that were asked, in the order of their ids. One without members allows nothing
    yet."""
    missing: Missing | None
    """Why ``unseen`` is not decided; None where it is empty."""


@dataclass(frozen=True)
class _Grant:
    """What one rule, or one source that it names, allows."""

    allowed: Addresses = NOTHING
    reference: Reference | None = None
    hidden: Addresses = NOTHING
    """The most that it may allow beyond what was seen."""
    missing: Missing | None = None


def passage(
    network: Network, group_ids: Iterable[str], at: Target, *, direction: Direction, port: Port | None, asked: Addresses
) -> Passage:
    """Partition addresses by whether an interface with the given security groups lets them through.

    ``at`` is the account and region of the interface's owner: a group that its whole list lacks is gone and allows
    nothing. ``asked`` are sources of ingress or destinations of egress. ``port`` is the port asked for; with None, one
    packet of any protocol and port is enough.
    """
    grants = [
        grant for group_id in dict.fromkeys(group_ids) for grant in _grants(network, group_id, at, direction, port)
    ]
    allowed = asked & Addresses.union(grant.allowed for grant in grants)
    rest = asked - allowed
    hiding = [grant for grant in grants if grant.hidden & rest]
    unseen = rest & Addresses.union(grant.hidden for grant in hiding)
    references = {grant.reference.group_id: grant.reference for grant in grants if grant.reference}
    return Passage(
        allowed=allowed,
        denied=rest - unseen,
        unseen=unseen,
        references=tuple(references[group_id] for group_id in sorted(references)),
        missing=Missing.union(grant.missing for grant in hiding),
    )


def lists_allowed(network: Network, group_ids: Iterable[str], *, direction: Direction, port: Port) -> frozenset[str]:
    """The prefix lists that rules of some groups let through as a whole, whether their entries are known or not."""
    groups = [group for group_id in group_ids if (group := network.security_groups.get(group_id))]
    ingress = direction is Direction.INGRESS
    return frozenset(
        listed.prefix_list_id
        for group in groups
        for permission in (group.record.ip_permissions if ingress else group.record.ip_permissions_egress) or ()
        if covers(permission, port)
        for listed in permission.prefix_list_ids or ()
        if listed.prefix_list_id
    )


def _grants(network: Network, group_id: str, at: Target, direction: Direction, port: Port | None) -> Iterator[_Grant]:
    group = network.security_groups.get(group_id)
    if group is None:
        if (unlisted := network.coverage.missing(model.SecurityGroup, at)) is not None:
            yield _Grant(hidden=_EVERYTHING, missing=unlisted)
        return
    ingress = direction is Direction.INGRESS
    permissions = group.record.ip_permissions if ingress else group.record.ip_permissions_egress
    if permissions is None:
        yield _Grant(hidden=_EVERYTHING, missing=rules_absent(group))
        return
    for permission in permissions:
        if port is None or covers(permission, port):
            yield from _sources(network, group, permission)


def covers(permission: IpPermission, port: Port) -> bool:
    """Whether a rule is for a port, whomever it names."""
    protocol = protocol_number(permission.ip_protocol or "")
    if protocol == ALL_PROTOCOLS:
        return True
    if protocol != port.protocol:
        return False
    first, last = permission.from_port, permission.to_port
    return first is None or last is None or first == -1 or first <= port.number <= last


def _sources(network: Network, group: SecurityGroup, permission: IpPermission) -> Iterator[_Grant]:
    blocks: list[str | None] = [block.cidr_ip for block in permission.ip_ranges or ()]
    blocks += [block.cidr_ipv6 for block in permission.ipv6_ranges or ()]
    yield _Grant(Addresses.of(*(block for block in blocks if block)))
    for listed in permission.prefix_list_ids or ():
        if listed.prefix_list_id:
            entries, missing = network.prefix_list(listed.prefix_list_id, group.seen_from)
            yield _Grant(Addresses.of(*entries), hidden=_EVERYTHING if missing else NOTHING, missing=missing)
    for pair in permission.user_id_group_pairs or ():
        if pair.group_id:
            yield from _members(network, group, pair, pair.group_id)


def _members(network: Network, group: SecurityGroup, pair: UserIdGroupPair, referenced: str) -> Iterator[_Grant]:
    """What a reference to a security group allows: nothing where the peering or the group behind it is gone."""
    region = group.seen_from.region
    side = NOTHING
    if pair.vpc_peering_connection_id is not None:
        # AWS leaves the account out once the group in the other VPC is deleted (UserIdGroupPair, API reference).
        if pair.user_id is None:
            return
        active = _active(network, pair, pair.vpc_peering_connection_id)
        if active is None:
            yield _Grant(hidden=_EVERYTHING, missing=rules_absent(group))
        if not active:
            return
        side = _far_side(network, pair, pair.vpc_peering_connection_id)
    members = network.members(referenced, region)
    vpc_id = pair.vpc_id or (group.record.vpc_id if pair.vpc_peering_connection_id is None else None) or ""
    missing = members_missing(network, vpc_id, Target(pair.user_id or group.owner, region))
    yield _Grant(
        allowed=members,
        reference=Reference(referenced, vpc_id, members),
        hidden=(side or _EVERYTHING) if missing else NOTHING,
        missing=missing,
    )


def _active(network: Network, pair: UserIdGroupPair, peering_id: str) -> bool | None:
    """Whether the connection of a reference is active; None where neither the rule nor the connection says so."""
    if pair.peering_status is not None:
        return pair.peering_status == "active"
    peering = network.peerings.get(peering_id)
    return peering.live if peering else None


def _far_side(network: Network, pair: UserIdGroupPair, peering_id: str) -> Addresses:
    """All addresses that the members of a group across a peering can have; nothing where these are not known."""
    peering = network.peerings.get(peering_id)
    sides = peering.sides if peering else ()
    return Addresses.union(
        side.addresses for side in sides if side.vpc_id == pair.vpc_id and side.addresses_missing is None
    )


def members_missing(network: Network, vpc_id: str, owner: Target) -> Missing | None:
    """Why a group may have more members; None where its VPC's owner or its own owner shows all interfaces."""
    by_owner = network.coverage.missing(model.NetworkInterface, owner)
    vpc = network.vpcs.get(vpc_id)
    if by_owner is None or vpc is None:
        return by_owner
    by_vpc = network.missing_of(model.NetworkInterface, vpc)
    return by_vpc and by_vpc | by_owner


def rules_absent(group: SecurityGroup) -> Missing:
    """Why the rules of a group are not known: AWS left them out."""
    at = group.seen_from
    return Missing.of(
        Kind.ABSENT_FIELD,
        account=at.account,
        region=at.region,
        action="ec2:DescribeSecurityGroups",
        resource=group.id,
    )
