import boto3
import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.peering.route_missing_side import peering_route_missing_side
from tests.carrying_out import cured
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, TO_A, TO_B, Routes, half_seen, two_vpcs
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ACCOUNT, REGION, Via, World, blackhole


def test_routes_on_both_sides_pass() -> None:
    findings = judged(two_vpcs(), peering_route_missing_side)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_a_side_without_a_route_is_high() -> None:
    (fault,) = faults(judged(two_vpcs(b_routes={}, b_account=OTHER_ACCOUNT), peering_route_missing_side))
    assert (fault.severity, fault.key) == (Severity.HIGH, "vpc-b")
    assert (fault.account, fault.region) == (OTHER_ACCOUNT, REGION)
    assert fault.message == (
        "vpc-b (back) has no route over pcx-1 (front-to-back) to 172.16.0.0/16 in vpc-a (front); add it to rtb-b1"
    )
    assert fault.evidence["route_tables"] == {"rtb-b1": ["subnet-b1"]}
    (step,) = fault.remedy
    assert step.operation == "ec2:CreateRoute"
    assert step.parameters == {
        "RouteTableId": "rtb-b1",
        "DestinationCidrBlock": A_BLOCK,
        "VpcPeeringConnectionId": "pcx-1",
    }
    assert step.at == Target(OTHER_ACCOUNT, REGION)


def test_every_block_of_the_peer_is_to_be_routed() -> None:
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK, "172.17.0.0/16", "2001:db8:0:aa00::/56"), world.vpc("vpc-b", B_BLOCK)
    world.peering("pcx-1", a, b)
    world.route_table("rtb-a1", a, [world.subnet("subnet-a1", a, "172.16.0.0/24")], TO_B)
    world.subnet("subnet-b1", b, "10.0.0.0/24")
    (fault,) = faults(judged(world, peering_route_missing_side))
    assert [step.parameters["DestinationCidrBlock"] for step in fault.remedy] == [A_BLOCK, "172.17.0.0/16"]
    assert "rtb-b-main" in fault.message


def test_a_route_in_the_main_table_counts_for_subnets_without_a_table_of_their_own() -> None:
    world = two_vpcs(b_routes={})
    b = world.vpcs["vpc-b"]
    world.subnet("subnet-b2", b, "10.0.2.0/24")
    world.main_routes(b, TO_A)
    findings = judged(world, peering_route_missing_side)
    assert passes(findings) == findings != []


def test_a_route_to_a_prefix_list_counts_though_the_list_cannot_be_read() -> None:
    world = two_vpcs(b_routes={"pl-1": "pcx-1"})
    world.prefix_list("pl-1", readable=False)
    findings = judged(world, peering_route_missing_side)
    assert passes(findings) == findings != []


def test_a_route_in_a_table_without_subnets_does_not_count_and_is_named() -> None:
    world = two_vpcs(b_routes={})
    world.route_table("rtb-orphan", world.vpcs["vpc-b"], routes=TO_A)
    (fault,) = faults(judged(world, peering_route_missing_side))
    assert fault.message.endswith("; the route in rtb-orphan is of no use to any subnet")
    assert fault.evidence["routes_without_subnets"] == ["rtb-orphan"]


def test_a_blackhole_does_not_count() -> None:
    (fault,) = faults(judged(two_vpcs(b_routes={A_BLOCK: blackhole("pcx-1")}), peering_route_missing_side))
    assert fault.key == "vpc-b"
    assert fault.message.endswith("add it to rtb-b1")
    assert fault.evidence["routes_without_subnets"] == []
    assert [step.operation for step in fault.remedy] == ["ec2:ReplaceRoute"]


def test_a_useless_route_of_the_other_side_is_named() -> None:
    world = two_vpcs(a_routes={}, b_routes={})
    world.route_table("rtb-orphan", world.vpcs["vpc-a"], routes=TO_B)
    (fault,) = faults(judged(world, peering_route_missing_side))
    assert fault.key == "vpc-b"
    assert fault.message.endswith("; the route of vpc-a (front) in rtb-orphan is of no use to any subnet")


