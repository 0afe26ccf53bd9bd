"""A route leads to a peer's addresses over the wrong peering connection.

The VPC has a connection to the VPC that holds the destination, but the route names another one. That one's peer has
none of the addresses, and drops what it is sent.

Where several peers have the same addresses, a route may lead to any of them: it is wrong only where the peer that it
leads to has nothing of the destination.

## Verdicts
* **fail**, high: a route over an active connection leads to a block of which the peer has nothing, and all of the block
  belongs to a VPC that the near one reaches over another active connection.
* **unknown**: the destination is not the peer's, and the blocks of another peer were not all seen; or route tables of a
  side were not seen, a prefix list could not be read, or AWS did not give all blocks of a side.
* **not applicable**: the connection is not active.

## Finding key
The route table's id and the route's destination. For a side of which route tables were not seen, its VPC's id.

## Remediation
Replace the route's target by the connection that leads to the VPC with these addresses.
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
from auditor.remedies import lead_over
from auditor.verdicts import on_route, on_routes


@check(
    id="peering-route-wrong-connection",
    severities=(Severity.HIGH,),
    of=Peering,
    reads=(
        model.Vpc,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.ServiceDetail,
        model.VpcEndpoint,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html",
)
def peering_route_wrong_connection(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge every route over the connection by whether another connection leads to its destination."""
    yield from on_routes(Cause.ROUTE_WRONG_CONNECTION, peering, network, lambda found: _fault(found, network))


def _fault(found: RouteFault, network: Network) -> Fault:
    right = network.peerings[found.evidence["right_connection"]]
    remedy = [lead_over(found.table, block, right) for block in found.blocks]
    return on_route(found, f"lead it over {right.label} instead", remedy=remedy)
