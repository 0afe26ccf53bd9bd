"""Networks beyond an endpoint's VPC that its security groups let nobody in from.

An interface endpoint has private addresses, so what comes in over a peering connection, a transit gateway, Cloud WAN,
VPN or Direct Connect can use it.

Source: https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from auditor import model
from auditor.network.addresses import ALL_IPV4, ALL_IPV6, NOTHING, Addresses
from auditor.network.coverage import Listing
from auditor.network.diagnosis.exchanges import exchanges
from auditor.network.diagnosis.on_premises import prefixes_behind
from auditor.network.endpoints import (
    admitted,
    callers,
    interface_endpoints_within_reach,
    own_subnets,
    serves_itself,
    versions_of,
    ways_in,
)
from auditor.network.entities import Endpoint, Peering, Subnet, SubnetClass, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered

_EVERYTHING = ALL_IPV4 | ALL_IPV6


@dataclass(frozen=True)
class Neighbour:
    """A network beyond a VPC, and its clients that have a way to an endpoint there and back."""

    id: str
    """The VPC's, or that of a virtual private gateway with VPN or Direct Connect behind it."""
    label: str
    way: str
    """The peering connection or gateway between."""
    vpc: Vpc | None
    """The VPC, where an audited account shows it."""
    clients: tuple[Subnet, ...]
    """The subnets of clients that have a way; none of a network outside AWS."""
    addresses: Addresses
    """Those that have a way."""
    possible: Addresses
    """These, and those of which it could not be ruled out."""
    missing: Missing | None
    """Why there may be more than the known ones."""


@dataclass(frozen=True)
class LeftOut:
    """A network that an endpoint seems to be meant for, while its security groups let nobody in from there."""

    neighbour: Neighbour
    others_let_in: int
    """How many other networks that are connected in the like way are let in, of which there are no more left out."""
    isolated: bool
    """Whether none of the neighbour's clients has a default route."""


def left_out_neighbours(network: Network, endpoint: Endpoint, vpc: Vpc) -> Listing[LeftOut]:
    """The networks that an endpoint seems to be meant for, and that its security groups let nobody in from.

    It is meant for others than its VPC where the groups let in no fewer of the connected networks than they leave out:
    fewer are chosen, and the rest is kept out. Where they let in none and the VPC has no clients, it is meant for all.
    Of the VPCs on a transit gateway, which are many, only an endpoint in a VPC without clients is taken to be for them.
    Any endpoint may be missed by a peer whose clients have no default route. A VPC that has an endpoint for the service
    of its own needs none, nor one that another endpoint within its reach lets in.
    """
    allowed = admitted(network, endpoint).allowed
    rest = _EVERYTHING - allowed
    if not rest:
        return Listing(())
    stands, clients = own_subnets(network, endpoint), callers(network, vpc, every_subnet=False)
    own = tuple(subnet.id for subnet in stands)
    beyond = allowed - vpc.addresses
    # Whether the endpoint is for nobody in its VPC, and no more for others than its groups show.
    central = False if clients or _is_nearby(network, vpc, beyond) else clients.missing or True
    causes = [stands.missing, network.missing_of(model.VpcPeeringConnection, vpc)]
    near = [*_peers(network, vpc, own)]
    if beyond or not clients:
        causes.append(prefixes_behind(network, vpc).missing)
        near += _on_premises(network, vpc, own)
    groups = [_Group(0, tuple(near))]
    if not clients:
        causes.append(ways_in(network, vpc).missing)
        groups += _over_transit(network, vpc, own, allowed, every=central is not False)
    found: dict[str, LeftOut] = {}
    for group in groups:
        for outcome in _judge(network, endpoint, group, central):
            if isinstance(outcome, Missing):
                causes.append(outcome)
            else:
                found.setdefault(outcome.neighbour.id, outcome)
    return Listing(tuple(found[each] for each in sorted(found)), Missing.union(causes))


@dataclass(frozen=True)
class _Group:
    """Networks that are connected with a VPC in one way."""

    let_in: int
    """How many more there are, of which somebody is let in."""
    neighbours: tuple[Neighbour, ...]


