"""Who may count on the gateway endpoint of a VPC that it is peered with."""

from dataclasses import dataclass

from auditor.network.coverage import Listing
from auditor.network.diagnosis import Cause
from auditor.network.diagnosis.routes import route_faults
from auditor.network.entities import Endpoint, Peering, Side, Subnet, SubnetClass, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.routes import Route, TargetKind


@dataclass(frozen=True)
class Reliance:
    """A VPC without a way out of its own, connected with one that has a gateway endpoint."""

    service: str
    """The whole name of the service."""
    endpoint: Endpoint
    """The far VPC's gateway endpoint, which does not serve the near one."""
    subnets: tuple[Subnet, ...]
    """The near VPC's subnets in use."""


def reliances(network: Network, peering: Peering, near: Side) -> Listing[Reliance]:
    """The services of which the near VPC may count on the far one's gateway endpoint.

    Its subnets in use have no default route and no way to another network but this connection, and neither VPC has an
    endpoint that serves it.
    """
    far = peering.other(near)
    # A gateway endpoint leads to the service in its own Region alone.
    if near.vpc is None or far.vpc is None or peering.inter_region:
        return Listing(())
    own, theirs = network.endpoints_of(near.vpc), network.endpoints_of(far.vpc)
    served = {endpoint.service_name for endpoint in own if endpoint.state in ("available", "pending")}
    served |= {endpoint.service_name for endpoint in theirs if endpoint.type == "Interface" and endpoint.stands}
    beyond = {
        endpoint.service_name: endpoint
        for endpoint in theirs
        if endpoint.type == "Gateway" and endpoint.state == "available" and endpoint.service_name not in served
    }
    if not beyond and theirs.whole:
        return Listing(())
    confined = _confined(network, peering, near.vpc)
    if isinstance(confined, Missing):
        return Listing((), confined)
    if not confined:
        return Listing(())
    # A route over the connection whose destination was not seen may be somebody's attempt, which is a fault of its own.
    doubts = [
        doubt.missing
        for doubt in route_faults(network, peering)[1]
        if doubt.cause is Cause.EDGE_GATEWAY_ENDPOINT and doubt.near == near
    ]
    if undecided := Missing.union([own.missing, theirs.missing, *doubts]):
        return Listing((), undecided)
    return Listing(tuple(Reliance(service, endpoint, confined) for service, endpoint in sorted(beyond.items())))


def leads_out(network: Network, route: Route) -> bool:
    """Whether a route is a way to another network. A gateway endpoint, or one that was not seen, leads to a service."""
    if route.kind is TargetKind.VPC_ENDPOINT:
        endpoint = network.endpoints.get(route.target)
        return endpoint is not None and endpoint.type != "Gateway"
    return route.kind is not TargetKind.LOCAL


def _confined(network: Network, peering: Peering, vpc: Vpc) -> tuple[Subnet, ...] | Missing:
    """The subnets of a VPC that are in use, where none of them leads anywhere but to this connection."""
    subnets = network.subnets_of(vpc)
    causes = [subnets.missing]
    found: list[Subnet] = []
    for subnet in subnets:
        in_use, table, kind = network.in_use(subnet), network.table_of(subnet), network.class_of(subnet)
        if in_use is False:
            continue
        causes += [each for each in (in_use, table, kind) if isinstance(each, Missing)]
        if isinstance(table, Missing) or isinstance(kind, Missing):
            continue
        leads_to = {route.target for route in table.routes if route.active and leads_out(network, route)}
        if in_use is True and (kind is not SubnetClass.ISOLATED or leads_to != {peering.id}):
            return ()
        found.append(subnet)
    return Missing.union(causes) or tuple(found)
