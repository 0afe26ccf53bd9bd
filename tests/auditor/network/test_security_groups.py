import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.network.addresses import ALL_IPV4, ALL_IPV6, NOTHING, Addresses
from auditor.network.missing import Cause, Kind, Missing
from auditor.network.network import Network
from auditor.network.security_groups import Passage, Reference, lists_allowed, passage
from auditor.network.traffic import HTTPS, TCP, UDP, Direction, Port
from auditor.snapshot import Answer, CallError, Manifest, ManifestTarget, Shard, Snapshot, Target, Tool
from tests.networks import network_of

Item = dict[str, Any]

ACCOUNT, OTHER = "111111111111", "222222222222"
REGION = "eu-west-1"
HERE, THERE = Target(ACCOUNT, REGION), Target(OTHER, REGION)
AT = "2026-11-23T12:00:00Z"
VPC, PEER = Addresses.of("10.0.0.0/16"), Addresses.of("10.1.0.0/16")

VPCS, GROUPS, INTERFACES = "ec2:DescribeVpcs", "ec2:DescribeSecurityGroups", "ec2:DescribeNetworkInterfaces"
PEERINGS, LISTS = "ec2:DescribeVpcPeeringConnections", "ec2:GetManagedPrefixListEntries"


def group(group_id: str, *ingress: Item, egress: Sequence[Item] = (), owner: str = ACCOUNT) -> Item:
    return {
        "GroupId": group_id,
        "OwnerId": owner,
        "VpcId": "vpc-0a" if owner == ACCOUNT else "vpc-0b",
        "IpPermissions": list(ingress),
        "IpPermissionsEgress": list(egress),
    }


def rule(*sources: str | Item, protocol: str = "tcp", ports: tuple[int, int] | None = (443, 443)) -> Item:
    blocks = [source for source in sources if isinstance(source, str)]
    item: Item = {
        "IpProtocol": protocol,
        "IpRanges": [{"CidrIp": block} for block in blocks if "." in block],
        "Ipv6Ranges": [{"CidrIpv6": block} for block in blocks if ":" in block],
        "PrefixListIds": [{"PrefixListId": block} for block in blocks if block.startswith("pl-")],
        "UserIdGroupPairs": [{"GroupId": block, "UserId": ACCOUNT} for block in blocks if block.startswith("sg-")]
        + [source for source in sources if not isinstance(source, str)],
    }
    return item | ({"FromPort": ports[0], "ToPort": ports[1]} if ports else {})


def across(group_id: str, **members: str) -> Item:
    pair = {"GroupId": group_id, "UserId": OTHER, "VpcId": "vpc-0b", "VpcPeeringConnectionId": "pcx-0a"}
    return pair | {"PeeringStatus": "active"} | members


def interface(interface_id: str, *group_ids: str, addresses: Sequence[str]) -> Item:
    ipv4 = [address for address in addresses if "." in address]
    return {
        "NetworkInterfaceId": interface_id,
        "Groups": [{"GroupId": group_id} for group_id in group_ids],
        "PrivateIpAddresses": [{"PrivateIpAddress": address} for address in ipv4],
        "Ipv6Addresses": [{"Ipv6Address": address} for address in addresses if ":" in address],
    } | ({"PrivateIpAddress": ipv4[0]} if ipv4 else {})


def peering(status: str = "active") -> Item:
    return {
        "VpcPeeringConnectionId": "pcx-0a",
        "Status": {"Code": status},
        "RequesterVpcInfo": {"VpcId": "vpc-0a", "OwnerId": ACCOUNT, "Region": REGION},
        "AccepterVpcInfo": {
            "VpcId": "vpc-0b",
            "OwnerId": OTHER,
            "Region": REGION,
            "CidrBlock": "10.1.0.0/16",
            "CidrBlockSet": [{"CidrBlock": "10.1.0.0/16"}],
        },
    }


def entries(prefix_list_id: str, *blocks: str) -> Item:
    return {"PrefixListId": prefix_list_id, "Entries": [{"Cidr": block} for block in blocks]}


Answers = Mapping[str, Sequence[Item] | None]


