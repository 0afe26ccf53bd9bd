"""The steps that remedies are made of, as AWS operations. A person runs them; the tool never does."""

from collections.abc import Iterable
from dataclasses import replace

from auditor.findings import Operation
from auditor.network.entities import Peering, Side, TableGroup, Vpc
from auditor.network.routes import Origin, Route, RouteTable
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


def lead_over(table: RouteTable, block: str, peering: Peering) -> Operation:
    """A route to a block over a peering connection, in the place of the table's own route to just that block."""
    step = create_route(table, block, peering)
    exists = any(route.destination == block and route.origin is Origin.STATIC for route in table.routes)
    return replace(step, operation="ec2:ReplaceRoute") if exists else step


def accept_peering(peering: Peering) -> Operation:
    """The acceptance of a request. Only the accepter can give it, in its own Region."""
    return Operation(
        "ec2:AcceptVpcPeeringConnection", {"VpcPeeringConnectionId": peering.id}, peering.accepter.home
    )


def reject_peering(peering: Peering) -> Operation:
    """The rejection of a request, by its accepter."""
    return Operation(
        "ec2:RejectVpcPeeringConnection", {"VpcPeeringConnectionId": peering.id}, peering.accepter.home
    )


def delete_peering(peering: Peering, at: Target) -> Operation:
    """The end of a connection, or of a request by its requester."""
    return Operation("ec2:DeleteVpcPeeringConnection", {"VpcPeeringConnectionId": peering.id}, at)
