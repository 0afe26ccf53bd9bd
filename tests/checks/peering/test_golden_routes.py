"""AWS's documented topologies, and what the rules on routes over peering, on names and on filters say of each."""

from collections.abc import Iterator, Sequence

import pytest

from auditor.check import Check
from auditor.findings import Finding
from checks.peering.bypassed_by_internet import peering_bypassed_by_internet
from checks.peering.dns_resolution_off import peering_dns_resolution_off
from checks.peering.dns_vpc_attributes import peering_dns_vpc_attributes
from checks.peering.edge_gateway_endpoint import peering_edge_gateway_endpoint
from checks.peering.edge_internet_gateway import peering_edge_internet_gateway
from checks.peering.edge_nat import peering_edge_nat
from checks.peering.edge_on_premises import peering_edge_on_premises
from checks.peering.ipv6_not_routed import peering_ipv6_not_routed
from checks.peering.nacl_blocks import peering_nacl_blocks
from checks.peering.route_cidr_gap import peering_route_cidr_gap
from checks.peering.route_shadowed import peering_route_shadowed
from checks.peering.route_subnet_gap import peering_route_subnet_gap
from checks.peering.route_too_broad import peering_route_too_broad
from checks.peering.route_wrong_destination import peering_route_wrong_destination
from checks.peering.sg_blocks_peer import peering_sg_blocks_peer
from checks.peering.sg_cross_region_reference import peering_sg_cross_region_reference
from checks.peering.sg_prefer_reference import peering_sg_prefer_reference
from checks.peering.sg_reference_through_middlebox import peering_sg_reference_through_middlebox
from checks.peering.sg_reference_without_route import peering_sg_reference_without_route
from checks.peering.sg_stale_reference import peering_sg_stale_reference
from checks.peering.sg_too_open_to_peer import peering_sg_too_open_to_peer
from checks.peering.transitive_route import peering_transitive_route
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT, TO_A, TO_B, half_seen, two_vpcs
from tests.golden import GOLDEN, golden_world
from tests.judging import faults, judged, judged_backwards, judged_on_reads, unknowns
from tests.world import ACCOUNT, REGION, Via, Vpc, World, allow, propagated, reference

CHECKS: tuple[Check, ...] = (
    peering_dns_resolution_off,
    peering_dns_vpc_attributes,
    peering_edge_gateway_endpoint,
    peering_edge_internet_gateway,
    peering_edge_nat,
    peering_edge_on_premises,
    peering_nacl_blocks,
    peering_route_too_broad,
    peering_route_wrong_destination,
    peering_sg_blocks_peer,
    peering_sg_cross_region_reference,
    peering_sg_prefer_reference,
    peering_sg_reference_through_middlebox,
    peering_sg_reference_without_route,
    peering_sg_stale_reference,
    peering_sg_too_open_to_peer,
    peering_transitive_route,
)

GAPS: tuple[Check, ...] = (
    peering_bypassed_by_internet,
    peering_ipv6_not_routed,
    peering_route_cidr_gap,
    peering_route_shadowed,
    peering_route_subnet_gap,
)
"""The rules on what is not routed. What they say of the designs in ``golden.json`` is with the rules on pairs."""

Said = tuple[str, str, str, str]
"""A finding: the rule, the severity, the resource and the key."""

A, B, C = "172.16.0.0/16", "10.0.0.0/16", "192.168.0.0/16"
S3 = f"com.amazonaws.{REGION}.s3"


def said(findings: Sequence[Finding]) -> set[Said]:
    return {(finding.rule, finding.severity.value, finding.resource.id, finding.key) for finding in findings}


def says(world: World, checks: Sequence[Check] = (*CHECKS, *GAPS)) -> set[Said]:
    findings = judged(world, checks)
    assert unknowns(findings) == []
    return said(faults(findings))


def connected() -> tuple[World, Vpc, Vpc]:
    """``vpc-A`` and ``vpc-B``, each with a route to the other over ``pcx-ab``; their main tables are for the test."""
    world = World()
    a, b = world.vpc("vpc-A", A), world.vpc("vpc-B", B)
    world.peering("pcx-ab", a, b)
    world.route_table("rtb-A1", a, [world.subnet("subnet-A1", a, "172.16.0.0/24")], {B: "pcx-ab"})
    world.route_table("rtb-B1", b, [world.subnet("subnet-B1", b, "10.0.0.0/24")], {A: "pcx-ab"})
    return world, a, b


