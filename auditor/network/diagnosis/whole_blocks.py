"""The routes over a peering connection that lead to all of a peer's block, where the peer uses but a part of it.

Source: https://docs.aws.amazon.com/vpc/latest/peering/peering-configurations-partial-access.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.network.addresses import Addresses
from auditor.network.diagnosis import Cause
from auditor.network.diagnosis.routes import RouteDoubt
from auditor.network.entities import Peering, Side, Subnet
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.routes import Route, RouteTable


@dataclass(frozen=True)
class WholeBlock:
    """A route to whole blocks of the peer."""

    near: Side
    far: Side
    table: RouteTable
    route: Route
    blocks: tuple[str, ...]
    """The peer's blocks that it leads to as a whole."""
    subnets: tuple[Subnet, ...]
    """The peer's subnets in these blocks that are in use, or send to the near side."""

    @property
    def key(self) -> str:
        """The route's place in a finding's id."""
        return f"{self.table.id}|{self.route.destination}"

    @property
    def needed(self) -> Addresses:
        """The addresses of the subnets, as far as the route leads to them."""
        return Addresses.union(subnet.addresses for subnet in self.subnets) & self.route.addresses

    @property
    def narrowable(self) -> bool:
        """Whether each of the blocks has such a subnet, so that routes to them can stand for the one to the blocks."""
        return all(self.needed & Addresses.of(block) for block in self.blocks)


def whole_blocks(network: Network, peering: Peering) -> Iterator[WholeBlock | RouteDoubt]:
    """The routes over a live connection to whole blocks of the peer of which a part has no subnet in use.

    Only tables that subnets send by count, and a route to more than the peer has is at fault itself. Also gives what
    could not be told.
    """
    for near in peering.sides:
        far = peering.other(near)
        groups = network.table_groups(near.vpc) if near.vpc else None
        unseen = near.unseen if groups is None else groups.missing
        tables = {group.table.id: group.table for group in groups or ()}
        routes = [route for route in network.routes_to(peering.id) if route.active and route.route_table_id in tables]
        if missing := Missing.union([unseen, far.addresses_missing if routes else None]):
            yield RouteDoubt(Cause.ROUTE_LEAST_PRIVILEGE, near, far, None, None, missing)
            continue
        for route in routes:
            outcome = _judge(network, peering, near, tables[route.route_table_id], route)
            if outcome is not None:
                yield outcome


def _judge(
    network: Network, peering: Peering, near: Side, table: RouteTable, route: Route
) -> WholeBlock | RouteDoubt | None:
    far = peering.other(near)
    blocks = tuple(block for block in far.blocks if Addresses.of(block) <= route.addresses)
    if not route.addresses <= far.addresses | near.addresses or not (blocks or route.hidden):
        return None
    subnets = network.subnets_of(far.vpc) if far.vpc else None
    causes = [route.hidden, far.unseen if subnets is None else subnets.missing]
    needed: list[Subnet] = []
    for subnet in subnets or ():
        if subnet.addresses & route.addresses:
            wanted = _is_needed(network, peering, near, subnet)
            if isinstance(wanted, Missing):
                causes.append(wanted)
            elif wanted:
                needed.append(subnet)
    found = WholeBlock(near, far, table, route, blocks, tuple(needed))
    if missing := Missing.union(causes):
        return RouteDoubt(Cause.ROUTE_LEAST_PRIVILEGE, near, far, table, route, missing)
    return None if Addresses.of(*blocks) <= found.needed else found


def _is_needed(network: Network, peering: Peering, near: Side, subnet: Subnet) -> bool | Missing:
    """Whether the near side has to reach a subnet: it sends there and waits for answers, or something runs in it."""
    table = network.table_of(subnet)
    if isinstance(table, Missing):
        return table
    sends = table.lookup(near.addresses, toward=peering.id).via(peering.id)
    return True if sends else network.in_use(subnet)
