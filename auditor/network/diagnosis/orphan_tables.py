"""The routes over peering connections in route tables that no subnet sends by.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
"""

from auditor import model
from auditor.network.coverage import Listing
from auditor.network.diagnosis.pairs import side_routes
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.routes import Route, RouteTable, TargetKind
from auditor.snapshot import Target


def is_orphan(network: Network, table: RouteTable) -> bool | Missing:
    """Whether no subnet sends by a route table; Missing where one may do so implicitly, by the VPC's main table."""
    if table.subnet_ids or table.gateway_ids:
        return False
    if not table.main:
        return True
    vpc = network.vpcs.get(table.vpc_id)
    if vpc is None:
        unlisted = network.coverage.missing(model.Vpc, Target(table.account, table.region))
        return unlisted or Missing.of(
            Kind.ABSENT_FIELD,
            account=table.account,
            region=table.region,
            action="ec2:DescribeVpcs",
            resource=table.vpc_id,
        )
    groups = network.table_groups(vpc)
    if any(group.table.id == table.id for group in groups):
        return False
    return groups.missing or True


def idle_routes(network: Network, table: RouteTable) -> Listing[Route]:
    """The routes of a table without subnets over connections that other tables of the VPC put to use.

    A route that is not active is at fault itself, and where a side has no route in force that side is.
    """
    found: list[Route] = []
    causes: list[Missing | None] = []
    for route in table.routes:
        if not route.active or route.kind is not TargetKind.PEERING:
            continue
        peering = network.peerings.get(route.target)
        if peering is None:
            causes.append(network.coverage.missing(model.VpcPeeringConnection, Target(table.owner, table.region)))
            continue
        side = next((side for side in peering.sides if peering.live and side.vpc_id == table.vpc_id), None)
        if side is not None:
            routes = side_routes(network, peering, side)
            if routes.effective:
                found.append(route)
            else:
                causes.append(routes.missing)
    return Listing(tuple(found), Missing.union(causes))