def network(here: Answers, there: Answers | None = None) -> Network:
    """What two accounts answer. An action that an account does not name is empty; one that it maps to None, refused."""
    own: Item = {"VpcId": "vpc-0a", "OwnerId": ACCOUNT, "CidrBlock": "10.0.0.0/16"}
    peer: Item = {"VpcId": "vpc-0b", "OwnerId": OTHER, "CidrBlock": "10.1.0.0/16"}
    shards = {HERE: shard(HERE, {VPCS: [own], **here})}
    if there is not None:
        shards[THERE] = shard(THERE, {VPCS: [peer], **there})
    manifest = Manifest(
        tool=Tool(name="vpc-auditor", version="0"),
        started_at=AT,
        targets=tuple(ManifestTarget(account_id=target.account, region=target.region) for target in shards),
    )
    return network_of(Snapshot(shards, {}, manifest))


def shard(target: Target, given_answers: Answers) -> Shard:
    answers = {action: Answer(items=[]) for action in (VPCS, GROUPS, INTERFACES, PEERINGS, LISTS)}
    refused = Answer(error=CallError(code="UnauthorizedOperation", kind="refused"))
    answers |= {
        action: refused if items is None else Answer(items=list(items)) for action, items in given_answers.items()
    }
    return Shard(account_id=target.account, region=target.region, collected_at=AT, answers=answers)


def ingress(
    seen: Network, *group_ids: str, port: Port | None = HTTPS, asked: Addresses = VPC, at: Target = HERE
) -> Passage:
    return passage(seen, group_ids, at, direction=Direction.INGRESS, port=port, asked=asked)


def refusal(action: str, target: Target = HERE) -> Cause:
    return Cause(Kind.REFUSED, target.account, target.region, action, code="UnauthorizedOperation")


def causes(missing: Missing | None) -> set[Cause]:
    return set(missing.causes) if missing else set()


# --- Blocks, protocols and ports --------------------------------------------------------------------------------------


def test_the_rules_of_all_groups_count_together() -> None:
    seen = network({GROUPS: [group("sg-0a", rule("10.0.1.0/24")), group("sg-0b", rule("10.0.2.0/24", "10.9.0.0/16"))]})
    found = ingress(seen, "sg-0a", "sg-0b")
    assert found.allowed == Addresses.of("10.0.1.0/24", "10.0.2.0/24")
    assert found.denied == VPC - found.allowed
    assert found.unseen == NOTHING
    assert found.missing is None


def test_an_interface_without_groups_lets_nothing_in() -> None:
    assert ingress(network({})) == Passage(NOTHING, VPC, NOTHING, (), None)


@pytest.mark.parametrize(
    ("allowing", "port", "allowed"),
    [
        pytest.param(rule("0.0.0.0/0"), HTTPS, True, id="the port itself"),
        pytest.param(rule("0.0.0.0/0", protocol="6"), HTTPS, True, id="the protocol by its number"),
        pytest.param(rule("0.0.0.0/0", ports=(0, 65535)), HTTPS, True, id="all ports"),
        pytest.param(rule("0.0.0.0/0", ports=(400, 443)), HTTPS, True, id="the last port of a range"),
        pytest.param(rule("0.0.0.0/0", ports=(443, 500)), HTTPS, True, id="the first port of a range"),
        pytest.param(rule("0.0.0.0/0", ports=(444, 500)), HTTPS, False, id="a range above"),
        pytest.param(rule("0.0.0.0/0", ports=(0, 442)), HTTPS, False, id="a range below"),
        pytest.param(rule("0.0.0.0/0", ports=(0, 0)), HTTPS, False, id="port 0"),
        pytest.param(rule("0.0.0.0/0", ports=None), HTTPS, True, id="no range"),
        pytest.param(rule("0.0.0.0/0", ports=(-1, -1)), HTTPS, True, id="a range of -1"),
        pytest.param(rule("0.0.0.0/0", protocol="-1", ports=None), HTTPS, True, id="all protocols"),
        pytest.param(
            rule("0.0.0.0/0", protocol="-1", ports=(-1, -1)), HTTPS, True, id="all protocols with ports of -1"
        ),
        pytest.param(rule("0.0.0.0/0", protocol="-1", ports=(22, 22)), HTTPS, True, id="ports without a meaning"),
        pytest.param(rule("0.0.0.0/0", protocol="udp"), HTTPS, False, id="another protocol"),
        pytest.param(rule("0.0.0.0/0", protocol="udp"), Port(UDP, 443), True, id="another protocol asked for"),
        pytest.param(rule("0.0.0.0/0", protocol="icmp", ports=(-1, -1)), HTTPS, False, id="ping"),
        pytest.param(rule("0.0.0.0/0", protocol="icmp", ports=(8, 0)), None, True, id="ping where anything counts"),
        pytest.param(rule("0.0.0.0/0", ports=(22, 22)), None, True, id="one port where anything counts"),
        pytest.param(rule("::/0"), HTTPS, False, id="the other family"),
    ],
)
def test_a_rule_allows_its_own_protocol_and_ports(allowing: Item, port: Port | None, allowed: bool) -> None:
    found = ingress(network({GROUPS: [group("sg-0a", allowing)]}), "sg-0a", port=port)
    assert (found.allowed, found.denied) == ((VPC, NOTHING) if allowed else (NOTHING, VPC))


