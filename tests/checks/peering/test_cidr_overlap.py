import boto3
import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.network.missing import Kind
from checks.peering.cidr_overlap import peering_cidr_overlap
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, STRANGER, half_seen, two_vpcs
from tests.judging import faults, judged, passes, unknowns
from tests.over_moto import collected
from tests.world import REGION, World

PEERINGS = "ec2:DescribeVpcPeeringConnections"


def peered(a_blocks: list[str], b_blocks: list[str], status: str = "failed") -> World:
    world = World()
    world.peering("pcx-1", world.vpc("vpc-a", *a_blocks), world.vpc("vpc-b", *b_blocks), status=status)
    return world


def test_vpcs_without_common_addresses_pass() -> None:
    findings = judged(two_vpcs(), peering_cidr_overlap)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_matching_blocks_are_an_overlap() -> None:
    (fault,) = faults(judged(peered(["10.0.0.0/16"], ["10.0.0.0/16"]), peering_cidr_overlap))
    assert (fault.severity, fault.key) == (Severity.HIGH, "")
    assert "10.0.0.0/16 of vpc-a and 10.0.0.0/16 of vpc-b" in fault.message
    assert fault.evidence["overlaps"] == [
        {"requester_cidr": "10.0.0.0/16", "accepter_cidr": "10.0.0.0/16", "overlap": ["10.0.0.0/16"]}
    ]
    assert fault.evidence["status"] == "failed"


def test_one_of_several_blocks_is_enough() -> None:
    world = peered(["10.0.0.0/16", "10.2.0.0/16"], ["10.4.0.0/16", "10.2.128.0/24"])
    (fault,) = faults(judged(world, peering_cidr_overlap))
    assert fault.evidence["overlaps"] == [
        {"requester_cidr": "10.2.0.0/16", "accepter_cidr": "10.2.128.0/24", "overlap": ["10.2.128.0/24"]}
    ]


def test_an_ipv4_overlap_counts_though_ipv6_is_distinct() -> None:
    world = peered(["10.0.0.0/16", "2001:db8:0:aa00::/56"], ["10.0.0.0/16", "2001:db8:0:bb00::/56"])
    (fault,) = faults(judged(world, peering_cidr_overlap))
    assert len(fault.evidence["overlaps"]) == 1


def test_an_ipv6_overlap_counts_too() -> None:
    world = peered(["10.0.0.0/16", "2001:db8:0:aa00::/56"], ["10.1.0.0/16", "2001:db8:0:aa00::/56"])
    (fault,) = faults(judged(world, peering_cidr_overlap))
    assert fault.evidence["overlaps"][0]["overlap"] == ["2001:db8:0:aa00::/56"]


def test_a_block_that_is_no_longer_associated_does_not_overlap() -> None:
    world = World()
    a = world.vpc("vpc-a", "172.16.0.0/16", disassociated=["10.0.0.0/16"])
    world.peering("pcx-1", a, world.vpc("vpc-b", "10.0.0.0/16"), status="failed")
    findings = judged(world, peering_cidr_overlap)
    assert passes(findings) == findings != []


def test_a_request_that_waits_can_overlap() -> None:
    world = peered(["10.0.0.0/16"], ["10.0.0.0/20"], "pending-acceptance")
    assert len(faults(judged(world, peering_cidr_overlap))) == 1


def test_an_overlap_on_an_active_connection_was_seen_at_two_times() -> None:
    (fault,) = faults(judged(peered(["10.0.0.0/16"], ["10.0.0.0/20"], "active"), peering_cidr_overlap))
    assert "collect again" in fault.message


def test_a_failed_connection_is_judged_by_aws_words_where_a_side_was_not_seen() -> None:
    world = half_seen("failed", a_routes={})
    (fault,) = faults(judged(world, peering_cidr_overlap))
    assert 'AWS says "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"' in fault.message
    assert "the blocks of vpc-b were not all seen" in fault.message
    assert fault.evidence["overlaps"] == []


def test_a_failed_connection_is_unknown_where_aws_words_name_no_overlap() -> None:
    world = half_seen("failed", a_routes={}, message="Failed")
    (finding,) = unknowns(judged(world, peering_cidr_overlap))
    assert "the blocks of vpc-b were not all seen" in finding.message


def test_a_vpc_that_does_not_exist_overlaps_nothing() -> None:
    world = half_seen("failed", a_routes={}, b_account=OTHER_ACCOUNT)
    world.audit(OTHER_ACCOUNT)
    findings = judged(world, peering_cidr_overlap)
    assert faults(findings) == []
    assert len(unknowns(findings)) == 1


def test_aws_words_do_not_count_where_both_sides_were_seen() -> None:
    findings = judged(two_vpcs("failed", a_routes={}, b_routes={}), peering_cidr_overlap)
    assert passes(findings) == findings != []


def test_the_blocks_of_an_active_connection_need_no_audit_of_the_far_side() -> None:
    findings = judged(half_seen(), peering_cidr_overlap)
    assert passes(findings) == findings != []


def test_a_request_that_waits_was_compared_by_aws_where_a_side_was_not_seen() -> None:
    assert judged(half_seen("pending-acceptance", a_routes={}), peering_cidr_overlap) == []


def test_the_blocks_are_unknown_where_an_active_connection_leaves_them_out() -> None:
    world = half_seen()
    world.change(PEERINGS, "pcx-1", AccepterVpcInfo={"VpcId": "vpc-b", "OwnerId": STRANGER, "Region": REGION})
    (finding,) = unknowns(judged(world, peering_cidr_overlap))
    assert finding.missing is not None
    assert [cause.kind for cause in finding.missing.causes] == [Kind.ABSENT_FIELD]


def test_refused_vpcs_leave_a_failed_connection_to_aws_words() -> None:
    world = peered(["10.0.0.0/16"], ["10.0.0.0/16"])
    world.change(PEERINGS, "pcx-1", Status={"Code": "failed", "Message": "Failed"})
    world.refuse("ec2:DescribeVpcs")
    assert len(unknowns(judged(world, peering_cidr_overlap))) == 1


@pytest.mark.parametrize("status", ["expired", "rejected", "deleted"])
def test_history_is_no_question(status: str) -> None:
    assert judged(peered(["10.0.0.0/16"], ["10.0.0.0/16"], status), peering_cidr_overlap) == []


@mock_aws
def test_an_overlap_of_secondary_blocks_is_found_in_moto() -> None:
    ec2 = boto3.client("ec2", REGION)
    a, b = (ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in (A_BLOCK, B_BLOCK))
    ec2.associate_vpc_cidr_block(VpcId=a, CidrBlock="10.0.64.0/20")
    ec2.create_vpc_peering_connection(VpcId=a, PeerVpcId=b)
    (fault,) = faults(judged(collected(), peering_cidr_overlap))
    assert fault.evidence["overlaps"][0]["overlap"] == ["10.0.64.0/20"]