# --- Designs that AWS documents as valid


@pytest.mark.parametrize("name", GOLDEN)
def test_a_documented_design_has_nothing_to_say(name: str) -> None:
    assert says(golden_world(name), CHECKS) == set()


def test_g07_ipv6_between_two_of_three_has_nothing_to_say() -> None:
    world = World()
    a = world.vpc("vpc-A", A, "2001:db8:1234:aa00::/56")
    b = world.vpc("vpc-B", B, "2001:db8:5678:bb00::/56")
    c = world.vpc("vpc-C", C)
    for name, one, other in (("ab", a, b), ("ac", a, c), ("bc", b, c)):
        world.peering(f"pcx-{name}", one, other)
    world.main_routes(a, {B: "pcx-ab", "2001:db8:5678:bb00::/56": "pcx-ab", C: "pcx-ac"})
    world.main_routes(b, {A: "pcx-ab", "2001:db8:1234:aa00::/56": "pcx-ab", C: "pcx-bc"})
    world.main_routes(c, {A: "pcx-ac", B: "pcx-bc"})
    assert says(world) == set()


def test_g25_a_way_out_of_ones_own_beside_the_peer_has_nothing_to_say() -> None:
    world = World()
    a = world.vpc("vpc-A", B, "2001:db8:1234:1a00::/56")
    b = world.vpc("vpc-B", "172.31.0.0/16", "2001:db8:5678:2b00::/56")
    world.peering("pcx-11223344556677889", a, b)
    igw = world.internet_gateway("igw-12345678901234567", a)
    world.route_table(
        "rtb-A1",
        a,
        [world.subnet("subnet-A1", a, "10.0.0.0/24")],
        {
            "172.31.0.0/16": "pcx-11223344556677889",
            "2001:db8:5678:2b00::/56": "pcx-11223344556677889",
            "0.0.0.0/0": igw,
            "::/0": "eigw-aabbccddee1122334",
        },
    )
    assert says(world) == set()


def test_g26_a_gateway_endpoint_of_ones_own_has_nothing_to_say() -> None:
    world, a, b = connected()
    world.aws_prefix_list("pl-1a2b3c4d", S3, ["54.123.160.0/19"])
    igw = world.internet_gateway("igw-1", a)
    world.subnet("subnet-B2", b, "10.0.2.0/24")
    world.main_routes(b, {"0.0.0.0/0": world.internet_gateway("igw-2", b)})
    table = world.route_table(
        "rtb-A2",
        a,
        [world.subnet("subnet-A2", a, "172.16.2.0/24")],
        {"0.0.0.0/0": igw, "54.123.165.0/24": igw},
    )
    world.gateway_endpoint("vpce-11bb22cc", a, "s3", [table, world.route_tables["rtb-A1"]])
    assert says(world) == set()


def test_g28_and_g29_overlapping_routes_of_other_kinds_have_nothing_to_say() -> None:
    world, a, _ = connected()
    vgw, igw = world.vpn_gateway("vgw-1", a), world.internet_gateway("igw-1", a)
    world.prefix_list("pl-1", [B])
    world.prefix_list("pl-2", ["10.0.0.0/8"])
    routes: list[tuple[str, str | Via]] = [
        ("172.31.0.0/24", propagated(vgw)),
        ("172.31.0.0/24", igw),
        ("pl-1", "pcx-ab"),
        ("pl-2", vgw),
        (B, "pcx-ab"),
    ]
    world.route_table("rtb-A2", a, [world.subnet("subnet-A2", a, "172.16.2.0/24")], routes)
    assert says(world) == set()


def test_g30_a_main_table_that_leads_outside_has_nothing_to_say() -> None:
    world, a, _ = connected()
    world.main_routes(a, {"0.0.0.0/0": world.vpn_gateway("vgw-1", a)})
    assert says(world) == set()


# --- Designs that AWS documents as unsupported


def test_g20_transitive_routes_are_two_faults() -> None:
    world = World()
    a, b, c = world.vpc("vpc-A", A), world.vpc("vpc-B", B), world.vpc("vpc-C", C)
    world.peering("pcx-aaaabbbb", a, b)
    world.peering("pcx-aaaacccc", a, c)
    world.main_routes(a, {B: "pcx-aaaabbbb", C: "pcx-aaaacccc"})
    world.main_routes(b, {A: "pcx-aaaabbbb", C: "pcx-aaaabbbb"})
    world.main_routes(c, {A: "pcx-aaaacccc", B: "pcx-aaaacccc"})
    assert says(world) == {
        ("peering-transitive-route", "high", "pcx-aaaabbbb", f"rtb-B-main|{C}"),
        ("peering-transitive-route", "high", "pcx-aaaacccc", f"rtb-C-main|{B}"),
    }


