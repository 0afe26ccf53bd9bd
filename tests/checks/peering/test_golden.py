"""AWS's documented topologies (valid, invalid and broken ones), and what the rules on connections say of each."""

from collections.abc import Iterator, Mapping, Sequence

import pytest

from auditor.check import Check
from auditor.findings import Finding
from checks.audit.call_refused import audit_call_refused
from checks.audit.participant_view import audit_participant_view
from checks.audit.region_skipped import audit_region_skipped
from checks.peering.bypassed_by_internet import peering_bypassed_by_internet
from checks.peering.cidr_overlap import peering_cidr_overlap
from checks.peering.far_side_unaudited import peering_far_side_unaudited
from checks.peering.ipv6_not_routed import peering_ipv6_not_routed
from checks.peering.not_active import peering_not_active
from checks.peering.pending_stale import peering_pending_stale
from checks.peering.return_misroute import peering_return_misroute
from checks.peering.route_blackhole import peering_route_blackhole
from checks.peering.route_cidr_gap import peering_route_cidr_gap
from checks.peering.route_missing_side import peering_route_missing_side
from checks.peering.route_one_way import peering_route_one_way
from checks.peering.route_orphan_table import peering_route_orphan_table
from checks.peering.route_shadowed import peering_route_shadowed
from checks.peering.route_subnet_gap import peering_route_subnet_gap
from checks.peering.unknown_account import peering_unknown_account
from checks.peering.unused import peering_unused
from tests.checks.peering.two_vpcs import A_BLOCK, OTHER_ACCOUNT, TO_B, half_seen, two_vpcs
from tests.golden import golden_world
from tests.judging import faults, judged, judged_on_reads, unknowns
from tests.world import ACCOUNT, World, blackhole

CHECKS: tuple[Check, ...] = (
    audit_call_refused,
    audit_participant_view,
    audit_region_skipped,
    peering_bypassed_by_internet,
    peering_cidr_overlap,
    peering_far_side_unaudited,
    peering_ipv6_not_routed,
    peering_not_active,
    peering_pending_stale,
    peering_return_misroute,
    peering_route_blackhole,
    peering_route_cidr_gap,
    peering_route_missing_side,
    peering_route_one_way,
    peering_route_orphan_table,
    peering_route_shadowed,
    peering_route_subnet_gap,
    peering_unknown_account,
    peering_unused,
)

Said = tuple[str, str, str, str]
"""A finding: the rule, the severity, the connection and the key."""

NOBODY: Sequence[str] = ()

MISROUTE, ONE_WAY = "peering-return-misroute", "peering-route-one-way"
CIDR_GAP, SUBNET_GAP = "peering-route-cidr-gap", "peering-route-subnet-gap"

LONGEST_MATCH: Said = ("peering-route-shadowed", "info", "pcx-aaaacccc", "rtb-A1|10.0.0.0/16")
"""A route to one peer, a part of which a more specific one leads to the other peer that has the same addresses."""
EACH_A_BLOCK: set[Said] = {
    (CIDR_GAP, "info", "pcx-aaaabbbb", "vpc-B|172.17.0.0/16"),
    (CIDR_GAP, "info", "pcx-aaaacccc", "vpc-C|172.16.0.0/16"),
}


def said(findings: Sequence[Finding]) -> set[Said]:
    return {(finding.rule, finding.severity.value, finding.resource.id, finding.key) for finding in findings}


@pytest.mark.parametrize("name", ["G01", "G02", "G03", "G04", "G05", "G06", "G08", "G09", "G14", "G16"])
def test_a_documented_valid_design_is_silent(name: str) -> None:
    findings = judged(golden_world(name), CHECKS)
    assert said(faults(findings)) == said(unknowns(findings)) == set()