def test_each_direction_has_its_own_rules() -> None:
    seen = network({GROUPS: [group("sg-0a", egress=[rule("0.0.0.0/0", "::/0", protocol="-1", ports=None)])]})
    assert ingress(seen, "sg-0a").denied == VPC
    everything = ALL_IPV4 | ALL_IPV6
    out = passage(seen, ["sg-0a"], HERE, direction=Direction.EGRESS, port=HTTPS, asked=everything)
    assert out.allowed == everything


# --- Groups that were not seen ----------------------------------------------------------------------------------------


def test_a_group_of_a_refused_list_is_unseen() -> None:
    found = ingress(network({GROUPS: None}), "sg-0a")
    assert (found.allowed, found.denied, found.unseen) == (NOTHING, NOTHING, VPC)
    assert causes(found.missing) == {refusal(GROUPS)}


def test_a_group_that_a_whole_list_lacks_is_gone() -> None:
    assert ingress(network({}), "sg-0a") == Passage(NOTHING, VPC, NOTHING, (), None)


def test_a_group_of_an_account_that_was_not_audited_is_unseen() -> None:
    found = ingress(network({}), "sg-0a", at=THERE)
    assert found.unseen == VPC
    assert causes(found.missing) == {Cause(Kind.NOT_AUDITED, OTHER, REGION)}


def test_an_unseen_group_hides_nothing_that_another_one_allows() -> None:
    refused = Answer(
        items=[group("sg-0a", rule("10.0.0.0/17"))], error=CallError(code="UnauthorizedOperation", kind="refused")
    )
    cut = shard(HERE, {})
    cut.answers[GROUPS] = refused
    manifest = Manifest(tool=Tool(name="vpc-auditor", version="0"), started_at=AT, targets=())
    seen = network_of(Snapshot({HERE: cut}, {}, manifest))
    found = ingress(seen, "sg-0a", "sg-0b")
    assert (found.allowed, found.unseen) == (Addresses.of("10.0.0.0/17"), Addresses.of("10.0.128.0/17"))
    within = ingress(seen, "sg-0a", "sg-0b", asked=Addresses.of("10.0.1.0/24"))
    assert (within.unseen, within.missing) == (NOTHING, None)


def test_a_group_whose_rules_aws_left_out_is_unseen() -> None:
    found = ingress(network({GROUPS: [{"GroupId": "sg-0a", "VpcId": "vpc-0a"}]}), "sg-0a")
    assert found.unseen == VPC
    assert causes(found.missing) == {Cause(Kind.ABSENT_FIELD, ACCOUNT, REGION, GROUPS, "sg-0a")}


# --- Prefix lists -----------------------------------------------------------------------------------------------------


