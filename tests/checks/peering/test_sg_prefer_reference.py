from collections.abc import Sequence

import pytest
from moto import mock_aws

from auditor.findings import Confidence, Finding, Severity
from checks.peering.sg_prefer_reference import peering_sg_prefer_reference
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_groups import Rules, nobody, two_groups
from tests.checks.peering.two_vpcs import B_BLOCK, OTHER_ACCOUNT, TO_B, half_seen
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, Permission, Vpc, World, allow


def blocks(*sources: str, protocol: str = "tcp", ports: int | None = 443) -> Rules:
    def rules(_: Vpc) -> Sequence[Permission]:
        return [allow(protocol, ports, *sources)]

    return rules


def of_group(world: World, group: str = "sg-a") -> list[Finding]:
    return [finding for finding in judged(world, peering_sg_prefer_reference) if finding.resource.id == group]


def test_a_rule_that_names_the_block_of_a_peer_is_a_fact_worth_showing() -> None:
    (fault,) = faults(judged(two_groups(blocks(B_BLOCK)), peering_sg_prefer_reference))
    assert (fault.severity, fault.confidence) == (Severity.INFO, Confidence.HEURISTIC)
    assert (fault.resource.id, fault.key) == ("sg-a", "tcp|443|10.0.0.0/16")
    assert fault.message == (
        "sg-a (web) lets tcp 443 in from 10.0.0.0/16, which is all of vpc-b (back); name the security groups of the "
        "clients there instead"
    )
    assert fault.evidence == {
        "protocol": "tcp",
        "from_port": 443,
        "to_port": 443,
        "source": "10.0.0.0/16",
        "blocks": ["10.0.0.0/16"],
        "peering_connections": ["pcx-1"],
    }
    assert fault.related == ("vpc-a", "pcx-1", "vpc-b")
    assert fault.remedy == ()


@pytest.mark.parametrize("protocol", ["all", "tcp", "udp"])
def test_every_port_makes_it_low(protocol: str) -> None:
    (fault,) = faults(judged(two_groups(blocks(B_BLOCK, protocol=protocol, ports=None)), peering_sg_prefer_reference))
    assert fault.severity is Severity.LOW


def test_a_prefix_list_of_the_peers_block_is_one() -> None:
    world = two_groups(blocks("pl-1"))
    world.prefix_list("pl-1", ["10.0.0.0/17", "10.0.128.0/17"])
    (fault,) = faults(judged(world, peering_sg_prefer_reference))
    assert fault.key == "tcp|443|pl-1"


def test_the_own_block_beside_the_peers_can_be_named_by_groups_as_well() -> None:
    world = two_groups(nobody)
    world.prefix_list("pl-1", ["10.0.0.0/16", "172.16.0.0/16"])
    world.security_group("sg-c", world.vpcs["vpc-a"], [allow("tcp", 443, "pl-1")])
    world.network_interface("eni-c", world.subnets["subnet-a1"], groups=["sg-c"])
    assert [fault.resource.id for fault in faults(judged(world, peering_sg_prefer_reference))] == ["sg-c"]


@pytest.mark.parametrize("source", ["10.0.0.0/8", "0.0.0.0/0", "10.0.0.0/15"])
def test_a_block_that_others_may_be_meant_by_passes(source: str) -> None:
    findings = of_group(two_groups(blocks(source)))
    assert passes(findings) == findings != []


@pytest.mark.parametrize("source", ["10.0.0.0/24", "192.168.0.0/16", "172.16.0.0/16", "sg-a"])
def test_a_part_of_the_peer_and_what_is_not_the_peers_pass(source: str) -> None:
    findings = judged(two_groups(blocks(source)), peering_sg_prefer_reference)
    assert passes(findings) == findings != []


def test_between_regions_no_group_can_be_named() -> None:
    assert judged(two_groups(blocks(B_BLOCK), b_region="us-east-1"), peering_sg_prefer_reference) == []


