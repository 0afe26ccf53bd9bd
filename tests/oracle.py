"""AWS's routing rules for one address at a time, read from AWS's pages and written without the program's code.

Routes, subnets and the rest are AWS's own answers, as dictionaries. Everything is tried by brute force: every address
of small subnets, or those that a cloud names, among which are then the ends of all its blocks.

Sources: https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html,
https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html and
https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
"""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

Answer = Mapping[str, Any]
Lists = Mapping[str, Sequence[str]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

AMBIGUOUS: Literal["ambiguous"] = "ambiguous"

_TARGETS = (
    "VpcPeeringConnectionId",
    "NatGatewayId",
    "TransitGatewayId",
    "CoreNetworkArn",
    "EgressOnlyInternetGatewayId",
    "CarrierGatewayId",
    "LocalGatewayId",
    "OdbNetworkArn",
    "NetworkInterfaceId",
    "InstanceId",
    "GatewayId",
)


@cache
def _span(block: str) -> tuple[int, int, int]:
    network = ipaddress.ip_network(block)
    return network.version, int(network.network_address), int(network.broadcast_address)


@cache
def _point(address: str) -> tuple[int, int]:
    read = ipaddress.ip_address(address)
    return read.version, int(read)


def holds(block: str, address: str) -> bool:
    version, first, last = _span(block)
    of, at = _point(address)
    return of == version and first <= at <= last


def addresses_of(blocks: Iterable[str], version: int) -> list[str]:
    return [str(each) for block in blocks if _span(block)[0] == version for each in ipaddress.ip_network(block)]


def target_of(route: Answer) -> str:
    return next((str(route[member]) for member in _TARGETS if route.get(member)), "")


def blocks_of(route: Answer, lists: Lists) -> Sequence[str]:
    if "DestinationPrefixListId" in route:
        return lists[route["DestinationPrefixListId"]]
    return [route.get("DestinationCidrBlock") or route["DestinationIpv6CidrBlock"]]


def _rank(route: Answer) -> int:
    """The order in which AWS prefers routes of one prefix length."""
    if target_of(route) == "local":
        return 0
    if "DestinationPrefixListId" in route:
        return 2
    return 3 if route.get("Origin") in ("EnableVgwRoutePropagation", "Advertisement") else 1


def route_of(routes: Sequence[Answer], address: str, lists: Lists) -> Answer | Literal["ambiguous"] | None:
    """The route that takes a packet for ``address``, dropping or not; None where none does."""
    claims = [(route, block) for route in routes for block in blocks_of(route, lists) if holds(block, address)]
    local = [block for route in routes if _rank(route) == 0 for block in blocks_of(route, lists)]
    claims = [
        (route, block) for route, block in claims if _rank(route) != 3 or not any(_inside(block, own) for own in local)
    ]
    if not claims:
        return None
    longest = max(ipaddress.ip_network(block).prefixlen for _, block in claims)
    nearest = [route for route, block in claims if ipaddress.ip_network(block).prefixlen == longest]
    best = min(map(_rank, nearest))
    winners = [route for route in nearest if _rank(route) == best]
    # Lists that overlap and lead apart: AWS picks one, whatever the length of the entries.
    rivals = [route for route, _ in claims if _rank(route) == 2] if best == 2 else winners
    if len({target_of(route) for route in rivals}) > 1:
        return AMBIGUOUS
    return winners[0]


def _inside(block: str, other: str) -> bool:
    version, first, last = _span(block)
    around, start, end = _span(other)
    return version == around and start <= first and last <= end


@dataclass(frozen=True)
class Cloud:
    """AWS's answers about some VPCs, all of them whole."""

    vpcs: Sequence[Answer]
    subnets: Sequence[Answer]
    tables: Sequence[Answer]
    peerings: Sequence[Answer]
    lists: Lists = field(default_factory=dict)
    interfaces: Sequence[Answer] = ()
    points: Sequence[str] | None = None
    """The addresses to try; None: all. Between two ends of blocks that follow one another, all addresses fare alike."""


def table_of(cloud: Cloud, subnet: Answer) -> Answer:
    """The route table that a subnet sends by: the one associated with it, or else its VPC's main table."""
    tables = [table for table in cloud.tables if table["VpcId"] == subnet["VpcId"]]
    standing = [
        (table, association)
        for table in tables
        for association in table.get("Associations", ())
        if association.get("AssociationState", {}).get("State", "associated") == "associated"
        and "GatewayId" not in association
    ]
    own = [table for table, association in standing if association.get("SubnetId") == subnet["SubnetId"]]
    main = [table for table, association in standing if association.get("Main")]
    return (own or main)[0]


def subnet_blocks(subnet: Answer) -> list[str]:
    six = [each["Ipv6CidrBlock"] for each in subnet.get("Ipv6CidrBlockAssociationSet", ())]
    return [*([subnet["CidrBlock"]] if subnet.get("CidrBlock") else []), *six]


def vpc_blocks(vpc: Answer) -> list[str]:
    four = [
        each["CidrBlock"]
        for each in vpc.get("CidrBlockAssociationSet", ())
        if each["CidrBlockState"]["State"] == "associated"
    ]
    six = [
        each["Ipv6CidrBlock"]
        for each in vpc.get("Ipv6CidrBlockAssociationSet", ())
        if each["Ipv6CidrBlockState"]["State"] == "associated"
    ]
    return four + six


@dataclass(frozen=True)
class Hop:
    """Where a packet leaves its subnet, and where that brings it."""

    target: str
    """The target of the route that takes it; ``ambiguous`` where AWS does not say, empty where none does."""
    arrives: str | None
    """The id of the subnet that receives it; None where it is dropped or leaves for elsewhere."""


def walk(cloud: Cloud, source: Answer, address: str) -> Hop:
    """The way of a packet from a subnet to an address.

    A peering connection delivers to its far VPC only: what is not for that VPC is dropped at its edge, whatever the
    far route tables say.
    """
    route = route_of(table_of(cloud, source)["Routes"], address, cloud.lists)
    if route is None:
        return Hop("", None)
    if route == AMBIGUOUS:
        return Hop(AMBIGUOUS, None)
    assert not isinstance(route, str)
    target = target_of(route)
    if route.get("State", "active") == "blackhole":
        return Hop("", None)
    if target == "local":
        return Hop(target, _receiver(cloud, source["VpcId"], address))
    for peering in cloud.peerings:
        if peering["VpcPeeringConnectionId"] == target and peering["Status"]["Code"] == "active":
            ends = [peering["RequesterVpcInfo"]["VpcId"], peering["AccepterVpcInfo"]["VpcId"]]
            if source["VpcId"] in ends:
                far = ends[1] if ends[0] == source["VpcId"] else ends[0]
                return Hop(target, _receiver(cloud, far, address))
    return Hop(target, None)


def _receiver(cloud: Cloud, vpc_id: str, address: str) -> str | None:
    vpc = next(each for each in cloud.vpcs if each["VpcId"] == vpc_id)
    if not any(holds(block, address) for block in vpc_blocks(vpc)):
        return None
    for subnet in cloud.subnets:
        if subnet["VpcId"] == vpc_id and any(holds(block, address) for block in subnet_blocks(subnet)):
            return str(subnet["SubnetId"])
    return None


@dataclass(frozen=True)
class Judgement:
    """What becomes of packets from one subnet to another over one peering connection, in one family of addresses."""

    verdict: str
    sent: frozenset[str] = frozenset()
    """The receiver's addresses that packets reach."""
    returned: frozenset[str] = frozenset()
    """The sender's addresses that answers reach."""
    strayed: frozenset[tuple[str, str]] = frozenset()
    """The sender's addresses whose answers take another peering connection, each with that connection."""


def tried(cloud: Cloud, subnet: Answer, version: int) -> list[str]:
    """The addresses of a subnet that are tried."""
    blocks = subnet_blocks(subnet)
    if cloud.points is None:
        return addresses_of(blocks, version)
    return [at for at in cloud.points if _point(at)[0] == version and any(holds(block, at) for block in blocks)]


def judge(cloud: Cloud, peering_id: str, sender: Answer, receiver: Answer, version: int) -> Judgement:
    """Every address of both subnets that is tried."""
    there = {at: walk(cloud, sender, at) for at in tried(cloud, receiver, version)}
    back = {at: walk(cloud, receiver, at) for at in tried(cloud, sender, version)}
    sent = frozenset(at for at, hop in there.items() if hop == Hop(peering_id, receiver["SubnetId"]))
    returned = frozenset(at for at, hop in back.items() if hop == Hop(peering_id, sender["SubnetId"]))
    strayed = frozenset(
        (at, hop.target) for at, hop in back.items() if hop.target.startswith("pcx-") and hop.target != peering_id
    )
    if any(hop.target == AMBIGUOUS for hop in (*there.values(), *back.values())):
        verdict = "unknown"
    elif sent and strayed:
        verdict = "partly-misrouted" if returned else "misrouted"
    elif sent and returned:
        verdict = "routed" if len(sent) == len(there) and len(returned) == len(back) else "partial"
    else:
        verdict = "one-way" if sent or returned else "none"
    return Judgement(verdict, sent, returned, strayed)