def test_a_prefix_list_allows_its_entries() -> None:
    seen = network({GROUPS: [group("sg-0a", rule("pl-0a"))], LISTS: [entries("pl-0a", "10.0.3.0/24", "10.0.4.0/24")]})
    found = ingress(seen, "sg-0a")
    assert found.allowed == Addresses.of("10.0.3.0/24", "10.0.4.0/24")
    assert found.missing is None


def test_an_unreadable_prefix_list_hides_what_no_other_rule_allows() -> None:
    seen = network({GROUPS: [group("sg-0a", rule("pl-0a"), rule("10.0.3.0/24"))], LISTS: None})
    found = ingress(seen, "sg-0a")
    assert (found.allowed, found.denied) == (Addresses.of("10.0.3.0/24"), NOTHING)
    assert causes(found.missing) == {refusal(LISTS)}


def test_an_unreadable_prefix_list_of_a_rule_for_another_port_hides_nothing() -> None:
    seen = network({GROUPS: [group("sg-0a", rule("pl-0a", ports=(22, 22)))], LISTS: None})
    assert ingress(seen, "sg-0a").denied == VPC


# --- References -------------------------------------------------------------------------------------------------------


def test_a_reference_allows_the_private_addresses_of_the_groups_interfaces() -> None:
    seen = network(
        {
            GROUPS: [group("sg-0a", rule("sg-0b"))],
            INTERFACES: [
                interface("eni-0a", "sg-0c", "sg-0b", addresses=["10.0.1.4", "10.0.1.5", "2001:db8::4"]),
                interface("eni-0b", "sg-0c", addresses=["10.0.1.6"]),
            ],
        }
    )
    members = Addresses.of("10.0.1.4", "10.0.1.5", "2001:db8::4")
    found = ingress(seen, "sg-0a", asked=VPC | ALL_IPV6)
    assert found.allowed == members
    assert found.references == (Reference("sg-0b", "vpc-0a", members),)
    assert found.missing is None


def test_a_reference_to_a_group_that_nothing_carries_allows_nothing_yet() -> None:
    found = ingress(network({GROUPS: [group("sg-0a", rule("sg-0a"))]}), "sg-0a")
    assert found == Passage(NOTHING, VPC, NOTHING, (Reference("sg-0a", "vpc-0a", NOTHING),), None)


def test_a_reference_of_a_rule_for_another_port_is_not_asked() -> None:
    seen = network({GROUPS: [group("sg-0a", rule("sg-0b", ports=(22, 22)))], INTERFACES: None})
    assert ingress(seen, "sg-0a") == Passage(NOTHING, VPC, NOTHING, (), None)


def test_members_are_unseen_where_interfaces_were_refused() -> None:
    found = ingress(network({GROUPS: [group("sg-0a", rule("sg-0b"))], INTERFACES: None}), "sg-0a")
    assert found.unseen == VPC
    assert causes(found.missing) == {refusal(INTERFACES)}


def test_a_reference_across_an_active_peering_allows_the_peers_interfaces() -> None:
    seen = network(
        {GROUPS: [group("sg-0a", rule(across("sg-0b")))], PEERINGS: [peering()]},
        {INTERFACES: [interface("eni-0b", "sg-0b", addresses=["10.1.0.9"])]},
    )
    found = ingress(seen, "sg-0a", asked=PEER)
    assert found.allowed == Addresses.of("10.1.0.9")
    assert found.references == (Reference("sg-0b", "vpc-0b", found.allowed),)
    assert found.missing is None


@pytest.mark.parametrize("status", ["deleted", "pending-acceptance", "rejected"])
def test_a_reference_across_a_peering_that_is_not_active_matches_nothing(status: str) -> None:
    seen = network(
        {GROUPS: [group("sg-0a", rule(across("sg-0b", PeeringStatus=status)))]},
        {INTERFACES: [interface("eni-0b", "sg-0b", addresses=["10.1.0.9"])]},
    )
    assert ingress(seen, "sg-0a", asked=PEER) == Passage(NOTHING, PEER, NOTHING, (), None)


