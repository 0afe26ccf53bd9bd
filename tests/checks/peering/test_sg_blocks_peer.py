from typing import Any

import pytest
from moto import mock_aws

from auditor.findings import Confidence, Severity
from checks.peering.sg_blocks_peer import peering_sg_blocks_peer
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_groups import names_b, nobody, two_groups
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, half_seen, two_vpcs
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, ACCOUNT, REGION, World, allow, reference


def test_two_sides_that_let_nothing_in_from_each_other_are_a_fault() -> None:
    world = two_groups(lambda _: [allow("tcp", 443, "192.168.0.0/16")])
    (fault,) = faults(judged(world, peering_sg_blocks_peer))
    assert (fault.severity, fault.confidence, fault.key) == (Severity.INFO, Confidence.HEURISTIC, "")
    assert fault.resource.id == "pcx-1"
    assert fault.message == (
        "pcx-1 (front-to-back) is routed there and back, but no security group lets anything in: neither those of "
        "vpc-a (front) (sg-a) from vpc-b (back), nor those of vpc-b (back) (sg-b) from vpc-a (front); name the group "
        "of the clients on the side that serves"
    )
    assert fault.evidence == {
        "inter_region": False,
        "sides": [
            {
                "vpc": vpc,
                "account": ACCOUNT,
                "region": REGION,
                "subnets": [subnet],
                "security_groups": [group],
            }
            for vpc, subnet, group in (("vpc-a", "subnet-a1", "sg-a"), ("vpc-b", "subnet-b1", "sg-b"))
        ],
    }
    assert fault.related == ("vpc-a", "vpc-b", "sg-a", "sg-b")
    assert fault.remedy == ()


def test_across_regions_the_block_is_to_be_named() -> None:
    (fault,) = faults(judged(two_groups(b_region="us-east-1"), peering_sg_blocks_peer))
    assert fault.message.endswith("name the block of the clients, since no group can be named across Regions")


@pytest.mark.parametrize(
    "source", ["10.0.0.0/16", "10.0.0.10/32", "0.0.0.0/0", "pl-1"], ids=["block", "host", "all", "list"]
)
def test_one_side_that_lets_something_in_is_enough(source: str) -> None:
    world = two_groups(lambda _: [allow("udp", 53, source)])
    world.prefix_list("pl-1", ["10.0.0.0/24"])
    findings = judged(world, peering_sg_blocks_peer)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_a_rule_that_names_a_group_of_the_peer_is_enough() -> None:
    world = two_groups(names_b)
    findings = judged(world, peering_sg_blocks_peer)
    assert passes(findings) == findings != []


def test_a_group_of_the_peer_that_nothing_carries_is_named_all_the_same() -> None:
    world = two_groups(lambda b: [allow("tcp", 443, reference("sg-c", b, "pcx-1"))])
    world.security_group("sg-c", world.vpcs["vpc-b"])
    findings = judged(world, peering_sg_blocks_peer)
    assert passes(findings) == findings != []


def test_a_stale_reference_lets_nobody_in() -> None:
    world = two_groups(lambda b: [allow("tcp", 443, reference("sg-b", b, "pcx-1", status="deleted"))])
    assert len(faults(judged(world, peering_sg_blocks_peer))) == 1


def test_an_address_that_is_not_routed_is_not_let_in() -> None:
    world = two_groups(lambda _: [allow("tcp", 443, "10.0.9.0/24")])
    assert len(faults(judged(world, peering_sg_blocks_peer))) == 1


def test_default_groups_as_aws_makes_them_say_nothing() -> None:
    findings = judged(two_vpcs(), peering_sg_blocks_peer)
    assert passes(findings) == findings != []


def test_a_workload_without_a_security_group_lets_everything_in() -> None:
    world = two_groups()
    world.change("ec2:DescribeNetworkInterfaces", "eni-a1-0", Groups=[])
    findings = judged(world, peering_sg_blocks_peer)
    assert passes(findings) == findings != []


def test_subnets_without_workloads_and_routes_one_way_block_nobody() -> None:
    for world in (two_groups(in_use=False), two_groups(b_routes={})):
        findings = judged(world, peering_sg_blocks_peer)
        assert passes(findings) == findings != []


@pytest.mark.parametrize(
    "action",
    [
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:DescribeRouteTables",
        "ec2:DescribeVpcs",
    ],
)
def test_a_refused_answer_is_unknown_and_never_a_fault(action: str) -> None:
    world = two_groups()
    world.refuse(action)
    findings = judged(world, peering_sg_blocks_peer)
    assert unknowns(findings) == findings != []


def test_a_prefix_list_that_cannot_be_read_may_let_the_peer_in() -> None:
    world = two_groups(lambda _: [allow("tcp", 443, "pl-1")])
    world.prefix_list("pl-1", readable=False)
    (finding,) = judged(world, peering_sg_blocks_peer)
    assert finding.status.value == "unknown"


def test_groups_and_rules_that_aws_left_out_are_unknown() -> None:
    for action, item, member in (
        ("ec2:DescribeNetworkInterfaces", "eni-a1-0", "Groups"),
        ("ec2:DescribeSecurityGroups", "sg-a", "IpPermissions"),
    ):
        world = two_groups()
        absent: dict[str, Any] = {member: ABSENT}
        world.change(action, item, **absent)
        (finding,) = judged(world, peering_sg_blocks_peer)
        assert finding.status.value == "unknown"


def test_a_far_side_that_was_not_audited_is_unknown() -> None:
    (finding,) = judged(half_seen(), peering_sg_blocks_peer)
    assert finding.status.value == "unknown"


def test_a_near_side_that_lets_the_peer_in_passes_whoever_sees_the_far_side() -> None:
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK), world.foreign_vpc("vpc-b", B_BLOCK, account="888888888888")
    world.peering("pcx-1", a, b)
    world.security_group("sg-a", a, [allow("tcp", 443, B_BLOCK)])
    a1 = world.subnet("subnet-a1", a, "172.16.0.0/24", groups=["sg-a"])
    world.route_table("rtb-a1", a, [a1], {B_BLOCK: "pcx-1"})
    findings = judged(world, peering_sg_blocks_peer)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted"])
def test_a_connection_that_is_not_active_is_no_question(status: str) -> None:
    assert judged(two_vpcs(status), peering_sg_blocks_peer) == []


@pytest.mark.parametrize("rules", [nobody, names_b])
def test_no_answer_is_needed_but_those_that_the_rule_reads(rules: object) -> None:
    world = two_groups(nobody if rules is nobody else names_b)
    assert judged_on_reads(world, peering_sg_blocks_peer) == judged(world, peering_sg_blocks_peer)


@mock_aws
def test_two_sides_that_let_nothing_in_are_found_in_moto() -> None:
    moto = peered()
    for table, vpc, block, subnet in (
        (moto.a_table, moto.a, B_BLOCK, "172.16.0.0/24"),
        (moto.b_table, moto.b, A_BLOCK, "10.0.0.0/24"),
    ):
        moto.route(table, block)
        made = moto.ec2.create_subnet(VpcId=vpc, CidrBlock=subnet)["Subnet"]["SubnetId"]
        group = moto.ec2.create_security_group(GroupName="own", Description="own", VpcId=vpc)["GroupId"]
        moto.ec2.create_network_interface(SubnetId=made, Groups=[group])
    (fault,) = faults(judged(collected(), peering_sg_blocks_peer))
    assert fault.resource.id == moto.peering
    moto.ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp=A_BLOCK)
    assert faults(judged(collected(), peering_sg_blocks_peer)) == []
