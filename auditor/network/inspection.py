"""Which subnets' traffic is led through a Gateway Load Balancer endpoint, and from which zones.

Sources: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-load-balancer-endpoints.html,
https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from auditor import model
from auditor.network.coverage import Listing
from auditor.network.entities import Endpoint, Subnet, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.network.routes import Route, RouteTable

# What AWS runs for a network function sends traffic as well, unless it only answers, or is the inspection itself.
_FORWARDERS = {"natgateway", "nat_gateway", "transit_gateway"}


@dataclass(frozen=True)
class Crossing:
    """Subnets in one zone whose traffic is led to a Gateway Load Balancer endpoint in another."""

    to: Subnet
    """The subnet of the endpoint."""
    zone: str
    subnets: tuple[Subnet, ...]
    routes: tuple[tuple[RouteTable, Route], ...]
    """The routes that lead what the subnets send, or what a gateway lets in for them, to the endpoint."""


def crossings(network: Network, endpoint: Endpoint, vpc: Vpc, own: Subnet, *, every_subnet: bool) -> Listing[Crossing]:
    """The zones from which traffic is led to an endpoint in the subnet ``own``, in the order of their ids.

    Left aside is what one subnet of the VPC sends to another: both ways have to lead through one endpoint, which then
    is in another zone than one of them.
    """
    subnets: dict[str, dict[str, Subnet]] = defaultdict(dict)
    routes: dict[str, dict[tuple[str, str], tuple[RouteTable, Route]]] = defaultdict(dict)
    for table, route, subnet in _led(network, endpoint, vpc):
        if subnet.zone != own.zone and (every_subnet or subnet.id in _sending(network)):
            subnets[subnet.zone][subnet.id] = subnet
            routes[subnet.zone][table.id, route.destination] = (table, route)
    found = [
        Crossing(own, zone, tuple(subnets[zone].values()), tuple(routes[zone].values())) for zone in sorted(subnets)
    ]
    interfaces = None if every_subnet else network.missing_of(model.NetworkInterface, vpc)
    hidden = [route.hidden for route in network.routes_to(endpoint.id) if route.active]
    return Listing(tuple(found), Missing.union([network.table_groups(vpc).missing, interfaces, *hidden]))


def _led(network: Network, endpoint: Endpoint, vpc: Vpc) -> Iterator[tuple[RouteTable, Route, Subnet]]:
    """Each route that leads to an endpoint, with each subnet whose traffic it leads there."""
    senders = {group.table.id: group.subnets for group in network.table_groups(vpc)}
    for route in network.routes_to(endpoint.id):
        table = network.route_tables[route.route_table_id]
        if not route.active or table.vpc_id != vpc.id:
            continue
        if not route.addresses <= vpc.addresses:
            yield from ((table, route, subnet) for subnet in senders.get(table.id, ()))
        elif table.gateway_ids and route.addresses:
            # A gateway's route to the whole VPC does not tell which of its subnets have traffic from outside.
            yield from ((table, route, subnet) for subnet in _with_block(network, vpc, route))


def _with_block(network: Network, vpc: Vpc, route: Route) -> Iterator[Subnet]:
    for subnet in network.subnets_of(vpc):
        if any(subnet.addresses.family(version) == route.addresses for version in (4, 6)):
            yield subnet


@remembered
def _sending(network: Network) -> frozenset[str]:
    """The subnets in which an interface sends what others may want to inspect."""
    return frozenset(
        interface.subnet_id or ""
        for _, interface in network.coverage.everywhere(model.NetworkInterface)
        if network.is_workload(interface) or (interface.interface_type or "").lower() in _FORWARDERS
    )


def endpoints_by_zone(network: Network, endpoint: Endpoint, vpc: Vpc) -> Mapping[str, Endpoint]:
    """The available Gateway Load Balancer endpoints of a VPC to the service of one of them, by zone."""
    return {
        network.subnets[subnet_id].zone: other
        for other in network.endpoints_of(vpc)
        if other.type == endpoint.type and other.service_name == endpoint.service_name and other.state == "available"
        for subnet_id in other.record.subnet_ids or ()
        if subnet_id in network.subnets
    }
