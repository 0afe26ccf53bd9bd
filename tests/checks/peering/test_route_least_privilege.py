import pytest
from moto import mock_aws

from auditor.config import Settings
from auditor.findings import Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.peering.edge_internet_gateway import peering_edge_internet_gateway
from checks.peering.route_least_privilege import peering_route_least_privilege
from checks.peering.route_too_broad import peering_route_too_broad
from tests.carrying_out import cured
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, TO_B, Routes, half_seen, two_vpcs
from tests.golden import golden_world
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import REGION, World, blackhole

NARROW: Routes = {"172.16.0.0/24": "pcx-1"}
"""From ``vpc-b`` to the one subnet of ``vpc-a``."""


def test_it_is_off_until_it_is_enabled() -> None:
    assert not peering_route_least_privilege.enabled


def test_a_route_to_a_whole_block_of_which_a_part_is_used_is_a_fact() -> None:
    world = two_vpcs(b_routes=NARROW, b_account=OTHER_ACCOUNT)
    (fault,) = faults(judged(world, peering_route_least_privilege))
    assert (fault.severity, fault.key, fault.resource.id) == (Severity.INFO, f"rtb-a1|{B_BLOCK}", "pcx-1")
    assert fault.message == (
        "rtb-a1 of vpc-a (front) routes 10.0.0.0/16 over pcx-1 (front-to-back), all of 10.0.0.0/16 of vpc-b (back), "
        "where only 10.0.0.0/24 is needed"
    )
    assert fault.evidence == {
        "route_table": "rtb-a1",
        "destination": B_BLOCK,
        "whole_blocks": [B_BLOCK],
        "subnets_needed": {"subnet-b1": 1},
        "narrower": ["10.0.0.0/24"],
    }
    assert fault.related == ("rtb-a1", "vpc-a", "vpc-b", "subnet-b1")
    assert [(step.operation, step.parameters["DestinationCidrBlock"]) for step in fault.remedy] == [
        ("ec2:CreateRoute", "10.0.0.0/24"),
        ("ec2:DeleteRoute", B_BLOCK),
    ]
    assert judged_on_reads(world, peering_route_least_privilege) == judged(world, peering_route_least_privilege)


def test_whoever_asks_for_the_least_access_is_told_louder() -> None:
    settings = Settings(least_privilege_routes=True)
    (fault,) = faults(judged(two_vpcs(b_routes=NARROW), peering_route_least_privilege, settings))
    assert fault.severity is Severity.MEDIUM


def test_whoever_has_the_route_has_to_act() -> None:
    world = two_vpcs(a_routes={"10.0.0.0/24": "pcx-1"}, b_account=OTHER_ACCOUNT)
    (fault,) = faults(judged(world, peering_route_least_privilege))
    assert (fault.account, fault.key) == (OTHER_ACCOUNT, f"rtb-b1|{A_BLOCK}")
    assert {step.at for step in fault.remedy} == {Target(OTHER_ACCOUNT, REGION)}


def test_routes_to_subnets_pass() -> None:
    findings = judged(two_vpcs(a_routes={"10.0.0.0/24": "pcx-1"}, b_routes=NARROW), peering_route_least_privilege)
    assert passes(findings) == findings
    assert len(findings) == 1


def filled(*subnets: str, block: str = "10.0.0.0/23", routes: Routes | None = None) -> World:
    """``vpc-b`` has these subnets, and ``vpc-a`` by default a route to all of its block."""
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK), world.vpc("vpc-b", block)
    world.peering("pcx-1", a, b)
    world.route_table("rtb-a1", a, [world.subnet("subnet-a1", a, "172.16.0.0/24")], routes or {block: "pcx-1"})
    made = [world.subnet(f"subnet-b{number}", b, each) for number, each in enumerate(subnets)]
    world.route_table("rtb-b1", b, made, NARROW)
    return world


def test_a_route_to_a_block_that_subnets_fill_is_as_narrow_as_can_be() -> None:
    world = filled("10.0.0.0/24", "10.0.1.0/24")
    assert faults(judged(world, peering_route_least_privilege)) == []


def test_every_block_of_the_peer_counts_and_not_the_primary_alone() -> None:
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK), world.vpc("vpc-b", B_BLOCK, "10.1.0.0/16")
    world.peering("pcx-1", a, b)
    routes: Routes = {"10.0.0.0/24": "pcx-1", "10.1.0.0/16": "pcx-1"}
    world.route_table("rtb-a1", a, [world.subnet("subnet-a1", a, "172.16.0.0/24")], routes)
    subnets = [world.subnet("subnet-b1", b, "10.0.0.0/24"), world.subnet("subnet-b2", b, "10.1.0.0/24")]
    world.route_table("rtb-b1", b, subnets, NARROW)
    assert [fault.key for fault in faults(judged(world, peering_route_least_privilege))] == ["rtb-a1|10.1.0.0/16"]


def test_a_route_to_ones_own_block_is_held_against_the_peers() -> None:
    world = two_vpcs(a_routes={"10.0.0.0/24": "pcx-1"}, b_routes={**NARROW, "172.16.0.0/25": "pcx-1"})
    assert faults(judged(world, peering_route_least_privilege)) == []


def test_a_prefix_list_with_the_block_counts() -> None:
    world = two_vpcs(a_routes={"pl-1": "pcx-1"}, b_routes=NARROW)
    world.prefix_list("pl-1", [B_BLOCK])
    (fault,) = faults(judged(world, peering_route_least_privilege))
    assert fault.key == "rtb-a1|pl-1"
    assert fault.remedy[-1].parameters == {"RouteTableId": "rtb-a1", "DestinationPrefixListId": "pl-1"}


