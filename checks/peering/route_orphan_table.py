"""A route table that no subnet sends by has routes over a peering connection.

A subnet sends by the route table that it is associated with, or else by its VPC's main one. A route in any other table
moves nothing. Often it is what is left of a subnet that is gone, or the association was forgotten.

## Verdicts
* **fail**, low: the table has an active route over an active connection, no subnet sends by the table, and other route
  tables of the VPC put the connection to use. The VPC's main table counts too where every subnet has a table of its
  own: only a new subnet would send by it.
* **unknown**: the subnets, route tables or peering connections of the VPC were not seen, so that a subnet may send by
  the table, or no other table may use the connection.
* **not applicable**: the table has no active route over a peering connection.

Where the table's route is the only one that its VPC has over the connection, `peering-route-missing-side` has the cause
and names the table.

## Finding key
Empty: a table has no subnets once.

## Remediation
Associate the table with the subnets that need the connection, or delete the routes. In a main table they may be meant
for subnets to come: then nothing need be done.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.diagnosis.orphan_tables import idle_routes, is_orphan
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.routes import Route, RouteTable, TargetKind
from auditor.remedies import delete_route


@check(
    id="peering-route-orphan-table",
    severities=(Severity.LOW,),
    of=RouteTable,
    reads=(model.VpcPeeringConnection, model.Vpc, model.Subnet),
    source="https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html",
)
def peering_route_orphan_table(table: RouteTable, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a table that no subnet sends by, by its routes over connections that are in use otherwise."""
    if not any(route.active and route.kind is TargetKind.PEERING for route in table.routes):
        yield NotApplicable("no active route leads over a peering connection")
        return
    orphan = is_orphan(network, table)
    if isinstance(orphan, Missing):
        yield Unknown(orphan, message=f"whether a subnet sends by {table.id}, the main table of its VPC, was not seen")
    elif orphan:
        routes = idle_routes(network, table)
        if routes:
            yield _fault(table, routes.items)
        elif routes.missing:
            yield Unknown(
                routes.missing, message=f"whether other tables put the connections of {table.id} to use was not seen"
            )


def _fault(table: RouteTable, routes: tuple[Route, ...]) -> Fault:
    told = [f"{route.destination} over {route.target}" for route in routes]
    advice = "associate it with the subnets that need them, or delete them"
    if table.main:
        advice = "as the main table it has them ready for new subnets alone"
    return Fault(
        message=f"{table.id} of {table.vpc_id} routes {', '.join(told)}, but no subnet sends by it; {advice}",
        evidence={
            "main": table.main,
            "routes": [{"destination": route.destination, "connection": route.target} for route in routes],
        },
        related=[table.vpc_id, *dict.fromkeys(route.target for route in routes)],
        remedy=[] if table.main else [delete_route(table, route) for route in routes],
    )
