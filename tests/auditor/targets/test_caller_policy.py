import json
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws
from moto.core.authorization import enable_iam_authentication
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.organizations.responses import OrganizationsResponse
from moto.sts.responses import TokenResponse

from auditor.collect import Plan
from auditor.partitions import role_arn
from auditor.permissions import caller_policy
from auditor.snapshot import Target
from auditor.targets import Selection, TargetError
from tests.auditor.targets.fleet import ROLE, planned
from tests.hooked_aws import HookedAws

ORGANIZATION_ARN = f"arn:aws:organizations::{DEFAULT_ACCOUNT_ID}"


def asked_unit(response: OrganizationsResponse) -> str:
    """The ARN that AWS asks IAM about; moto itself asks about none."""
    parent = json.loads(response.body).get("ParentId")
    kind = "root" if parent and parent.startswith("r-") else "ou"
    return f"{ORGANIZATION_ARN}:{kind}/o-abcdefghij/{parent}" if parent else "*"


def asked_role(response: TokenResponse) -> str:
    return str(response._get_param("RoleArn"))


class Company:
    """An organization with one account in a unit, and a caller in its management account."""

    def __init__(self) -> None:
        client = boto3.client("organizations", "us-east-1")
        client.create_organization(FeatureSet="ALL")
        self.root = client.list_roots()["Roots"][0]["Id"]
        made = client.create_account(AccountName="prod", Email="prod@example.test")["CreateAccountStatus"]
        self.account = made["AccountId"]
        self.unit = client.create_organizational_unit(ParentId=self.root, Name="prod")["OrganizationalUnit"]["Id"]
        client.move_account(AccountId=self.account, SourceParentId=self.root, DestinationParentId=self.unit)
        self.iam = boto3.client("iam")
        self.iam.create_user(UserName="caller")
        self.keys = self.iam.create_access_key(UserName="caller")["AccessKey"]

    def allow(self, role: str, without: str = "") -> None:
        """Give the caller its policy, but for one action."""
        document = json.loads(json.dumps(caller_policy(role, "aws")))
        for statement in document["Statement"]:
            statement["Action"] = [action for action in statement["Action"] if action != without]
        document["Statement"] = [statement for statement in document["Statement"] if statement["Action"]]
        self.iam.put_user_policy(UserName="caller", PolicyName="caller", PolicyDocument=json.dumps(document))

    def plan(self) -> Plan:
        with enable_iam_authentication():
            return planned(Selection(role=ROLE, units=(self.root,), regions=("us-east-1",)))


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch, aws: HookedAws) -> Iterator[Company]:
    monkeypatch.setattr(OrganizationsResponse, "_determine_resource", asked_unit, raising=False)
    monkeypatch.setattr(TokenResponse, "_determine_resource", asked_role, raising=False)
    aws.default = None
    with mock_aws():
        made = Company()
        # What the role allows is another policy's matter.
        aws.replies["DescribeRegions"] = {"Regions": [{"RegionName": "us-east-1", "OptInStatus": "opted-in"}]}
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", made.keys["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", made.keys["SecretAccessKey"])
        monkeypatch.delenv("AWS_SESSION_TOKEN")
        yield made


ANYWHERE = role_arn("aws", "*", ROLE.path, ROLE.name)


def test_the_callers_policy_is_enough_to_enter_an_organization(company: Company) -> None:
    company.allow(ANYWHERE)
    plan = company.plan()
    assert plan.targets == tuple(sorted(Target(each, "us-east-1") for each in (company.account, DEFAULT_ACCOUNT_ID)))
    answers = next(each.answers for each in plan.accounts if each.account == DEFAULT_ACCOUNT_ID)
    assert all(answer.error is None for answer in answers.values())


@pytest.mark.parametrize(
    "action", ["organizations:ListAccountsForParent", "organizations:ListOrganizationalUnitsForParent"]
)
def test_without_an_action_of_the_units_nobody_is_entered(company: Company, action: str) -> None:
    company.allow(ANYWHERE, without=action)
    with pytest.raises(TargetError, match=f"AccessDenied.*{action}"):
        company.plan()


def test_without_the_list_of_accounts_the_calling_accounts_answer_is_its_refusal(company: Company) -> None:
    company.allow(ANYWHERE, without="organizations:ListAccounts")
    answers = next(each.answers for each in company.plan().accounts if each.account == DEFAULT_ACCOUNT_ID)
    error = answers["organizations:ListAccounts"].error
    assert error
    # moto refuses in XML, of which a client that speaks JSON reads the status alone.
    assert error.code == "403"
    assert "organizations:ListAccounts" in error.message


@pytest.mark.parametrize(
    ("role", "without"),
    [
        (ANYWHERE, "sts:AssumeRole"),
        (role_arn("aws", "*", "/", "other"), ""),
        (role_arn("aws", "*", "/x/", "audit"), ""),
    ],
    ids=["no action", "another name", "another path"],
)
def test_a_role_that_the_policy_does_not_name_is_not_assumed(company: Company, role: str, without: str) -> None:
    company.allow(role, without)
    plan = company.plan()
    assert plan.absent == (Target(company.account, "us-east-1"),)
    error = plan.shards[0].answers["sts:AssumeRole"].error
    assert error
    assert (error.kind, error.code) == ("refused", "AccessDenied")