def _judge(network: Network, endpoint: Endpoint, group: _Group, central: bool | Missing) -> Iterator[LeftOut | Missing]:
    """Those that seem to be forgotten, and why it cannot be told of others."""
    admits = admitted(network, endpoint)
    let_in = group.let_in
    rest: list[tuple[Neighbour, Addresses, bool | Missing]] = []
    for each in group.neighbours:
        possible = _of_versions(endpoint, each.possible)
        if not each.possible and each.missing:
            yield each.missing
        elif admits.allowed & possible:
            let_in += 1
        elif possible and (served := _is_served(network, endpoint, each, possible)) is not True:
            rest.append((each, possible, served))
    meant = let_in >= len(rest) if let_in else central
    for each, possible, served in rest:
        isolated = _isolated(network, each)
        wanted = isolated if isolated is True else meant or isolated
        if wanted is False:
            continue
        doubts = [
            wanted if isinstance(wanted, Missing) else None,
            served if isinstance(served, Missing) else None,
            admits.missing if admits.unseen & possible else None,
            None if _of_versions(endpoint, each.addresses) else each.missing,
        ]
        yield Missing.union(doubts) or LeftOut(each, let_in, isolated is True)


def _of_versions(endpoint: Endpoint, addresses: Addresses) -> Addresses:
    return Addresses.union(addresses.family(version) for version in versions_of(endpoint))


def _is_nearby(network: Network, vpc: Vpc, addresses: Addresses) -> bool:
    """Whether some addresses are of a network that is connected with a VPC."""
    around = [peering.beyond(vpc.id).addresses for peering in network.peerings_of(vpc.id)]
    around += [network.transit_addresses(gateway) for gateway in network.transit_gateways_of(vpc)]
    around += [prefix.addresses for prefix in prefixes_behind(network, vpc)]
    return any(addresses & each for each in around)


def _isolated(network: Network, neighbour: Neighbour) -> bool | Missing:
    """Whether the clients of a VPC have no default route; not of a network outside AWS."""
    if neighbour.vpc is None or not neighbour.clients:
        return neighbour.missing or False
    classes = [network.class_of(subnet) for subnet in neighbour.clients]
    if any(not isinstance(found, Missing) and found is not SubnetClass.ISOLATED for found in classes):
        return False
    return Missing.union([*(found for found in classes if isinstance(found, Missing)), neighbour.missing]) or True


def _is_served(network: Network, endpoint: Endpoint, neighbour: Neighbour, addresses: Addresses) -> bool | Missing:
    """Whether a VPC has another endpoint for the service: its own, or one within its reach that lets it in."""
    if neighbour.vpc is None:
        return False
    if serves_itself(network, neighbour.vpc, endpoint.service):
        return True
    within_reach = interface_endpoints_within_reach(network, neighbour.vpc, endpoint.service)
    others = [admitted(network, each) for each in within_reach if each.id != endpoint.id]
    if any(other.allowed & addresses for other in others):
        return True
    unseen = [other.missing for other in others if other.unseen & addresses]
    return Missing.union([within_reach.missing, *unseen]) or False


# --- What is nearby ---------------------------------------------------------------------------------------------------


@remembered
def _peers(network: Network, vpc: Vpc, own: tuple[str, ...]) -> tuple[Neighbour, ...]:
    """The peers in the Region: those in others have the service in their own."""
    return tuple(
        _peer(network, vpc, own, peering) for peering in network.peerings_of(vpc.id) if not peering.inter_region
    )


def _peer(network: Network, vpc: Vpc, own: tuple[str, ...], peering: Peering) -> Neighbour:
    far = peering.beyond(vpc.id)
    over = exchanges(network, peering)
    here = [each for each in over if each.near.vpc_id == vpc.id and each.subnet.id in own]
    sent = Addresses.union(each.addresses for each in here)
    perhaps = Addresses.union(each.possible for each in here)
    if far.vpc is None:
        missing = far.unseen if here else _hidden_routes(network, own, peering)
        return Neighbour(far.vpc_id, far.label, peering.id, None, (), NOTHING, perhaps, missing)
    clients = callers(network, far.vpc, every_subnet=False)
    theirs = Addresses.union(subnet.addresses for subnet in clients)
    return Neighbour(
        id=far.vpc_id,
        label=far.label,
        way=peering.id,
        vpc=far.vpc,
        clients=tuple(subnet for subnet in clients if subnet.addresses & perhaps),
        addresses=sent & theirs,
        possible=perhaps if clients.missing else perhaps & theirs,
        missing=Missing.union([over.missing, clients.missing if perhaps else None]),
    )


