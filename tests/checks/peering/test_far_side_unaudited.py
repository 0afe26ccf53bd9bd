import boto3
import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.network.missing import Kind
from checks.peering.far_side_unaudited import peering_far_side_unaudited
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, half_seen, two_vpcs
from tests.closed_accounts import with_closed_account
from tests.judging import judged, passes, unknowns
from tests.over_moto import collected
from tests.world import ACCOUNT, REGION


def test_a_connection_whose_sides_were_both_seen_passes() -> None:
    findings = judged(two_vpcs(b_account=OTHER_ACCOUNT), peering_far_side_unaudited)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_an_account_that_was_not_audited_is_named_with_the_way_to_add_it() -> None:
    (finding,) = unknowns(judged(half_seen(b_account=OTHER_ACCOUNT), peering_far_side_unaudited))
    assert (finding.severity, finding.key) == (Severity.INFO, "vpc-b")
    assert (finding.account, finding.resource.id) == (ACCOUNT, "pcx-1")
    assert f"vpc-b of account {OTHER_ACCOUNT} in eu-west-1, which vpc-a (front) is connected with" in finding.message
    assert f"add account {OTHER_ACCOUNT} with --account and --role-name" in finding.message
    assert finding.missing is not None
    assert [cause.kind for cause in finding.missing.causes] == [Kind.NOT_AUDITED]


def test_a_region_that_was_not_audited_is_named_with_the_way_to_add_it() -> None:
    world = two_vpcs(b_region="us-east-1")
    world.drop_shard(region="us-east-1", asked=False)
    (finding,) = unknowns(judged(world, peering_far_side_unaudited))
    assert finding.message.endswith("was not audited; add --region us-east-1")


def test_a_side_whose_vpcs_were_refused_was_not_examined() -> None:
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeVpcs", account=OTHER_ACCOUNT)
    (finding,) = unknowns(judged(world, peering_far_side_unaudited))
    assert finding.key == "vpc-b"
    assert finding.missing is not None
    assert [cause.kind for cause in finding.missing.causes] == [Kind.REFUSED]
    assert "ec2:DescribeVpcs" in finding.message


def test_a_side_whose_account_could_not_be_entered_is_named_with_the_reason() -> None:
    snapshot = with_closed_account(half_seen(b_account=OTHER_ACCOUNT).snapshot(), account=OTHER_ACCOUNT)
    (finding,) = [each for each in unknowns(judged(snapshot, peering_far_side_unaudited)) if each.key]
    assert finding.message.endswith("was not seen, since its account could not be entered; see audit-call-refused")
    assert finding.missing is not None
    assert [(cause.account, cause.action, cause.code) for cause in finding.missing.causes] == [
        (OTHER_ACCOUNT, "sts:AssumeRole", "AccessDenied")
    ]


def test_a_vpc_that_its_account_does_not_list_was_not_examined() -> None:
    world = half_seen(b_account=OTHER_ACCOUNT)
    world.audit(OTHER_ACCOUNT)
    (finding,) = unknowns(judged(world, peering_far_side_unaudited))
    assert finding.message.endswith("is not among the VPCs that AWS lists there; collect again")


def test_a_side_that_only_a_participant_shows_was_not_examined() -> None:
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    world.share(world.subnets["subnet-b1"], ACCOUNT)
    world.drop_shard(account=OTHER_ACCOUNT, asked=False)
    (finding,) = unknowns(judged(world, peering_far_side_unaudited))
    assert finding.missing is not None
    assert [cause.kind for cause in finding.missing.causes] == [Kind.PARTICIPANT]
    assert f"add account {OTHER_ACCOUNT} with --account" in finding.message


@pytest.mark.parametrize("status", ["pending-acceptance", "failed", "deleted"])
def test_a_connection_that_is_not_active_is_no_question(status: str) -> None:
    assert judged(half_seen(status, a_routes={}), peering_far_side_unaudited) == []


@mock_aws
def test_a_side_in_another_region_is_found_in_moto() -> None:
    a = boto3.client("ec2", REGION).create_vpc(CidrBlock=A_BLOCK)["Vpc"]["VpcId"]
    far = boto3.client("ec2", "us-east-1")
    b = far.create_vpc(CidrBlock=B_BLOCK)["Vpc"]["VpcId"]
    made = boto3.client("ec2", REGION).create_vpc_peering_connection(VpcId=a, PeerVpcId=b, PeerRegion="us-east-1")
    peering = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    far.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    (finding,) = unknowns(judged(collected(), peering_far_side_unaudited))
    assert (finding.resource.id, finding.key) == (peering, b)
