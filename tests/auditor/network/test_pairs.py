import ipaddress
import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.network.addresses import Addresses
from auditor.network.coverage import Listing
from auditor.network.diagnosis.pairs import PairFaults, Verdict, Way, pair_faults, side_routes, ways
from auditor.network.entities import Subnet
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.routes import RouteTable, TargetKind
from auditor.snapshot import Answer, Manifest, ManifestTarget, Shard, Snapshot, Target, Tool
from tests import oracle
from tests.golden import GOLDEN, expected_pairs, golden_world
from tests.networks import network_of
from tests.oracle import Cloud, Judgement
from tests.world import ACCOUNT, REGION, Via, World, blackhole

a_third = settings(max_examples=settings().max_examples // 3)
"""For what judges a network twice."""

Raw = dict[str, Any]
Pair = tuple[str, str, str, int]
"""A peering connection, the sending subnet, the receiving subnet, and the IP version."""


def network_of_cloud(cloud: Cloud) -> Network:
    """The network of one account and region."""
    answers = {
        "ec2:DescribeVpcs": cloud.vpcs,
        "ec2:DescribeSubnets": cloud.subnets,
        "ec2:DescribeRouteTables": cloud.tables,
        "ec2:DescribeVpcPeeringConnections": cloud.peerings,
        "ec2:GetManagedPrefixListEntries": [
            {"PrefixListId": listed, "Entries": [{"Cidr": block} for block in blocks]}
            for listed, blocks in cloud.lists.items()
        ],
    }
    shard = Shard(
        account_id=ACCOUNT,
        region=REGION,
        collected_at="2026-11-23T12:00:00Z",
        answers={action: Answer(items=[dict(item) for item in items]) for action, items in answers.items()},
    )
    manifest = Manifest(
        tool=Tool(name="vpc-auditor", version="0"),
        started_at="2026-11-23T12:00:00Z",
        targets=(ManifestTarget(account_id=ACCOUNT, region=REGION),),
    )
    return network_of(Snapshot({Target(ACCOUNT, REGION): shard}, {}, manifest))


# --- AWS's answers ----------------------------------------------------------------------------------------------------


def _vpc(vpc_id: str, *blocks: str) -> Raw:
    state = {"State": "associated"}
    four, six = _by_family(blocks)
    return {
        "VpcId": vpc_id,
        "OwnerId": ACCOUNT,
        "CidrBlock": four[0],
        "CidrBlockAssociationSet": [{"CidrBlock": block, "CidrBlockState": state} for block in four],
        "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": block, "Ipv6CidrBlockState": state} for block in six],
    }


def _subnet(subnet_id: str, vpc_id: str, *blocks: str) -> Raw:
    (four, *_), six = _by_family(blocks)
    state = {"State": "associated"}
    return {
        "SubnetId": subnet_id,
        "VpcId": vpc_id,
        "OwnerId": ACCOUNT,
        "CidrBlock": four,
        "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": block, "Ipv6CidrBlockState": state} for block in six],
    }


def _by_family(blocks: Sequence[str]) -> tuple[list[str], list[str]]:
    return [each for each in blocks if ":" not in each], [each for each in blocks if ":" in each]


def _peering(peering_id: str, requester: str, accepter: str, status: str = "active") -> Raw:
    return {
        "VpcPeeringConnectionId": peering_id,
        "Status": {"Code": status},
        "RequesterVpcInfo": {"VpcId": requester, "OwnerId": ACCOUNT, "Region": REGION},
        "AccepterVpcInfo": {"VpcId": accepter, "OwnerId": ACCOUNT, "Region": REGION},
    }


def _route(destination: str, target: str, status: str = "active") -> Raw:
    return {
        "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock": destination,
        "VpcPeeringConnectionId" if target.startswith("pcx-") else "GatewayId": target,
        "Origin": "CreateRouteTable" if target == "local" else "CreateRoute",
        "State": "active" if status == "active" else "blackhole",
    }


# --- What is asked of the network -------------------------------------------------------------------------------------


def pairs(network: Network) -> Iterator[tuple[Pair, Way, Subnet, Subnet]]:
    """Every pair of subnets over every peering connection, in both directions and all families that both have."""
    for peering in network.peerings.values():
        found = ways(network, peering)
        assert found.whole
        for way in found:
            for sender in way.senders.subnets:
                for receiver in way.receivers.subnets:
                    if sender.addresses.family(way.version) and receiver.addresses.family(way.version):
                        yield (peering.id, sender.id, receiver.id, way.version), way, sender, receiver


