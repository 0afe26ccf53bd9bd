"""Interface endpoints for one service in several VPCs that all reach one of them.

Neither peering nor what a transit gateway's owner allows is transitive: only VPCs that reach the hub directly count.

Source: https://docs.aws.amazon.com/whitepapers/latest/building-scalable-secure-multi-vpc-network-infrastructure/centralized-access-to-vpc-private-endpoints.html
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from auditor.network.addresses import Addresses
from auditor.network.diagnosis.exchanges import exchanges
from auditor.network.endpoints import is_customer_service
from auditor.network.entities import Endpoint, Vpc
from auditor.network.network import Network
from auditor.network.remembered import remembered

FEWEST = 3
"""So many VPCs, the hub among them, are worth a central design."""


@dataclass(frozen=True)
class Repetition:
    """Endpoints that one of them could stand for."""

    hub: Endpoint
    spokes: tuple[Endpoint, ...]
    """Those in VPCs that reach the hub's VPC and are answered, in the order of their ids."""
    over: tuple[str, ...]
    """The peering connections and transit gateways between them."""


_Alike = tuple[str, str, str, str]


@remembered
def repetitions(network: Network) -> Mapping[str, Repetition]:
    """The repetitions by the ids of all their endpoints.

    Of the endpoints for one service with one policy in a Region, the hub is in the VPC that is connected with most of
    the others; of several in the one with most interface endpoints.
    """
    alike: dict[_Alike, dict[str, Endpoint]] = defaultdict(dict)
    of_each = Counter(each.vpc_id for each in network.endpoints.values() if _may_be_shared(each))
    for endpoint in network.endpoints.values():
        if _may_be_shared(endpoint):
            record = endpoint.record
            key = (
                endpoint.home.region,
                endpoint.service_name,
                record.service_region or "",
                record.policy_document or "",
            )
            alike[key].setdefault(endpoint.vpc_id, endpoint)
    found = [_repetition(network, members, of_each) for members in alike.values() if len(members) >= FEWEST]
    return {each.id: repetition for repetition in found if repetition for each in (repetition.hub, *repetition.spokes)}


def _may_be_shared(endpoint: Endpoint) -> bool:
    return (
        endpoint.type == "Interface"
        and endpoint.state == "available"
        and not endpoint.requester_managed
        and not is_customer_service(endpoint)
        and endpoint.vpc_id != ""
    )


def _repetition(
    network: Network, members: Mapping[str, Endpoint], endpoints_of_each: Mapping[str, int]
) -> Repetition | None:
    connected = {vpc_id: _connected(network, vpc, members) for vpc_id in members if (vpc := network.vpcs.get(vpc_id))}
    if not connected:
        return None
    hub_id = min(connected, key=lambda vpc_id: (-connected[vpc_id], -endpoints_of_each[vpc_id], vpc_id))
    hub = members[hub_id]
    reached = _reaching(network, network.vpcs[hub_id], hub, members)
    if len(reached) + 1 < FEWEST:
        return None
    spokes = sorted(reached, key=lambda vpc_id: members[vpc_id].id)
    return Repetition(hub, tuple(members[each] for each in spokes), tuple(sorted(set(reached.values()))))


def _connected(network: Network, vpc: Vpc, members: Mapping[str, Endpoint]) -> int:
    """With how many of the members' VPCs a VPC is connected, as far as that can be told without their routes."""
    peers = sum(peering.beyond(vpc.id).vpc_id in members for peering in network.peerings_of(vpc.id))
    return peers + sum(_members_on(network, gateway, members) for gateway in network.transit_gateways_of(vpc))


def _members_on(network: Network, gateway: str, members: Mapping[str, Endpoint]) -> int:
    # Many members on one gateway would each count the others: how many VPCs it has tells hubs apart as well.
    return min(len(network.transit_members(gateway)), len(members)) - 1


def _reaching(network: Network, hub: Vpc, endpoint: Endpoint, members: Mapping[str, Endpoint]) -> dict[str, str]:
    """The members' VPCs of which some subnet reaches the hub's endpoint and is answered, and over what."""
    own = [network.subnets[each] for each in endpoint.record.subnet_ids or () if each in network.subnets]
    wanted = Addresses.union(subnet.addresses for subnet in own)
    found: dict[str, str] = {}
    for peering in network.peerings_of(hub.id):
        far = peering.beyond(hub.id)
        if far.vpc_id in members and any(
            exchange.near is far and exchange.addresses & wanted for exchange in exchanges(network, peering)
        ):
            found[far.vpc_id] = peering.id
    tables = [group.table for group in network.table_groups(hub) if any(subnet in group.subnets for subnet in own)]
    for gateway, other in network.transit_neighbours(hub):
        if (
            other.id in members
            and other.id not in found
            and any(group.table.lookup(wanted).via(gateway) for group in network.table_groups(other))
            and any(table.lookup(other.addresses).via(gateway) for table in tables)
        ):
            found[other.id] = gateway
    return found