def test_a_subnet_that_sends_here_is_needed_though_nothing_runs_in_it() -> None:
    world = two_vpcs(b_routes=NARROW)
    b = world.vpcs["vpc-b"]
    empty, silent = (world.subnet(f"subnet-b{number}", b, f"10.0.{number}.0/24", enis=False) for number in (2, 3))
    world.route_table("rtb-b2", b, [empty], NARROW)
    world.route_table("rtb-b3", b, [silent])
    (fault,) = faults(judged(world, peering_route_least_privilege))
    assert fault.evidence["subnets_needed"] == {"subnet-b1": 1, "subnet-b2": 0}


def test_where_no_subnet_is_needed_there_is_nothing_to_narrow_to() -> None:
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK), world.vpc("vpc-b", B_BLOCK)
    world.peering("pcx-1", a, b)
    world.route_table("rtb-a1", a, [world.subnet("subnet-a1", a, "172.16.0.0/24")], TO_B)
    (fault,) = faults(judged(world, peering_route_least_privilege))
    assert fault.message.endswith("where no subnet is needed")
    assert fault.remedy == ()


def test_a_route_that_is_there_already_is_not_made_again() -> None:
    world = filled("10.0.0.0/24", routes={"10.0.0.0/23": "pcx-1", "10.0.0.0/24": "pcx-1"})
    (fault,) = faults(judged(world, peering_route_least_privilege))
    assert [step.operation for step in fault.remedy] == ["ec2:DeleteRoute"]


@pytest.mark.parametrize("destination", ["10.0.0.0/8", "0.0.0.0/0"])
def test_a_route_to_more_than_the_peer_has_is_another_rules_to_report(destination: str) -> None:
    world = two_vpcs(a_routes={destination: "pcx-1"}, b_routes=NARROW)
    assert faults(judged(world, peering_route_least_privilege)) == []
    assert len(faults(judged(world, [peering_route_too_broad, peering_edge_internet_gateway]))) == 1


def test_a_blackhole_and_a_table_without_subnets_are_other_rules_to_report() -> None:
    world = two_vpcs(a_routes={B_BLOCK: blackhole("pcx-1")}, b_routes=NARROW)
    world.route_table("rtb-orphan", world.vpcs["vpc-a"], routes=TO_B)
    assert faults(judged(world, peering_route_least_privilege)) == []


def test_g01_is_valid_and_each_side_is_a_fact() -> None:
    found = faults(judged(golden_world("G01"), peering_route_least_privilege))
    assert {(fault.severity, fault.key) for fault in found} == {
        (Severity.INFO, f"rtb-A1|{B_BLOCK}"),
        (Severity.INFO, f"rtb-B1|{A_BLOCK}"),
    }


@pytest.mark.parametrize("name", ["G11", "G13b", "G14"])
def test_a_documented_design_of_specific_routes_has_nothing_to_say(name: str) -> None:
    assert faults(judged(golden_world(name), peering_route_least_privilege)) == []


def test_what_a_peer_that_was_not_audited_uses_is_unknown() -> None:
    findings = judged(half_seen(), peering_route_least_privilege)
    assert faults(findings) == []
    assert [finding.key for finding in unknowns(findings)] == [f"rtb-a1|{B_BLOCK}", "vpc-b"]
    assert {cause.kind for each in findings if each.missing for cause in each.missing.causes} == {Kind.NOT_AUDITED}


def test_whether_a_subnet_is_in_use_may_not_have_been_seen() -> None:
    world = two_vpcs(b_routes=NARROW)
    b = world.vpcs["vpc-b"]
    world.route_table("rtb-b2", b, [world.subnet("subnet-b2", b, "10.0.2.0/24")])
    world.refuse("ec2:DescribeNetworkInterfaces")
    (finding,) = judged(world, peering_route_least_privilege)
    assert (unknowns([finding]), finding.key) == ([finding], f"rtb-a1|{B_BLOCK}")


def test_a_prefix_list_that_cannot_be_read_may_hold_the_block() -> None:
    world = two_vpcs(a_routes={"pl-1": "pcx-1"}, b_routes=NARROW)
    world.prefix_list("pl-1", readable=False)
    findings = judged(world, peering_route_least_privilege)
    assert [finding.key for finding in unknowns(findings)] == ["rtb-a1|pl-1"]


@pytest.mark.parametrize("action", ["ec2:DescribeSubnets", "ec2:DescribeRouteTables"])
def test_nothing_passes_where_routes_or_subnets_were_refused(action: str) -> None:
    world = two_vpcs()
    world.refuse(action)
    findings = judged(world, peering_route_least_privilege)
    assert [finding.key for finding in unknowns(findings)] == ["vpc-a", "vpc-b"]
    assert len(findings) == 2


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted"])
def test_a_connection_that_is_not_active_is_no_question(status: str) -> None:
    assert judged(two_vpcs(status), peering_route_least_privilege) == []


@mock_aws
def test_the_steps_of_the_remedy_cure_it_in_moto() -> None:
    made = peered()
    for vpc, block in ((made.a, "172.16.0.0/24"), (made.b, "10.0.0.0/24")):
        subnet = made.ec2.create_subnet(VpcId=vpc, CidrBlock=block)["Subnet"]["SubnetId"]
        made.ec2.create_network_interface(SubnetId=subnet)
    made.route(made.a_table, B_BLOCK)
    made.route(made.b_table, A_BLOCK)
    found = cured(peering_route_least_privilege)
    assert {fault.key for fault in found} == {f"{made.a_table}|{B_BLOCK}", f"{made.b_table}|{A_BLOCK}"}