def judged(network: Network) -> dict[Pair, Judgement]:
    found = [
        (
            pair,
            Judgement(
                way.verdict(sender, receiver),
                _each(way.sent(receiver)),
                _each(way.returned(sender)),
                frozenset((at, route.target) for route, part in way.misrouted(sender) for at in _each(part)),
            ),
        )
        for pair, way, sender, receiver in pairs(network)
    ]
    assert len(dict(found)) == len(found)
    return dict(found)


def _each(addresses: Addresses) -> frozenset[str]:
    return frozenset(str(at) for block in addresses.cidrs() for at in ipaddress.ip_network(block))


def by_oracle(cloud: Cloud) -> dict[Pair, Judgement]:
    found = {}
    for peering in cloud.peerings:
        ends = {peering[role]["VpcId"] for role in ("RequesterVpcInfo", "AccepterVpcInfo")}
        for sender in cloud.subnets:
            for receiver in cloud.subnets:
                if peering["Status"]["Code"] == "active" and {sender["VpcId"], receiver["VpcId"]} == ends:
                    for version in _versions(sender) & _versions(receiver):
                        pair = (peering["VpcPeeringConnectionId"], sender["SubnetId"], receiver["SubnetId"], version)
                        found[pair] = oracle.judge(cloud, pair[0], sender, receiver, version)
    return found


def _versions(subnet: oracle.Answer) -> set[int]:
    return {ipaddress.ip_network(block).version for block in oracle.subnet_blocks(subnet)}


# --- The topologies of AWS's peering guide ---------------------------------------------------------------------------

_VERDICTS = {"ONEWAY": "one-way", "MISROUTE": "misrouted", "MISROUTE-PARTIAL": "partly-misrouted"}


def golden(name: str) -> Network:
    return network_of(golden_world(name))


@pytest.mark.parametrize("name", GOLDEN)
def test_the_pairs_of_a_documented_topology_have_the_documented_verdicts(name: str) -> None:
    documented = {(each.peering, each.source, each.destination, each.family): each for each in expected_pairs(name)}
    found = {pair: (way, sender, receiver) for pair, way, sender, receiver in pairs(golden(name))}
    assert documented.keys() <= found.keys()
    for pair, (way, sender, receiver) in found.items():
        if pair in documented:
            expected = documented[pair]
            full = expected.forward == expected.back == "full"
            assert way.verdict(sender, receiver) == _VERDICTS.get(expected.verdict, "routed" if full else "partial")
            assert _extent(way.sent(receiver), receiver, way.version) == expected.forward
            assert _extent(way.returned(sender), sender, way.version) == expected.back
            strays = {(block, route.target) for route, part in way.misrouted(sender) for block in part.cidrs()}
            assert strays == set(expected.misrouted)
        else:
            assert not way.sent(receiver)
            assert way.verdict(sender, receiver) in ("none", "one-way")


def _extent(reached: Addresses, subnet: Subnet, version: int) -> str:
    if not reached:
        return "none"
    return "full" if reached == subnet.addresses.family(version) else "partial"


@pytest.mark.parametrize("name", [name for name in GOLDEN if name not in ("G02", "G08")])
def test_trying_every_address_of_a_documented_topology_shows_the_same(name: str) -> None:
    shard = golden_world(name).snapshot().shards[Target(ACCOUNT, REGION)]
    cloud = Cloud(
        vpcs=shard.items("ec2:DescribeVpcs"),
        subnets=shard.items("ec2:DescribeSubnets"),
        tables=shard.items("ec2:DescribeRouteTables"),
        peerings=shard.items("ec2:DescribeVpcPeeringConnections"),
    )
    assert judged(golden(name)) == by_oracle(cloud)


VALID = ("G01", "G02", "G03", "G04", "G05", "G06", "G08", "G09", "G11", "G13a", "G13b", "G16")


@pytest.mark.parametrize("name", VALID)
def test_a_valid_topology_has_no_fault_in_its_pairs(name: str) -> None:
    network = golden(name)
    for peering in network.peerings.values():
        found = pair_faults(network, peering)
        assert (found.misroutes, found.one_ways, found.undecided) == ((), (), None)
        assert found.answered == ({4, 6} if name == "G02" else {4})


