"""Networks that tools of this kind are known to misjudge, and what all rules on peering say of them."""

import pytest

from auditor.config import Settings
from auditor.findings import Finding, Status
from checks import CHECKS
from checks.audit.participant_view import audit_participant_view
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, TO_A, TO_B, half_seen, two_vpcs
from tests.judging import faults, judged
from tests.world import ACCOUNT, World, blackhole

RULES = tuple(check for check in CHECKS if check.id.startswith("peering-") and check.enabled)
KNOWN = Settings(trusted_accounts={OTHER_ACCOUNT: "our second account"})


def said(world: World, settings: Settings = KNOWN) -> set[tuple[str, str, str, str]]:
    """The faults: rule, severity, connection or table, and key."""
    return {
        (finding.rule, finding.severity.value, finding.resource.id, finding.key)
        for finding in faults(judged(world, RULES, settings))
    }


def test_blackholes_to_a_wrong_block_make_no_side_routed() -> None:
    world = two_vpcs(a_routes={"10.99.0.0/16": blackhole("pcx-1")}, b_routes={"172.99.0.0/16": blackhole("pcx-1")})
    assert said(world) == {
        ("peering-route-missing-side", "high", "pcx-1", "vpc-a"),
        ("peering-route-missing-side", "high", "pcx-1", "vpc-b"),
        ("peering-route-blackhole", "medium", "rtb-a1", "pcx-1|10.99.0.0/16"),
        ("peering-route-blackhole", "medium", "rtb-b1", "pcx-1|172.99.0.0/16"),
    }


@pytest.mark.parametrize(
    ("destination", "rule", "severity"),
    [
        ("10.0.0.0/8", "peering-route-too-broad", "low"),
        ("0.0.0.0/1", "peering-edge-internet-gateway", "high"),
        ("::/0", "peering-edge-internet-gateway", "high"),
    ],
)
def test_a_route_to_far_more_than_the_peer_is_one_fault(destination: str, rule: str, severity: str) -> None:
    world = two_vpcs(a_routes={**TO_B, destination: "pcx-1"})
    assert said(world) == {(rule, severity, "pcx-1", f"rtb-a1|{destination}")}


@pytest.mark.parametrize("accepter", ["vpc-a", "vpc-b"])
def test_a_route_to_a_whole_vpc_is_right_on_either_side(accepter: str) -> None:
    """It is the peer's block that counts, not the requester's, and not the table's own VPC's."""
    world = World()
    blocks = {"vpc-a": A_BLOCK, "vpc-b": B_BLOCK}
    a, b = (world.vpc(vpc_id, block) for vpc_id, block in blocks.items())
    world.peering("pcx-1", *((a, b) if accepter == "vpc-b" else (b, a)))
    for vpc, far in ((a, b), (b, a)):
        subnet = world.subnet(f"subnet-{vpc.id}", vpc, vpc.blocks[0].replace("/16", "/24"))
        world.route_table(f"rtb-{vpc.id}", vpc, [subnet], {far.blocks[0]: "pcx-1"})
    assert said(world) == set()


def test_a_narrow_connection_is_not_blamed_for_the_default_route_over_another() -> None:
    world = World()
    a, b, c = (world.vpc(f"vpc-{x}", block) for x, block in zip("abc", (A_BLOCK, B_BLOCK, "10.8.0.0/16"), strict=True))
    world.peering("pcx-1", a, b)
    world.peering("pcx-2", a, c)
    routes = {"10.0.1.0/24": "pcx-1", "0.0.0.0/0": "pcx-2"}
    world.route_table("rtb-a", a, [world.subnet("subnet-a", a, "172.16.0.0/24")], routes)
    for vpc, block, peering in ((b, "10.0.1.0/24", "pcx-1"), (c, "10.8.1.0/24", "pcx-2")):
        subnet = world.subnet(f"subnet-{vpc.id}", vpc, block)
        world.route_table(f"rtb-{vpc.id}", vpc, [subnet], {"172.16.0.0/24": peering})
    assert {each for each in said(world) if each[2] == "pcx-1"} == set()
    assert ("peering-edge-internet-gateway", "high", "pcx-2", "rtb-a|0.0.0.0/0") in said(world)


def test_a_connection_between_regions_of_one_account_is_judged_once() -> None:
    findings = judged(two_vpcs(b_region="us-east-1", b_routes={}), RULES, KNOWN)
    missing = [each for each in faults(findings) if each.rule == "peering-route-missing-side"]
    assert [(each.region, each.key) for each in missing] == [("us-east-1", "vpc-b")]
    ids = [each.id for each in findings]
    assert len(ids) == len(set(ids))


def test_a_requester_that_nobody_knows_is_named_where_we_are_the_accepter() -> None:
    (fault,) = strangers(half_seen(incoming=True))
    assert (fault.severity.value, fault.resource.id, fault.account) == ("high", "pcx-1", ACCOUNT)
    assert "888888888888" in fault.message


def test_each_of_several_unknown_accounts_is_named() -> None:
    world = World()
    a = world.vpc("vpc-a", A_BLOCK)
    accounts = ("666666666666", "777777777777", "888888888888")
    for at, account in enumerate(accounts):
        world.peering(f"pcx-{at}", a, world.foreign_vpc(f"vpc-{at}", f"10.{at}.0.0/16", account=account))
    found = strangers(world)
    assert [each.resource.id for each in found] == ["pcx-0", "pcx-1", "pcx-2"]
    for account, each in zip(accounts, found, strict=True):
        assert account in each.message


def strangers(world: World) -> list[Finding]:
    return [each for each in faults(judged(world, RULES, KNOWN)) if each.rule == "peering-unknown-account"]


def test_subnets_on_their_main_table_by_default_are_routed_in_a_region_with_other_vpcs() -> None:
    world = World()
    for number in range(3):
        other = world.vpc(f"vpc-{number}", f"192.168.{number}.0/24")
        world.subnet(f"subnet-{number}", other, f"192.168.{number}.0/26")
    a, b = world.vpc("vpc-a", A_BLOCK), world.vpc("vpc-b", B_BLOCK)
    world.peering("pcx-1", a, b)
    world.subnet("subnet-a1", a, "172.16.0.0/24")
    world.subnet("subnet-b1", b, "10.0.0.0/24")
    world.main_routes(a, TO_B)
    world.main_routes(b, TO_A)
    assert said(world) == set()


def test_a_shared_vpc_seen_from_its_participant_is_not_judged() -> None:
    world = two_vpcs(a_routes={}, b_routes={})
    world.share(world.subnets["subnet-a1"], OTHER_ACCOUNT)
    world.drop_shard(ACCOUNT, asked=False)
    (fault,) = faults(judged(world, (*RULES, audit_participant_view), KNOWN))
    assert fault.rule == "audit-participant-view"


def test_a_peer_whose_region_was_not_asked_for_is_unknown_and_never_at_fault() -> None:
    world = two_vpcs(b_region="us-east-1", b_routes={})
    world.drop_shard(ACCOUNT, "us-east-1", asked=False)
    findings = judged(world, RULES, KNOWN)
    told = {each.rule: each.status for each in findings if each.rule == "peering-route-missing-side"}
    assert told == {"peering-route-missing-side": Status.UNKNOWN}
    assert "peering-far-side-unaudited" in {each.rule for each in findings if each.status is Status.UNKNOWN}
    assert {each.rule for each in faults(findings)} == {"peering-inter-region"}
