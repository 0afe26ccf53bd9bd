import boto3
import pytest
from moto import mock_aws

from auditor.findings import Severity
from checks.peering.cidr_overlap_candidate import peering_cidr_overlap_candidate
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ACCOUNT, REGION, World


def test_two_vpcs_that_overlap_name_each_other() -> None:
    world = World()
    world.vpc("vpc-a", "10.0.0.0/16", "192.168.0.0/24", name="front")
    world.vpc("vpc-b", "10.0.128.0/20", name="back", account=OTHER_ACCOUNT, region="us-east-1")
    first, second = faults(judged(world, peering_cidr_overlap_candidate))
    assert (first.severity, first.resource.id, first.key) == (Severity.INFO, "vpc-a", "")
    assert first.message == (
        "vpc-a (front) can never be peered with 1 other VPC, for their addresses overlap: vpc-b (back) (10.0.128.0/20)"
    )
    assert first.evidence == {
        "blocks": ["10.0.0.0/16", "192.168.0.0/24"],
        "overlaps": [
            {"vpc": "vpc-b", "account": OTHER_ACCOUNT, "region": "us-east-1", "overlap": ["10.0.128.0/20"]},
        ],
    }
    assert first.related == ("vpc-b",)
    assert (second.resource.id, second.account, second.related) == ("vpc-b", OTHER_ACCOUNT, ("vpc-a",))
    assert judged_on_reads(world, peering_cidr_overlap_candidate) == judged(world, peering_cidr_overlap_candidate)


def test_vpcs_without_common_addresses_pass() -> None:
    world = World()
    world.vpc("vpc-a", "10.0.0.0/16", "2001:db8:0:aa00::/56")
    world.vpc("vpc-b", "10.1.0.0/16", "2001:db8:0:bb00::/56")
    findings = judged(world, peering_cidr_overlap_candidate)
    assert passes(findings) == findings
    assert len(findings) == 2


def test_secondary_and_ipv6_blocks_count_and_former_ones_do_not() -> None:
    world = World()
    world.vpc("vpc-a", "10.0.0.0/16", "10.9.0.0/16", "2001:db8:0:aa00::/56", disassociated=["10.1.0.0/16"])
    world.vpc("vpc-b", "10.1.0.0/16", "2001:db8:0:aa00::/56")
    world.vpc("vpc-c", "10.9.0.0/24")
    (of_a, *_) = faults(judged(world, peering_cidr_overlap_candidate))
    assert [(each["vpc"], each["overlap"]) for each in of_a.evidence["overlaps"]] == [
        ("vpc-b", ["2001:db8:0:aa00::/56"]),
        ("vpc-c", ["10.9.0.0/24"]),
    ]


def test_many_vpcs_are_counted_in_the_message_and_all_in_the_evidence() -> None:
    world = World()
    for number in range(8):
        world.vpc(f"vpc-{number}", "172.31.0.0/16")
    found = faults(judged(world, peering_cidr_overlap_candidate))
    assert len(found) == 8
    assert "with 7 other VPCs" in found[0].message
    assert found[0].message.endswith("vpc-5 (172.31.0.0/16) and 2 more")
    assert len(found[0].evidence["overlaps"]) == 7
    assert len(found[0].related) == 5


@pytest.mark.parametrize("status", ["active", "failed", "pending-acceptance"])
def test_an_overlap_that_a_connection_tells_of_is_left_to_it(status: str) -> None:
    world = World()
    world.peering("pcx-1", world.vpc("vpc-a", "10.0.0.0/16"), world.vpc("vpc-b", "10.0.0.0/16"), status=status)
    assert faults(judged(world, peering_cidr_overlap_candidate)) == []


@pytest.mark.parametrize("status", ["expired", "rejected", "deleted"])
def test_a_connection_that_is_history_tells_of_nothing(status: str) -> None:
    world = World()
    world.peering("pcx-1", world.vpc("vpc-a", "10.0.0.0/16"), world.vpc("vpc-b", "10.0.0.0/16"), status=status)
    assert len(faults(judged(world, peering_cidr_overlap_candidate))) == 2


def test_vpcs_of_two_partitions_are_never_peered_anyway() -> None:
    world = World()
    world.vpc("vpc-a", "10.0.0.0/16")
    world.vpc("vpc-b", "10.0.0.0/16", account=OTHER_ACCOUNT, region="cn-north-1")
    assert faults(judged(world, peering_cidr_overlap_candidate)) == []


def test_a_vpc_that_was_not_audited_is_no_candidate() -> None:
    world = World()
    a, hub = world.vpc("vpc-a", "10.0.0.0/16"), world.vpc("vpc-hub", "172.16.0.0/16")
    world.peering("pcx-1", hub, a)
    world.peering("pcx-2", hub, world.foreign_vpc("vpc-x", "10.0.0.0/16", account=OTHER_ACCOUNT))
    assert faults(judged(world, peering_cidr_overlap_candidate)) == []


def test_refused_vpcs_are_unknown() -> None:
    world = World()
    world.vpc("vpc-a", "10.0.0.0/16")
    world.vpc("vpc-b", "10.0.0.0/16", account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeVpcs", account=OTHER_ACCOUNT)
    findings = judged(world, peering_cidr_overlap_candidate)
    assert {finding.resource.id for finding in findings} == {f"{OTHER_ACCOUNT}/{REGION}", "vpc-a"}
    assert unknowns(findings) == findings
    of_vpc = next(each for each in findings if each.resource.id == "vpc-a")
    assert of_vpc.message == "whether other VPCs overlap vpc-a was not seen of all that were audited"
    world.vpc("vpc-c", "10.0.0.0/24")
    assert [fault.resource.id for fault in faults(judged(world, peering_cidr_overlap_candidate))] == ["vpc-a", "vpc-c"]


def test_what_is_not_seen_of_another_partition_overlaps_nothing() -> None:
    world = World()
    world.vpc("vpc-a", "10.0.0.0/16")
    world.vpc("vpc-b", "10.0.0.0/16", region="cn-north-1")
    world.refuse("ec2:DescribeVpcs", region="cn-north-1")
    assert [each.resource.id for each in passes(judged(world, peering_cidr_overlap_candidate))] == ["vpc-a"]


def test_whether_a_connection_was_tried_is_unknown_where_neither_owner_shows_its_own() -> None:
    def two(*refusing: str) -> World:
        world = World()
        world.vpc("vpc-a", "10.0.0.0/16", name="front")
        world.vpc("vpc-b", "10.0.0.0/16", account=OTHER_ACCOUNT)
        for account in refusing:
            world.refuse("ec2:DescribeVpcPeeringConnections", account=account)
        return world

    assert len(faults(judged(two(OTHER_ACCOUNT), peering_cidr_overlap_candidate))) == 2
    findings = [
        each
        for each in judged(two(ACCOUNT, OTHER_ACCOUNT), peering_cidr_overlap_candidate)
        if each.resource.type == "vpc"
    ]
    assert unknowns(findings) == findings
    assert findings[0].message == (
        "vpc-a (front) overlaps vpc-b (10.0.0.0/16); whether a connection between them was tried was not seen"
    )


def test_the_rule_is_off_until_it_is_asked_for() -> None:
    assert not peering_cidr_overlap_candidate.enabled


@mock_aws
def test_overlapping_vpcs_are_found_in_moto() -> None:
    ec2 = boto3.client("ec2", REGION)
    a, b = (ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in ("10.0.0.0/16", "10.0.8.0/24"))
    found = faults(judged(collected(), peering_cidr_overlap_candidate))
    assert {(fault.resource.id, *fault.related) for fault in found} == {(a, b), (b, a)}
