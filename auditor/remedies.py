"""The steps that remedies are made of, as AWS operations. A person runs them; the tool never does."""

from collections.abc import Iterable

from auditor.findings import Operation
from auditor.network.entities import Peering, Side, TableGroup, Vpc
from auditor.network.routes import Route, RouteTable
from auditor.snapshot import Target


def create_routes(tables: Iterable[RouteTable], far: Side, peering: Peering, near: Vpc) -> list[Operation]:
    """A route to each block of the far side in each table, in the families of addresses that the near VPC has."""
    families = near.addresses.families
    return [
        create_route(table, block, peering)
        for table in tables
        for block in far.blocks
        if (6 if ":" in block else 4) in families
    ]


def create_route(table: RouteTable, block: str, peering: Peering) -> Operation:
    """A route to a block over a peering connection."""
    return Operation(
        "ec2:CreateRoute",
        {"RouteTableId": table.id, **_destination(block), "VpcPeeringConnectionId": peering.id},
        Target(table.owner, table.region),
    )


def delete_route(table: RouteTable, route: Route) -> Operation:
    """The end of a route."""
    return Operation(
        "ec2:DeleteRoute",
        {"RouteTableId": table.id, **_destination(route.destination)},
        Target(table.owner, table.region),
    )


def _destination(destination: str) -> dict[str, str]:
    if destination.startswith("pl-"):
        return {"DestinationPrefixListId": destination}
    return {"DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock": destination}


def tables_of(groups: Iterable[TableGroup]) -> list[RouteTable]:
    """The route tables of groups of subnets."""
    return [group.table for group in groups]
