import ipaddress
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.network.addresses import Addresses
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.service_filters import AclFilter, Closed, GroupFilter, acl_filters, group_filters
from auditor.network.traffic import Direction
from tests.networks import network_of
from tests.world import Permission, World, acl_rule, allow
from tests.world_words import AclRule

S3 = "com.amazonaws.eu-west-1.s3"
ENTRIES = ("3.5.0.0/22", "52.216.0.0/23")


def world(egress: Sequence[Permission] | None = None, rules: Sequence[AclRule] | None = None) -> World:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.aws_prefix_list("pl-s3", S3, ENTRIES)
    made.security_group("sg-1", vpc, egress=egress)
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24", groups=["sg-1"])
    if rules is not None:
        made.network_acl("acl-1", vpc, [subnet], rules)
    made.gateway_endpoint("vpce-1", vpc, "s3", [made.route_table("rtb-a", vpc, [subnet])])
    return made


def of_groups(seen: World) -> GroupFilter:
    network = network_of(seen)
    (found,) = group_filters(network, network.vpcs["vpc-a"])
    return found


def of_acl(seen: World) -> AclFilter:
    network = network_of(seen)
    (found,) = acl_filters(network, network.vpcs["vpc-a"], every_subnet=False)
    return found


def closed(found: GroupFilter | AclFilter) -> Closed:
    assert isinstance(found.closed, Closed)
    return found.closed


def test_a_filter_that_lets_all_of_the_service_through_closes_nothing() -> None:
    assert of_groups(world()).closed is None
    assert of_acl(world()).closed is None


def test_what_a_set_of_groups_closes_is_the_rest_of_the_service() -> None:
    found = of_groups(world([allow("tcp", 443, "3.5.0.0/23", "52.216.0.0/23")]))
    assert (found.service_name, found.endpoints, found.lists) == (S3, ("vpce-1",), ("pl-s3",))
    assert (found.groups, found.interfaces, found.subnets) == (("sg-1",), ("eni-a-0",), ("subnet-a",))
    assert (closed(found).denied, closed(found).wholly) == (Addresses.of("3.5.2.0/23"), False)
    assert (closed(found).entries, closed(found).short) == (ENTRIES, ("3.5.0.0/22",))
    assert closed(found).counted == "which leaves out 1 of the 2 entries"


def test_what_a_network_acl_closes_is_told_by_direction() -> None:
    rules = [
        acl_rule("egress", 90, "deny", "3.5.1.0/24"),
        acl_rule("egress", 100, "allow", "0.0.0.0/0"),
        acl_rule("ingress", 100, "allow", "3.5.0.0/16", protocol="tcp", ports=(40000, 50000)),
    ]
    found = of_acl(world(rules=rules))
    assert (found.requests, found.answers) == (Addresses.of("3.5.1.0/24"), Addresses.of("52.216.0.0/23"))
    assert closed(found).denied == found.requests | found.answers
    assert found.rules == ((Direction.EGRESS, 90), (Direction.INGRESS, 32767))


def test_clients_that_were_not_seen_are_missing_beside_those_that_were() -> None:
    seen = world([], [])
    other = seen.subnet("subnet-b", seen.vpcs["vpc-a"], "10.0.1.0/24", groups=["sg-1"])
    seen.gateway_endpoint("vpce-2", seen.vpcs["vpc-a"], "s3", [seen.route_table("rtb-b", seen.vpcs["vpc-a"], [other])])
    seen.cut("ec2:DescribeNetworkInterfaces", keep=1)
    network = network_of(seen)
    vpc = network.vpcs["vpc-a"]
    for found in (group_filters(network, vpc), acl_filters(network, vpc, every_subnet=False)):
        assert [each.subnets for each in found] == [("subnet-a",)]
        assert found.missing
    assert acl_filters(network, vpc, every_subnet=True).whole


@pytest.mark.parametrize("refused", ["ec2:DescribeSecurityGroups", "ec2:GetManagedPrefixListEntries"])
def test_groups_and_lists_that_were_not_seen_leave_it_open(refused: str) -> None:
    seen = world([allow("tcp", 443, "pl-mine")])
    seen.prefix_list("pl-mine", ENTRIES)
    assert of_groups(seen).closed is None
    seen.refuse(refused)
    found = of_groups(seen).closed
    assert isinstance(found, Missing)
    assert {cause.kind for cause in found.causes} == {Kind.REFUSED}


# --- A brute-force reading of single addresses

BLOCKS = [
    "0.0.0.0/0",
    "3.5.0.0/22",
    "3.5.0.0/24",
    "3.5.2.0/23",
    "3.5.3.0/24",
    "52.216.0.0/23",
    "52.216.1.0/24",
    "10.0.0.0/8",
]
PORTS = [None, (443, 443), (80, 80), (1024, 65535), (0, 1023), (32768, 40000)]
SAMPLE = [str(address) for entry in ENTRIES for address in list(ipaddress.ip_network(entry))[::128]]
blocks, ports = st.sampled_from(BLOCKS), st.sampled_from(PORTS)


def holds(block: str, address: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(block)


@given(st.lists(st.tuples(st.sampled_from(["tcp", "udp"]), ports, blocks), max_size=4))
def test_groups_close_the_addresses_that_no_rule_of_theirs_holds(
    rules: list[tuple[str, tuple[int, int] | None, str]],
) -> None:
    found = of_groups(world([allow(protocol, span, block) for protocol, span, block in rules])).closed
    through = {
        address
        for address in SAMPLE
        for protocol, span, block in rules
        if protocol == "tcp" and (span is None or span[0] <= 443 <= span[1]) and holds(block, address)
    }
    assert_closes(found, through)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), ports, blocks), max_size=6))
def test_a_network_acl_closes_the_addresses_that_its_first_match_denies(
    rules: list[tuple[bool, bool, tuple[int, int] | None, str]],
) -> None:
    written = [
        acl_rule(
            "egress" if egress else "ingress",
            number,
            "allow" if allows else "deny",
            block,
            protocol="tcp",
            ports=span,
        )
        for number, (egress, allows, span, block) in enumerate(rules, start=1)
    ]

    def passes(address: str, port: int, *, out: bool) -> bool:
        for egress, allows, span, block in rules:
            if egress == out and (span is None or span[0] <= port <= span[1]) and holds(block, address):
                return allows
        return False

    answer_ports = (1024, 20000, 32768, 36000, 40000, 40001, 65535)
    through = {
        address
        for address in SAMPLE
        if passes(address, 443, out=True) and any(passes(address, port, out=False) for port in answer_ports)
    }
    assert_closes(of_acl(world(rules=written)).closed, through)


def assert_closes(found: Closed | Missing | None, through: set[str]) -> None:
    denied = {address for address in SAMPLE if isinstance(found, Closed) and address in found.denied}
    assert denied == set(SAMPLE) - through
    assert isinstance(found, Closed) or len(through) == len(SAMPLE)
    if isinstance(found, Closed):
        assert found.wholly == (not through)


def test_a_network_without_gateway_endpoints_has_no_filters() -> None:
    seen = World()
    seen.vpc("vpc-a", "10.0.0.0/16")
    network: Network = network_of(seen)
    assert not group_filters(network, network.vpcs["vpc-a"])
    assert acl_filters(network, network.vpcs["vpc-a"], every_subnet=True).whole