def test_between_accounts_it_can() -> None:
    assert len(faults(judged(two_groups(blocks(B_BLOCK), b_account=OTHER_ACCOUNT), peering_sg_prefer_reference))) == 1


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted"])
def test_a_connection_that_is_not_active_is_no_question(status: str) -> None:
    assert judged(two_groups(blocks(B_BLOCK), status=status), peering_sg_prefer_reference) == []


def test_a_group_that_no_workload_carries_is_no_question() -> None:
    world = two_groups(nobody)
    world.security_group("sg-c", world.vpcs["vpc-a"], [allow("tcp", 443, B_BLOCK)])
    world.interface_endpoint("vpce-1", world.vpcs["vpc-a"], "sqs", [world.subnets["subnet-a1"]], groups=["sg-c"])
    assert [each for each in judged(world, peering_sg_prefer_reference) if each.resource.id == "sg-c"] == []


def test_behind_a_middlebox_the_block_has_to_be_named() -> None:
    world = two_groups(blocks(B_BLOCK), a_routes={**TO_B, "10.0.0.0/24": "eni-firewall"})
    world.network_interface("eni-firewall", world.subnets["subnet-a1"])
    assert passes(of_group(world)) != []


def unaudited() -> World:
    world = half_seen()
    a = world.vpcs["vpc-a"]
    world.security_group("sg-a", a, [allow("tcp", 443, B_BLOCK)])
    world.network_interface("eni-a", world.subnets["subnet-a1"], groups=["sg-a"])
    return world


def test_a_far_side_that_was_not_audited_may_have_a_middlebox() -> None:
    (finding,) = [each for each in judged(unaudited(), peering_sg_prefer_reference) if each.resource.id == "sg-a"]
    assert finding.status.value == "unknown"


@pytest.mark.parametrize("action", ["ec2:DescribeRouteTables", "ec2:DescribeNetworkInterfaces", "ec2:DescribeVpcs"])
def test_a_refused_answer_is_unknown_and_never_a_fault(action: str) -> None:
    world = two_groups(blocks(B_BLOCK))
    world.refuse(action)
    findings = judged(world, peering_sg_prefer_reference)
    assert not faults(findings)
    assert any(finding.resource.id == "sg-a" for finding in unknowns(findings))


def test_a_prefix_list_that_cannot_be_read_is_unknown() -> None:
    world = two_groups(blocks("pl-1"))
    world.prefix_list("pl-1", readable=False)
    (finding,) = unknowns(judged(world, peering_sg_prefer_reference))
    assert finding.resource.id == "sg-a"


def test_rules_that_aws_left_out_are_unknown() -> None:
    world = two_groups(blocks(B_BLOCK))
    world.change("ec2:DescribeSecurityGroups", "sg-a", IpPermissions=ABSENT)
    (finding,) = unknowns(judged(world, peering_sg_prefer_reference))
    assert finding.resource.id == "sg-a"


@pytest.mark.parametrize("source", [B_BLOCK, "10.0.0.0/8"])
def test_no_answer_is_needed_but_those_that_the_rule_reads(source: str) -> None:
    world = two_groups(blocks(source))
    assert judged_on_reads(world, peering_sg_prefer_reference) == judged(world, peering_sg_prefer_reference)


@mock_aws
def test_a_rule_that_names_the_block_of_a_peer_is_found_in_moto() -> None:
    moto = peered()
    group = moto.ec2.create_security_group(GroupName="web", Description="web", VpcId=moto.a)["GroupId"]
    moto.ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp=B_BLOCK)
    subnet = moto.ec2.create_subnet(VpcId=moto.a, CidrBlock="172.16.0.0/24")["Subnet"]["SubnetId"]
    moto.ec2.create_network_interface(SubnetId=subnet, Groups=[group])
    (fault,) = faults(judged(collected(), peering_sg_prefer_reference))
    assert (fault.resource.id, fault.key) == (group, "tcp|443|10.0.0.0/16")