def faults_of(name: str, peering_id: str) -> PairFaults:
    network = golden(name)
    return pair_faults(network, network.peerings[peering_id])


def ids(subnets: tuple[Subnet, ...]) -> list[str]:
    return [subnet.id for subnet in subnets]


@pytest.mark.parametrize(
    ("name", "peering_id", "sender", "table", "stray"),
    [
        ("G12", "pcx-aaaabbbb", "subnet-B-subB", "rtb-A1", "10.0.1.0/24"),
        ("G16x", "pcx-mmmmpppp", "subnet-P-subB", "rtb-M1", "192.168.1.0/24"),
    ],
)
def test_answers_that_all_take_another_connection_are_one_misroute(
    name: str, peering_id: str, sender: str, table: str, stray: str
) -> None:
    found = faults_of(name, peering_id)
    (misroute,) = found.misroutes
    assert ids(misroute.senders) == ids(misroute.lost) == [sender]
    assert misroute.key == f"{table}|ipv4"
    assert misroute.addresses == Addresses.of(stray)
    assert not misroute.hosts_only
    assert {route.target for route in misroute.forward} == {peering_id}
    assert found.one_ways == ()


@pytest.mark.parametrize(
    ("name", "peering_id", "kept", "hosts_only"),
    [
        ("G13c", "pcx-aaaabbbb", "10.0.1.66", False),
        ("G14", "pcx-aaaabbbb", "10.0.0.44", True),
        ("G14", "pcx-aaaacccc", "10.0.0.55", True),
        ("G15", "pcx-aaaabbbb", "10.0.0.77", False),
    ],
)
def test_a_misroute_of_some_addresses_loses_no_subnet(name: str, peering_id: str, kept: str, hosts_only: bool) -> None:
    found = faults_of(name, peering_id)
    (misroute,) = found.misroutes
    assert misroute.lost == ()
    assert kept not in misroute.addresses
    assert misroute.hosts_only == hosts_only
    assert found.answered == {4}


@pytest.mark.parametrize(("destination", "hosts_only"), [("10.0.1.0/24", False), ("10.0.1.20/32", True)])
def test_a_misroute_is_of_hosts_only_where_no_sender_reaches_a_whole_subnet(destination: str, hosts_only: bool) -> None:
    world = World()
    hub, stray = world.vpc("vpc-hub", "10.0.0.0/16"), world.vpc("vpc-stray", "10.8.0.0/16")
    spoke = world.vpc("vpc-spoke", "10.8.0.0/16")
    world.peering("pcx-spoke", hub, spoke)
    world.peering("pcx-stray", hub, stray)
    world.route_table("rtb-hub", hub, [world.subnet("subnet-hub", hub, "10.0.1.0/24")], {"10.8.0.0/16": "pcx-stray"})
    for index, each in enumerate(("10.0.1.10/32", destination)):
        subnet = world.subnet(f"subnet-{index}", spoke, f"10.8.{index}.0/24")
        world.route_table(f"rtb-{index}", spoke, [subnet], {each: "pcx-spoke"})
    network = network_of(world)
    (misroute,) = pair_faults(network, network.peerings["pcx-spoke"]).misroutes
    assert ids(misroute.senders) == ["subnet-0", "subnet-1"]
    assert misroute.hosts_only == hosts_only


@pytest.mark.parametrize(
    ("name", "peering_id", "sender", "receiver", "uses_connection"),
    [
        ("G10", "pcx-aaaabbbb", "subnet-A-cidr2", "subnet-B1", True),
        ("G10", "pcx-aaaacccc", "subnet-A-cidr1", "subnet-C1", True),
    ],
)
def test_a_table_that_lets_nothing_back_is_one_fault(
    name: str, peering_id: str, sender: str, receiver: str, uses_connection: bool
) -> None:
    found = [
        (ids(fault.senders), ids(fault.targeted), fault.uses_connection)
        for fault in faults_of(name, peering_id).one_ways
    ]
    assert found == [([sender], [receiver], uses_connection)]


def test_the_pairs_of_a_side_without_any_route_are_not_faults_of_their_own() -> None:
    found = faults_of("N01-oneway", "pcx-11112222")
    assert (found.misroutes, found.one_ways, found.undecided) == ((), (), None)
    assert found.answered == frozenset()


# --- What was not seen ------------------------------------------------------------------------------------------------

FAR = Target("222222222222", REGION)


