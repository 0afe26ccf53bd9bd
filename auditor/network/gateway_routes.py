"""The route tables that lead to a VPC's gateway endpoints, and what in them leads past these.

Source: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.network.addresses import PRIVATE, Addresses, is_everything
from auditor.network.coverage import Listing
from auditor.network.endpoints import vpc_of
from auditor.network.entities import Endpoint, Subnet, Vpc
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.network.routes import Route, RouteTable, TargetKind


@dataclass(frozen=True)
class GatewayRoutes:
    """A route table that leads to a gateway endpoint."""

    endpoint: Endpoint
    table: RouteTable
    routes: tuple[Route, ...]
    """Its routes to the endpoint: to the service's prefix list for IPv4, for IPv6, or to both."""
    subnets: tuple[Subnet, ...]
    """Those that send by it."""

    @property
    def addresses(self) -> Addresses:
        """The service's addresses, as far as they are known."""
        return Addresses.union(route.addresses for route in self.routes)

    @property
    def hidden(self) -> Missing | None:
        """Why the service may have more addresses."""
        return Missing.union(route.hidden for route in self.routes)


@remembered
def gateway_routes(network: Network, endpoint: Endpoint) -> Listing[GatewayRoutes]:
    """The route tables that lead to a gateway endpoint; ``missing`` says why more may, or more subnets send by them.

    The route is what counts: AWS makes and deletes it with the association, so it cannot be told of a table that is
    associated and shows none.
    """
    vpc = vpc_of(network, endpoint)
    if isinstance(vpc, Missing):
        return Listing((), vpc)
    tables, groups = network.route_tables_of(vpc), network.table_groups(vpc)
    senders = {group.table.id: group.subnets for group in groups}
    routes: dict[str, list[Route]] = {}
    for route in network.routes_to(endpoint.id):
        if route.active:
            routes.setdefault(route.route_table_id, []).append(route)
    without_route = set(endpoint.record.route_table_ids or ()) - routes.keys()
    causes = [tables.missing, groups.missing]
    causes += [tables.missing or _contradiction(endpoint, table_id) for table_id in without_route]
    found = tuple(
        GatewayRoutes(endpoint, network.route_tables[table_id], tuple(routes[table_id]), senders.get(table_id, ()))
        for table_id in sorted(routes)
    )
    return Listing(found, Missing.union(causes))


def gateway_routes_of(network: Network, vpc: Vpc) -> Listing[GatewayRoutes]:
    """The route tables of a VPC that lead to its available gateway endpoints, and why more may."""
    endpoints = network.endpoints_of(vpc)
    of_each = [
        gateway_routes(network, endpoint)
        for endpoint in endpoints
        if endpoint.type == "Gateway" and endpoint.state == "available"
    ]
    found = tuple(each for routes in of_each for each in routes)
    return Listing(found, Missing.union([endpoints.missing, *(routes.missing for routes in of_each)]))


def _contradiction(endpoint: Endpoint, table_id: str) -> Missing:
    """Why it is not known whether a table leads to an endpoint: one of AWS's two answers is older than the other."""
    at = endpoint.home
    return Missing.of(Kind.AMBIGUOUS, account=at.account, region=at.region, resource=f"{table_id}|{endpoint.id}")


@dataclass(frozen=True)
class Bypass:
    """A route that takes addresses of a service past its gateway endpoint."""

    route: Route
    addresses: Addresses
    """What it takes."""

    @property
    def may_be_meant(self) -> bool:
        """Whether it leads to an appliance, or a Gateway Load Balancer endpoint, that may inspect the traffic."""
        return self.route.active and self.route.kind in (TargetKind.NETWORK_INTERFACE, TargetKind.VPC_ENDPOINT)


def bypasses(found: GatewayRoutes) -> Listing[Bypass]:
    """The routes of a table that take addresses of a service from the route to its gateway endpoint.

    Left aside are routes over a peering connection, of which each that leads to a public service is a fault of its
    own, and the VPC's local routes: their addresses are the VPC's.
    """
    lookup = found.table.lookup(found.addresses)
    taken = [
        Bypass(route, part)
        for route, part in lookup.routed
        if route.target != found.endpoint.id and route.kind not in _LEFT_ASIDE
    ]
    return Listing(tuple(taken), Missing.union([lookup.missing, *_unread(found)]))


_LEFT_ASIDE = (TargetKind.LOCAL, TargetKind.PEERING)


def _unread(found: GatewayRoutes) -> Iterator[Missing | None]:
    """Why more routes may take addresses of the service: prefix lists that were not read."""
    others = [route for route in found.table.routes if route.target != found.endpoint.id]
    others = [route for route in others if route.kind not in _LEFT_ASIDE]
    for route in others:
        yield route.hidden
        # The endpoint's route goes before every wider one, and no AWS service is at private addresses.
        narrow = [block for block in route.blocks if not is_everything(block)]
        if not Addresses.of(*narrow) <= PRIVATE:
            yield found.hidden
