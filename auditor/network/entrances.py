"""How people and DNS queries from outside AWS come into a VPC, beside VPN, Direct Connect and other VPCs."""

from collections.abc import Mapping

from auditor import model
from auditor.model.ec2 import ClientVpnStatus
from auditor.network.coverage import Listing
from auditor.network.entities import Vpc
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered

_NO_LONGER = frozenset({"deleting", "deleted", "association-failed", "disassociated"})


def client_vpns_of(network: Network, vpc: Vpc) -> Listing[str]:
    """The ids of the Client VPN endpoints that lead into a VPC, and why there may be more.

    One that is associated with a transit gateway comes in by that.
    """
    at, record = vpc.home, model.ClientVpnTargetNetworks
    missing = [network.missing_of(each, vpc) for each in (model.ClientVpnEndpoint, record)]
    missing.append(network.coverage.missing_items(record, at))
    missing += [
        Missing.of(
            Kind.ABSENT_FIELD,
            account=at.account,
            region=at.region,
            action="ec2:DescribeClientVpnTargetNetworks",
            resource=found.client_vpn_endpoint_id,
        )
        for found in network.coverage.records(record, at)
        if found.client_vpn_target_networks is None
        and network.coverage.missing_item(record, at, found.client_vpn_endpoint_id) is None
    ]
    return Listing(_client_vpns(network).get(vpc.id, ()), Missing.union(missing))


@remembered
def _client_vpns(network: Network) -> Mapping[str, tuple[str, ...]]:
    leading = {
        (found.vpc_id, found.client_vpn_endpoint_id)
        for _, found in network.coverage.everywhere(model.ClientVpnEndpoint)
        if found.vpc_id and not _over(found.status)
    }
    leading |= {
        (each.vpc_id, found.client_vpn_endpoint_id)
        for _, found in network.coverage.everywhere(model.ClientVpnTargetNetworks)
        for each in found.client_vpn_target_networks or ()
        if each.vpc_id and not _over(each.status)
    }
    return _by_first(leading)


def _over(status: ClientVpnStatus | None) -> bool:
    return status is not None and status.code in _NO_LONGER


def inbound_resolvers_of(network: Network, vpc: Vpc) -> Listing[str]:
    """The ids of the Route 53 Resolver endpoints by which queries of other networks come into a VPC."""
    found = _inbound_resolvers(network).get(vpc.id, ())
    return Listing(found, network.missing_of(model.ResolverEndpoint, vpc))


@remembered
def _inbound_resolvers(network: Network) -> Mapping[str, tuple[str, ...]]:
    return _by_first(
        {
            (found.host_vpc_id, found.id)
            for _, found in network.coverage.everywhere(model.ResolverEndpoint)
            if found.host_vpc_id and (found.direction or "").startswith("INBOUND") and found.status != "DELETING"
        }
    )


def inbound_resolvers_beyond(network: Network, vpc: Vpc) -> Listing[str]:
    """The same of the VPCs that a VPC is connected with by peering, transit gateway or Cloud WAN."""
    found: list[str] = []
    causes = [network.missing_of(record, vpc) for record in (model.VpcPeeringConnection, model.RouteTable)]
    causes.append(network.missing_of(model.TransitGatewayVpcAttachment, vpc))
    for peering in network.peerings_of(vpc.id):
        side = peering.beyond(vpc.id)
        theirs = inbound_resolvers_of(network, side.vpc) if side.vpc else Listing[str]((), side.unseen)
        found += theirs
        causes.append(theirs.missing)
    for gateway in network.transit_gateways_of(vpc):
        theirs = _inbound_resolvers_on(network, gateway)
        found += theirs
        causes.append(theirs.missing)
    own = set(inbound_resolvers_of(network, vpc))
    return Listing(tuple(each for each in dict.fromkeys(found) if each not in own), Missing.union(causes))


@remembered
def _inbound_resolvers_on(network: Network, gateway: str) -> Listing[str]:
    """The same of all VPCs on a transit gateway or core network."""
    found: list[str] = []
    causes: list[Missing | None] = []
    for member in network.transit_members(gateway):
        vpc = network.vpcs.get(member)
        theirs = (
            inbound_resolvers_of(network, vpc) if vpc else Listing((), Missing.of(Kind.NOT_AUDITED, resource=member))
        )
        found += theirs
        causes.append(theirs.missing)
    return Listing(tuple(found), Missing.union(causes))


def _by_first(pairs: set[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for first, second in sorted(pairs):
        found.setdefault(first, []).append(second)
    return {first: tuple(seconds) for first, seconds in found.items()}