class Bridge:
    """Two VPCs of two accounts, a peering connection between them, and a subnet in each that routes to the other."""

    def __init__(self, near: str = "10.8.0.0/16", far: str = "10.0.0.0/16") -> None:
        self.world = World()
        self.near = self.world.vpc("vpc-near", "10.0.0.0/16")
        self.far = self.world.vpc("vpc-far", "10.8.0.0/16", account=FAR.account)
        self.world.peering("pcx-a", self.near, self.far)
        self.here = self.world.subnet("subnet-near", self.near, "10.0.1.0/24")
        self.there = self.world.subnet("subnet-far", self.far, "10.8.1.0/24")
        self.world.route_table("rtb-near", self.near, [self.here], {near: "pcx-a"})
        self.world.route_table("rtb-far", self.far, [self.there], {far: "pcx-a"})

    @property
    def network(self) -> Network:
        return network_of(self.world)


def test_a_side_that_was_not_audited_leaves_its_pairs_unknown_and_none_at_fault() -> None:
    bridge = Bridge()
    bridge.world.drop_shard(FAR.account, asked=False)
    network = bridge.network
    peering = network.peerings["pcx-a"]
    missing = Missing.of(Kind.NOT_AUDITED, account=FAR.account, region=REGION)
    assert ways(network, peering) == Listing((), missing)
    assert pair_faults(network, peering) == PairFaults((), (), missing, frozenset())
    near = side_routes(network, peering, peering.requester)
    assert [route.destination for route in near.effective] == ["10.8.0.0/16"]
    assert near.missing is None
    assert side_routes(network, peering, peering.accepter).missing == missing


@pytest.mark.parametrize("action", ["ec2:DescribeSubnets", "ec2:DescribeRouteTables"])
def test_a_side_that_was_refused_leaves_its_pairs_unknown_and_none_at_fault(action: str) -> None:
    bridge = Bridge()
    bridge.world.refuse(action, account=FAR.account)
    network = bridge.network
    missing = Missing.of(Kind.REFUSED, account=FAR.account, region=REGION, action=action, code="UnauthorizedOperation")
    peering = network.peerings["pcx-a"]
    assert ways(network, peering) == Listing((), missing)
    assert pair_faults(network, peering) == PairFaults((), (), missing, frozenset())
    assert side_routes(network, peering, peering.accepter).missing == missing


def test_an_unreadable_prefix_list_toward_the_connection_leaves_the_pair_unknown() -> None:
    bridge = Bridge(far="10.0.2.0/24")
    listed = bridge.world.prefix_list("pl-a", readable=False)
    gateway = bridge.world.internet_gateway("igw-a", bridge.far)
    subnet = bridge.world.subnet("subnet-b", bridge.far, "10.8.2.0/24")
    # What the default route takes may be the list's as well.
    bridge.world.route_table("rtb-listed", bridge.far, [subnet], {listed: "pcx-a", "0.0.0.0/0": gateway})
    network = bridge.network
    found = {(sender.id, receiver.id): (way, sender, receiver) for _, way, sender, receiver in pairs(network)}
    way, sender, receiver = found["subnet-near", "subnet-b"]
    assert way.verdict(sender, receiver) == Verdict.UNKNOWN
    missing = way.undecided(sender, receiver)
    assert missing is not None
    assert {(cause.kind, cause.action) for cause in missing.causes} == {
        (Kind.REFUSED, "ec2:GetManagedPrefixListEntries")
    }
    way, sender, receiver = found["subnet-near", "subnet-far"]
    assert way.verdict(sender, receiver) == Verdict.ONE_WAY
    faults = pair_faults(network, network.peerings["pcx-a"])
    assert faults.undecided == missing
    assert [fault.receivers.table.id for fault in faults.one_ways] == ["rtb-far"]


# --- One side's routes ------------------------------------------------------------------------------------------------


