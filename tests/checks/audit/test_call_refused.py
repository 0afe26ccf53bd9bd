import boto3
import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.snapshot import ASKED_ELSEWHERE, Answer, CallError, ErrorKind
from checks.audit.call_refused import audit_call_refused
from checks.peering.unused import peering_unused
from tests.closed_accounts import CLOSED, with_closed_account
from tests.judging import faults, judged, passes
from tests.over_moto import collected
from tests.world import ACCOUNT, REGION, World

TABLES = "ec2:DescribeRouteTables"
OTHER_ACCOUNT = "222222222222"


def two_regions() -> World:
    world = World()
    world.vpc("vpc-a", "10.0.0.0/16")
    world.vpc("vpc-b", "10.1.0.0/16", region="us-east-1")
    return world


def test_an_account_that_answered_everything_passes_and_so_do_its_regions() -> None:
    findings = judged(two_regions(), audit_call_refused)
    assert passes(findings) == findings
    assert {finding.resource.type for finding in findings} == {"account", "target"}


def test_a_refused_call_is_medium_and_names_the_regions() -> None:
    world = two_regions()
    world.refuse("ec2:DescribeRouteTables")
    (fault,) = faults(judged(world, [audit_call_refused]))
    assert (fault.severity, fault.key) == (Severity.MEDIUM, "ec2:DescribeRouteTables|UnauthorizedOperation")
    assert (fault.account, fault.region, fault.resource.id) == (ACCOUNT, "", ACCOUNT)
    assert "ec2:DescribeRouteTables ended in UnauthorizedOperation for account 111111111111" in fault.message
    assert fault.evidence["regions"] == ["eu-west-1", "us-east-1"]


def test_the_rules_that_lack_the_answer_are_named() -> None:
    world = two_regions()
    world.refuse("ec2:DescribeRouteTables", region=REGION)
    fault = faults(judged(world, [audit_call_refused, peering_unused]))[0]
    assert fault.message.endswith("in eu-west-1; without an answer: peering-unused")
    assert fault.evidence["rules"] == ["peering-unused"]


def test_a_failed_call_is_no_better_than_a_refused_one() -> None:
    world = two_regions()
    world.fail("ec2:DescribeRouteTables", region=REGION)
    (fault,) = faults(judged(world, audit_call_refused))
    assert (fault.key, fault.evidence["kind"]) == ("ec2:DescribeRouteTables|InternalError", "failed")


def test_two_codes_of_one_call_are_two_findings() -> None:
    world = two_regions()
    world.refuse("ec2:DescribeRouteTables", region=REGION)
    world.fail("ec2:DescribeRouteTables", region="us-east-1")
    keys = [finding.key for finding in faults(judged(world, audit_call_refused))]
    assert keys == ["ec2:DescribeRouteTables|InternalError", "ec2:DescribeRouteTables|UnauthorizedOperation"]


def test_a_refused_optional_call_is_but_a_fact() -> None:
    world = two_regions()
    world.refuse("organizations:ListAccounts", code="AccessDeniedException")
    (fault,) = faults(judged(world, audit_call_refused))
    assert (fault.severity, fault.key) == (Severity.INFO, "organizations:ListAccounts|AccessDeniedException")


def test_an_answer_that_cannot_be_read_is_a_failure() -> None:
    world = two_regions()
    snapshot = world.snapshot()
    next(iter(snapshot.shards.values())).items("ec2:DescribeVpcs")[0]["CidrBlock"] = "no block"
    (fault,) = faults(judged(snapshot, audit_call_refused))
    assert fault.key == "ec2:DescribeVpcs|InvalidItem"


def test_a_call_that_only_lacked_its_parents_is_not_blamed() -> None:
    world = two_regions()
    world.refuse("ec2:DescribeVpcs")
    keys = [finding.key for finding in faults(judged(world, audit_call_refused))]
    assert keys == ["ec2:DescribeVpcs|UnauthorizedOperation"]


def test_a_region_that_was_refused_alike_is_one_finding_on_the_target() -> None:
    world = two_regions()
    world.refuse_everything(region="us-east-1", code="UnauthorizedOperation")
    findings = judged(world, audit_call_refused)
    (fault,) = [finding for finding in faults(findings) if finding.resource.type == "target"]
    assert (fault.resource.id, fault.key) == (f"{ACCOUNT}/us-east-1", "UnauthorizedOperation")
    assert fault.severity is Severity.MEDIUM
    assert fault.message.startswith("every call in us-east-1 of account 111111111111 ended in UnauthorizedOperation")
    assert [finding.resource.id for finding in passes(findings) if finding.resource.type == "account"] == [ACCOUNT]


def test_nothing_passes_where_everything_was_refused() -> None:
    world = two_regions()
    world.refuse_everything()
    findings = judged(world, audit_call_refused)
    assert passes(findings) == []
    targets = [finding.resource.id for finding in faults(findings) if finding.resource.type == "target"]
    assert targets == [f"{ACCOUNT}/eu-west-1", f"{ACCOUNT}/us-east-1"]