def test_a_route_in_a_state_of_unknown_meaning_leaves_its_side_unknown() -> None:
    (finding,) = judged(two_vpcs(b_routes={A_BLOCK: Via("pcx-1", state="filtered")}), peering_route_missing_side)
    assert (unknowns([finding]), finding.key) == ([finding], "vpc-b")


def answering(b_routes: Routes, *vpcs: str) -> World:
    """``vpc-b`` has no route over the connection; a transit gateway has the named VPCs on it."""
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK, name="front"), world.vpc("vpc-b", B_BLOCK)
    world.peering("pcx-1", a, b)
    for vpc in vpcs:
        world.transit_gateway_attachment("tgw-1", world.vpcs[vpc])
    world.route_table("rtb-a1", a, [world.subnet("subnet-a1", a, "172.16.0.0/24")], TO_B)
    world.route_table("rtb-b1", b, [world.subnet("subnet-b1", b, "10.0.0.0/24")], b_routes)
    return world


@pytest.mark.parametrize("destination", [A_BLOCK, "172.16.0.0/12", "0.0.0.0/0"])
def test_a_side_that_answers_over_a_transit_gateway_of_both_needs_no_route(destination: str) -> None:
    world = answering({destination: "tgw-1"}, "vpc-a", "vpc-b")
    assert faults(judged(world, peering_route_missing_side)) == []
    assert judged_on_reads(world, peering_route_missing_side) == judged(world, peering_route_missing_side)


def test_a_transit_gateway_that_the_peer_is_not_on_is_no_way_back() -> None:
    assert len(faults(judged(answering({A_BLOCK: "tgw-1"}, "vpc-b"), peering_route_missing_side))) == 1


def test_a_core_network_that_the_peer_does_not_route_to_is_no_way_back() -> None:
    core = f"arn:aws:networkmanager::{ACCOUNT}:core-network/core-network-1"
    world = answering({A_BLOCK: core})
    world.refuse("ec2:DescribeTransitGatewayVpcAttachments")
    assert len(faults(judged(world, peering_route_missing_side))) == 1
    world = answering({A_BLOCK: core})
    world.route_table("rtb-a2", world.vpcs["vpc-a"], routes={"10.9.0.0/16": core})
    assert faults(judged(world, peering_route_missing_side)) == []


def test_a_transit_gateway_for_a_part_of_the_peer_is_no_way_back() -> None:
    world = answering({"172.16.0.0/17": "tgw-1"}, "vpc-a", "vpc-b")
    assert len(faults(judged(world, peering_route_missing_side))) == 1


def test_a_transit_gateway_for_some_subnets_is_no_way_back() -> None:
    world = answering({A_BLOCK: "tgw-1"}, "vpc-a", "vpc-b")
    world.subnet("subnet-b2", world.vpcs["vpc-b"], "10.0.2.0/24")
    assert len(faults(judged(world, peering_route_missing_side))) == 1


def test_a_transit_gateway_of_which_the_attachments_were_not_seen_may_be_a_way_back() -> None:
    world = answering({A_BLOCK: "tgw-1"}, "vpc-a", "vpc-b")
    world.refuse("ec2:DescribeTransitGatewayVpcAttachments")
    (finding,) = judged(world, peering_route_missing_side)
    assert (unknowns([finding]), finding.key) == ([finding], "vpc-b")
    assert "whether both VPCs are on it was not seen" in finding.message


def test_a_route_to_a_part_of_the_peer_counts() -> None:
    findings = judged(two_vpcs(b_routes={"172.16.9.0/24": "pcx-1"}), peering_route_missing_side)
    assert passes(findings) == findings != []


def test_only_blocks_that_the_side_can_send_to_are_named() -> None:
    world = two_vpcs(a_routes={}, b_routes=TO_A)
    side = world.vpc("vpc-c", "10.3.0.0/16", "2001:db8:0:c00::/56")
    world.subnet("subnet-c1", side, "10.3.0.0/24")
    world.peering("pcx-2", world.vpcs["vpc-a"], side)
    world.main_routes(side, {A_BLOCK: "pcx-2"})
    fault = next(each for each in faults(judged(world, peering_route_missing_side)) if each.resource.id == "pcx-2")
    assert "over pcx-2 to 10.3.0.0/16 in vpc-c;" in fault.message