def _hidden_routes(network: Network, own: tuple[str, ...], peering: Peering) -> Missing | None:
    """Why some subnets may have a route over a connection that was not seen."""
    far = Addresses.union(side.addresses for side in peering.sides)
    tables = [network.table_of(network.subnets[each]) for each in own]
    return Missing.union(
        table if isinstance(table, Missing) else table.lookup(far, toward=peering.id).missing for table in tables
    )


def _over_transit(
    network: Network, vpc: Vpc, own: tuple[str, ...], allowed: Addresses, *, every: bool
) -> Iterator[_Group]:
    """The VPCs of the Region on each transit gateway and core network of a VPC, where they may have been forgotten.

    Thousands may be on one, so they are counted before they are asked: where fewer are let in than left out, those are
    chosen. ``every`` asks for them where none is let in.
    """
    for gateway in network.transit_gateways_of(vpc):
        inside = {each.id for each in _members_with(network, gateway, allowed)} - {vpc.id}
        outside = [
            each
            for each in _members_with(network, gateway, _EVERYTHING - allowed)
            if each.id not in inside and each.id != vpc.id and each.home.region == vpc.home.region
        ]
        if len(inside) >= len(outside) if inside else every:
            members = tuple(_member(network, own, gateway, each) for each in outside)
            yield _Group(len(inside), tuple(each for each in members if each.possible or each.missing))


@remembered
def _members_with(network: Network, gateway: str, addresses: Addresses) -> tuple[Vpc, ...]:
    """The VPCs on a transit gateway or core network that have one of some addresses."""
    if not addresses & network.transit_addresses(gateway):
        return ()
    members = [network.vpcs.get(member) for member in network.transit_members(gateway)]
    return tuple(vpc for vpc in members if vpc and vpc.addresses & addresses)


@remembered
def _member(network: Network, own: tuple[str, ...], gateway: str, other: Vpc) -> Neighbour:
    """What the routes of both VPCs lead to the gateway. What it routes itself is not known."""
    clients = callers(network, other, every_subnet=False)
    causes = [clients.missing]
    known: list[Addresses] = []
    perhaps: list[Addresses] = []
    with_a_way: list[Subnet] = []
    for near in (network.subnets[each] for each in own):
        for far in clients:
            tables = network.table_of(near), network.table_of(far)
            here, there = tables
            if isinstance(here, Missing) or isinstance(there, Missing):
                causes += [table for table in tables if isinstance(table, Missing)]
                perhaps.append(far.addresses)
                continue
            back, forth = here.lookup(far.addresses), there.lookup(near.addresses)
            if forth.via(gateway):
                known.append(back.via(gateway))
                with_a_way.append(far)
            if forth.via(gateway) or forth.undecided:
                perhaps.append(back.via(gateway) | back.undecided)
                causes += [back.missing, forth.missing]
    return Neighbour(
        id=other.id,
        label=other.label,
        way=gateway,
        vpc=other,
        clients=tuple({subnet.id: subnet for subnet in with_a_way}.values()),
        addresses=Addresses.union(known),
        possible=Addresses.union([*known, *perhaps]),
        missing=Missing.union(causes),
    )


def _on_premises(network: Network, vpc: Vpc, own: tuple[str, ...]) -> Iterator[Neighbour]:
    """What lies behind the VPC's virtual private gateway. A summary route to a transit gateway names no network."""
    prefixes = prefixes_behind(network, vpc)
    for gateway in network.attached(model.VpnGateway, vpc):
        beyond = Addresses.union(prefix.addresses for prefix in prefixes if prefix.gateway == gateway)
        tables = [network.table_of(network.subnets[each]) for each in own]
        lookups = [table.lookup(beyond) for table in tables if not isinstance(table, Missing)]
        known = Addresses.union(lookup.via(gateway) for lookup in lookups)
        unseen = Missing.union(table for table in tables if isinstance(table, Missing))
        undecided = beyond if unseen else Addresses.union(lookup.undecided for lookup in lookups)
        if known or undecided:
            missing = Missing.union([unseen, *(lookup.missing for lookup in lookups)])
            label = f"the networks behind {gateway}"
            yield Neighbour(gateway, label, gateway, None, (), known, known | undecided, missing)