def test_what_has_no_region_is_reported_call_by_call_though_all_of_it_was_refused() -> None:
    world = two_regions()
    for action in ("ec2:DescribeRegions", "organizations:ListAccounts"):
        world.refuse(action, code="AccessDenied")
    world.refuse("directconnect:DescribeDirectConnectGatewayAssociations", code="AccessDenied")
    keys = {finding.key for finding in faults(judged(world, audit_call_refused))}
    assert {"ec2:DescribeRegions|AccessDenied", "organizations:ListAccounts|AccessDenied"} <= keys


@pytest.mark.parametrize("kind", ["unavailable", "refused"])
def test_a_region_that_the_account_has_not_enabled_is_no_refusal(kind: ErrorKind) -> None:
    snapshot = two_regions().snapshot()
    for target, shard in snapshot.shards.items():
        if target.region == "us-east-1":
            error = CallError(kind=kind, code="AuthFailure", message="not enabled")
            shard.answers.update(dict.fromkeys(shard.answers, Answer(error=error)))
    findings = judged(snapshot, audit_call_refused)
    assert bool(faults(findings)) == (kind == "refused")
    on_region = [finding for finding in findings if finding.resource.id == f"{ACCOUNT}/us-east-1"]
    assert len(on_region) == (1 if kind == "refused" else 0)


def test_a_region_that_was_never_asked_does_not_pass() -> None:
    world = two_regions()
    world.drop_shard(region="us-east-1")
    findings = judged(world, audit_call_refused)
    assert f"{ACCOUNT}/us-east-1" not in [finding.resource.id for finding in findings]


def test_each_account_has_its_own_findings() -> None:
    world = two_regions()
    world.vpc("vpc-c", "10.2.0.0/16", account=OTHER_ACCOUNT)
    world.refuse(TABLES, account=OTHER_ACCOUNT)
    assert [finding.account for finding in faults(judged(world, audit_call_refused))] == [OTHER_ACCOUNT]


@mock_aws
def test_the_calls_that_moto_lacks_are_found() -> None:
    boto3.client("ec2", REGION).create_vpc(CidrBlock="10.0.0.0/16")
    found = {finding.key.partition("|")[0]: finding for finding in faults(judged(collected(), audit_call_refused))}
    assert "ec2:DescribeStaleSecurityGroups" in found
    assert "ec2:DescribeVpcs" not in found


# --- An account that was not entered


@pytest.mark.parametrize("regions", [(), (REGION, "us-east-1")], ids=["all regions", "named regions"])
def test_an_account_that_was_not_entered_is_one_finding_with_its_reason(regions: tuple[str, ...]) -> None:
    snapshot = with_closed_account(two_regions().snapshot(), *regions)
    findings = [each for each in judged(snapshot, [audit_call_refused, peering_unused]) if each.account == CLOSED]
    (fault,) = faults(findings)
    assert (fault.resource.type, fault.resource.id) == ("account", CLOSED)
    assert (fault.severity, fault.key) == (Severity.MEDIUM, "sts:AssumeRole|AccessDenied")
    assert fault.message == (
        f"account {CLOSED} was not entered: sts:AssumeRole ended in AccessDenied: The role trusts nobody.; "
        "nothing of it was seen"
    )
    assert fault.evidence["rules"] == ["peering-unused"]
    assert passes(findings) == []


def test_an_account_whose_regions_could_not_be_listed_is_reported_once() -> None:
    snapshot = with_closed_account(two_regions().snapshot(), action="ec2:DescribeRegions")
    (fault,) = faults(judged(snapshot, audit_call_refused))
    assert (fault.account, fault.key) == (CLOSED, "ec2:DescribeRegions|AccessDenied")
    assert fault.message.startswith(f"account {CLOSED} was not entered: ec2:DescribeRegions ended in AccessDenied")


def test_an_account_that_was_not_asked_since_another_was_does_not_pass_for_it() -> None:
    snapshot = with_closed_account(two_regions().snapshot())
    elsewhere = Answer(error=CallError(kind="unavailable", code=ASKED_ELSEWHERE, message="another was asked"))
    snapshot.accounts[CLOSED].answers["organizations:ListAccounts"] = elsewhere
    findings = [each for each in judged(snapshot, audit_call_refused) if each.account == CLOSED]
    assert [finding.key for finding in findings] == ["sts:AssumeRole|AccessDenied"]


def test_what_an_account_that_is_closed_by_now_refused_before_is_reported_beside_it() -> None:
    world = two_regions()
    world.refuse(TABLES, region=REGION)
    snapshot = with_closed_account(world.snapshot(), "eu-north-1", account=ACCOUNT)
    keys = [finding.key for finding in faults(judged(snapshot, audit_call_refused))]
    assert keys == ["ec2:DescribeRouteTables|UnauthorizedOperation", "sts:AssumeRole|AccessDenied"]
