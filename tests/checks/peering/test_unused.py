import boto3
import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.snapshot import Target
from checks.peering.unused import peering_unused
from tests.carrying_out import cured
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, half_seen, two_vpcs
from tests.judging import faults, judged, passes, unknowns
from tests.world import ACCOUNT, REGION, allow, blackhole, reference


def test_a_connection_without_a_route_is_unused() -> None:
    (fault,) = faults(judged(two_vpcs(a_routes={}, b_routes={}), peering_unused))
    assert (fault.severity, fault.key) == (Severity.LOW, "")
    assert "of the route tables of vpc-a (front) (2) and of vpc-b (back) (2) none has one" in fault.message
    assert fault.evidence["route_tables"] == {
        "vpc-a": ["rtb-a-main", "rtb-a1"],
        "vpc-b": ["rtb-b-main", "rtb-b1"],
    }
    (step,) = fault.remedy
    assert (step.operation, step.at) == ("ec2:DeleteVpcPeeringConnection", Target(ACCOUNT, REGION))


def test_a_route_on_one_side_is_a_use() -> None:
    findings = judged(two_vpcs(b_routes={}), peering_unused)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_a_blackhole_is_a_use() -> None:
    findings = judged(two_vpcs(a_routes={B_BLOCK: blackhole("pcx-1")}, b_routes={}), peering_unused)
    assert passes(findings) == findings != []


def test_a_route_in_a_table_without_subnets_is_a_use() -> None:
    world = two_vpcs(a_routes={}, b_routes={})
    world.route_table("rtb-orphan", world.vpcs["vpc-b"], routes={A_BLOCK: "pcx-1"})
    findings = judged(world, peering_unused)
    assert passes(findings) == findings != []


def test_a_security_group_rule_alone_is_no_use() -> None:
    world = two_vpcs(a_routes={}, b_routes={})
    world.security_group("sg-b", world.vpcs["vpc-b"])
    rule = allow("tcp", 443, reference("sg-b", world.vpcs["vpc-b"], "pcx-1"))
    world.security_group("sg-a", world.vpcs["vpc-a"], [rule])
    (fault,) = faults(judged(world, peering_unused))
    assert fault.evidence["security_groups"] == ["sg-a"]


def test_a_far_side_that_was_not_audited_may_use_it() -> None:
    (finding,) = unknowns(judged(half_seen(a_routes={}), peering_unused))
    assert "vpc-a (front) has no route to it, and vpc-b was not seen" in finding.message


def test_the_far_side_is_not_needed_where_the_near_one_has_a_route() -> None:
    findings = judged(half_seen(), peering_unused)
    assert passes(findings) == findings != []


def test_refused_route_tables_leave_the_use_unknown() -> None:
    world = two_vpcs(a_routes={}, b_routes={}, b_account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeRouteTables", account=ACCOUNT)
    (finding,) = unknowns(judged(world, peering_unused))
    assert "vpc-b (back) has no route to it, and vpc-a (front) was not seen" in finding.message


def test_nothing_is_said_of_a_side_while_no_side_was_seen() -> None:
    world = two_vpcs(a_routes={}, b_routes={})
    world.refuse("ec2:DescribeRouteTables")
    (finding,) = unknowns(judged(world, peering_unused))
    assert "has no route" not in finding.message


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted"])
def test_a_connection_that_is_not_active_is_no_question(status: str) -> None:
    assert judged(two_vpcs(status, a_routes={}, b_routes={}), peering_unused) == []


@mock_aws
def test_a_connection_without_a_route_is_found_in_moto() -> None:
    ec2 = boto3.client("ec2", REGION)
    a, b = (ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in (A_BLOCK, B_BLOCK))
    peering = ec2.create_vpc_peering_connection(VpcId=a, PeerVpcId=b)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    (fault,) = cured(peering_unused)
    assert fault.resource.id == peering
    table = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [b]}])["RouteTables"][0]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock=A_BLOCK, VpcPeeringConnectionId=peering)
    assert cured(peering_unused) == []
