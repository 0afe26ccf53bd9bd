"""A route over a peering connection leads to a third VPC behind the peer.

Peering is not transitive. The peer takes what is addressed to its own blocks and drops the rest, also where it is
itself connected with the VPC that the route means. An appliance in the peer does not help: the packet never gets there.
A proxy or a PrivateLink endpoint in the peer is fine: that traffic is addressed to the peer.

## Verdicts
* **fail**, high: a route over an active connection leads to a block of which the peer has nothing, and a VPC has some
  that the peer is connected with over another peering connection, a transit gateway or Cloud WAN.
* **unknown**: the destination is not the peer's, and the peer's other connections were not seen, or their blocks; or
  route tables of a side were not seen, a prefix list could not be read, or AWS did not give all blocks of a side.
* **not applicable**: the connection is not active.

Where the near VPC has a connection of its own to the VPC that holds the whole destination, the cause is
`peering-route-wrong-connection`.

## Finding key
The route table's id and the route's destination. For a side of which route tables were not seen, its VPC's id.

## Remediation
Delete the route. Connect the two VPCs by a peering connection of their own, or attach all three to a transit gateway or
Cloud WAN.
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
from auditor.verdicts import on_route, on_routes


@check(
    id="peering-transitive-route",
    severities=(Severity.HIGH,),
    of=Peering,
    reads=(
        model.Vpc,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.ServiceDetail,
        model.VpcEndpoint,
        model.TransitGatewayVpcAttachment,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",
)
def peering_transitive_route(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge every route over the connection by whether it means a VPC behind the peer."""
    yield from on_routes(Cause.TRANSITIVE_ROUTE, peering, network, _fault)


def _fault(found: RouteFault) -> Fault:
    third = found.evidence["chain"][-1]
    if direct := found.evidence["direct_connections"]:
        return on_route(found, f"lead it over {', '.join(direct)}, which reaches {third} itself")
    return on_route(found, f"connect {found.near.vpc_id} with {third} directly, or both over a transit gateway")
