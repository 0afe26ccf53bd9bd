"""Small random networks, as AWS describes them: a hub and its peers in several accounts and Regions.

Peers of the hub may overlap one another. Blocks are secondary and IPv6 ones too; routes are static and propagated, to
blocks and to prefix lists, alive and blackholes; some tables are those of gateways, and some of no subnet.
"""

import ipaddress
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from auditor.snapshot import Snapshot
from tests.oracle import Answer, Cloud
from tests.world import ACCOUNT, REGION, Via, Vpc, World, propagated
from tests.world_words import read_block, within

OTHER_ACCOUNT, OTHER_REGION = "222222222222", "us-east-1"
_HOMES = ((ACCOUNT, REGION), (ACCOUNT, REGION), (OTHER_ACCOUNT, REGION), (ACCOUNT, OTHER_REGION))
_HUB = ("172.16.0.0/16", "2600:1f00:0:f00::/56")
_PEERS = ("10.0.0.0/16", "10.0.0.0/20", "10.0.16.0/20", "10.1.0.0/16", "192.168.0.0/24")
_PEERS_V6 = ("2600:1f00:0:100::/56", "2600:1f00:0:200::/56", "2600:1f00:0:100::/60")
_ELSEWHERE = ("10.0.0.0/8", "10.77.0.0/16", "0.0.0.0/0", "0.0.0.0/1", "::/0", "2600:1f00:ffff::/56")


@st.composite
def worlds(draw: st.DrawFn) -> World:
    made = _Made(draw, World())
    made.add_vpc(_HUB, (ACCOUNT, REGION))
    for _ in range(draw(st.integers(1, 3))):
        made.add_vpc((draw(st.sampled_from(_PEERS)), draw(st.sampled_from(_PEERS_V6))), draw(st.sampled_from(_HOMES)))
    made.add_peerings()
    for at in range(len(made.vpcs)):
        made.add_routes(at)
    return made.world


@dataclass(frozen=True)
class _Made:
    """A world in the making."""

    draw: st.DrawFn
    world: World
    vpcs: list[Vpc] = field(default_factory=list)
    peerings: dict[str, tuple[Vpc, Vpc]] = field(default_factory=dict)

    def once_in(self, times: int) -> bool:
        return self.draw(st.integers(1, times)) == times

    def add_vpc(self, blocks: tuple[str, str], home: tuple[str, str]) -> None:
        at, (four, six), (account, region) = len(self.vpcs), blocks, home
        second = [f"10.9.{at}.0/24"] if self.once_in(4) else []
        sixth = [six] if self.once_in(2) else []
        vpc = self.world.vpc(f"vpc-{at}", four, *second, *sixth, account=account, region=region)
        self.vpcs.append(vpc)
        for index, part in enumerate([*_halves(four), *second][: self.draw(st.integers(1, 3))]):
            of_six = [str(next(ipaddress.ip_network(six).subnets(new_prefix=64)))] if sixth and index == 0 else []
            self.world.subnet(f"subnet-{at}{index}", vpc, part, *of_six, enis=not self.once_in(3))

    def add_peerings(self) -> None:
        for one, other in itertools.combinations(range(len(self.vpcs)), 2):
            near, far = self.vpcs[one], self.vpcs[other]
            if not _overlap(near, far) and (one == 0 or self.once_in(2)):
                ends = (near, far) if self.once_in(2) else (far, near)
                status = "deleted" if self.once_in(10) else "active"
                self.peerings[self.world.peering(f"pcx-{one}{other}", *ends, status=status)] = ends

    def add_routes(self, at: int) -> None:
        vpc, world = self.vpcs[at], self.world
        subnets = [subnet for subnet in world.subnets.values() if subnet.vpc == vpc]
        exits = []
        if self.once_in(3):
            exits.append(world.internet_gateway(f"igw-{at}", vpc))
            world.route_table(f"rtb-{at}-edge", vpc, gateway=f"igw-{at}")
        if self.once_in(4):
            exits.append(world.nat_gateway(f"nat-{at}", subnets[0]))
        learnt = [world.vpn_gateway(f"vgw-{at}", vpc)] if self.once_in(5) else []
        peers = self._peers(vpc)
        some_parts = st.lists(st.sampled_from(_parts(peers.values()) or [""]), max_size=3, unique=True)
        lists = [
            world.prefix_list(f"pl-{at}{name}", self.draw(some_parts)) for name in "ab" if peers and self.once_in(4)
        ]
        world.main_routes(vpc, self._routes(vpc, exits, lists, learnt))
        # One table for some of the subnets, or for none; and one for the last.
        first = subnets[: self.draw(st.integers(0, 2))] if self.once_in(2) else None
        if first is not None:
            world.route_table(f"rtb-{at}-own", vpc, first, self._routes(vpc, exits, lists, learnt))
        if len(subnets) > len(first or ()) and self.once_in(2):
            world.route_table(f"rtb-{at}-last", vpc, subnets[-1:], self._routes(vpc, exits, lists, learnt))

    def _peers(self, vpc: Vpc) -> dict[str, Vpc]:
        return {at: ends[0] if ends[1] == vpc else ends[1] for at, ends in self.peerings.items() if vpc in ends}

    def _routes(
        self, vpc: Vpc, exits: Sequence[str], lists: Sequence[str], learnt: Sequence[str]
    ) -> list[tuple[str, str | Via]]:
        peers, routes = self._peers(vpc), dict[str, str | Via]()
        # Whole blocks first: most tables then hold a way for each peer, and the rest is what disturbs it.
        for peering, far in peers.items():
            routes.update((block, peering) for block in far.blocks if not self.once_in(3))
        disturbing = [*_parts(each for each in self.vpcs if each != vpc), *_ELSEWHERE]
        targets = [*exits, *peers, *peers]
        some = st.lists(st.sampled_from(disturbing), max_size=3, unique=True)
        for destination in self.draw(some) if targets else []:
            target = self.draw(st.sampled_from(targets))
            if not any(_within(destination, own) for own in vpc.blocks):
                routes[destination] = Via(target, state="blackhole") if self.once_in(8) else target
        if exits and self.once_in(2):
            routes["0.0.0.0/0"] = exits[-1]
        routes.update((listed, self.draw(st.sampled_from(list(peers)))) for listed in lists if self.once_in(2))
        also = [(self.draw(st.sampled_from(disturbing)), propagated(each)) for each in learnt if self.once_in(2)]
        return [*routes.items(), *also]


