import boto3
from moto import mock_aws

from auditor.findings import Severity
from checks.audit.participant_view import audit_participant_view
from tests.judging import faults, judged, passes, unknowns
from tests.over_moto import collected
from tests.world import ACCOUNT, REGION, World

PARTICIPANT = "222222222222"


def shared() -> World:
    world = World()
    vpc = world.vpc("vpc-a", "10.0.0.0/16", name="shared")
    world.share(world.subnet("subnet-a1", vpc, "10.0.0.0/24"), PARTICIPANT)
    return world


def test_a_vpc_that_its_owner_shows_passes() -> None:
    findings = judged(shared(), audit_participant_view)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_a_vpc_whose_owner_was_not_audited_is_a_fact_worth_showing() -> None:
    world = shared()
    world.drop_shard(account=ACCOUNT, asked=False)
    (fault,) = faults(judged(world, audit_participant_view))
    assert (fault.severity, fault.key, fault.resource.id) == (Severity.INFO, "", "vpc-a")
    assert (fault.account, fault.region) == (ACCOUNT, REGION)
    assert fault.message.startswith(f"vpc-a (shared) was seen from account {PARTICIPANT} alone, a participant")
    assert fault.message.endswith("was not audited; audit it as well")
    assert fault.evidence == {"owner": ACCOUNT, "seen_from": PARTICIPANT, "owner_audited": False}


def test_a_vpc_that_its_owner_did_not_list_is_seen_by_the_participant_alone() -> None:
    world = shared()
    world.refuse("ec2:DescribeVpcs", account=ACCOUNT)
    findings = judged(world, audit_participant_view)
    (fault,) = faults(findings)
    assert "did not list it; allow ec2:DescribeVpcs there" in fault.message
    assert [finding.resource.type for finding in unknowns(findings)] == ["target"]


def test_refused_vpcs_leave_the_target_unknown() -> None:
    world = shared()
    world.refuse("ec2:DescribeVpcs")
    findings = judged(world, audit_participant_view)
    assert len(unknowns(findings)) == len(findings) == 2


@mock_aws
def test_the_vpcs_of_an_account_in_moto_are_its_own() -> None:
    vpc = boto3.client("ec2", REGION).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    findings = judged(collected(), audit_participant_view)
    assert vpc in [finding.resource.id for finding in passes(findings)]
    assert faults(findings) == []