def test_a_route_counts_where_a_subnet_sends_by_it_and_is_idle_elsewhere() -> None:
    bridge = Bridge()
    world, near = bridge.world, bridge.near
    world.route_table("rtb-orphan", near, [], {"10.8.0.0/16": "pcx-a"})
    world.route_table(
        "rtb-mixed",
        near,
        [world.subnet("subnet-b", near, "10.0.2.0/24")],
        {"10.8.0.0/17": blackhole("pcx-a"), world.prefix_list("pl-a", ["10.8.128.0/17"]): Via("pcx-a")},
    )
    network = bridge.network
    peering = network.peerings["pcx-a"]
    found = side_routes(network, peering, peering.requester)
    assert {(route.route_table_id, route.destination) for route in found.effective} == {
        ("rtb-near", "10.8.0.0/16"),
        ("rtb-mixed", "pl-a"),
    }
    assert {(route.route_table_id, route.destination) for route in found.idle} == {
        ("rtb-orphan", "10.8.0.0/16"),
        ("rtb-mixed", "10.8.0.0/17"),
    }
    assert found.missing is None
    assert set(found.any) == {*found.effective, *found.idle}


def test_a_route_in_an_undocumented_state_may_be_effective() -> None:
    bridge = Bridge()
    bridge.world.route_table("rtb-orphan", bridge.near, [], {"10.8.0.0/17": Via("pcx-a", state="filtered")})
    network = bridge.network
    peering = network.peerings["pcx-a"]
    assert side_routes(network, peering, peering.requester).missing is None
    subnet = bridge.world.subnet("subnet-c", bridge.near, "10.0.3.0/24")
    bridge.world.route_table("rtb-c", bridge.near, [subnet], {"10.8.0.0/17": Via("pcx-a", state="filtered")})
    network = bridge.network
    missing = side_routes(network, network.peerings["pcx-a"], peering.requester).missing
    assert missing is not None
    assert [(cause.kind, cause.resource) for cause in missing.causes] == [(Kind.AMBIGUOUS, "rtb-c|10.8.0.0/17")]


def test_a_connection_that_is_not_active_has_no_ways() -> None:
    world = World()
    near, far = world.vpc("vpc-near", "10.0.0.0/16"), world.vpc("vpc-far", "10.8.0.0/16")
    world.peering("pcx-a", near, far, status="deleted")
    for vpc, block in ((near, "10.0.0.0/24"), (far, "10.8.0.0/24")):
        world.subnet(f"subnet-{vpc.id}", vpc, block)
    network = network_of(world)
    assert ways(network, network.peerings["pcx-a"]) == Listing(())


# --- Small networks ---------------------------------------------------------------------------------------------------

# The first VPC is the hub. The others may overlap one another, as AWS allows the peers of a hub to; two ends may not.
_HUB = ("172.16.0.0/27", "2001:db8::/125")
_SPOKES = ("10.0.0.0/27", "10.0.0.16/28", "10.0.0.0/28", "192.168.0.0/28")
_SPOKES_V6 = ("2001:db8:1::/125", "2001:db8:2::/126")


def _parts(block: str, length: int) -> list[str]:
    network = ipaddress.ip_network(block)
    return [str(part) for part in network.subnets(new_prefix=max(length, network.prefixlen))]


@st.composite
def clouds(draw: st.DrawFn) -> Cloud:
    blocks = [_HUB] + [
        (draw(st.sampled_from(_SPOKES)), draw(st.sampled_from(_SPOKES_V6)))
        for _ in range(draw(st.integers(min_value=1, max_value=3)))
    ]
    vpcs = [_vpc(f"vpc-{at}", *each) for at, each in enumerate(blocks)]
    subnets = [subnet for at, each in enumerate(blocks) for subnet in draw(_subnets(at, *each))]
    peerings = draw(_peerings(vpcs))
    entries = draw(st.lists(st.sampled_from(_destinations(vpcs)), max_size=3, unique=True))
    tables = [
        table
        for vpc in vpcs
        for table in draw(_tables(vpc, vpcs, [each for each in subnets if each["VpcId"] == vpc["VpcId"]], peerings))
    ]
    return Cloud(vpcs, subnets, tables, peerings, {"pl-0a": entries, "pl-0b": entries[1:]})


@st.composite
def _subnets(draw: st.DrawFn, at: int, four: str, six: str) -> list[Raw]:
    made = []
    for index, block in enumerate(_parts(four, 28)):
        second = _parts(six, 126)[index : index + 1] if draw(st.booleans()) else []
        made.append(_subnet(f"subnet-{at}{index}", f"vpc-{at}", block, *second))
    return made


