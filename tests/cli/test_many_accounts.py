import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.handlers
import pytest
from botocore.model import OperationModel
from botocore.signers import RequestSigner
from click.testing import CliRunner, Result
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID

from auditor.cli import commands
from auditor.cli.reporting import COMPLETE, INCOMPLETE
from auditor.snapshot import Folder, read_snapshot
from auditor.targets import TargetError
from tests.auditor.targets.fleet import account_of, in_turn
from tests.hooked_aws import HookedAws, refused

RULES = ("--rule", "peering-not-active", "--rule", "peering-unknown-account", "--rule", "audit-*")
ORGANIZATION = ("--role-name", "audit", "--organization")
REGIONS = ("eu-west-1", "us-east-1")


class Company:
    """An organization of two accounts beside the management account, which peers with both."""

    def __init__(self, aws: HookedAws) -> None:
        self.aws = aws
        client = boto3.client("organizations", "us-east-1")
        client.create_organization(FeatureSet="ALL")
        made = [client.create_account(AccountName=name, Email=f"{name}@example.test") for name in ("prod", "dev")]
        self.prod, self.dev = (each["CreateAccountStatus"]["AccountId"] for each in made)
        self.accounts = sorted([DEFAULT_ACCOUNT_ID, self.prod, self.dev])
        hub = self._vpc(DEFAULT_ACCOUNT_ID, "10.0.0.0/16")
        for number, account in enumerate((self.prod, self.dev), start=1):
            far = self._vpc(account, f"10.{number}.0.0/16")
            asked = self._ec2(DEFAULT_ACCOUNT_ID).create_vpc_peering_connection(
                VpcId=hub, PeerVpcId=far, PeerOwnerId=account
            )
            peering = asked["VpcPeeringConnection"]["VpcPeeringConnectionId"]
            self._ec2(account).accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
        self.aws.calls.clear()

    def _ec2(self, account: str) -> Any:
        if account == DEFAULT_ACCOUNT_ID:
            return boto3.client("ec2", REGIONS[0])
        role = f"arn:aws:iam::{account}:role/audit"
        keys = boto3.client("sts", REGIONS[0]).assume_role(RoleArn=role, RoleSessionName="make")["Credentials"]
        return boto3.client(
            "ec2",
            REGIONS[0],
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )

    def _vpc(self, account: str, block: str) -> str:
        vpc = self._ec2(account).create_vpc(CidrBlock=block)["Vpc"]["VpcId"]
        assert isinstance(vpc, str)
        return vpc

    def close(self, *accounts: str, code: str = "AccessDenied") -> None:
        """Let nobody assume the role in some accounts."""

        def reply(parameters: dict[str, Any]) -> Any:
            if account_of(parameters) in accounts:
                raise refused(code, "The role trusts nobody.")

        self.aws.replies["AssumeRole"] = reply

    def open(self) -> None:
        del self.aws.replies["AssumeRole"]


@pytest.fixture
def company(aws: HookedAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Company]:
    monkeypatch.chdir(tmp_path)
    aws.default = None
    with mock_aws():
        made = Company(aws)
        regions = [{"RegionName": name, "OptInStatus": "opt-in-not-required"} for name in REGIONS]
        aws.replies["DescribeRegions"] = {"Regions": regions}
        yield made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(commands, arguments)


def audit(*arguments: str) -> Result:
    return run("audit", "--fail-on", "never", "--format", "json", *ORGANIZATION, *RULES, *arguments)


def report(result: Result) -> dict[str, Any]:
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def statuses(document: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(each["account"], each["region"]): each["status"] for each in document["coverage"]["targets"]}


def faults(document: dict[str, Any], rule: str) -> list[tuple[str, str, str]]:
    return [
        (each["account"], each["resource"]["id"], each["severity"])
        for each in document["findings"]
        if (each["rule"], each["status"]) == (rule, "fail")
    ]


def complete(*accounts: str) -> dict[tuple[str, str], str]:
    return {(account, region): "complete" for account in accounts for region in REGIONS}


# --- Everything is open


