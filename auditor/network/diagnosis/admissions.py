"""Whether the security groups of a peering connection's workloads let anything in from the peer."""

from collections.abc import Iterable
from dataclasses import dataclass

from auditor import model
from auditor.network.addresses import ALL_IPV4, ALL_IPV6, NOTHING, Addresses
from auditor.network.diagnosis.exchanges import exchanges
from auditor.network.entities import Peering, SecurityGroup, Side, Subnet
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.network.security_groups import passage
from auditor.network.traffic import Direction
from auditor.snapshot import Target

_EVERYTHING = ALL_IPV4 | ALL_IPV6


@dataclass(frozen=True)
class _Admission:
    """Whom the security groups of some workloads let in with at least one packet."""

    allowed: Addresses = NOTHING
    unseen: Addresses = NOTHING
    """What they may let in beside."""
    vpcs: frozenset[str] = frozenset()
    """The other VPCs of which they name groups."""
    groups: frozenset[str] = frozenset()
    missing: Missing | None = None


def _union(parts: Iterable[_Admission]) -> _Admission:
    every = tuple(parts)
    return _Admission(
        allowed=Addresses.union(part.allowed for part in every),
        unseen=Addresses.union(part.unseen for part in every),
        vpcs=frozenset[str]().union(*(part.vpcs for part in every)),
        groups=frozenset[str]().union(*(part.groups for part in every)),
        missing=Missing.union(part.missing for part in every),
    )


@dataclass(frozen=True)
class Shut:
    """A side whose workloads let nothing in from the peer."""

    side: Side
    subnets: tuple[str, ...]
    """Those that exchange packets with the peer."""
    groups: tuple[str, ...]
    """The security groups of the workloads in them."""


def shut(network: Network, peering: Peering) -> tuple[Shut, Shut] | Missing | None:
    """The sides of a live connection, where neither lets anything in from the other; None where one does.

    None also where a side has no workload to judge: what is not in use blocks nobody, and a default security group that
    names nobody but itself, as AWS makes it, says nothing of whom its workloads are to serve.
    """
    found = exchanges(network, peering)
    causes = [found.missing]
    judged: list[Shut] = []
    for near in peering.sides:
        subnets: set[str] = set()
        groups: set[str] = set()
        far = peering.other(near)
        for exchange in found:
            if exchange.near is not near:
                continue
            admission = _of_subnet(network, exchange.subnet)
            if admission.allowed & exchange.possible or far.vpc_id in admission.vpcs:
                return None
            causes.append(admission.missing if admission.unseen & exchange.possible else None)
            if admission.groups:
                subnets.add(exchange.subnet.id)
                groups |= admission.groups
        judged.append(Shut(near, tuple(sorted(subnets)), tuple(sorted(groups))))
    if missing := Missing.union(causes):
        return missing
    one, other = judged
    return (one, other) if one.groups and other.groups else None


@remembered
def _of_subnet(network: Network, subnet: Subnet) -> _Admission:
    workloads = network.workloads(subnet)
    parts = [_of_interface(network, subnet, interface) for interface in workloads]
    if workloads.missing:
        parts.append(_Admission(unseen=_EVERYTHING, missing=workloads.missing))
    return _union(parts)


def _of_interface(network: Network, subnet: Subnet, interface: model.NetworkInterface) -> _Admission:
    at = Target(interface.owner_id or subnet.owner, subnet.home.region)
    if interface.groups is None:
        action, resource = "ec2:DescribeNetworkInterfaces", interface.network_interface_id
        where = Missing.of(Kind.ABSENT_FIELD, account=at.account, region=at.region, action=action, resource=resource)
        return _Admission(unseen=_EVERYTHING, missing=where)
    if not interface.groups:
        # Without a group nothing is filtered, as at a Network Load Balancer that was made without one.
        return _Admission(allowed=_EVERYTHING)
    return _union(_of_group(network, group.group_id, at) for group in interface.groups if group.group_id)


@remembered
def _of_group(network: Network, group_id: str, at: Target) -> _Admission:
    group = network.security_groups.get(group_id)
    if group is not None and _is_default_for_itself(group):
        return _Admission()
    found = passage(network, [group_id], at, direction=Direction.INGRESS, port=None, asked=_EVERYTHING)
    own = group.record.vpc_id if group else None
    return _Admission(
        allowed=found.allowed,
        unseen=found.unseen,
        vpcs=frozenset(reference.vpc_id for reference in found.references) - {own},
        groups=frozenset({group_id}),
        missing=found.missing,
    )


def _is_default_for_itself(group: SecurityGroup) -> bool:
    permissions = group.record.ip_permissions
    if group.name != "default" or permissions is None:
        return False
    named = {pair.group_id for permission in permissions for pair in permission.user_id_group_pairs or ()}
    sources = [
        source
        for permission in permissions
        for listed in (permission.ip_ranges, permission.ipv6_ranges, permission.prefix_list_ids)
        for source in listed or ()
    ]
    return named <= {group.id} and not sources
