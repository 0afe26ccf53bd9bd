"""A route over a peering connection leads to addresses that the peer does not have.

AWS does not check the destination of such a route. A slip of the finger, or a block that the peer gave up, leaves a
route that takes traffic and drops it, while the peer's real addresses may have none.

## Verdicts
* **fail**, high: a route over an active connection has a destination of which the peer has no address, and no network
  behind the peer is known to have one. The destination may be a former block of the peer: the message says so as long
  as AWS lists the block as disassociated.
* **unknown**: an answer that would show whether another rule has the cause was refused or failed; or route tables of a
  side were not seen, a prefix list could not be read, or AWS did not give all blocks of a side.
* **not applicable**: the connection is not active.

Of a prefix list each entry is judged, and only entries outside the peer are named. Where the destination is known to
lie behind the peer, or is public, another rule has the cause: `peering-route-wrong-connection`,
`peering-transitive-route`, `peering-edge-on-premises`, `peering-edge-nat`, `peering-edge-internet-gateway` or
`peering-edge-gateway-endpoint`.

## Finding key
The route table's id and the route's destination. For a side of which route tables were not seen, its VPC's id.

## Remediation
Add a route to the block of the peer that was meant, and delete this one. In a prefix list, replace the entry, after a
look at what else uses the list. If a network behind the peer was meant: no peering connection leads there.

## Notes
The finding names the peer's block whose first address is nearest to the destination, in the way that a longest common
prefix is near. It is a hint, not a proof.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, Severity, Verdict
from auditor.network.diagnosis import Cause
from auditor.network.diagnosis.routes import RouteFault
from auditor.network.entities import Peering
from auditor.network.network import Network
from auditor.remedies import delete_route, lead_over
from auditor.verdicts import on_route, on_routes


@check(
    id="peering-route-wrong-destination",
    severities=(Severity.HIGH,),
    of=Peering,
    reads=(
        model.Vpc,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.ServiceDetail,
        model.VpcEndpoint,
        model.VpnGateway,
        model.VpnConnection,
        model.TransitGatewayVpcAttachment,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html",
)
def peering_route_wrong_destination(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge every route over the connection by whether its destination is the peer's at all."""
    yield from on_routes(Cause.ROUTE_WRONG_DESTINATION, peering, network, _fault)


def _fault(found: RouteFault) -> Fault:
    meant = found.evidence["nearest"]
    if meant is None:
        return on_route(found, "delete it")
    if not found.whole:
        return on_route(found, f"take the entries out of the list; the nearest block of the peer is {meant}")
    table, peering = found.table, found.peering
    if any(route.active and route.target == peering.id and meant in route.blocks for route in table.routes):
        return on_route(found, f"delete it, for {meant} has its own route")
    remedy = [lead_over(table, meant, peering), delete_route(table, found.route)]
    return on_route(found, f"if {meant} was meant, lead that block there instead", remedy=remedy)