@st.composite
def _peerings(draw: st.DrawFn, vpcs: list[Raw]) -> list[Raw]:
    made = []
    for one in range(len(vpcs)):
        for other in range(one + 1, len(vpcs)):
            apart = not any(
                ipaddress.ip_network(mine).overlaps(ipaddress.ip_network(theirs))
                for mine in oracle.vpc_blocks(vpcs[one])
                for theirs in oracle.vpc_blocks(vpcs[other])
                if (":" in mine) == (":" in theirs)
            )
            if apart and (one == 0 or draw(st.booleans())):
                ends = draw(st.permutations([one, other]))
                status = draw(st.sampled_from(["active", "active", "active", "deleted"]))
                made.append(_peering(f"pcx-{one}{other}", f"vpc-{ends[0]}", f"vpc-{ends[1]}", status))
    return made


def _destinations(vpcs: list[Raw]) -> list[str]:
    blocks = dict.fromkeys(block for vpc in vpcs for block in oracle.vpc_blocks(vpc))
    found = ["10.0.0.0/8", "0.0.0.0/0", "::/0"]
    for block in blocks:
        lengths = (125, 126, 128) if ":" in block else (27, 28, 29, 32)
        found += [block, *(part for length in lengths for part in _parts(block, length)[:4])]
    return list(dict.fromkeys(found))


@st.composite
def _tables(draw: st.DrawFn, vpc: Raw, vpcs: list[Raw], subnets: list[Raw], peerings: list[Raw]) -> list[Raw]:
    own = oracle.vpc_blocks(vpc)
    far = [each for each in vpcs if each is not vpc]
    mine = [
        peering
        for peering in peerings
        if vpc["VpcId"] in (peering["RequesterVpcInfo"]["VpcId"], peering["AccepterVpcInfo"]["VpcId"])
    ]
    custom = draw(st.lists(st.sampled_from(subnets), unique_by=lambda each: each["SubnetId"], max_size=2))
    gone = draw(st.sampled_from(["associated", "associated", "disassociated", "failed"]))
    associations: dict[str, list[Raw]] = {
        "main": [{"Main": True, "AssociationState": {"State": "associated"}}],
        "custom": [{"SubnetId": each["SubnetId"], "AssociationState": {"State": gone}} for each in custom],
        # What a table does with traffic that comes in by a gateway is nothing to subnets.
        "edge": [{"Main": False, "GatewayId": "igw-0a", "AssociationState": {"State": "associated"}}],
    }
    made = []
    for kind, listed in associations.items():
        routes = [_route(block, "local") for block in own]
        destinations = [each for each in _destinations(far) if each not in own]
        # Whole blocks first: most tables then hold a way for each peer, and the rest is what disturbs it.
        for peering in mine:
            other = next(each for each in far if each["VpcId"] in _ends(peering))
            for block in oracle.vpc_blocks(other):
                if block in destinations and draw(st.booleans()):
                    destinations.remove(block)
                    routes.append(_route(block, peering["VpcPeeringConnectionId"], peering["Status"]["Code"]))
        targets = [*mine, *mine, None]
        for destination in draw(st.lists(st.sampled_from(destinations), max_size=4, unique=True)):
            target = draw(st.sampled_from(targets))
            routes.append(_route(destination, *_target(target)))
        learnt = draw(st.lists(st.sampled_from(destinations), max_size=1))
        routes += [_route(each, "vgw-0a") | {"Origin": "EnableVgwRoutePropagation"} for each in learnt]
        for prefix_list in draw(st.lists(st.sampled_from(["pl-0a", "pl-0b"]), max_size=2, unique=True)):
            route = _route("0.0.0.0/0", *_target(draw(st.sampled_from(targets))))
            del route["DestinationCidrBlock"]
            routes.append(route | {"DestinationPrefixListId": prefix_list})
        made.append(
            {
                "RouteTableId": f"rtb-{vpc['VpcId']}-{kind}",
                "VpcId": vpc["VpcId"],
                "OwnerId": ACCOUNT,
                "Associations": listed,
                "Routes": routes,
            }
        )
    return made


def _ends(peering: Raw) -> tuple[str, str]:
    return peering["RequesterVpcInfo"]["VpcId"], peering["AccepterVpcInfo"]["VpcId"]


def _target(peering: Raw | None) -> tuple[str, str]:
    return (peering["VpcPeeringConnectionId"], peering["Status"]["Code"]) if peering else ("igw-0a", "active")


@given(clouds())
def test_every_pair_of_subnets_is_judged_as_trying_every_address_shows(cloud: Cloud) -> None:
    assert judged(network_of_cloud(cloud)) == by_oracle(cloud)