def test_a_reference_to_a_deleted_group_of_a_peer_matches_nothing() -> None:
    pair = across("sg-0b")
    del pair["UserId"]
    seen = network({GROUPS: [group("sg-0a", rule(pair))], PEERINGS: [peering()]})
    assert ingress(seen, "sg-0a", asked=PEER) == Passage(NOTHING, PEER, NOTHING, (), None)


@pytest.mark.parametrize(("status", "allowed"), [("active", "10.1.0.9"), ("deleted", "")])
def test_the_connection_tells_its_status_where_the_rule_does_not(status: str, allowed: str) -> None:
    pair = across("sg-0b")
    del pair["PeeringStatus"]
    seen = network(
        {GROUPS: [group("sg-0a", rule(pair))], PEERINGS: [peering(status)]},
        {INTERFACES: [interface("eni-0b", "sg-0b", addresses=["10.1.0.9"])]},
    )
    found = ingress(seen, "sg-0a", asked=PEER)
    assert (str(found.allowed), found.missing) == (f"{allowed}/32" if allowed else "", None)


def test_a_reference_whose_status_nothing_tells_is_unseen() -> None:
    pair = across("sg-0b")
    del pair["PeeringStatus"]
    found = ingress(network({GROUPS: [group("sg-0a", rule(pair))]}), "sg-0a", asked=PEER)
    assert found.unseen == PEER
    assert causes(found.missing) == {Cause(Kind.ABSENT_FIELD, ACCOUNT, REGION, GROUPS, "sg-0a")}


def test_a_peers_unseen_members_hide_the_peers_addresses_alone() -> None:
    seen = network({GROUPS: [group("sg-0a", rule(across("sg-0b")))], PEERINGS: [peering()]})
    found = ingress(seen, "sg-0a", asked=VPC | PEER)
    assert (found.denied, found.unseen) == (VPC, PEER)
    assert causes(found.missing) == {Cause(Kind.NOT_AUDITED, OTHER, REGION)}
    assert ingress(seen, "sg-0a", asked=VPC) == Passage(NOTHING, VPC, NOTHING, found.references, None)


def test_unseen_members_of_a_peer_whose_blocks_are_not_known_hide_everything() -> None:
    found = ingress(network({GROUPS: [group("sg-0a", rule(across("sg-0b")))]}), "sg-0a", asked=VPC)
    assert found.unseen == VPC
    connection = peering()
    del connection["AccepterVpcInfo"]["CidrBlockSet"]
    seen = network({GROUPS: [group("sg-0a", rule(across("sg-0b")))], PEERINGS: [connection]})
    assert ingress(seen, "sg-0a", asked=VPC).unseen == VPC


def test_a_peers_group_whose_vpc_aws_does_not_name_is_not_one_of_the_own_vpc() -> None:
    pair = across("sg-0b")
    del pair["VpcId"]
    found = ingress(network({GROUPS: [group("sg-0a", rule(pair))], PEERINGS: [peering()]}), "sg-0a", asked=PEER)
    assert found.unseen == PEER
    assert found.references == (Reference("sg-0b", "", NOTHING),)


def test_an_interface_may_show_its_primary_address_alone() -> None:
    carrier = {"NetworkInterfaceId": "eni-0a", "Groups": [{"GroupId": "sg-0a"}], "PrivateIpAddress": "10.0.0.9"}
    seen = network({GROUPS: [group("sg-0a", rule("sg-0a"))], INTERFACES: [carrier]})
    assert ingress(seen, "sg-0a").allowed == Addresses.of("10.0.0.9")


@pytest.mark.parametrize(("owner", "unseen"), [(ACCOUNT, NOTHING), (None, NOTHING), (OTHER, VPC)])
def test_in_a_shared_vpc_an_account_shows_the_members_of_its_own_groups(owner: str | None, unseen: Addresses) -> None:
    shared = {"VpcId": "vpc-0a", "OwnerId": OTHER, "CidrBlock": "10.0.0.0/16"}
    pair = {"GroupId": "sg-0b", "UserId": owner} if owner else {"GroupId": "sg-0b"}
    seen = network({VPCS: [shared], GROUPS: [group("sg-0a", rule(pair))]})
    found = ingress(seen, "sg-0a")
    assert found.unseen == unseen
    kinds = {cause.kind for cause in causes(found.missing)}
    assert kinds == ({Kind.PARTICIPANT, Kind.NOT_AUDITED} if unseen else set())


