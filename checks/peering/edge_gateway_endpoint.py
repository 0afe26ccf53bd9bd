"""A VPC counts on the gateway endpoint of its peer.

A gateway endpoint serves the subnets of its own VPC alone, by a route to the service's prefix list in their tables.
Nothing that comes in over a peering connection can use it, so a route that leads the service's addresses there drops
what it takes.

## Verdicts
* **fail**, high: a route over an active connection leads to the prefix list of a service with gateway endpoints, such
  as Amazon S3; or to a block within it, and the peer has a gateway endpoint for the service.
* **fail**, info, as a heuristic: the peer has a gateway endpoint for a service, the VPC has none, its subnets in use
  have no way to any other network, and neither VPC has an interface endpoint for the service.
* **unknown**: the destination is public, and AWS's services and their prefix lists, or the peer's endpoints, were not
  seen; or route tables of a side were not seen, a prefix list could not be read, or AWS did not give all blocks of a
  side; or, of a VPC without another way out, its endpoints or what is in use, or the peer's endpoints, were not seen.
* **not applicable**: the connection is not active.

## Finding key
The route table's id and the route's destination. For a VPC that may count on its peer, its id and the service's whole
name; where that was not seen, its id and `service`. For a side of which route tables were not seen, its VPC's id.

## Remediation
Delete the route, and create a gateway endpoint for the service in the VPC itself; it costs nothing. What must be
reached from beyond a VPC, over peering, VPN or Direct Connect, needs an interface endpoint.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Confidence, Fault, Operation, Severity, Unknown, Verdict
from auditor.network.diagnosis import Cause
from auditor.network.diagnosis.gateway_endpoints import Reliance, reliances
from auditor.network.diagnosis.routes import RouteFault
from auditor.network.entities import Peering, Side
from auditor.network.network import Network
from auditor.remedies import create_gateway_endpoint, delete_route, modify_endpoint
from auditor.verdicts import on_route, on_routes


@check(
    id="peering-edge-gateway-endpoint",
    severities=(Severity.HIGH, Severity.INFO),
    confidences=(Confidence.CERTAIN, Confidence.HEURISTIC),
    of=Peering,
    reads=(
        model.Vpc,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.ServiceDetail,
        model.VpcEndpoint,
        model.NatGateway,
        model.NetworkInterface,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html",
)
def peering_edge_gateway_endpoint(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge every route over the connection, and each side without another way out, by the peer's gateway endpoints."""
    tried: set[tuple[str, str]] = set()
    for verdict in on_routes(Cause.EDGE_GATEWAY_ENDPOINT, peering, network, lambda found: _of_route(found, network)):
        if isinstance(verdict, Fault):
            tried.add((verdict.evidence["vpc"], verdict.evidence["service"]))
        yield verdict
    for near in peering.sides if peering.live else ():
        found = reliances(network, peering, near)
        for reliance in found:
            if (near.vpc_id, reliance.service) not in tried:
                yield _of_reliance(reliance, near, peering)
        if found.missing:
            yield Unknown(
                found.missing,
                f"{near.vpc_id}|service",
                f"whether {near.label} counts on a gateway endpoint of {peering.other(near).label} was not seen",
            )


def _of_route(found: RouteFault, network: Network) -> Fault:
    service = found.evidence["service"]
    remedy = [delete_route(found.table, found.route), *_service_at_home(found, network)]
    return on_route(found, f"use a gateway endpoint for {service} in {found.near.vpc_id} itself", remedy=remedy)


def _service_at_home(found: RouteFault, network: Network) -> list[Operation]:
    """A gateway endpoint of the near VPC for the table, where it is known whether the VPC has one."""
    vpc, service, table = found.near.vpc, found.evidence["service"], found.table
    endpoints = network.endpoints_of(vpc) if vpc else None
    if vpc is None or endpoints is None or endpoints.missing:
        return []
    own = [each for each in endpoints if each.type == "Gateway" and each.service_name == service and each.stands]
    if not own:
        return [create_gateway_endpoint(vpc, service, [table.id])]
    if any(table.id in (each.record.route_table_ids or ()) for each in own):
        return []
    return [modify_endpoint(own[0], AddRouteTableIds=[table.id])]


def _of_reliance(reliance: Reliance, near: Side, peering: Peering) -> Fault:
    far, subnets = peering.other(near), [subnet.id for subnet in reliance.subnets]
    return Fault(
        key=f"{near.vpc_id}|{reliance.service}",
        severity=Severity.INFO,
        confidence=Confidence.HEURISTIC,
        at=near.home,
        message=f"{near.label} has no way out but {peering.label}, and {reliance.endpoint.label} of {far.label} does "
        f"not serve it; if it needs {reliance.service}, create a gateway endpoint there",
        evidence={
            "vpc": near.vpc_id,
            "peer_vpc": far.vpc_id,
            "service": reliance.service,
            "gateway_endpoints": [reliance.endpoint.id],
            "subnets_in_use": subnets,
        },
        related=[near.vpc_id, far.vpc_id, reliance.endpoint.id],
    )
