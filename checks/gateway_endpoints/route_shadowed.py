"""Another route of a table takes addresses of a service past its gateway endpoint.

The most specific route takes a packet. The route to a gateway endpoint stands for the prefix list of its service, so it
goes before a default route, but not before a route to a block within an entry of the list. A static route to just an
entry goes before it too, a propagated one does not.

## Verdicts
* **fail**, medium: in a route table that leads to the endpoint and that subnets in use send by, another route takes
  addresses of the service, whether it leads elsewhere or is a blackhole.
* **fail**, info: as medium, but the route leads to a network interface or a Gateway Load Balancer endpoint, where
  traffic may be meant to be inspected; or an interface endpoint with private DNS takes the VPC's traffic to the service
  anyway.
* **unknown**: the route tables, subnets or network interfaces were not seen; the service's prefix list, or another that
  the table has a route to, could not be read and may matter; two prefix lists claim the addresses, so that AWS does not
  say which wins; or an associated route table shows no route to the endpoint.
* **not applicable**: the endpoint is no gateway endpoint or not available, or no subnet in use (unless
  `treat_empty_vpcs` is set) sends by its route tables.

Routes over a peering connection are left to the rules on peering, such as `peering-edge-gateway-endpoint`.

## Finding key
The route table's id and the destination of the route that takes the addresses. Where that was not seen, the route
table's id; empty where route tables or subnets were not seen, or whether any of them is in use.

## Remediation
Delete the route, if the service is to be reached through the endpoint: its own route then takes the addresses. Where a
gateway propagates the route, have the other end stop advertising it, or end the propagation. Open connections to these
addresses are reset, and the service then sees private source addresses.
"""

from collections.abc import Iterator, Sequence

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.endpoints import clients_among, taking_the_traffic, vpc_of
from auditor.network.entities import Endpoint, Subnet, Vpc
from auditor.network.gateway_routes import Bypass, GatewayRoutes, bypasses, gateway_routes
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.routes import Origin
from auditor.remedies import delete_route
from auditor.snapshot import Target


@check(
    id="gateway-endpoint-route-shadowed",
    severities=(Severity.MEDIUM, Severity.INFO),
    of=Endpoint,
    reads=(
        model.Vpc,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NetworkInterface,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html",
)
def gateway_endpoint_route_shadowed(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge each route table that leads to the endpoint by its other routes."""
    if endpoint.type != "Gateway" or endpoint.state != "available":
        yield NotApplicable("the endpoint is no gateway endpoint, or not available")
        return
    vpc = vpc_of(network, endpoint)
    if isinstance(vpc, Missing):
        yield Unknown(vpc)
        return
    tables = gateway_routes(network, endpoint)
    judged, unseen = False, list[Missing | None]()
    for found in tables:
        in_use = clients_among(network, found.subnets, every_subnet=settings.treat_empty_vpcs)
        taken = bypasses(found)
        if in_use:
            yield from (_fault(found, each, in_use.items, vpc, network) for each in taken)
            undecided = taken.missing
        elif taken or taken.missing:
            undecided = Missing.union([in_use.missing, taken.missing]) if in_use.missing else None
        else:
            undecided = None
            unseen.append(in_use.missing)
        judged = judged or bool(in_use) or undecided is not None
        if undecided:
            yield Unknown(
                undecided,
                found.table.id,
                f"whether other routes of {found.table.id} take addresses of {endpoint.service_name} past "
                f"{endpoint.label} from subnets in use was not seen",
                Target(found.table.owner, found.table.region),
            )
    use_unseen = Missing.union(unseen)
    if tables.missing:
        yield Unknown(tables.missing, message=f"the route tables that lead to {endpoint.label} were not all seen")
    elif not judged and use_unseen:
        yield Unknown(use_unseen, message=f"whether subnets in use send to {endpoint.label} was not seen")
    elif not judged:
        yield NotApplicable("no subnet in use sends by a route table of the endpoint")


def _fault(found: GatewayRoutes, taken: Bypass, in_use: Sequence[Subnet], vpc: Vpc, network: Network) -> Fault:
    endpoint, table, route = found.endpoint, found.table, taken.route
    instead = [each.id for each in taking_the_traffic(network, vpc, endpoint.service_name)]
    origin = route.origin.name.lower().replace("_", " ")
    subnets = [subnet.id for subnet in in_use]
    leads = f"leads {taken.addresses} of {endpoint.service_name} to {route.target or 'a target of another kind'}"
    if not route.active:
        leads = f"drops what is meant for {taken.addresses} of {endpoint.service_name}"
    advice = f"delete the route to {route.destination} if {endpoint.id} is meant to carry it"
    if instead:
        advice = f"{instead[0]} takes the VPC's traffic to the service anyway"
    elif taken.may_be_meant:
        advice = "which may be meant, if the traffic is inspected there"
    return Fault(
        key=f"{table.id}|{route.destination}",
        at=Target(table.owner, table.region),
        severity=Severity.INFO if instead or taken.may_be_meant else Severity.MEDIUM,
        message=f"{table.id}, by which {' and '.join(subnets)} of {vpc.label} {'send' if subnets[1:] else 'sends'}, "
        f"{leads} by its {origin} route to {route.destination}, past {endpoint.label}; {advice}",
        evidence={
            "service": endpoint.service_name,
            "route_table": table.id,
            "subnets_in_use": subnets,
            "taken": list(taken.addresses.cidrs()),
            "destination": route.destination,
            "target": route.target,
            "kind": route.kind.value,
            "origin": origin,
            "state": route.state,
            "interface_endpoints": instead,
        },
        related=[table.id, vpc.id, *([route.target] if route.target else []), *subnets],
        remedy=[delete_route(table, route)] if route.origin is Origin.STATIC else [],
    )