@pytest.mark.parametrize(
    ("name", "enis", "expected"),
    [
        (
            "G10",
            {},
            {
                (ONE_WAY, "low", "pcx-aaaabbbb", "rtb-B1|ipv4"),
                (ONE_WAY, "low", "pcx-aaaacccc", "rtb-C1|ipv4"),
                *EACH_A_BLOCK,
            },
        ),
        (
            "G10",
            {"B1": NOBODY, "C1": NOBODY},
            {
                (ONE_WAY, "info", "pcx-aaaabbbb", "rtb-B1|ipv4"),
                (ONE_WAY, "info", "pcx-aaaacccc", "rtb-C1|ipv4"),
                *EACH_A_BLOCK,
            },
        ),
        (
            "G11",
            {},
            {
                (SUBNET_GAP, "low", "pcx-aaaabbbb", "rtb-B-subB|ipv4"),
                (SUBNET_GAP, "low", "pcx-aaaacccc", "rtb-C-subA|ipv4"),
            },
        ),
        ("G11", {"B-subB": NOBODY, "C-subA": NOBODY}, set()),
        ("G13a", {"C-subB": NOBODY}, {LONGEST_MATCH}),
        # Which is how G11 has it: a subnet in use that leads nowhere.
        ("G13a", {}, {LONGEST_MATCH, (SUBNET_GAP, "low", "pcx-aaaacccc", "rtb-C-subB|ipv4")}),
        ("G13b", {"C-subB": NOBODY}, set()),
        ("G13b", {}, {(SUBNET_GAP, "low", "pcx-aaaacccc", "rtb-C-subB|ipv4")}),
        (
            "G12",
            {},
            {
                (MISROUTE, "high", "pcx-aaaabbbb", "rtb-A1|ipv4"),
                (ONE_WAY, "medium", "pcx-aaaacccc", "rtb-C-subB|ipv4"),
            },
        ),
        ("G12", {"C-subB": NOBODY}, {(MISROUTE, "high", "pcx-aaaabbbb", "rtb-A1|ipv4")}),
        (
            "G13c",
            {"B-subB": ["10.0.1.66"], "C-subB": NOBODY},
            {(MISROUTE, "info", "pcx-aaaabbbb", "rtb-A1|ipv4"), LONGEST_MATCH},
        ),
        (
            "G13c",
            {"B-subB": ["10.0.1.66", "10.0.1.88"], "C-subB": NOBODY},
            {(MISROUTE, "medium", "pcx-aaaabbbb", "rtb-A1|ipv4"), LONGEST_MATCH},
        ),
        ("G14", {"B1": ["10.0.0.44"], "C1": ["10.0.0.55"]}, set()),
        (
            "G15",
            {"B1": ["10.0.0.77"]},
            {
                (MISROUTE, "info", "pcx-aaaabbbb", "rtb-A1|ipv4"),
                (MISROUTE, "info", "pcx-aaaacccc", "rtb-A1|ipv4"),
                LONGEST_MATCH,
            },
        ),
        (
            "G15",
            {"B1": ["10.0.0.77", "10.0.0.88"]},
            {
                (MISROUTE, "medium", "pcx-aaaabbbb", "rtb-A1|ipv4"),
                (MISROUTE, "info", "pcx-aaaacccc", "rtb-A1|ipv4"),
                LONGEST_MATCH,
            },
        ),
        ("G16x", {}, {(MISROUTE, "high", "pcx-mmmmpppp", "rtb-M1|ipv4")}),
        ("N01-oneway", {}, {("peering-route-missing-side", "high", "pcx-11112222", "vpc-B")}),
    ],
)
def test_a_design_with_a_catch_says_no_more_than_that(
    name: str, enis: Mapping[str, Sequence[str]], expected: set[Said]
) -> None:
    findings = judged(golden_world(name, enis), CHECKS)
    assert said(faults(findings)) == expected
    assert unknowns(findings) == []


V6_A, V6_B = "2001:db8:0:aa00::/56", "2001:db8:0:bb00::/56"
V6_X, V6_B1 = "2001:db8:0:aa00::/64", "2001:db8:0:bb00::/64"


NO_IPV6: Said = ("peering-ipv6-not-routed", "info", "pcx-1", "")


@pytest.mark.parametrize(("routed", "expected"), [(True, set()), (False, {NO_IPV6})])
def test_g02_ipv6_on_both_sides_is_routed_both_ways_or_is_a_fact(routed: bool, expected: set[Said]) -> None:
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK, V6_A), world.vpc("vpc-b", "10.0.0.0/16", V6_B)
    world.peering("pcx-1", a, b)
    to_b, to_a = ({V6_B: "pcx-1"}, {V6_A: "pcx-1"}) if routed else ({}, {})
    world.route_table("rtb-a", a, [world.subnet("subnet-a", a, "172.16.0.0/24", V6_X)], {**TO_B, **to_b})
    world.route_table("rtb-b", b, [world.subnet("subnet-b", b, "10.0.0.0/24", V6_B1)], {A_BLOCK: "pcx-1", **to_a})
    assert said(faults(judged(world, CHECKS))) == expected


