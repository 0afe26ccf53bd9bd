"""Services that a VPC has a gateway endpoint and an interface endpoint for, and which of the two its own traffic takes.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html
"""

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.network.coverage import Listing
from auditor.network.entities import Endpoint, Subnet, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network


@dataclass(frozen=True)
class BothTypes:
    """A service with the endpoints of both types that are available in one VPC."""

    service_name: str
    gateways: tuple[Endpoint, ...]
    interfaces: tuple[Endpoint, ...]


def in_own_region(endpoint: Endpoint) -> bool:
    """Whether an endpoint leads to a service of its own Region, which AWS may leave out."""
    return endpoint.record.service_region in (None, endpoint.home.region)


def both_types(network: Network, vpc: Vpc) -> Listing[BothTypes]:
    """The services of which a VPC has available endpoints of both types, in the order of their names."""
    endpoints = network.endpoints_of(vpc)
    by_type: dict[tuple[str, str], list[Endpoint]] = {}
    for endpoint in endpoints:
        if endpoint.state == "available" and in_own_region(endpoint):
            by_type.setdefault((endpoint.type, endpoint.service_name), []).append(endpoint)
    found = tuple(
        BothTypes(name, tuple(gateways), tuple(by_type["Interface", name]))
        for (kind, name), gateways in sorted(by_type.items())
        if kind == "Gateway" and ("Interface", name) in by_type
    )
    return Listing(found, endpoints.missing)


@dataclass(frozen=True)
class Served:
    """Which subnets send a service's traffic to gateway endpoints, unless its name resolves elsewhere."""

    subnets: tuple[Subnet, ...]
    others: tuple[Subnet, ...]
    missing: Missing | None
    """Why more may belong to either."""


def served_by(network: Network, gateways: Iterable[Endpoint], subnets: Listing[Subnet]) -> Served:
    """Part some subnets of one VPC by whether their route tables lead to one of its gateway endpoints."""
    leading = {route.route_table_id for gateway in gateways for route in network.routes_to(gateway.id) if route.active}
    tables = [(subnet, network.table_of(subnet)) for subnet in subnets]
    seen = [(subnet, table.id in leading) for subnet, table in tables if not isinstance(table, Missing)]
    return Served(
        subnets=tuple(subnet for subnet, leads in seen if leads),
        others=tuple(subnet for subnet, leads in seen if not leads),
        missing=Missing.union([subnets.missing, *(table for _, table in tables if isinstance(table, Missing))]),
    )