def test_g21_the_network_behind_the_peer_is_a_fault_in_both_directions() -> None:
    world, a, b = connected()
    vgw = world.vpn_gateway("vgw-a", a)
    world.main_routes(a, {"192.168.50.0/24": propagated(vgw)})
    world.main_routes(b, {"192.168.50.0/24": "pcx-ab"})
    world.direct_connect(vgw, [A, B])
    assert says(world) == {
        ("peering-edge-on-premises", "high", "pcx-ab", "rtb-B-main|192.168.50.0/24"),
        ("peering-edge-on-premises", "medium", "pcx-ab", "inbound|vpc-A"),
    }


def test_g22_the_internet_gateway_of_the_peer_is_a_fault() -> None:
    world, a, b = connected()
    world.main_routes(a, {"0.0.0.0/0": world.internet_gateway("igw-a", a)})
    world.main_routes(b, {"0.0.0.0/0": "pcx-ab"})
    assert says(world) == {("peering-edge-internet-gateway", "high", "pcx-ab", "rtb-B-main|0.0.0.0/0")}


def test_g23_the_nat_gateway_of_the_peer_is_a_fault() -> None:
    world, a, b = connected()
    public = world.subnet("subnet-A2", a, "172.16.2.0/24")
    world.route_table("rtb-A2", a, [public], {"0.0.0.0/0": world.internet_gateway("igw-a", a)})
    private = world.subnet("subnet-A3", a, "172.16.3.0/24")
    world.route_table("rtb-A3", a, [private], {"0.0.0.0/0": world.nat_gateway("nat-a", public)})
    world.main_routes(b, {"0.0.0.0/0": "pcx-ab"})
    assert says(world) == {("peering-edge-nat", "high", "pcx-ab", "rtb-B-main|0.0.0.0/0")}


@pytest.mark.parametrize("destination", ["pl-1a2b3c4d", "54.123.160.0/19", "54.123.165.0/24"])
def test_g24_the_gateway_endpoint_of_the_peer_is_a_fault(destination: str) -> None:
    world, a, b = connected()
    world.aws_prefix_list("pl-1a2b3c4d", S3, ["54.123.160.0/19"])
    world.gateway_endpoint("vpce-a", a, "s3", [world.route_tables["rtb-A1"]])
    world.main_routes(b, {destination: "pcx-ab"})
    assert says(world) == {("peering-edge-gateway-endpoint", "high", "pcx-ab", f"rtb-B-main|{destination}")}


def test_g27_a_stale_rule_is_a_fault() -> None:
    world = World()
    a = world.vpc("vpc-aaaaaaaa", A)
    b = world.foreign_vpc("vpc-bbbbbbbb", B, account="123456789101")
    stale = reference("sg-bbbb2222", b, "pcx-b04deed9", status="deleted")
    world.security_group("sg-aaaa1111", a, [allow("tcp", 22, stale)])
    assert says(world) == {
        ("peering-sg-stale-reference", "medium", "sg-aaaa1111", "ingress|tcp|22|sg-bbbb2222|pcx-b04deed9")
    }


def test_n02_an_unaudited_far_side_leaves_its_own_part_unknown_and_nothing_else() -> None:
    findings = judged(half_seen(), CHECKS)
    assert faults(findings) == []
    of_filters = {"peering-nacl-blocks", "peering-sg-blocks-peer"}
    assert {(finding.rule, finding.key) for finding in unknowns(findings)} == {
        *((check.id, "vpc-b") for check in CHECKS if "sg-" not in check.id and check.id not in of_filters),
        *((rule, "") for rule in of_filters),
    }


def test_taking_an_account_away_turns_no_pass_into_a_fault() -> None:
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    assert faults(judged(world, CHECKS)) == []
    world.drop_shard(OTHER_ACCOUNT, REGION, asked=False)
    assert faults(judged(world, CHECKS)) == []


