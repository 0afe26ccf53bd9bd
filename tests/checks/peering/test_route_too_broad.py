import pytest
from moto import mock_aws

from auditor.config import Settings
from auditor.findings import Severity
from checks.peering.route_too_broad import peering_route_too_broad
from tests.carrying_out import cured
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, TO_A, Routes, half_seen, two_vpcs
from tests.judging import faults, judged, passes, unknowns
from tests.world import REGION, World, blackhole

BROAD: Routes = {"10.0.0.0/8": "pcx-1"}


def test_a_broad_route_over_nothing_known_is_low() -> None:
    (fault,) = faults(judged(two_vpcs(a_routes={"10.0.0.0/15": "pcx-1"}), peering_route_too_broad))
    assert (fault.severity, fault.key) == (Severity.LOW, "rtb-a1|10.0.0.0/15")
    assert fault.message == (
        "rtb-a1 of vpc-a (front) routes 10.0.0.0/15 to vpc-b (back) over pcx-1 (front-to-back): vpc-b (back) has only "
        "10.0.0.0/16 of it; lead 10.0.0.0/16 there alone"
    )
    assert fault.evidence["surplus"] == ["10.1.0.0/16"]
    assert [(step.operation, step.parameters["DestinationCidrBlock"]) for step in fault.remedy] == [
        ("ec2:CreateRoute", B_BLOCK),
        ("ec2:DeleteRoute", "10.0.0.0/15"),
    ]


def test_a_broad_route_over_another_vpc_is_medium_and_names_it() -> None:
    world = two_vpcs(a_routes=BROAD)
    world.vpc("vpc-c", "10.9.0.0/16", account=OTHER_ACCOUNT)
    (fault,) = faults(judged(world, peering_route_too_broad))
    assert fault.severity is Severity.MEDIUM
    assert "has only 10.0.0.0/16 of it, and the rest takes in vpc-c;" in fault.message
    assert fault.evidence["other_networks"] == ["vpc-c"]


def test_of_many_networks_the_message_names_three() -> None:
    world = two_vpcs(a_routes=BROAD)
    for number in range(1, 6):
        world.vpc(f"vpc-c{number}", f"10.{number}.0.0/16")
    (fault,) = faults(judged(world, peering_route_too_broad))
    assert "takes in vpc-c1, vpc-c2, vpc-c3 and 2 more;" in fault.message
    assert len(fault.evidence["other_networks"]) == 5


def test_a_vpc_that_only_a_connection_shows_counts() -> None:
    world = two_vpcs(a_routes=BROAD)
    world.peering("pcx-2", world.vpcs["vpc-b"], world.foreign_vpc("vpc-c", "10.9.0.0/16", account="333333333333"))
    (fault,) = faults(judged(world, peering_route_too_broad))
    assert (fault.severity, fault.evidence["other_networks"]) == (Severity.MEDIUM, ["vpc-c"])
    assert fault.evidence["behind_the_peer"] == ["vpc-c"]
    assert "vpc-c behind it cannot be reached that way" in fault.message


def test_a_network_outside_aws_that_either_side_reaches_counts() -> None:
    for vpc_id in ("vpc-a", "vpc-b"):
        world = two_vpcs(a_routes=BROAD)
        vpc = world.vpcs[vpc_id]
        world.vpn_connection("vpn-1", world.vpn_gateway("vgw-1", vpc), vpc, routes=["10.200.0.0/16"])
        (fault,) = faults(judged(world, peering_route_too_broad))
        assert (fault.severity, fault.evidence["other_networks"]) == (Severity.MEDIUM, ["10.200.0.0/16"])
        assert "10.200.0.0/16" not in fault.related


def test_a_network_that_a_more_specific_route_leads_to_is_not_hidden() -> None:
    world = two_vpcs(a_routes={})
    a, c = world.vpcs["vpc-a"], world.vpc("vpc-c", "10.9.0.0/16")
    world.peering("pcx-2", a, c)
    world.route_table("rtb-a2", a, routes={"10.0.0.0/8": "pcx-1", "10.9.0.0/16": "pcx-2"})
    (fault,) = faults(judged(world, peering_route_too_broad))
    assert fault.severity is Severity.LOW


def test_a_route_that_sums_up_all_blocks_of_the_peer_passes() -> None:
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK), world.vpc("vpc-b", B_BLOCK, "10.1.0.0/16")
    world.peering("pcx-1", a, b)
    world.main_routes(a, {"10.0.0.0/15": "pcx-1"})
    findings = judged(world, peering_route_too_broad)
    assert passes(findings) == findings
    assert len(findings) == 1


