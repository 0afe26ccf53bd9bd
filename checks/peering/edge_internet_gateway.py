"""A route over a peering connection leads to the internet through the peer.

A VPC cannot use the internet gateway of its peer. AWS takes a default route over a peering connection without complaint
and drops what it sends: the subnets believe to have a way out and have none.

## Verdicts
* **fail**, high: a route over an active connection stands for all addresses, for half of them, or for public ones that
  the peer does not have, whether the peer has an internet gateway or not.
* **unknown**: an answer that would show whether another rule has the cause was refused or failed; or route tables of a
  side were not seen, a prefix list could not be read, or AWS did not give all blocks of a side.
* **not applicable**: the connection is not active.

A VPC may have public blocks of its own, and IPv6 blocks are public: a route to what the peer itself has passes. A route
to public addresses of a known VPC or network behind the peer is `peering-route-wrong-connection`,
`peering-transitive-route` or `peering-edge-on-premises`; to a service's prefix list it is
`peering-edge-gateway-endpoint`. Where the peer's own subnets leave through a NAT device, an IPv4 route is
`peering-edge-nat`: one route, one finding.

## Finding key
The route table's id and the route's destination. For a side of which route tables were not seen, its VPC's id.

## Remediation
Delete the route, and give the VPC a way out of its own: an internet gateway, or a NAT gateway in a public subnet; for
IPv6 an egress-only internet gateway. To share one way out, lead the traffic over a transit gateway or Cloud WAN, or to
a proxy in the peer, which has an address of the peer.
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
    id="peering-edge-internet-gateway",
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
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",
)
def peering_edge_internet_gateway(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge every route over the connection by whether it means the internet."""
    yield from on_routes(Cause.EDGE_INTERNET_GATEWAY, peering, network, _fault)


def _fault(found: RouteFault) -> Fault:
    return on_route(found, f"delete it, and give {found.near.vpc_id} a way out of its own")