def test_the_halves_of_a_route_are_judged_like_the_whole() -> None:
    whole, halves = ({C: "pcx-1"}, {"192.168.0.0/17": "pcx-1", "192.168.128.0/17": "pcx-1"})
    for routes in (whole, halves):
        found = says(two_vpcs(a_routes=routes))
        assert {(rule, severity) for rule, severity, *_ in found} == {("peering-route-wrong-destination", "high")}


# --- What the rules read


def eventful() -> Iterator[World]:
    """Worlds in which each rule has something to say."""
    for account in (ACCOUNT, OTHER_ACCOUNT):
        world = two_vpcs(a_routes=TO_B, b_account=account)
        a, b = world.vpcs["vpc-a"], world.vpcs["vpc-b"]
        world.prefix_list("pl-1", ["10.0.0.0/14", "10.77.0.0/16", "192.168.50.0/24", "172.30.0.0/16"])
        world.prefix_list("pl-2", readable=False)
        world.peering("pcx-2", b, world.vpc("vpc-c", "172.30.0.0/16"))
        world.peering("pcx-3", a, world.vpc("vpc-d", "10.1.0.0/16", region="us-east-1"), dns=(False, False))
        world.transit_gateway_attachment("tgw-1", b)
        world.transit_gateway_attachment("tgw-1", world.vpc("vpc-e", "172.29.0.0/16", account=account))
        vgw = world.vpn_gateway("vgw-b", b)
        world.vpn_connection("vpn-b", vgw, b, routes=["192.168.50.0/24"])
        world.direct_connect(vgw, [A])
        igw, nat = world.internet_gateway("igw-b", b), world.nat_gateway("nat-b", world.subnets["subnet-b1"])
        world.main_routes(b, {"0.0.0.0/0": igw})
        world.route_table("rtb-b2", b, [world.subnet("subnet-b2", b, "10.0.2.0/24")], {"0.0.0.0/0": nat})
        world.gateway_endpoint("vpce-b", b, "s3")
        destinations = ("pl-1", "pl-2", "pl-s3", "0.0.0.0/0", "::/0", "8.8.8.0/24", "172.29.0.0/16", "10.99.0.0/16")
        world.main_routes(a, dict.fromkeys(destinations, "pcx-1"))
        world.security_group("sg-d", world.vpcs["vpc-d"])
        far = reference("sg-d", world.vpcs["vpc-d"], "pcx-3")
        gone = reference("sg-b", b, "pcx-1", deleted=True)
        world.security_group("sg-a", a, [allow("tcp", 22, far, gone)])
        yield world
    yield from filtered()
    yield half_seen(a_routes={"0.0.0.0/0": "pcx-1", C: "pcx-1"})


def filtered() -> Iterator[World]:
    """Worlds in which each rule on filters and on DNS attributes has something to say."""
    for routes in (TO_B, {"10.0.0.0/24": "eni-firewall"}, {}):
        world = World()
        a, b = world.vpc("vpc-a", A), world.vpc("vpc-b", B, dns_hostnames=False)
        world.peering("pcx-1", a, b)
        world.security_group("sg-b", b)
        rules = [allow("tcp", 443, reference("sg-b", b, "pcx-1")), allow("all", None, B)]
        world.security_group("sg-a", a, rules if routes != TO_B else rules[1:])
        world.security_group("sg-none", a)
        groups = ["sg-a" if routes != TO_B else "sg-none"]
        a1 = world.subnet("subnet-a1", a, "172.16.0.0/24", groups=groups)
        a2 = world.subnet("subnet-a2", a, "172.16.2.0/24", groups=groups)
        b1 = world.subnet("subnet-b1", b, "10.0.0.0/24", groups=["sg-b"])
        world.network_interface("eni-firewall", a2)
        world.route_table("rtb-a1", a, [a1], routes)
        world.route_table("rtb-a2", a, [a2], TO_B if routes else {})
        world.route_table("rtb-b1", b, [b1], TO_A)
        if routes == TO_B:
            world.network_acl("acl-b", b, [b1])
        yield world


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_rule_needs_no_answers_but_those_that_it_declares(check: Check) -> None:
    seen = 0
    for world in eventful():
        whole = judged(world, check)
        assert judged_on_reads(world, check) == whole
        seen += len(faults(whole))
    assert seen


def test_the_order_of_aws_answers_changes_nothing() -> None:
    for world in eventful():
        assert judged_backwards(world, CHECKS) == judged(world, CHECKS)
