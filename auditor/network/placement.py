"""Where endpoints stand: in which subnets and zones, and where else they could.

Zones are compared by their ids, which mean the same zone in every account.

Source: https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from auditor import model
from auditor.network.coverage import Listing
from auditor.network.endpoints import absent_member, service_of
from auditor.network.entities import Endpoint, Subnet
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered


def stands_in(network: Network, endpoint: Endpoint) -> tuple[Subnet, ...] | Missing:
    """The subnets that an endpoint was given."""
    subnet_ids = endpoint.record.subnet_ids
    if subnet_ids is None:
        return absent_member(endpoint)
    if any(subnet_id not in network.subnets for subnet_id in subnet_ids):
        return network.coverage.missing(model.Subnet, endpoint.home) or absent_member(endpoint)
    return tuple(network.subnets[subnet_id] for subnet_id in subnet_ids)


def offered_in(network: Network, endpoint: Endpoint, subnets: Iterable[Subnet]) -> Listing[Subnet]:
    """Those of some subnets that are in zones in which the endpoint's service is offered.

    What has no service, as an endpoint to a service network, is offered everywhere.
    """
    found = tuple(subnets)
    if not endpoint.service_name or not found:
        return Listing(found)
    service = service_of(network, endpoint)
    if isinstance(service, Missing):
        return Listing((), service)
    if service.availability_zones is None and service.availability_zone_ids is None:
        return Listing((), absent_member(endpoint))
    zones = {*(service.availability_zones or ()), *(service.availability_zone_ids or ())}
    return Listing(tuple(each for each in found if zones & {each.zone, each.record.availability_zone}))


def lacking(network: Network, endpoint: Endpoint, own: Iterable[Subnet], served: Listing[Subnet]) -> Listing[Subnet]:
    """One of the subnets served for each zone in which the endpoint could stand and does not."""
    zones = {subnet.zone for subnet in own}
    offered = offered_in(network, endpoint, [subnet for subnet in served if subnet.zone not in zones])
    return Listing(one_a_zone(offered), Missing.union([served.missing, offered.missing]))


def one_a_zone(subnets: Iterable[Subnet]) -> tuple[Subnet, ...]:
    """The first of some subnets in each of their zones."""
    first: dict[str, Subnet] = {}
    for subnet in subnets:
        first.setdefault(subnet.zone, subnet)
    return tuple(first.values())


def zone_names(subnets: Iterable[Subnet]) -> list[str]:
    """The names of the zones of some subnets, as the account that owns them calls them."""
    return sorted({subnet.record.availability_zone or subnet.zone for subnet in subnets})


def endpoints_in(network: Network, subnet: Subnet) -> Listing[Endpoint]:
    """The endpoints behind security groups that were given a subnet, and are not on their way out."""
    vpc = network.vpcs.get(subnet.vpc_id)
    if vpc is not None:
        missing = network.missing_of(model.VpcEndpoint, vpc)
    else:
        at = subnet.seen_from
        unlisted = Missing.of(
            Kind.ABSENT_FIELD, account=at.account, region=at.region, action="ec2:DescribeVpcs", resource=subnet.vpc_id
        )
        missing = network.coverage.missing(model.Vpc, at) or unlisted
    return Listing(_by_subnet(network).get(subnet.id, ()), missing)


@remembered
def _by_subnet(network: Network) -> Mapping[str, tuple[Endpoint, ...]]:
    found: dict[str, list[Endpoint]] = defaultdict(list)
    for endpoint in network.endpoints.values():
        if endpoint.in_subnets and endpoint.stands:
            for subnet_id in dict.fromkeys(endpoint.record.subnet_ids or ()):
                found[subnet_id].append(endpoint)
    return {subnet_id: tuple(endpoints) for subnet_id, endpoints in found.items()}