def _halves(block: str) -> list[str]:
    return [str(half) for half in ipaddress.ip_network(block).subnets()]


def _overlap(one: Vpc, other: Vpc) -> bool:
    pairs = itertools.product(map(read_block, one.blocks), map(read_block, other.blocks))
    return any(mine.version == theirs.version and mine.overlaps(theirs) for mine, theirs in pairs)


def _within(block: str, other: str) -> bool:
    return within(read_block(block), read_block(other))


def _parts(vpcs: Iterable[Vpc]) -> list[str]:
    """The blocks of VPCs, their halves, and single addresses of them."""
    found: dict[str, None] = {}
    for vpc in vpcs:
        for block in vpc.blocks:
            network = ipaddress.ip_network(block)
            host = f"{network.network_address + 10}/{network.max_prefixlen}"
            found.update(dict.fromkeys([block, *_halves(block), host]))
    return list(found)


# --- What the oracle is shown of them ---------------------------------------------------------------------------------


def cloud_of(snapshot: Snapshot) -> Cloud:
    """The answers of all accounts and Regions, each thing once, and the ends of all blocks in them."""

    def items(action: str, member: str) -> list[Answer]:
        found = [item for shard in snapshot.shards.values() for item in shard.items(f"ec2:{action}")]
        return list({item[member]: item for item in found}.values())

    lists = {
        item["PrefixListId"]: [entry["Cidr"] for entry in item.get("Entries", ())]
        for item in items("GetManagedPrefixListEntries", "PrefixListId")
    }
    interfaces = items("DescribeNetworkInterfaces", "NetworkInterfaceId")
    cloud = Cloud(
        vpcs=items("DescribeVpcs", "VpcId"),
        subnets=items("DescribeSubnets", "SubnetId"),
        tables=items("DescribeRouteTables", "RouteTableId"),
        peerings=items("DescribeVpcPeeringConnections", "VpcPeeringConnectionId"),
        lists=lists,
        interfaces=interfaces,
    )
    hosts = [each["PrivateIpAddress"] for each in interfaces if "PrivateIpAddress" in each]
    return Cloud(**{**vars(cloud), "points": _points([*_blocks(cloud), *hosts])})


def _blocks(cloud: Cloud) -> list[str]:
    members = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "CidrBlock", "Ipv6CidrBlock")
    found: list[str] = [block for blocks in cloud.lists.values() for block in blocks]

    def visit(value: Any) -> None:
        if isinstance(value, dict):
            found.extend(value[member] for member in members if member in value)
            for each in value.values():
                visit(each)
        elif isinstance(value, list | tuple):
            for each in value:
                visit(each)

    visit([*cloud.vpcs, *cloud.subnets, *cloud.tables])
    return found


def _points(blocks: Iterable[str]) -> list[str]:
    """The first and the last address of each block, and their neighbours outside it."""
    found: set[tuple[int, int]] = set()
    for block in dict.fromkeys(blocks):
        network = ipaddress.ip_network(block)
        first, last, end = int(network.network_address), int(network.broadcast_address), 2**network.max_prefixlen
        found |= {(network.version, at) for at in (first - 1, first, last, last + 1) if 0 <= at < end}
    of = {4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}
    return [str(of[version](at)) for version, at in sorted(found)]
