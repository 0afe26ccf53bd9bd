import boto3
import pytest
from moto import mock_aws

from auditor.findings import Severity
from checks.peering.sg_cross_region_reference import peering_sg_cross_region_reference
from tests.carrying_out import cured
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT, half_seen, two_vpcs
from tests.judging import faults, judged, passes, unknowns
from tests.world import ABSENT, ACCOUNT, World, allow, reference

ELSEWHERE = "us-east-1"


def naming(b_region: str = ELSEWHERE, *, b_account: str = ACCOUNT) -> World:
    """``sg-a`` of ``vpc-a`` lets HTTPS in from ``sg-b`` of ``vpc-b``."""
    world = two_vpcs(b_region=b_region, b_account=b_account)
    a, b = world.vpcs["vpc-a"], world.vpcs["vpc-b"]
    world.security_group("sg-b", b)
    world.security_group("sg-a", a, [allow("tcp", 443, reference("sg-b", b, "pcx-1"))], name="web")
    return world


def test_a_rule_that_names_a_group_in_another_region_is_a_fault() -> None:
    (fault,) = faults(judged(naming(), peering_sg_cross_region_reference))
    assert (fault.severity, fault.key, fault.resource.id) == (Severity.HIGH, "ingress|tcp|443|sg-b|pcx-1", "sg-a")
    assert fault.message == (
        "sg-a (web) in eu-west-1 lets tcp 443 in from sg-b in vpc-b in us-east-1 over pcx-1, and matches nothing "
        "there; name the block of the peer instead"
    )
    assert fault.evidence["referenced_region"] == ELSEWHERE
    assert [step.operation for step in fault.remedy] == ["ec2:RevokeSecurityGroupIngress"]


def test_the_connection_tells_the_region_of_a_vpc_that_was_not_audited() -> None:
    world = World()
    a = world.vpc("vpc-a", "172.16.0.0/16")
    b = world.foreign_vpc("vpc-b", "10.0.0.0/16", account=OTHER_ACCOUNT, region=ELSEWHERE)
    world.peering("pcx-1", a, b)
    world.security_group("sg-a", a, [allow("tcp", 443, reference("sg-b", b, "pcx-1"))])
    (fault,) = faults(judged(world, peering_sg_cross_region_reference))
    assert fault.evidence["referenced_region"] == ELSEWHERE


def test_a_vpc_in_another_region_without_a_connection_is_a_fault() -> None:
    world = naming()
    pair = {"GroupId": "sg-b", "UserId": ACCOUNT, "VpcId": "vpc-b"}
    rule = {"IpProtocol": "-1", "UserIdGroupPairs": [pair]}
    world.change("ec2:DescribeSecurityGroups", "sg-a", IpPermissions=[rule])
    (fault,) = faults(judged(world, peering_sg_cross_region_reference))
    assert fault.key == "ingress|-1|all|sg-b|"
    assert "in us-east-1, and matches nothing" in fault.message


def test_a_rule_that_names_a_group_in_the_same_region_passes() -> None:
    world = naming("eu-west-1", b_account=OTHER_ACCOUNT)
    findings = judged(world, peering_sg_cross_region_reference)
    assert passes(findings) == findings
    assert [finding.resource.id for finding in findings] == ["sg-a"]


def test_rules_by_block_or_of_the_own_vpc_are_no_question() -> None:
    world = two_vpcs(b_region=ELSEWHERE)
    a = world.vpcs["vpc-a"]
    world.security_group("sg-a", a, [allow("tcp", 443, "10.0.0.0/16", "sg-a-default")])
    assert judged(world, peering_sg_cross_region_reference) == []


def test_a_connection_that_is_gone_tells_no_region() -> None:
    world = half_seen()
    b = world.vpcs["vpc-b"]
    named = reference("sg-b", b, "pcx-old", status="deleted")
    world.security_group("sg-a", world.vpcs["vpc-a"], [allow("tcp", 443, named)])
    findings = judged(world, peering_sg_cross_region_reference)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_refused_connections_leave_the_region_of_an_unaudited_vpc_unknown() -> None:
    world = half_seen()
    named = reference("sg-b", world.vpcs["vpc-b"], "pcx-1")
    world.security_group("sg-a", world.vpcs["vpc-a"], [allow("tcp", 443, named)])
    world.refuse("ec2:DescribeVpcPeeringConnections")
    (finding,) = unknowns(judged(world, peering_sg_cross_region_reference))
    assert finding.key == "ingress|tcp|443|sg-b|pcx-1"
    assert "lets tcp 443 in from sg-b in vpc-b over pcx-1, whose ends were not seen" in finding.message


@pytest.mark.parametrize("action", ["ec2:DescribeVpcs", "ec2:DescribeVpcPeeringConnections"])
def test_either_of_the_vpc_and_the_connection_is_enough(action: str) -> None:
    world = naming()
    world.refuse(action)
    assert len(faults(judged(world, peering_sg_cross_region_reference))) == 1


def test_rules_that_aws_left_out_are_unknown() -> None:
    world = naming()
    world.change("ec2:DescribeSecurityGroups", "sg-a", IpPermissionsEgress=ABSENT)
    findings = judged(world, peering_sg_cross_region_reference)
    assert len(faults(findings)) == len(unknowns(findings)) == 1


@mock_aws
def test_a_rule_that_names_a_group_in_another_region_is_found_in_moto() -> None:
    moto = peered()
    elsewhere = boto3.client("ec2", ELSEWHERE)
    far = elsewhere.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    made = moto.ec2.create_vpc_peering_connection(VpcId=moto.a, PeerVpcId=far, PeerRegion=ELSEWHERE)
    peering = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    elsewhere.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    group, named = (
        moto.ec2.create_security_group(GroupName=name, Description=name, VpcId=moto.a)["GroupId"] for name in "xy"
    )
    pair = {"GroupId": named, "VpcPeeringConnectionId": peering, "VpcId": far}
    moto.ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [pair]}],
    )
    (fault,) = cured(peering_sg_cross_region_reference)
    assert (fault.resource.id, fault.evidence["referenced_region"]) == (group, ELSEWHERE)
