"""A route leads to a peering connection that is gone or not active.

A blackhole route still wins its lookup, and drops what it takes: traffic does not fall through to a wider route. It is
expected while a request waits for its acceptance, and is left behind when a connection is deleted or rejected.

## Verdicts
* **fail**, medium: a route over a peering connection is a blackhole.
* **fail**, high: a subnet in use sends by it, and another route of the same table would lead to the same addresses over
  an active peering connection, a transit gateway, Cloud WAN or a virtual private gateway.
* **fail**, low: the connection waits for its acceptance.
* **not applicable**: the route table has no route over a peering connection.

## Finding key
The peering connection's id and the route's destination.

## Remediation
Delete the route, or have the owner of the accepter VPC accept the connection if it is still wanted.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Verdict
from auditor.network.addresses import Addresses
from auditor.network.diagnosis.lifecycle import PENDING
from auditor.network.entities import Subnet
from auditor.network.network import Network
from auditor.network.routes import Route, RouteTable, TargetKind
from auditor.remedies import accept_peering, delete_route
from auditor.snapshot import Target

_LEADS_TO_PRIVATE_NETWORKS = (
    TargetKind.PEERING,
    TargetKind.TRANSIT_GATEWAY,
    TargetKind.CORE_NETWORK,
    TargetKind.VPN_GATEWAY,
)


@check(
    id="peering-route-blackhole",
    severities=(Severity.MEDIUM, Severity.HIGH, Severity.LOW),
    of=RouteTable,
    reads=(
        model.VpcPeeringConnection,
        model.Vpc,
        model.Subnet,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NetworkInterface,
        model.VpcEndpoint,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html",
)
def peering_route_blackhole(table: RouteTable, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge every route of the table that AWS marks as a blackhole and that names a peering connection."""
    routes = [route for route in table.routes if route.kind is TargetKind.PEERING]
    if not routes:
        yield NotApplicable("no route leads to a peering connection")
    for route in routes:
        if route.state == "blackhole":
            yield _fault(table, route, network)


def _fault(table: RouteTable, route: Route, network: Network) -> Fault:
    peering = network.peerings.get(route.target)
    users = [subnet.id for subnet in _users(table, network)]
    alternative = _alternative(table, route)
    severity, remedy, todo = Severity.MEDIUM, [delete_route(table, route)], "delete the route"
    if peering is not None and peering.status == PENDING:
        severity, remedy = Severity.LOW, [accept_peering(peering)]
        todo = f"have account {peering.accepter.owner} accept it, or delete the route"
    elif alternative and users:
        severity = Severity.HIGH
    unseen = network.coverage.missing(model.VpcPeeringConnection, Target(table.owner, table.region))
    gone = "AWS no longer lists" if unseen is None else "was not seen"
    status = f"is {peering.status}" if peering else gone
    drops = (
        f", and so drops what {', '.join(users)} would send over {alternative.target}" if alternative and users else ""
    )
    return Fault(
        key=f"{route.target}|{route.destination}",
        severity=severity,
        message=f"{table.id} routes {route.destination} to {route.target}, which {status}{drops}; {todo}",
        evidence={
            "destination": route.destination,
            "connection_status": peering.status if peering else None,
            "subnets_in_use": users,
            "alternative": alternative.target if alternative else None,
        },
        related=[route.target, *users],
        remedy=remedy,
    )


def _users(table: RouteTable, network: Network) -> Iterator[Subnet]:
    vpc = network.vpcs.get(table.vpc_id)
    for group in network.table_groups(vpc) if vpc else ():
        if group.table.id == table.id:
            yield from (subnet for subnet in group.subnets if network.in_use(subnet) is True)


def _alternative(table: RouteTable, blackhole: Route) -> Route | None:
    """Another route of the table that would take what the blackhole takes from it."""
    taken = Addresses.union(part for route, part in table.lookup(blackhole.addresses).routed if route == blackhole)
    return next(
        (
            route
            for route in table.routes
            if route.active
            and route.kind in _LEADS_TO_PRIVATE_NETWORKS
            and route.addresses & taken
            and not route.is_default
        ),
        None,
    )
