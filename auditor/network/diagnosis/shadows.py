"""The routes over a peering connection that another route of their table takes addresses of the peer from.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from auditor import model
from auditor.network.addresses import Addresses
from auditor.network.diagnosis import Cause
from auditor.network.diagnosis.pairs import TRANSIT, share_transit
from auditor.network.diagnosis.routes import RouteDoubt
from auditor.network.entities import Peering, Side
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.routes import Lookup, Route, RouteTable, TargetKind


@dataclass(frozen=True)
class Taker:
    """A route that takes addresses of the peer from a route over the connection."""

    route: Route
    addresses: Addresses
    """What it takes."""
    may_be_meant: bool
    """Whether it leads to another peer that has these addresses, or over a transit gateway or core network that both
    VPCs are on."""


@dataclass(frozen=True)
class Shadow:
    """A route over a peering connection that does not take all the addresses of the peer in its destination."""

    near: Side
    far: Side
    table: RouteTable
    route: Route
    takers: tuple[Taker, ...]

    @property
    def key(self) -> str:
        """The route's place in a finding's id."""
        return f"{self.table.id}|{self.route.destination}"

    @property
    def may_be_meant(self) -> bool:
        """Whether each of the other routes may be meant."""
        return all(taker.may_be_meant for taker in self.takers)


def shadows(network: Network, peering: Peering) -> Iterator[Shadow | RouteDoubt]:
    """The shadowed routes over a live connection in the tables that subnets send by, and what could not be told.

    Of several routes over the connection the most specific one is shadowed. Left aside are routes to an appliance,
    which are meant, and those that are themselves at fault: a blackhole of another peering connection, and a route over
    one to what its peer does not have.
    """
    for near in peering.sides:
        far = peering.other(near)
        groups = network.table_groups(near.vpc) if near.vpc else None
        unseen = near.unseen if groups is None else groups.missing
        own: dict[str, list[Route]] = {}
        for route in network.routes_to(peering.id):
            if route.active and network.route_tables[route.route_table_id].vpc_id == near.vpc_id:
                own.setdefault(route.route_table_id, []).append(route)
        missing = Missing.union([unseen, far.addresses_missing if own else None])
        if missing is not None:
            yield RouteDoubt(Cause.ROUTE_SHADOWED, near, far, None, None, missing)
        else:
            for group in groups or ():
                yield from _of_table(network, peering, near, group.table, own.get(group.table.id, []))


def _of_table(
    network: Network, peering: Peering, near: Side, table: RouteTable, routes: list[Route]
) -> Iterator[Shadow | RouteDoubt]:
    far = peering.other(near)
    lookup = table.lookup(Addresses.union(route.addresses for route in routes) & far.addresses)
    for route in routes:
        narrower = [each.addresses for each in routes if _goes_before(each, route)]
        claimed = (route.addresses & far.addresses) - Addresses.union(narrower)
        takers = list(_takers(network, peering, near, lookup, claimed))
        doubts = [route.hidden, *(taker for taker in takers if isinstance(taker, Missing))]
        doubts += [each.hidden for each in table.routes if claimed and each.target != peering.id and _hinders(each)]
        if lookup.ambiguous & claimed:
            doubts.append(lookup.missing)
        found = tuple(taker for taker in takers if isinstance(taker, Taker))
        if any(not taker.may_be_meant for taker in found) or (found and not any(doubts)):
            yield Shadow(near, far, table, route, found)
        elif missing := Missing.union(doubts):
            yield RouteDoubt(Cause.ROUTE_SHADOWED, near, far, table, route, missing)


def _goes_before(other: Route, route: Route) -> bool:
    """Whether another route over the same connection takes its addresses before ``route`` does."""
    if other.addresses == route.addresses:
        return (other.origin, other.destination) < (route.origin, route.destination)
    return other.addresses <= route.addresses


def _hinders(route: Route) -> bool:
    """Whether a route is one that may not be meant, if it is there."""
    return not route.active or route.kind not in (TargetKind.VPC_ENDPOINT, TargetKind.NETWORK_INTERFACE)


def _takers(
    network: Network, peering: Peering, near: Side, lookup: Lookup, claimed: Addresses
) -> Iterator[Taker | Missing]:
    far = peering.other(near)
    for route, part in lookup.routed:
        taken = part & claimed
        if not taken or route.target == peering.id or not _hinders(route):
            continue
        meant: bool | Missing | None = False
        if route.kind is TargetKind.PEERING:
            meant = _of_the_other_peer(network, near, route, taken)
        elif route.active and route.kind in TRANSIT:
            meant = share_transit(network, near, far, {route.target})
        if isinstance(meant, Missing):
            yield meant
        elif meant is not None:
            yield Taker(route, taken, meant)


def _of_the_other_peer(network: Network, near: Side, route: Route, taken: Addresses) -> bool | Missing | None:
    """Whether the peer that another connection leads to has the addresses; None where that route is itself at fault."""
    other = network.peerings.get(route.target)
    if other is None:
        return network.coverage.missing(model.VpcPeeringConnection, near.home) or Missing.of(
            Kind.ABSENT_FIELD,
            account=near.owner,
            region=near.region,
            action="ec2:DescribeVpcPeeringConnections",
            resource=route.target,
        )
    third = other.beyond(near.vpc_id)
    if route.active and taken <= third.addresses:
        return True
    return third.addresses_missing if route.active else None