def test_two_sides_without_a_route_are_another_rules_to_report() -> None:
    assert judged(two_vpcs(a_routes={}, b_routes={}), peering_route_missing_side) == []


def test_answers_that_take_another_connection_are_another_rules_to_report() -> None:
    world = two_vpcs(b_routes={A_BLOCK: "pcx-2"})
    world.peering("pcx-2", world.vpcs["vpc-b"], world.vpc("vpc-c", A_BLOCK))
    assert [fault for fault in faults(judged(world, peering_route_missing_side)) if fault.resource.id == "pcx-1"] == []


def test_a_side_without_subnets_needs_no_route() -> None:
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK), world.vpc("vpc-b", B_BLOCK)
    world.peering("pcx-1", a, b)
    world.route_table("rtb-a1", a, [world.subnet("subnet-a1", a, "172.16.0.0/24")], TO_B)
    assert faults(judged(world, peering_route_missing_side)) == []


def test_a_far_side_that_was_not_seen_is_unknown() -> None:
    (finding,) = judged(half_seen(), peering_route_missing_side)
    assert (unknowns([finding]), finding.key) == ([finding], "vpc-b")
    assert finding.missing is not None
    assert [cause.kind for cause in finding.missing.causes] == [Kind.NOT_AUDITED]


def test_a_near_side_without_a_route_is_told_though_the_far_side_was_not_seen() -> None:
    findings = judged(half_seen(a_routes={}), peering_route_missing_side)
    near = next(finding for finding in unknowns(findings) if finding.key == "vpc-a")
    assert near.message == "vpc-a (front) has no route to vpc-b, whose own routes were not seen"
    assert faults(findings) == []


@pytest.mark.parametrize("action", ["ec2:DescribeRouteTables", "ec2:DescribeSubnets"])
def test_a_side_of_which_tables_or_subnets_were_refused_is_unknown(action: str) -> None:
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    world.refuse(action, account=OTHER_ACCOUNT)
    (finding,) = judged(world, peering_route_missing_side)
    assert (unknowns([finding]), finding.key) == ([finding], "vpc-b")


def test_refused_vpcs_leave_both_sides_unknown() -> None:
    world = two_vpcs()
    world.refuse("ec2:DescribeVpcs")
    findings = judged(world, peering_route_missing_side)
    assert [finding.key for finding in unknowns(findings)] == ["vpc-a", "vpc-b"]
    assert len(findings) == 2


def test_a_side_that_only_a_participant_shows_is_unknown() -> None:
    world = two_vpcs(b_routes={}, b_account=OTHER_ACCOUNT)
    world.share(world.subnets["subnet-b1"], ACCOUNT)
    world.drop_shard(account=OTHER_ACCOUNT, asked=False)
    (finding,) = judged(world, peering_route_missing_side)
    assert finding.missing is not None
    assert [cause.kind for cause in finding.missing.causes] == [Kind.PARTICIPANT]


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted"])
def test_a_connection_that_is_not_active_is_no_question(status: str) -> None:
    assert judged(two_vpcs(status, b_routes={}), peering_route_missing_side) == []


@mock_aws
def test_a_side_without_a_route_is_found_in_moto() -> None:
    ec2 = boto3.client("ec2", REGION)
    a, b = (ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in (A_BLOCK, B_BLOCK))
    peering = ec2.create_vpc_peering_connection(VpcId=a, PeerVpcId=b)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    for vpc, block in ((a, "172.16.0.0/24"), (b, "10.0.0.0/24")):
        ec2.create_subnet(VpcId=vpc, CidrBlock=block)
    table = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [a]}])["RouteTables"][0]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock=B_BLOCK, VpcPeeringConnectionId=peering)
    (fault,) = cured(peering_route_missing_side)
    assert (fault.resource.id, fault.key) == (peering, b)