def test_the_owner_of_a_vpc_shows_the_members_of_every_group_in_it() -> None:
    pair = {"GroupId": "sg-0b", "UserId": OTHER}
    carrier = interface("eni-0a", "sg-0b", addresses=["10.0.0.9"])
    found = ingress(network({GROUPS: [group("sg-0a", rule(pair))], INTERFACES: [carrier]}), "sg-0a")
    assert (found.allowed, found.unseen) == (Addresses.of("10.0.0.9"), NOTHING)


def test_interfaces_of_another_region_are_no_members() -> None:
    seen = network({GROUPS: [group("sg-0a", rule("sg-0b"))]})
    assert seen.members("sg-0b", REGION) == NOTHING
    far = Target(ACCOUNT, "eu-central-1")
    carrier = interface("eni-0a", "sg-0b", addresses=["10.0.0.9"])
    manifest = Manifest(tool=Tool(name="vpc-auditor", version="0"), started_at=AT, targets=())
    shards = {
        HERE: shard(HERE, {GROUPS: [group("sg-0a", rule("sg-0b"))]}),
        far: shard(far, {INTERFACES: [carrier]}),
    }
    assert ingress(network_of(Snapshot(shards, {}, manifest)), "sg-0a").denied == VPC


# --- Against single addresses and ports -------------------------------------------------------------------------------

UNIVERSE = [str(each) for block in ("10.0.0.0/28", "10.1.0.0/29", "fd00::/125") for each in ipaddress.ip_network(block)]
GROUP_IDS = ("sg-0a", "sg-0b", "sg-0c")
SOURCES: tuple[str | Item, ...] = (
    "10.0.0.0/29",
    "10.0.0.4/30",
    "10.1.0.2/32",
    "0.0.0.0/0",
    "fd00::/126",
    "pl-0a",
    "pl-0b",
    "sg-0a",
    "sg-0b",
    across("sg-0c"),
    across("sg-0c", PeeringStatus="deleted"),
)
ENTRIES = {"pl-0a": ("10.0.0.8/30", "10.1.0.4/30"), "pl-0b": ("fd00::4/127",)}


@st.composite
def rules(draw: st.DrawFn) -> list[Item]:
    return [
        rule(*sources, protocol=protocol, ports=(min(ends), max(ends)))
        for sources, protocol, ends in draw(
            st.lists(
                st.tuples(
                    st.lists(st.sampled_from(SOURCES), max_size=3),
                    st.sampled_from(["tcp", "6", "udp", "-1", "icmp"]),
                    st.tuples(st.integers(440, 446), st.integers(440, 446)),
                ),
                max_size=3,
            )
        )
    ]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Item], list[Item], list[Item]]:
    groups = [group(group_id, *draw(rules()), egress=draw(rules())) for group_id in GROUP_IDS[:2]]
    here, there = (
        [
            interface(f"eni-{prefix}{number}", *held, addresses=addresses)
            for number, (held, addresses) in enumerate(
                draw(
                    st.lists(
                        st.tuples(
                            st.lists(st.sampled_from(carried), unique=True),
                            st.lists(st.sampled_from(addresses_there), min_size=1, max_size=2, unique=True),
                        ),
                        max_size=3,
                    )
                )
            )
        ]
        for prefix, carried, addresses_there in (
            ("a", GROUP_IDS[:2], [each for each in UNIVERSE if not each.startswith("10.1.")]),
            ("b", GROUP_IDS[2:], [each for each in UNIVERSE if each.startswith("10.1.")]),
        )
    )
    return groups, here, there