def test_g09_with_ipv6_between_one_subnet_and_one_peer_is_silent() -> None:
    world = World()
    a, b = world.vpc("vpc-A", "172.16.0.0/16", V6_A), world.vpc("vpc-B", "10.0.0.0/16", V6_B)
    c = world.vpc("vpc-C", "10.0.0.0/16")
    world.peering("pcx-aaaabbbb", a, b)
    world.peering("pcx-aaaacccc", a, c)
    x, y = world.subnet("subnet-X", a, "172.16.0.0/24", V6_X), world.subnet("subnet-Y", a, "172.16.1.0/24")
    world.route_table("rtb-X", a, [x], {"10.0.0.0/16": "pcx-aaaabbbb", V6_B: "pcx-aaaabbbb"})
    world.route_table("rtb-Y", a, [y], {"10.0.0.0/16": "pcx-aaaacccc"})
    b1, c1 = world.subnet("subnet-B1", b, "10.0.0.0/24", V6_B1), world.subnet("subnet-C1", c, "10.0.0.0/24")
    world.route_table("rtb-B1", b, [b1], {"172.16.0.0/24": "pcx-aaaabbbb", V6_X: "pcx-aaaabbbb"})
    world.route_table("rtb-C1", c, [c1], {"172.16.1.0/24": "pcx-aaaacccc"})
    assert faults(judged(world, CHECKS)) == []


V6_C = "2001:db8:0:cc00::/56"


@pytest.mark.parametrize(("of_c", "without"), [([], []), ([V6_C], ["pcx-aaaacccc", "pcx-bbbbcccc"])])
def test_g07_a_mesh_of_which_one_vpc_has_no_ipv6_is_silent_until_it_has(of_c: list[str], without: list[str]) -> None:
    world = World()
    blocks = {"A": ["172.16.0.0/16", V6_A], "B": ["10.0.0.0/16", V6_B], "C": ["192.168.0.0/16", *of_c]}
    subnets = {"A": ["172.16.0.0/24", V6_X], "B": ["10.0.0.0/24", V6_B1], "C": ["192.168.0.0/24"]}
    vpcs = {letter: world.vpc(f"vpc-{letter}", *found) for letter, found in blocks.items()}
    joined = {frozenset("AB"): "pcx-aaaabbbb", frozenset("AC"): "pcx-aaaacccc", frozenset("BC"): "pcx-bbbbcccc"}
    for ends, peering in joined.items():
        world.peering(peering, *(vpcs[letter] for letter in sorted(ends)))
    for letter, vpc in vpcs.items():
        routes = {blocks[other][0]: joined[frozenset({letter, other})] for other in vpcs if other != letter}
        routes |= {"A": {V6_B: "pcx-aaaabbbb"}, "B": {V6_A: "pcx-aaaabbbb"}, "C": {}}[letter]
        subnet = world.subnet(f"subnet-{letter}1", vpc, *subnets[letter])
        world.route_table(f"rtb-{letter}1", vpc, [subnet], routes)
    assert said(faults(judged(world, CHECKS))) == {("peering-ipv6-not-routed", "info", each, "") for each in without}


@pytest.mark.parametrize(
    ("a_blocks", "b_blocks"),
    [
        pytest.param(["10.0.0.0/16"], ["10.0.0.0/16"], id="G17"),
        pytest.param(["10.0.0.0/16", "10.2.0.0/16"], ["10.0.0.0/16", "10.4.0.0/16"], id="G18"),
        pytest.param(["10.0.0.0/16", "2001:db8:0:aa00::/56"], ["10.0.0.0/16", "2001:db8:0:bb00::/56"], id="G19"),
    ],
)
def test_an_overlap_that_aws_documents_is_the_one_finding(a_blocks: list[str], b_blocks: list[str]) -> None:
    world = World()
    world.peering("pcx-1", world.vpc("vpc-a", *a_blocks), world.vpc("vpc-b", *b_blocks), status="failed")
    assert said(faults(judged(world, CHECKS))) == {("peering-cidr-overlap", "high", "pcx-1", "")}