def test_an_organization_is_audited_whole_and_trusts_its_own_accounts(company: Company) -> None:
    result = audit()
    document = report(result)
    assert (result.exit_code, result.stderr) == (COMPLETE, "")
    assert statuses(document) == complete(*company.accounts)
    assert document["coverage"]["refusals"] == []
    assert document["summary"]["by_rule"]["peering-unknown-account"] == {"pass": 2, "fail": 0, "unknown": 0}


def test_no_call_is_made_twice(company: Company) -> None:
    audit()
    counts = {
        name: len(company.aws.named(name))
        for name in (
            "GetCallerIdentity",
            "ListAccounts",
            "AssumeRole",
            "DescribeRegions",
            "DescribeVpcPeeringConnections",
        )
    }
    assert counts == {
        "GetCallerIdentity": 1,
        "ListAccounts": 1,
        "AssumeRole": 2,
        "DescribeRegions": 3,
        "DescribeVpcPeeringConnections": 6,
    }


def test_the_rest_of_the_organization_is_trusted_though_it_is_excluded(company: Company) -> None:
    document = report(audit("--exclude-account", DEFAULT_ACCOUNT_ID, "--exclude-account", company.prod))
    assert statuses(document) == complete(company.dev)
    assert document["summary"]["by_rule"]["peering-unknown-account"] == {"pass": 1, "fail": 0, "unknown": 0}


def test_accounts_that_are_named_are_not_asked_who_the_organization_is(company: Company) -> None:
    company.aws.replies["ListAccounts"] = refused("AccessDeniedException")
    named = ("--role-name", "audit", "--account", company.prod, "--account", company.dev)
    document = report(run("audit", "--format", "json", *named, *RULES))
    assert len(company.aws.named("ListAccounts")) == 1
    [refusal] = document["coverage"]["refusals"]
    assert (refusal["account"], refusal["action"]) == (DEFAULT_ACCOUNT_ID, "organizations:ListAccounts")
    assert faults(document, "audit-call-refused") == []
    [unknown, _] = (each for each in document["findings"] if each["rule"] == "peering-unknown-account")
    assert unknown["remediation"]["text"] == f"Allow organizations:ListAccounts for account {DEFAULT_ACCOUNT_ID}."


# --- An account is closed


def test_an_account_that_was_not_entered_is_failed_reported_once_and_makes_the_run_incomplete(company: Company) -> None:
    company.close(company.dev)
    result = audit()
    document = report(result)
    assert result.exit_code == INCOMPLETE
    assert f"account {company.dev} was not entered: sts:AssumeRole ended in AccessDenied" in result.stderr
    assert statuses(document) == {
        **complete(DEFAULT_ACCOUNT_ID, company.prod),
        (company.dev, "global"): "failed",
    }
    assert faults(document, "audit-call-refused") == [(company.dev, company.dev, "medium")]
    [refusal] = document["coverage"]["refusals"]
    assert (refusal["account"], refusal["action"], refusal["code"]) == (company.dev, "sts:AssumeRole", "AccessDenied")
    assert refusal["message"] == "The role trusts nobody."
    assert "peering-not-active" in refusal["rules"]
    assert [each for each in document["findings"] if each["account"] == company.dev and each["status"] == "pass"] == []
    assert faults(document, "audit-region-skipped") == []


def test_check_says_offline_what_audit_said(company: Company) -> None:
    company.close(company.dev)
    audited = audit("--snapshot", "kept")
    checked = run("check", "kept", "--fail-on", "never", "--format", "json", *RULES)
    assert (checked.exit_code, checked.stdout) == (INCOMPLETE, audited.stdout)


@pytest.mark.parametrize("rules", [RULES, ("--rule", "peering-not-active")], ids=["several rules", "one rule"])
def test_the_named_regions_of_an_account_that_was_not_entered_are_failed(
    company: Company, rules: tuple[str, ...]
) -> None:
    company.close(company.dev)
    result = run("audit", "--format", "json", "--region", "eu-west-1", *ORGANIZATION, *rules)
    document = report(result)
    assert result.exit_code == INCOMPLETE
    assert statuses(document)[company.dev, "eu-west-1"] == "failed"
    missing = [cause for each in document["findings"] for cause in each["missing"] if cause["account"] == company.dev]
    assert missing
    assert {(cause["action"], cause["code"]) for cause in missing} == {("sts:AssumeRole", "AccessDenied")}