def permitted(permission: Item, interfaces: Iterable[Item], protocol: str, port: int, address: str) -> bool:
    if permission["IpProtocol"] != "-1":
        if {"tcp": "6", "udp": "17", "icmp": "1"}.get(permission["IpProtocol"], permission["IpProtocol"]) != protocol:
            return False
        if not permission["FromPort"] <= port <= permission["ToPort"]:
            return False
    blocks = [block["CidrIp"] for block in permission["IpRanges"]]
    blocks += [block["CidrIpv6"] for block in permission["Ipv6Ranges"]]
    blocks += [block for listed in permission["PrefixListIds"] for block in ENTRIES[listed["PrefixListId"]]]
    if any(ipaddress.ip_address(address) in ipaddress.ip_network(block) for block in blocks):
        return True
    return any(
        pair["GroupId"] in [carried["GroupId"] for carried in holder["Groups"]]
        and address
        in [held for kind in holder.values() if isinstance(kind, list) for each in kind for held in each.values()]
        for pair in permission["UserIdGroupPairs"]
        if pair.get("PeeringStatus", "active") == "active"
        for holder in interfaces
    )


def build(
    groups: list[Item], here: list[Item] | None, there: list[Item] | None, lists: Sequence[Item] | None
) -> Network:
    own: Answers = {GROUPS: groups, INTERFACES: here, LISTS: lists, PEERINGS: [peering()]}
    return network(own, {INTERFACES: there, LISTS: lists})


@given(
    worlds(), st.sampled_from(list(Direction)), st.sampled_from([TCP, UDP]), st.lists(st.sampled_from(GROUP_IDS[:2]))
)
def test_every_address_and_port_is_judged_as_a_reading_of_single_packets_judges_it(
    world: tuple[list[Item], list[Item], list[Item]], direction: Direction, protocol: str, asked: list[str]
) -> None:
    groups, here, there = world
    seen = build(groups, here, there, [entries(name, *blocks) for name, blocks in ENTRIES.items()])
    member = "IpPermissions" if direction is Direction.INGRESS else "IpPermissionsEgress"
    permissions = [each for found in groups if found["GroupId"] in asked for each in found[member]]
    for port in (439, 442, 443, 447):
        found = passage(
            seen, asked, HERE, direction=direction, port=Port(protocol, port), asked=Addresses.of(*UNIVERSE)
        )
        for address in UNIVERSE:
            passes = any(permitted(each, here + there, protocol, port, address) for each in permissions)
            assert (address in found.allowed, address in found.denied) == (passes, not passes)
        assert (found.unseen, found.missing) == (NOTHING, None)


@given(worlds(), st.lists(st.booleans(), min_size=3, max_size=3))
def test_a_refused_answer_turns_allowed_into_unseen_and_never_into_denied(
    world: tuple[list[Item], list[Item], list[Item]], refused: list[bool]
) -> None:
    groups, here, there = world
    lists = [entries(name, *blocks) for name, blocks in ENTRIES.items()]
    asked = Addresses.of(*UNIVERSE)
    whole = ingress(build(groups, here, there, lists), *GROUP_IDS[:2], asked=asked)
    less = ingress(
        build(groups, None if refused[0] else here, None if refused[1] else there, None if refused[2] else lists),
        *GROUP_IDS[:2],
        asked=asked,
    )
    assert less.allowed <= whole.allowed <= less.allowed | less.unseen
    assert less.denied <= whole.denied
    assert less.allowed | less.denied | less.unseen == asked
    assert bool(less.unseen) == (less.missing is not None)


def test_the_lists_that_rules_name_are_let_through_whatever_their_entries() -> None:
    rules = [rule("pl-1", "10.0.0.0/8"), rule("pl-2", ports=(80, 80)), rule("pl-3", protocol="-1", ports=None)]
    seen = network({GROUPS: [group("sg-1", rule("pl-4"), egress=rules), group("sg-2", egress=[rule("pl-5")])]})
    out, into = Direction.EGRESS, Direction.INGRESS
    assert lists_allowed(seen, ["sg-1"], direction=out, port=HTTPS) == {"pl-1", "pl-3"}
    assert lists_allowed(seen, ["sg-1", "sg-2", "sg-gone"], direction=out, port=HTTPS) == {"pl-1", "pl-3", "pl-5"}
    assert lists_allowed(seen, ["sg-1"], direction=into, port=HTTPS) == {"pl-4"}
