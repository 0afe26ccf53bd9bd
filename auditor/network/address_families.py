"""Whether clients and endpoints share a family of addresses, or something translates between them.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-nat64-dns64.html
"""

from auditor import model
from auditor.network.addresses import Addresses
from auditor.network.coverage import Listing
from auditor.network.endpoints import versions_of
from auditor.network.entities import Endpoint, Subnet, Vpc
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.routes import TargetKind

# What DNS64 puts IPv4 addresses into, and where a route can lead it to be translated: to a NAT gateway or instance, in
# the VPC, behind what joins it with another, or past a firewall.
_NAT64 = Addresses.of("64:ff9b::/96")
_TO_NAT64 = (
    TargetKind.NAT_GATEWAY,
    TargetKind.NETWORK_INTERFACE,
    TargetKind.TRANSIT_GATEWAY,
    TargetKind.CORE_NETWORK,
    TargetKind.VPC_ENDPOINT,
)


def versions_in(subnet: Subnet) -> tuple[int, ...]:
    """The IP versions of the clients in a subnet."""
    return (6,) if subnet.record.ipv6_native else subnet.addresses.families


def shut_out(network: Network, endpoint: Endpoint, subnets: Listing[Subnet]) -> Listing[Subnet]:
    """The subnets whose clients have no address of a family in which an endpoint is reached, and no translation."""
    found: list[Subnet] = []
    causes = [subnets.missing]
    reached = versions_of(endpoint)
    for subnet in subnets:
        own = versions_in(subnet)
        if not own or set(own) & set(reached):
            continue
        translated = own == (6,) and _is_translated(network, subnet)
        if isinstance(translated, Missing):
            causes.append(translated)
        elif not translated:
            found.append(subnet)
    return Listing(tuple(found), Missing.union(causes))


def _is_translated(network: Network, subnet: Subnet) -> bool | Missing:
    """Whether DNS64 and NAT64 lead the clients of a subnet with IPv6 alone to IPv4 addresses."""
    if subnet.record.enable_dns64 is None:
        at, action = subnet.seen_from, "ec2:DescribeSubnets"
        return Missing.of(Kind.ABSENT_FIELD, account=at.account, region=at.region, action=action, resource=subnet.id)
    if not subnet.record.enable_dns64:
        return False
    table = network.table_of(subnet)
    if isinstance(table, Missing):
        return table
    found = table.lookup(_NAT64)
    return True if found.to(*_TO_NAT64) else found.missing or False


def others_in_family(network: Network, endpoint: Endpoint, vpc: Vpc, version: int) -> Listing[Endpoint]:
    """The other endpoints of a VPC to the same service that are reached in an IP version."""
    found = [
        other
        for other in network.endpoints_of(vpc)
        if other.id != endpoint.id
        and other.service_name == endpoint.service_name
        and other.type in ("Interface", "Gateway")
        and other.stands
        and version in versions_of(other)
    ]
    return Listing(tuple(found), network.missing_of(model.VpcEndpoint, vpc))
