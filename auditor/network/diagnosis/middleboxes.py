"""Traffic between peer VPCs that takes its way through a middlebox, and what that does to rules that name groups.

A rule that names a security group matches by the interface that sent the packet. A packet that an appliance passes on
comes from the appliance.

Source: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
"""

from dataclasses import dataclass

from auditor import model
from auditor.network.addresses import Addresses
from auditor.network.coverage import Listing
from auditor.network.diagnosis.carriers import carriers
from auditor.network.diagnosis.group_references import GroupReference
from auditor.network.entities import Peering, SecurityGroup, Side, TableGroup
from auditor.network.missing import Missing
from auditor.network.network import Network, interface_addresses
from auditor.network.remembered import remembered
from auditor.network.routes import Route, TargetKind
from auditor.snapshot import Target


@dataclass(frozen=True)
class Detour:
    """A route that leads addresses of the peer to a middlebox instead of over the connection."""

    near: Side
    far: Side
    senders: TableGroup
    route: Route
    addresses: Addresses
    """The peer's addresses that it takes."""


def detours(network: Network, peering: Peering, near: Side) -> Listing[Detour]:
    """The detours that the subnets of one side take to the other.

    A middlebox is a network interface, such as a firewall's, or a Gateway Load Balancer endpoint. A default route to a
    network interface is a NAT instance's as a rule, and counts as none.
    """
    return _detours(network, peering, near.vpc_id)


@remembered
def _detours(network: Network, peering: Peering, near_vpc_id: str) -> Listing[Detour]:
    far = peering.beyond(near_vpc_id)
    near = peering.other(far)
    if near.vpc is None:
        return Listing((), near.unseen)
    groups = network.table_groups(near.vpc)
    found: list[Detour] = []
    causes = [groups.missing, far.addresses_missing]
    for group in groups:
        lookup = group.table.lookup(far.addresses)
        causes.append(lookup.missing)
        found += [Detour(near, far, group, route, part) for route, part in lookup.routed if _is_middlebox(route)]
    return Listing(tuple(found), Missing.union(causes))


def _is_middlebox(route: Route) -> bool:
    if not route.active or route.is_default:
        return False
    return route.kind in (TargetKind.NETWORK_INTERFACE, TargetKind.VPC_ENDPOINT)


def detours_of_reference(
    network: Network, peering: Peering, group: SecurityGroup, rule: GroupReference
) -> Listing[Detour]:
    """The detours between the interfaces that carry a group and those that carry the group which its rule names."""
    far = peering.beyond(group.record.vpc_id or "")
    near = peering.other(far)
    ours = carriers(network, group.id, near.vpc_id, group.home)
    theirs = carriers(network, rule.pair.group_id or "", far.vpc_id, Target(rule.pair.user_id or far.owner, far.region))
    there = _taken(detours(network, peering, near), ours, theirs)
    back = _taken(detours(network, peering, far), theirs, ours)
    return Listing(there.items + back.items, Missing.union([there.missing, back.missing]))


def _taken(
    all_detours: Listing[Detour],
    senders: Listing[model.NetworkInterface],
    receivers: Listing[model.NetworkInterface],
) -> Listing[Detour]:
    """Those of some detours that lie between some interfaces; missing where others may do."""
    if any(interfaces.whole and not interfaces for interfaces in (senders, receivers)):
        return Listing(())
    from_subnets = {interface.subnet_id for interface in senders}
    to = Addresses.union(map(interface_addresses, receivers))
    causes = [all_detours.missing]
    found: list[Detour] = []
    for detour in all_detours:
        sends = any(subnet.id in from_subnets for subnet in detour.senders.subnets)
        # Whoever carries the group that was not seen, a detour of the whole peer is in the way.
        whole = detour.addresses == detour.far.addresses and detour.far.addresses_missing is None
        reaches = bool(to & detour.addresses) or (whole and not receivers.whole)
        if sends and reaches:
            found.append(detour)
            continue
        causes += [None if sends else senders.missing, None if reaches else receivers.missing]
    return Listing(tuple(found), Missing.union(causes))
