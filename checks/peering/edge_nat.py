"""A route over a peering connection leads to the internet through a NAT device of the peer.

A NAT gateway takes no traffic from a peering connection, neither a public one, zonal or regional, nor a private one; a
NAT instance gets none either, for the packet is not addressed to the peer. AWS takes the route without complaint and
drops what it sends.

## Verdicts
* **fail**, high: an IPv4 route over an active connection stands for all addresses, for half of them, or for public ones
  that the peer does not have, and subnets of the peer have a NAT gateway or a network interface as their own default
  route.
* **unknown**: the route is such a one, and the peer's route tables or subnets were not seen, or an answer that would
  show whether another rule has the cause; or route tables of a side were not seen, a prefix list could not be read, or
  AWS did not give all blocks of a side.
* **not applicable**: the connection is not active.

Where the peer has no such device, the cause is `peering-edge-internet-gateway`: one route, one finding. The evidence
names the peer's internet gateways and its NAT gateways either way.

## Finding key
The route table's id and the route's destination. For a side of which route tables were not seen, its VPC's id.

## Remediation
Delete the route, and give the VPC a NAT gateway of its own in a public subnet. To share one, lead the traffic over a
transit gateway or Cloud WAN to the VPC that has it, or to a proxy in the peer, which has an address of the peer.
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
    id="peering-edge-nat",
    severities=(Severity.HIGH,),
    of=Peering,
    reads=(
        model.Vpc,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.ServiceDetail,
        model.VpcEndpoint,
        model.InternetGateway,
        model.NatGateway,
        model.VpnGateway,
        model.VpnConnection,
        model.TransitGatewayVpcAttachment,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html",
)
def peering_edge_nat(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge every route over the connection by whether it means a NAT device of the peer."""
    yield from on_routes(Cause.EDGE_NAT, peering, network, _fault)


def _fault(found: RouteFault) -> Fault:
    return on_route(found, f"delete it, and give {found.near.vpc_id} a NAT gateway of its own")
