import boto3
import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.peering.route_missing_side import peering_route_missing_side
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, TO_A, TO_B, half_seen, two_vpcs
from tests.judging import faults, judged, passes, unknowns
from tests.over_moto import collected
from tests.world import ACCOUNT, REGION, World, blackhole


def test_routes_on_both_sides_pass() -> None:
    findings = judged(two_vpcs(), peering_route_missing_side)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_a_side_without_a_route_is_high() -> None:
    (fault,) = faults(judged(two_vpcs(b_routes={}, b_account=OTHER_ACCOUNT), peering_route_missing_side))
    assert (fault.severity, fault.key) == (Severity.HIGH, "vpc-b")
    assert (fault.account, fault.region) == (OTHER_ACCOUNT, REGION)
    assert fault.message == "vpc-b (back) has no route to 172.16.0.0/16 in vpc-a (front); add it to rtb-b1"
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
    assert passes(findings) == findings


def test_a_route_to_a_prefix_list_counts_though_the_list_cannot_be_read() -> None:
    world = two_vpcs(b_routes={"pl-1": "pcx-1"})
    world.prefix_list("pl-1", readable=False)
    findings = judged(world, peering_route_missing_side)
    assert passes(findings) == findings


def test_a_route_in_a_table_without_subnets_does_not_count_and_is_named() -> None:
    world = two_vpcs(b_routes={})
    world.route_table("rtb-orphan", world.vpcs["vpc-b"], routes=TO_A)
    (fault,) = faults(judged(world, peering_route_missing_side))
    assert fault.message.endswith("; the route in rtb-orphan is of no use to any subnet")
    assert fault.evidence["routes_without_subnets"] == ["rtb-orphan"]


def test_a_blackhole_does_not_count() -> None:
    (fault,) = faults(judged(two_vpcs(b_routes={A_BLOCK: blackhole("pcx-1")}), peering_route_missing_side))
    assert fault.key == "vpc-b"


def test_a_route_to_a_part_of_the_peer_counts() -> None:
    findings = judged(two_vpcs(b_routes={"172.16.9.0/24": "pcx-1"}), peering_route_missing_side)
    assert passes(findings) == findings


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
    (fault,) = faults(judged(collected(), peering_route_missing_side))
    assert (fault.resource.id, fault.key) == (peering, b)
