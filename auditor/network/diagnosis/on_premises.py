"""What lies behind the gateways of a VPC, and what they tell the networks there.

Source: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-limitations
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from auditor import model
from auditor.model.directconnect import DirectConnectGatewayAssociation
from auditor.network.addresses import Addresses, is_everything
from auditor.network.coverage import Listing
from auditor.network.entities import Peering, Side, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.network.routes import Route, TargetKind

_OUTSIDE = (TargetKind.VPN_GATEWAY, TargetKind.TRANSIT_GATEWAY, TargetKind.CORE_NETWORK)


@dataclass(frozen=True)
class Prefix:
    """A network that a VPC reaches through one of its gateways."""

    block: str
    gateway: str
    addresses: Addresses
    """What of the block no VPC on the same gateway holds."""

    @property
    def rank(self) -> tuple[int, str, str]:
        """The most specific first, whatever the order in which AWS answers."""
        return -ipaddress.ip_network(self.block, strict=False).prefixlen, self.block, self.gateway


@remembered
def prefixes_behind(network: Network, vpc: Vpc) -> Listing[Prefix]:
    """The networks that a VPC reaches by VPN, Direct Connect, transit gateway or Cloud WAN, but for other VPCs.

    A default route names no network, so it tells nothing of what is behind it.
    """
    found = [*_routed(network, vpc), *_static(network, vpc)]
    tables = network.route_tables_of(vpc)
    hidden = [route.hidden for table in tables for route in table.routes if route.kind in _OUTSIDE]
    rest = (model.VpnGateway, model.VpnConnection, model.TransitGatewayVpcAttachment)
    missing = Missing.union([tables.missing, *hidden, *(network.missing_of(record, vpc) for record in rest)])
    return Listing(tuple(sorted(dict.fromkeys(found), key=lambda prefix: prefix.rank)), missing)


def _routed(network: Network, vpc: Vpc) -> Iterator[Prefix]:
    gateways = network.transit_gateways_of(vpc)
    for table in network.route_tables_of(vpc):
        for route in table.routes:
            if route.active and route.kind in _OUTSIDE:
                yield from _blocks(network, route, () if route.kind is TargetKind.VPN_GATEWAY else gateways)


def _blocks(network: Network, route: Route, gateways: tuple[str, ...]) -> Iterator[Prefix]:
    for block in route.blocks:
        if not is_everything(block) and (outside := _beyond(network, gateways, block)):
            yield Prefix(block, route.target, outside)


@remembered
def _beyond(network: Network, gateways: tuple[str, ...], block: str) -> Addresses:
    """What of a block no VPC on some transit gateways and core networks holds."""
    return Addresses.of(block) - _of_vpcs(network, gateways)


@remembered
def _of_vpcs(network: Network, gateways: tuple[str, ...]) -> Addresses:
    """The addresses of the VPCs on some transit gateways and core networks."""
    members = {vpc_id for gateway in gateways for vpc_id in network.transit_members(gateway)}
    return Addresses.union(vpc.addresses for each in members if (vpc := network.vpcs.get(each)))


def _static(network: Network, vpc: Vpc) -> Iterator[Prefix]:
    """The static routes of the VPN connections of a VPC's virtual private gateway."""
    for gateway in network.attached(model.VpnGateway, vpc):
        for connection in network.vpn_connections_of(gateway):
            if connection.state not in (None, "available"):
                continue
            for route in connection.routes or ():
                block = route.destination_cidr_block
                if block and route.state != "deleted" and not is_everything(block):
                    yield Prefix(block, gateway, Addresses.of(block))


@dataclass(frozen=True)
class Inbound:
    """Prefixes with which Direct Connect is to lead the networks behind it to the far side of a peering connection."""

    gateway: str
    """The virtual private gateway of the near side."""
    association: DirectConnectGatewayAssociation
    prefixes: tuple[str, ...]


def inbound(network: Network, peering: Peering, near: Side) -> Listing[Inbound]:
    """The allowed prefixes of the near side's Direct Connect gateways that name the far side, and not the near one.

    AWS advertises the blocks of the associated VPC alone, whatever else the list allows. What the far side allows on an
    association of its own is no fault: the same list may serve both.
    https://docs.aws.amazon.com/directconnect/latest/UserGuide/allowed-to-prefixes.html
    """
    far = peering.other(near)
    if near.vpc is None:
        return Listing((), near.unseen)
    associations = _associations(network, near.vpc)
    named = [
        Inbound(gateway, association, prefixes)
        for gateway, association in associations
        if (prefixes := tuple(_foreign(association, near, far)))
    ]
    if not named:
        return Listing((), associations.missing)
    own = _associations(network, far.vpc) if far.vpc else Listing((), far.unseen)
    allowed = Addresses.of(*(block for _, association in own for block in _allowed(association)))
    astray = [
        Inbound(each.gateway, each.association, rest)
        for each in named
        if (rest := tuple(block for block in each.prefixes if not Addresses.of(block) & far.addresses <= allowed))
    ]
    if own.missing and astray:
        return Listing((), own.missing | associations.missing)
    return Listing(tuple(astray), associations.missing)


def _associations(network: Network, vpc: Vpc) -> Listing[tuple[str, DirectConnectGatewayAssociation]]:
    """The Direct Connect gateways of the virtual private gateways that are attached to a VPC."""
    record = model.DirectConnectGatewayAssociations
    gateways = network.attached(model.VpnGateway, vpc)
    found = [
        (gateway, association)
        for gateway in gateways
        for each in network.coverage.records(record, vpc.home)
        if each.associated_gateway_id == gateway
        for association in each.direct_connect_gateway_associations or ()
        if association.association_state in (None, "associated", "associating", "updating")
    ]
    unlisted = [network.coverage.missing_item(record, vpc.home, gateway) for gateway in gateways]
    if gateways:
        unlisted.append(network.missing_of(record, vpc))
    return Listing(tuple(found), Missing.union([gateways.missing, *unlisted]))


def _allowed(association: DirectConnectGatewayAssociation) -> Iterator[str]:
    for prefix in association.allowed_prefixes_to_direct_connect_gateway or ():
        if prefix.cidr:
            yield prefix.cidr


def _foreign(association: DirectConnectGatewayAssociation, near: Side, far: Side) -> Iterator[str]:
    for block in _allowed(association):
        addresses = Addresses.of(block)
        if addresses & far.addresses and not addresses & near.addresses:
            yield block