def test_n02_a_far_side_that_was_not_audited_is_unknown_and_no_fault() -> None:
    world = half_seen(b_account=OTHER_ACCOUNT)
    world.organization(OTHER_ACCOUNT)
    findings = judged(world, CHECKS)
    assert faults(findings) == []
    assert {(finding.rule, finding.key) for finding in unknowns(findings)} == {
        ("peering-bypassed-by-internet", ""),
        ("peering-far-side-unaudited", "vpc-b"),
        ("peering-return-misroute", ""),
        ("peering-route-cidr-gap", "vpc-b"),
        ("peering-route-missing-side", "vpc-b"),
        ("peering-route-one-way", ""),
        ("peering-route-shadowed", "vpc-b"),
        ("peering-route-subnet-gap", ""),
    }


@pytest.mark.parametrize(
    ("expires", "rule"),
    [("2026-11-29T12:00:00Z", "peering-not-active"), ("2026-11-25T12:00:00Z", "peering-pending-stale")],
)
def test_n03_a_route_over_a_request_that_waits_is_expected(expires: str, rule: str) -> None:
    world = two_vpcs("pending-acceptance", b_routes={}, expires=expires)
    findings = judged(world, CHECKS)
    assert {(finding.rule, finding.severity.value, finding.key) for finding in faults(findings)} == {
        (rule, "medium", ""),
        ("peering-route-blackhole", "low", "pcx-1|10.0.0.0/16"),
    }
    assert unknowns(findings) == []


def test_which_side_asked_changes_nothing() -> None:
    def both_ways(*, swapped: bool) -> set[Said]:
        world = World()
        a, b = world.vpc("vpc-a", A_BLOCK), world.vpc("vpc-b", "10.0.0.0/16")
        world.peering("pcx-1", *((b, a) if swapped else (a, b)))
        world.route_table("rtb-a1", a, [world.subnet("subnet-a1", a, "172.16.0.0/24")], TO_B)
        world.route_table("rtb-b1", b, [world.subnet("subnet-b1", b, "10.0.0.0/24")], {"172.16.9.0/24": "pcx-1"})
        return said(faults(judged(world, CHECKS)))

    assert both_ways(swapped=False) == both_ways(swapped=True) != set()


@pytest.mark.parametrize("name", ["G01", "G12", "G16"])
def test_taking_away_an_account_makes_no_new_fault(name: str) -> None:
    before = said(faults(judged(golden_world(name), CHECKS)))
    world = golden_world(name)
    world.refuse("ec2:DescribeRouteTables")
    world.refuse("ec2:DescribeSubnets")
    mine = {found for found in said(faults(judged(world, CHECKS))) if not found[0].startswith("audit-")}
    assert mine <= before


def eventful() -> Iterator[World]:
    """Worlds in which every rule has something to say."""
    for name in ("G10", "G11", "G12", "G15", "G16x", "N01-oneway"):
        yield golden_world(name)
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK, V6_A), world.vpc("vpc-b", "10.0.0.0/16", V6_B)
    world.peering("pcx-1", a, b)
    world.route_table("rtb-a1", a, [world.subnet("subnet-a1", a, "172.16.0.0/24", V6_X)], {**TO_B, "::/0": "eigw-1"})
    world.route_table("rtb-b1", b, [world.subnet("subnet-b1", b, "10.0.0.0/24")], {"172.16.0.0/24": "pcx-1"})
    world.main_routes(a, TO_B)
    yield world
    for status in ("active", "pending-acceptance", "failed", "expired", "deleted", "provisioning"):
        yield two_vpcs(status, b_routes={})
        yield half_seen(status, a_routes={}, incoming=True)
    yield two_vpcs(a_routes={}, b_routes={})
    world = two_vpcs(b_routes={"pl-1": "pcx-1", "pl-2": blackhole("pcx-gone")})
    world.prefix_list("pl-1", ["172.16.9.0/24"])
    world.prefix_list("pl-2", readable=False)
    world.enable_region("us-east-1")
    yield world
    yield two_vpcs("pending-acceptance", expires="2026-11-25T12:00:00Z")
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    world.share(world.subnets["subnet-b1"], ACCOUNT)
    world.drop_shard(account=OTHER_ACCOUNT, asked=False)
    yield world


# audit-call-refused is about the answers themselves.
@pytest.mark.parametrize("check", CHECKS[1:], ids=lambda check: check.id)
def test_a_rule_needs_no_answers_but_those_that_it_declares(check: Check) -> None:
    seen = 0
    for world in eventful():
        whole = judged(world, check)
        assert judged_on_reads(world, check) == whole
        seen += len(faults(whole)) + len(unknowns(whole))
    assert seen
