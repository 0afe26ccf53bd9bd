import boto3
import pytest
from moto import mock_aws

from auditor.findings import Severity
from checks.peering.inter_region import peering_inter_region
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, half_seen, two_vpcs
from tests.judging import faults, judged, judged_on_reads, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, ACCOUNT, REGION, World

ELSEWHERE = "us-east-1"
PEERINGS = "ec2:DescribeVpcPeeringConnections"


def test_a_connection_between_regions_is_a_fact_worth_knowing() -> None:
    world = two_vpcs(b_region=ELSEWHERE)
    (fault,) = faults(judged(world, peering_inter_region))
    assert (fault.severity, fault.key, fault.resource.id) == (Severity.INFO, "", "pcx-1")
    assert fault.message == (
        "pcx-1 (front-to-back) joins vpc-a (front) in eu-west-1 and vpc-b (back) in us-east-1: packets of at most 8500 "
        "bytes get through, security groups cannot refer to groups of the peer, private names resolve only where DNS "
        "resolution is allowed, and data transfer between Regions is billed"
    )
    assert fault.evidence == {
        "requester": {"vpc": "vpc-a", "account": ACCOUNT, "region": REGION},
        "accepter": {"vpc": "vpc-b", "account": ACCOUNT, "region": ELSEWHERE},
        "mtu": 8500,
        "mtu_inside_a_region": 9001,
    }
    assert fault.related == ("vpc-a", "vpc-b")
    assert fault.remedy == ()
    assert judged_on_reads(world, peering_inter_region) == judged(world, peering_inter_region)


def test_a_connection_that_two_regions_show_is_one_finding() -> None:
    world = two_vpcs(b_account=OTHER_ACCOUNT, b_region=ELSEWHERE)
    assert len(judged(world, peering_inter_region)) == 1


def test_a_connection_inside_a_region_is_no_question() -> None:
    assert judged(two_vpcs(b_account=OTHER_ACCOUNT), peering_inter_region) == []


def test_a_region_that_aws_leaves_out_is_the_same_region() -> None:
    world = two_vpcs()
    a, b = ({"VpcId": vpc, "OwnerId": ACCOUNT} for vpc in ("vpc-a", "vpc-b"))
    world.change(PEERINGS, "pcx-1", RequesterVpcInfo=a, AccepterVpcInfo=b)
    assert judged(world, peering_inter_region) == []


@pytest.mark.parametrize("status", ["pending-acceptance", "provisioning"])
def test_a_request_between_regions_is_told_of_before_it_is_accepted(status: str) -> None:
    world = two_vpcs(status, a_routes={}, b_routes={}, b_region=ELSEWHERE)
    assert len(faults(judged(world, peering_inter_region))) == 1


@pytest.mark.parametrize("status", ["failed", "expired", "rejected", "deleted"])
def test_history_is_no_question(status: str) -> None:
    world = two_vpcs(status, a_routes={}, b_routes={}, b_region=ELSEWHERE)
    assert judged(world, peering_inter_region) == []


def test_the_far_side_need_not_be_audited() -> None:
    world = World()
    a = world.vpc("vpc-a", A_BLOCK)
    world.peering("pcx-1", a, world.foreign_vpc("vpc-b", B_BLOCK, account=OTHER_ACCOUNT, region=ELSEWHERE))
    assert [finding.status.value for finding in judged(world, peering_inter_region)] == ["fail"]
    assert judged(half_seen(), peering_inter_region) == []


def test_refused_connections_are_unknown() -> None:
    world = two_vpcs(b_region=ELSEWHERE)
    world.refuse(PEERINGS)
    assert len(unknowns(judged(world, peering_inter_region))) == 2


def test_a_connection_that_names_no_vpc_leaves_the_list_in_doubt() -> None:
    world = two_vpcs()
    world.change(PEERINGS, "pcx-1", AccepterVpcInfo=ABSENT)
    assert [each.resource.type for each in unknowns(judged(world, peering_inter_region))] == ["target"]


@mock_aws
def test_a_connection_between_regions_is_found_in_moto() -> None:
    near, far = boto3.client("ec2", REGION), boto3.client("ec2", ELSEWHERE)
    a, b = near.create_vpc(CidrBlock=A_BLOCK)["Vpc"]["VpcId"], far.create_vpc(CidrBlock=B_BLOCK)["Vpc"]["VpcId"]
    asked = near.create_vpc_peering_connection(VpcId=a, PeerVpcId=b, PeerRegion=ELSEWHERE)["VpcPeeringConnection"]
    far.accept_vpc_peering_connection(VpcPeeringConnectionId=asked["VpcPeeringConnectionId"])
    (fault,) = faults(judged(collected(), peering_inter_region))
    assert fault.related == (a, b)
