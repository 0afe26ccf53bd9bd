"""A peering connection is to join a network behind the VPN or Direct Connect of one side with the other side.

A VPC cannot use the virtual private gateway of its peer, nor its transit gateway or Cloud WAN. Neither do the networks
behind these reach the peer: AWS supports no such way in either direction.

## Verdicts
* **fail**, high: a route over an active connection leads to a block of which the peer has nothing, and the peer itself
  reaches some of it by a route to its virtual private gateway, transit gateway or Cloud WAN, or by a static route of
  its VPN. What other VPCs on the peer's transit gateway hold is `peering-transitive-route`.
* **fail**, medium: a side's Direct Connect gateway is allowed to advertise blocks of the peer, and the entry has none
  of the side's own. An entry that sums up both sides is no fault, nor is one that the peer's own Direct Connect gateway
  has as well.
* **unknown**: the destination is not the peer's, and the peer's route tables, gateways or VPN connections were not
  seen; or route tables of a side were not seen, a prefix list could not be read, or AWS did not give all blocks of a
  side; or the Direct Connect gateway of an attached virtual private gateway was not seen.
* **not applicable**: the connection is not active.

## Finding key
The route table's id and the route's destination. For allowed prefixes, `inbound` and the id of the VPC that has the
Direct Connect gateway. For a side of which route tables were not seen, its VPC's id.

## Remediation
Delete the route, or take the prefixes out of the Direct Connect gateway's association. Give each VPC that needs the
network outside AWS its own way there: a virtual private gateway on the same Direct Connect gateway, or a transit
gateway or Cloud WAN that ends the VPN or Direct Connect for all of them.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, Severity, Unknown, Verdict
from auditor.network.diagnosis import Cause
from auditor.network.diagnosis.on_premises import Inbound, inbound
from auditor.network.diagnosis.routes import RouteFault
from auditor.network.entities import Peering, Side
from auditor.network.network import Network
from auditor.remedies import remove_allowed_prefixes
from auditor.snapshot import Target
from auditor.verdicts import on_route, on_routes


@check(
    id="peering-edge-on-premises",
    severities=(Severity.HIGH, Severity.MEDIUM),
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
        model.DirectConnectGatewayAssociations,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",
)
def peering_edge_on_premises(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge every route over the connection by whether it means a network behind the peer, and the way back."""
    yield from on_routes(Cause.EDGE_ON_PREMISES, peering, network, _fault)
    for near in peering.sides if peering.live else ():
        far, found = peering.other(near), inbound(network, peering, near)
        key = f"inbound|{near.vpc_id}"
        if found:
            yield _inbound(key, found.items, near, far, peering)
        elif found.missing and near.vpc:
            yield Unknown(
                found.missing,
                key,
                f"whether the Direct Connect gateway of {near.label} is to lead to {far.label} was not seen",
            )


def _fault(found: RouteFault) -> Fault:
    return on_route(found, f"delete it, and give {found.near.vpc_id} its own way there, or a transit gateway to both")


def _inbound(key: str, found: tuple[Inbound, ...], near: Side, far: Side, peering: Peering) -> Fault:
    prefixes = sorted({prefix for each in found for prefix in each.prefixes})
    gateways = sorted({each.gateway for each in found})
    owners = [
        Target(each.association.direct_connect_gateway_owner_account or near.owner, near.region) for each in found
    ]
    return Fault(
        key=key,
        severity=Severity.MEDIUM,
        at=near.home,
        message=f"the Direct Connect gateway of {', '.join(gateways)} in {near.label} is to advertise "
        f"{', '.join(prefixes)}, which {far.label} has; no network behind it reaches that VPC over {peering.label}, so "
        f"take it out, and associate {far.vpc_id} itself",
        evidence={
            "vpc": near.vpc_id,
            "peer_vpc": far.vpc_id,
            "virtual_private_gateways": gateways,
            "direct_connect_gateways": sorted({each.association.direct_connect_gateway_id or "" for each in found}),
            "prefixes": prefixes,
            "peer_cidrs": list(far.addresses.cidrs()),
        },
        related=[near.vpc_id, far.vpc_id, *gateways],
        remedy=[
            remove_allowed_prefixes(each.association, each.prefixes, owner)
            for each, owner in zip(found, owners, strict=True)
        ],
    )