@a_third
@given(clouds())
def test_swapping_requester_and_accepter_changes_nothing(cloud: Cloud) -> None:
    swapped = [
        {**peering, "RequesterVpcInfo": peering["AccepterVpcInfo"], "AccepterVpcInfo": peering["RequesterVpcInfo"]}
        for peering in cloud.peerings
    ]
    other = Cloud(cloud.vpcs, cloud.subnets, cloud.tables, swapped, cloud.lists)
    assert judged(network_of_cloud(other)) == judged(network_of_cloud(cloud))


@a_third
@given(clouds(), st.randoms(use_true_random=False))
def test_the_order_of_the_answers_changes_nothing(cloud: Cloud, shuffler: random.Random) -> None:
    def shuffled(items: Any) -> list[Any]:
        return shuffler.sample(list(items), len(items))

    tables = [{**table, "Routes": shuffled(table["Routes"])} for table in shuffled(cloud.tables)]
    other = Cloud(shuffled(cloud.vpcs), shuffled(cloud.subnets), tables, shuffled(cloud.peerings), cloud.lists)
    assert judged(network_of_cloud(other)) == judged(network_of_cloud(cloud))


@a_third
@given(clouds(), st.randoms(use_true_random=False))
def test_splitting_a_route_into_its_halves_changes_nothing(cloud: Cloud, chooser: random.Random) -> None:
    tables = [{**table, "Routes": _halved(table["Routes"], cloud.lists, chooser)} for table in cloud.tables]
    other = Cloud(cloud.vpcs, cloud.subnets, tables, cloud.peerings, cloud.lists)
    assert judged(network_of_cloud(other)) == judged(network_of_cloud(cloud))


def _halved(routes: list[Raw], lists: oracle.Lists, chooser: random.Random) -> list[Raw]:
    made: list[Raw] = []
    for route in routes:
        member = next(each for each in route if each.startswith("Destination"))
        whole = None if member == "DestinationPrefixListId" else ipaddress.ip_network(route[member])
        halves = [str(half) for half in whole.subnets()] if whole and whole.prefixlen < whole.max_prefixlen else []
        # A half as long as another block would win or lose against it where the whole did not.
        taken = [block for each in (*routes, *made) for block in oracle.blocks_of(each, lists)]
        splits = halves and route["Origin"] == "CreateRoute" and not set(halves) & set(taken) and chooser.random() < 0.7
        made += [{**route, member: half} for half in halves] if splits else [route]
    return made


@a_third
@given(clouds())
def test_every_faulty_pair_is_in_the_faults_of_its_connection(cloud: Cloud) -> None:
    network, expected = network_of_cloud(cloud), by_oracle(cloud)
    for peering in network.peerings.values():
        found = pair_faults(network, peering)
        of_peering = {pair: judgement for pair, judgement in expected.items() if pair[0] == peering.id}
        misrouted = {pair for pair, each in of_peering.items() if each.verdict in ("misrouted", "partly-misrouted")}
        assert {each.id for fault in found.misroutes for each in fault.senders} == {pair[1] for pair in misrouted}
        assert found.answered == {pair[3] for pair, each in of_peering.items() if each.sent and each.returned}
        assert (found.undecided is not None) == any(each.verdict == "unknown" for each in of_peering.values())
        one_way = {
            pair
            for pair, each in of_peering.items()
            if each.verdict == "one-way" and each.sent and not ends_in_blackholes(network, pair)
        }
        reported = {(each.id, fault.version) for fault in found.one_ways for each in fault.targeted}
        # A side without any route is one fault of its own, unless its answers take another connection.
        astray = {network.subnets[pair[2]].vpc_id for pair in misrouted}
        silent = {side.vpc_id for side in peering.sides if not side_routes(network, peering, side).effective} - astray
        assert reported == {(pair[2], pair[3]) for pair in one_way if network.subnets[pair[2]].vpc_id not in silent}


def ends_in_blackholes(network: Network, pair: Pair) -> bool:
    """Whether blackholes of peering connections, which are faults of their own, take all answers of a pair."""
    _, sender, receiver, version = pair
    table, wanted = network.table_of(network.subnets[receiver]), network.subnets[sender].addresses.family(version)
    assert isinstance(table, RouteTable)
    found = table.lookup(wanted).routed
    lost = [part for route, part in found if route.state == "blackhole" and route.kind is TargetKind.PEERING]
    return Addresses.union(lost) == wanted