def test_the_table_names_the_account_and_counts_no_region_for_it(company: Company) -> None:
    company.close(company.dev)
    result = run("audit", *ORGANIZATION, *RULES)
    assert "in 3 accounts and 2 regions" in " ".join(result.stdout.split())
    assert f"Not seen: {company.dev} global sts:AssumeRole (AccessDenied)" in " ".join(result.stdout.split())


def test_an_organization_where_nobody_lets_the_caller_in_is_no_run(company: Company) -> None:
    company.close(company.prod, company.dev)
    result = audit("--exclude-account", DEFAULT_ACCOUNT_ID, "--snapshot", "kept")
    assert isinstance(result.exception, TargetError)
    assert not Path("kept").exists()


@pytest.mark.parametrize("regions", [(), ("--region", "eu-west-1", "--region", "us-east-1")], ids=["all", "named"])
@pytest.mark.parametrize("rules", [RULES, ("--rule", "peering-not-active")], ids=["several rules", "one rule"])
def test_a_run_that_goes_on_enters_what_was_closed_and_asks_nothing_else_again(
    company: Company, regions: tuple[str, ...], rules: tuple[str, ...]
) -> None:
    arguments = ("audit", "--fail-on", "never", "--format", "json", "--snapshot", "kept", *ORGANIZATION, *rules)
    company.close(company.dev)
    assert run(*arguments, *regions).exit_code == INCOMPLETE
    company.open()
    company.aws.calls.clear()
    result = run(*arguments, *regions, "--resume")
    assert result.exit_code == COMPLETE
    assert statuses(report(result)) == complete(*company.accounts)
    assert report(result)["coverage"]["refusals"] == []
    assert len(company.aws.named("DescribeVpcPeeringConnections")) == len(REGIONS)


def test_a_run_that_goes_on_keeps_what_it_has_of_an_account_that_is_closed_by_now(company: Company) -> None:
    assert audit("--snapshot", "kept").exit_code == COMPLETE
    company.close(company.dev)
    result = audit("--snapshot", "kept", "--resume")
    assert statuses(report(result)) == complete(*company.accounts)
    assert "ec2:DescribeRegions" in read_snapshot(Folder(Path("kept"))).accounts[company.dev].answers


# --- A region is closed


def test_a_region_that_a_service_control_policy_denies_costs_that_region_alone(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(model: OperationModel, request_signer: RequestSigner, **_: Any) -> None:
        if (model.service_model.service_name, request_signer.region_name) == ("ec2", "us-east-1"):
            raise refused("UnauthorizedOperation", "with an explicit deny in a service control policy")

    handlers = [*botocore.handlers.BUILTIN_HANDLERS, ("before-call", denied)]
    monkeypatch.setattr(botocore.handlers, "BUILTIN_HANDLERS", handlers)
    result = audit()
    document = report(result)
    assert result.exit_code == INCOMPLETE
    assert statuses(document) == {
        (account, region): "complete" if region == "eu-west-1" else "failed"
        for account in company.accounts
        for region in REGIONS
    }
    closed = [(account, f"{account}/us-east-1", "medium") for account in company.accounts]
    assert faults(document, "audit-call-refused") == closed


# --- An account's regions cannot be listed


def test_an_account_that_may_not_list_its_regions_is_failed_with_the_reason(
    company: Company,
) -> None:
    listed = company.aws.replies["DescribeRegions"]
    company.aws.replies["DescribeRegions"] = in_turn(listed, refused(message="denied"))
    result = audit("--exclude-account", company.prod)
    document = report(result)
    assert result.exit_code == INCOMPLETE
    [closed] = [account for (account, region) in statuses(document) if region == "global"]
    assert faults(document, "audit-call-refused") == [(closed, closed, "medium")]
    assert [(each["action"], each["account"]) for each in document["coverage"]["refusals"]] == [
        ("ec2:DescribeRegions", closed)
    ]