@pytest.mark.parametrize("destination", [B_BLOCK, "10.0.0.0/24", "10.0.0.7/32"])
def test_a_route_to_all_or_part_of_the_peer_passes(destination: str) -> None:
    findings = judged(two_vpcs(a_routes={destination: "pcx-1"}), peering_route_too_broad)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("destination", ["0.0.0.0/0", "0.0.0.0/1"])
def test_a_default_route_is_not_this_rules(destination: str) -> None:
    assert faults(judged(two_vpcs(a_routes={destination: "pcx-1"}), peering_route_too_broad)) == []


def test_the_blocks_that_are_routed_already_need_no_route() -> None:
    (fault,) = faults(judged(two_vpcs(a_routes={**BROAD, B_BLOCK: "pcx-1"}), peering_route_too_broad))
    assert [step.operation for step in fault.remedy] == ["ec2:DeleteRoute"]


def test_a_route_to_just_the_peer_that_leads_elsewhere_is_replaced() -> None:
    world = two_vpcs(a_routes={**BROAD, B_BLOCK: blackhole("pcx-old")})
    (fault,) = faults(judged(world, peering_route_too_broad))
    assert [(step.operation, step.parameters["DestinationCidrBlock"]) for step in fault.remedy] == [
        ("ec2:ReplaceRoute", B_BLOCK),
        ("ec2:DeleteRoute", "10.0.0.0/8"),
    ]


def test_a_broad_entry_of_a_prefix_list_is_named_and_left_to_the_lists_owner() -> None:
    world = two_vpcs(a_routes={})
    world.prefix_list("pl-1", ["10.0.0.0/24", "10.0.0.0/15"])
    world.main_routes(world.vpcs["vpc-a"], {"pl-1": "pcx-1"})
    (fault,) = faults(judged(world, peering_route_too_broad))
    assert fault.key == "rtb-a-main|pl-1"
    assert "routes pl-1 (10.0.0.0/15) to" in fault.message
    assert fault.remedy == ()


def test_an_expected_broad_connection_is_no_question() -> None:
    settings = Settings(expected_broad_peerings=frozenset({"pcx-1"}))
    assert judged(two_vpcs(a_routes=BROAD), peering_route_too_broad, settings) == []


def test_an_expected_broad_connection_excuses_no_other() -> None:
    settings = Settings(expected_broad_peerings=frozenset({"pcx-2"}))
    assert len(faults(judged(two_vpcs(a_routes=BROAD), peering_route_too_broad, settings))) == 1


def test_an_unaudited_peer_is_judged_by_its_blocks_and_its_own_routes_are_unknown() -> None:
    findings = judged(half_seen(a_routes=BROAD), peering_route_too_broad)
    assert [finding.key for finding in faults(findings)] == ["rtb-a1|10.0.0.0/8"]
    assert [finding.key for finding in unknowns(findings)] == ["vpc-b"]


def test_a_peer_of_which_not_all_blocks_are_known_may_fill_the_destination() -> None:
    world = half_seen(a_routes=BROAD)
    side = {"VpcId": "vpc-b", "OwnerId": "888888888888", "Region": REGION, "CidrBlock": B_BLOCK}
    world.change("ec2:DescribeVpcPeeringConnections", "pcx-1", AccepterVpcInfo=side)
    findings = judged(world, peering_route_too_broad)
    assert faults(findings) == []
    assert {finding.key for finding in unknowns(findings)} == {"rtb-a1|10.0.0.0/8", "vpc-b"}


def test_refused_route_tables_are_unknown_for_their_side() -> None:
    world = two_vpcs(a_routes=BROAD, b_routes=TO_A, b_account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeRouteTables", account=OTHER_ACCOUNT)
    findings = judged(world, peering_route_too_broad)
    assert [finding.key for finding in faults(findings)] == ["rtb-a1|10.0.0.0/8"]
    assert [finding.key for finding in unknowns(findings)] == ["vpc-b"]


def test_a_connection_that_is_not_active_is_no_question() -> None:
    assert judged(two_vpcs("expired", a_routes=BROAD), peering_route_too_broad) == []


@mock_aws
def test_a_broad_route_is_found_in_moto() -> None:
    moto = peered()
    moto.route(moto.a_table, "10.0.0.0/15")
    (fault,) = cured(peering_route_too_broad)
    assert (fault.resource.id, fault.severity) == (moto.peering, Severity.LOW)
