import boto3
import pytest
from moto import mock_aws

from auditor.findings import Severity
from checks.audit.region_skipped import audit_region_skipped
from tests.closed_accounts import CLOSED, with_closed_account
from tests.judging import faults, judged, passes, unknowns
from tests.over_moto import collected
from tests.world import ACCOUNT, REGION, World

OTHER_ACCOUNT = "222222222222"


def test_an_account_whose_enabled_regions_were_all_collected_passes() -> None:
    world = World()
    world.audit(region="eu-west-1")
    world.audit(region="us-east-1")
    (finding,) = judged(world, audit_region_skipped)
    assert passes([finding]) == [finding]
    assert (finding.account, finding.region, finding.resource.id) == (ACCOUNT, "", ACCOUNT)


def test_a_region_that_was_to_be_collected_and_was_not_is_low() -> None:
    world = World()
    world.audit(region="eu-west-1")
    world.audit(region="us-east-1")
    world.drop_shard(region="us-east-1")
    (fault,) = faults(judged(world, audit_region_skipped))
    assert (fault.severity, fault.key) == (Severity.LOW, "not-collected")
    assert f"Region us-east-1 of account {ACCOUNT} was to be collected" in fault.message
    assert fault.evidence == {"regions": ["us-east-1"], "collected": ["eu-west-1"]}


def test_regions_that_the_caller_did_not_name_are_but_a_fact() -> None:
    world = World()
    world.audit()
    world.enable_region("us-east-1")
    world.enable_region("af-south-1", "opted-in")
    (fault,) = faults(judged(world, audit_region_skipped))
    assert (fault.severity, fault.key) == (Severity.INFO, "not-asked")
    assert f"account {ACCOUNT} has enabled each of the 2 Regions af-south-1, us-east-1" in fault.message


def test_a_region_that_the_account_has_not_enabled_holds_nothing() -> None:
    world = World()
    world.audit()
    world.enable_region("af-south-1", "not-opted-in")
    findings = judged(world, audit_region_skipped)
    assert passes(findings) == findings != []


def test_each_account_is_judged_by_its_own_regions() -> None:
    world = World()
    world.audit(ACCOUNT, "eu-west-1")
    world.audit(ACCOUNT, "us-east-1")
    world.audit(OTHER_ACCOUNT, "eu-west-1")
    findings = judged(world, audit_region_skipped)
    assert [(finding.account, finding.key) for finding in faults(findings)] == [(OTHER_ACCOUNT, "not-asked")]
    assert [finding.account for finding in passes(findings)] == [ACCOUNT]


def test_a_refused_list_of_regions_leaves_unknown_what_was_skipped() -> None:
    world = World()
    world.audit()
    world.refuse("ec2:DescribeRegions")
    (finding,) = judged(world, audit_region_skipped)
    assert unknowns([finding]) == [finding]
    assert finding.missing is not None
    assert [cause.action for cause in finding.missing.causes] == ["ec2:DescribeRegions"]


def test_a_region_that_was_lost_is_proven_without_the_list_of_regions() -> None:
    world = World()
    world.audit(region="eu-west-1")
    world.audit(region="us-east-1")
    world.drop_shard(region="us-east-1")
    world.refuse("ec2:DescribeRegions")
    findings = judged(world, audit_region_skipped)
    assert [finding.key for finding in faults(findings)] == ["not-collected"]
    assert len(unknowns(findings)) == 1


def test_a_list_of_regions_that_was_cut_still_proves_what_it_holds() -> None:
    world = World()
    world.audit(region="us-east-1")
    world.enable_region("eu-west-1")
    world.cut("ec2:DescribeRegions", keep=1)
    findings = judged(world, audit_region_skipped)
    assert len(unknowns(findings)) == 1
    assert [finding.evidence["regions"] for finding in faults(findings)] == [["eu-west-1"]]


@mock_aws
def test_the_enabled_regions_of_moto_are_told_from_the_others() -> None:
    answer = boto3.client("ec2", REGION).describe_regions()["Regions"]
    enabled = {region["RegionName"] for region in answer if region["OptInStatus"] != "not-opted-in"}
    assert enabled < {region["RegionName"] for region in answer}
    (fault,) = faults(judged(collected(), audit_region_skipped))
    assert fault.severity is Severity.INFO
    assert set(fault.evidence["regions"]) == enabled - {REGION}


@pytest.mark.parametrize("regions", [(), (REGION, "us-east-1")], ids=["all regions", "named regions"])
def test_of_an_account_that_was_not_entered_nothing_is_known(regions: tuple[str, ...]) -> None:
    world = World()
    world.audit()
    snapshot = with_closed_account(world.snapshot(), *regions)
    (finding,) = [each for each in judged(snapshot, audit_region_skipped) if each.account == CLOSED]
    assert unknowns([finding]) == [finding]
    assert finding.missing is not None
    assert [cause.action for cause in finding.missing.causes] == ["sts:AssumeRole"]
