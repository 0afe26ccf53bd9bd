"""A route leads to a peering connection that is gone or not active.

A blackhole route still wins its lookup, and drops what it takes: traffic does not fall through to a wider route. It is
expected while a request waits for its acceptance, and is left behind when a connection is deleted or rejected.

Where the list of connections was not seen, the finding gives no step: the connection may wait for its acceptance.

## Verdicts
* **fail**, medium: a route over a peering connection is a blackhole. Also where another route would lead to the same
  addresses, and whether a subnet in use sends by the table was not seen, which the message says.
* **fail**, high: a subnet in use sends by it, and another route of the same table would lead to the same addresses over
  an active peering connection, a transit gateway, Cloud WAN or a virtual private gateway.
* **fail**, low: the connection waits for its acceptance.
* **unknown**: AWS gives the route a state that is neither active nor blackhole.
* **not applicable**: the route table has no route over a peering connection.

## Finding key
The peering connection's id and the route's destination.

## Remediation
Delete the route, or have the owner of the accepter VPC accept the connection if it is still wanted. A request of which
either side belongs to an account that is not known to be one of yours, or trusted, is not to be accepted for the sake
of a route: delete the route.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.addresses import Addresses
from auditor.network.diagnosis.lifecycle import PENDING
from auditor.network.diagnosis.trust import stranger
from auditor.network.entities import Peering
from auditor.network.missing import Missing
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
        model.Account,
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
            yield _fault(table, route, network, settings)
        elif not route.documented:
            yield Unknown(
                table.undecidable(route),
                _key(route),
                f"{table.id} routes {route.destination} to {route.target}, and what the route's state {route.state!r} "
                "means is not known",
            )


def _key(route: Route) -> str:
    return f"{route.target}|{route.destination}"


def _fault(table: RouteTable, route: Route, network: Network, settings: Settings) -> Fault:
    peering = network.peerings.get(route.target)
    unlisted = network.coverage.missing(model.VpcPeeringConnection, Target(table.owner, table.region))
    users = _users(table, network)
    alternative = _alternative(table, route)
    severity, remedy, todo = Severity.MEDIUM, [delete_route(table, route)], "delete the route"
    if peering is not None and peering.status == PENDING:
        severity = Severity.LOW
        if _of_ours(peering, network, settings):
            remedy = [accept_peering(peering)]
            todo = f"have account {peering.accepter.owner} accept it, or delete the route"
    elif alternative and users:
        severity = Severity.HIGH
    status = f"is {peering.status}" if peering else "AWS no longer lists"
    if peering is None and unlisted is not None:
        status, remedy, todo = "was not seen", [], "look at the connection first"
    return Fault(
        key=_key(route),
        severity=severity,
        message=f"{table.id} routes {route.destination} to {route.target}, which {status}{_drops(users, alternative)}; "
        f"{todo}",
        evidence={
            "destination": route.destination,
            "connection_status": peering.status if peering else None if unlisted else "not listed",
            "subnets_in_use": users,
            "alternative": alternative.target if alternative else None,
        },
        related=[route.target, *(users or ())],
        remedy=remedy,
    )


def _of_ours(peering: Peering, network: Network, settings: Settings) -> bool:
    return stranger(network, peering, settings.trusted_accounts, settings.organization_id) is None


def _drops(users: list[str] | None, alternative: Route | None) -> str:
    """What the blackhole keeps from its way, as a part of a sentence."""
    if alternative is None or users == []:
        return ""
    if users is None:
        return f", and so hides {alternative.target}; whether subnets in use send by it was not seen"
    return f", and so drops what {', '.join(users)} would send over {alternative.target}"


def _users(table: RouteTable, network: Network) -> list[str] | None:
    """The subnets in use that send by the table, as far as was seen; None where none was, and one may."""
    vpc = network.vpcs.get(table.vpc_id)
    if vpc is None:
        return None
    groups = network.table_groups(vpc)
    subnets = [subnet for group in groups if group.table.id == table.id for subnet in group.subnets]
    answers = {subnet.id: network.in_use(subnet) for subnet in subnets}
    users = [subnet_id for subnet_id, answer in answers.items() if answer is True]
    unseen = not groups.whole or any(isinstance(answer, Missing) for answer in answers.values())
    return None if unseen and not users else users


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
