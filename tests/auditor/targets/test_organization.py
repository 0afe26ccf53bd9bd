import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID

from auditor.network.coverage import Coverage
from auditor.network.network import Network
from auditor.snapshot import ASKED_ELSEWHERE, GLOBAL, Answer, Manifest, Snapshot, Target, Tool
from auditor.targets import Selection
from collectors import COLLECTORS
from tests.auditor.targets.fleet import (
    CALLER,
    FIRST,
    ROLE,
    SECOND,
    THIRD,
    account_of,
    closed_to,
    hooked,
    in_turn,
    planned,
    refusal,
)
from tests.hooked_aws import HookedAws, refused

ALL = Selection(role=ROLE, organization=True, regions=("us-east-1",))
LISTED = "organizations:ListAccounts"


@pytest.fixture
def fleet(aws: HookedAws) -> HookedAws:
    hooked(aws)
    aws.replies["ListAccounts"] = listed({CALLER: "ACTIVE", FIRST: "ACTIVE", SECOND: "ACTIVE"})
    return aws


def listed(states: Mapping[str, str], member: str = "State") -> dict[str, Any]:
    return {"Accounts": [{"Id": account, member: state} for account, state in states.items()]}


def accounts(selection: Selection) -> list[str]:
    return sorted({target.account for target in planned(selection).targets})


def profiles() -> None:
    Path(os.environ["AWS_CONFIG_FILE"]).write_text(
        "".join(
            f"[profile {name}]\naws_access_key_id = AKIA{name}\naws_secret_access_key = secret\n"
            for name in ("one", "two")
        )
    )


def belonging_to(*owners: str) -> Any:
    return in_turn(*({"Account": account, "Arn": f"arn:aws:iam::{account}:user/me"} for account in owners))


# --- The whole organization


def test_every_active_account_is_a_target_and_the_calling_one_has_its_own_credentials(fleet: HookedAws) -> None:
    assert accounts(ALL) == [CALLER, FIRST, SECOND]
    assert sorted(account_of(dict(each)) for each in fleet.named("AssumeRole")) == [FIRST, SECOND]


def test_the_accounts_are_asked_for_once_and_kept_as_the_calling_accounts_answer(fleet: HookedAws) -> None:
    plan = planned(ALL)
    assert len(fleet.named("ListAccounts")) == 1
    answers = {each.account: each.answers[LISTED] for each in plan.accounts}
    assert [item["Id"] for item in answers[CALLER].items or ()] == [CALLER, FIRST, SECOND]
    for account in (FIRST, SECOND):
        error = answers[account].error
        assert error
        assert (error.kind, error.code) == ("unavailable", ASKED_ELSEWHERE)


@pytest.mark.parametrize("member", ["State", "Status"])
def test_suspended_and_closed_accounts_are_left_out_and_named(fleet: HookedAws, member: str) -> None:
    states = {CALLER: "ACTIVE", FIRST: "SUSPENDED", SECOND: "PENDING_CLOSURE", THIRD: "CLOSED"}
    fleet.replies["ListAccounts"] = listed(states, member)
    plan = planned(ALL)
    assert [each.account for each in plan.accounts] == [CALLER]
    assert plan.warnings == (
        f"left out, since they are not active: {FIRST} (SUSPENDED), {SECOND} (PENDING_CLOSURE), {THIRD} (CLOSED)",
    )
    assert fleet.named("AssumeRole") == []


def test_a_suspended_account_that_is_excluded_is_not_spoken_of(fleet: HookedAws) -> None:
    fleet.replies["ListAccounts"] = listed({CALLER: "ACTIVE", FIRST: "SUSPENDED", SECOND: "SUSPENDED"})
    selection = Selection(role=ROLE, organization=True, excluded=(FIRST,))
    assert planned(selection).warnings == (f"left out, since they are not active: {SECOND} (SUSPENDED)",)


def test_an_excluded_account_of_the_organization_is_not_entered(fleet: HookedAws) -> None:
    assert accounts(Selection(role=ROLE, organization=True, excluded=(SECOND,))) == [CALLER, FIRST]
    assert [account_of(dict(each)) for each in fleet.named("AssumeRole")] == [FIRST]


def test_an_account_outside_the_organization_may_be_added(fleet: HookedAws) -> None:
    selection = Selection(role=ROLE, organization=True, accounts=(THIRD, FIRST), regions=("us-east-1",))
    assert accounts(selection) == [CALLER, FIRST, SECOND, THIRD]
    assert len(fleet.named("AssumeRole")) == 3


@pytest.mark.parametrize("code", ["AccessDeniedException", "AWSOrganizationsNotInUseException"])
def test_an_organization_that_cannot_be_listed_says_where_to_start_from(fleet: HookedAws, code: str) -> None:
    fleet.replies["ListAccounts"] = refused(code, "no")
    assert refusal(ALL) == (
        f"the default credentials: the accounts of the organization cannot be listed from account {CALLER} "
        f"({code}: no): start from the management account or a delegated administrator, and allow {LISTED}"
    )


def test_a_list_that_was_cut_is_not_taken_for_the_organization(fleet: HookedAws) -> None:
    first = {**listed({FIRST: "ACTIVE"}), "NextToken": "more"}
    fleet.replies["ListAccounts"] = in_turn(first, refused("AccessDeniedException", "no"))
    assert "cannot be listed" in refusal(ALL)


def test_an_organization_whose_accounts_are_all_left_out_is_not_a_run(fleet: HookedAws) -> None:
    fleet.replies["ListAccounts"] = listed({FIRST: "SUSPENDED"})
    assert refusal(ALL).startswith("no account is left to audit")


# --- Several organizations


def test_two_profiles_of_two_organizations_each_enter_their_own(fleet: HookedAws) -> None:
    profiles()
    fleet.replies["GetCallerIdentity"] = belonging_to(CALLER, SECOND)
    fleet.replies["ListAccounts"] = in_turn(
        listed({CALLER: "ACTIVE", FIRST: "ACTIVE"}), listed({SECOND: "ACTIVE", THIRD: "ACTIVE"})
    )
    plan = planned(Selection(profiles=("one", "two"), role=ROLE, organization=True))
    assert {each.account: each.profile for each in plan.accounts} == {
        CALLER: "one",
        FIRST: "one",
        SECOND: "two",
        THIRD: "two",
    }
    assert plan.warnings == ()


def test_an_organization_that_two_profiles_reach_is_collected_once_with_a_warning(fleet: HookedAws) -> None:
    profiles()
    fleet.replies["GetCallerIdentity"] = belonging_to(CALLER, SECOND)
    plan = planned(Selection(profiles=("one", "two"), role=ROLE, organization=True, regions=("us-east-1",)))
    assert {each.account: each.profile for each in plan.accounts} == {CALLER: "one", FIRST: "one", SECOND: "two"}
    assert set(plan.warnings) == {
        'profile "two" reaches 2 accounts, as profile "one" does: collected once',
        f'profile "one" reaches account {SECOND}, as profile "two" does: collected once',
    }
    assert [account_of(dict(each)) for each in fleet.named("AssumeRole")] == [FIRST]


def test_a_profile_that_cannot_list_its_organization_does_not_stop_another(fleet: HookedAws) -> None:
    profiles()
    fleet.replies["GetCallerIdentity"] = belonging_to(CALLER, THIRD)
    fleet.replies["ListAccounts"] = in_turn(listed({CALLER: "ACTIVE"}), refused("AccessDeniedException"))
    plan = planned(Selection(profiles=("one", "two"), role=ROLE, organization=True))
    assert [each.account for each in plan.accounts] == [CALLER]
    assert [failure.profile for failure in plan.failures] == ["two"]


# --- Organizational units, over moto


class Company:
    """An organization of moto: a root with an account, a unit with two and a unit below it with one."""

    def __init__(self) -> None:
        self.client = client = boto3.client("organizations", "us-east-1")
        client.create_organization(FeatureSet="ALL")
        self.root = client.list_roots()["Roots"][0]["Id"]
        self.unit = client.create_organizational_unit(ParentId=self.root, Name="prod")["OrganizationalUnit"]["Id"]
        self.below = client.create_organizational_unit(ParentId=self.unit, Name="eu")["OrganizationalUnit"]["Id"]
        self.in_root = self.account("root", self.root)
        self.in_unit = sorted(self.account(name, self.unit) for name in ("one", "two"))
        self.in_below = self.account("below", self.below)

    def account(self, name: str, parent: str) -> str:
        made = self.client.create_account(AccountName=name, Email=f"{name}@example.test")
        account = str(made["CreateAccountStatus"]["AccountId"])
        self.client.move_account(AccountId=account, SourceParentId=self.root, DestinationParentId=parent)
        return account


@pytest.fixture
def company(aws: HookedAws) -> Iterator[Company]:
    aws.default = None
    with mock_aws():
        made = Company()
        aws.calls.clear()
        yield made


def in_units(*units: str, excluded: tuple[str, ...] = ()) -> Selection:
    return Selection(role=ROLE, units=units, regions=("us-east-1",), excluded=excluded)


def test_the_whole_organization_of_moto_is_entered_role_by_role(aws: HookedAws, company: Company) -> None:
    everyone = sorted([DEFAULT_ACCOUNT_ID, company.in_root, *company.in_unit, company.in_below])
    plan = planned(ALL)
    assert [target.account for target in plan.targets] == everyone
    assert len({each.credentials().access_key for each in plan.accounts}) == len(everyone)
    counts = {name: len(aws.named(name)) for name in ("ListAccounts", "AssumeRole", "DescribeRegions")}
    assert counts == {"ListAccounts": 1, "AssumeRole": len(everyone) - 1, "DescribeRegions": len(everyone)}


def test_a_unit_stands_for_the_accounts_in_and_below_it(aws: HookedAws, company: Company) -> None:
    assert accounts(in_units(company.unit)) == sorted([*company.in_unit, company.in_below])
    assert aws.named("ListAccountsForParent") == [{"ParentId": company.unit}, {"ParentId": company.below}]
    assert aws.named("ListOrganizationalUnitsForParent") == aws.named("ListAccountsForParent")


def test_a_unit_that_is_named_beside_the_one_above_it_is_asked_once(aws: HookedAws, company: Company) -> None:
    assert accounts(in_units(company.unit, company.below)) == sorted([*company.in_unit, company.in_below])
    assert len(aws.named("ListAccountsForParent")) == 2


@pytest.mark.usefixtures("aws")
def test_the_root_stands_for_all_accounts(company: Company) -> None:
    everyone = sorted([DEFAULT_ACCOUNT_ID, company.in_root, *company.in_unit, company.in_below])
    assert accounts(in_units(company.root)) == everyone


def test_a_closed_account_of_a_unit_is_left_out_and_named(aws: HookedAws, company: Company) -> None:
    company.client.close_account(AccountId=company.in_below)
    plan = planned(in_units(company.unit))
    assert sorted(each.account for each in plan.accounts) == company.in_unit
    assert plan.warnings == (f"left out, since they are not active: {company.in_below} (SUSPENDED)",)
    assert len(aws.named("AssumeRole")) == 2


def test_a_unit_that_does_not_exist_is_named(aws: HookedAws, company: Company) -> None:
    aws.replies["ListAccountsForParent"] = refused("ParentNotFoundException", "no such parent")
    message = refusal(in_units("ou-none-12345678"))
    assert company.unit not in message
    assert message.startswith(
        f"the default credentials: the accounts of ou-none-12345678 cannot be listed from account {DEFAULT_ACCOUNT_ID} "
        "(ParentNotFoundException: no such parent): start from the management account"
    )
    assert message.endswith(
        "allow organizations:ListAccountsForParent and organizations:ListOrganizationalUnitsForParent"
    )


def test_units_are_audited_although_the_whole_list_of_accounts_is_refused(aws: HookedAws, company: Company) -> None:
    aws.replies["ListAccounts"] = refused("AccessDeniedException")
    assert accounts(in_units(company.below)) == [company.in_below]


# --- Who is trusted from then on


def seen(selection: Selection) -> Network:
    """What the answers of the way in mean, with nothing collected behind the doors."""
    plan = planned(selection)
    shards = {shard.account_id: shard for shard in plan.shards}
    blank = plan.shards[0]
    for each in plan.accounts:
        shards[each.account] = type(blank)(
            account_id=each.account, region=GLOBAL, collected_at=blank.collected_at, answers=dict(each.answers)
        )
    manifest = Manifest(tool=Tool(name="vpc-auditor", version="0"), started_at=blank.collected_at, targets=())
    return Network(Coverage(Snapshot({}, shards, manifest), COLLECTORS))


def test_an_organization_is_trusted_whole_though_the_caller_and_others_are_no_targets(
    aws: HookedAws, company: Company
) -> None:
    plan = planned(in_units(company.below))
    assert plan.targets == (Target(company.in_below, "us-east-1"),)
    assert [shard.target for shard in plan.shards] == [Target(DEFAULT_ACCOUNT_ID, GLOBAL)]
    assert set(plan.shards[0].answers) == {LISTED}
    assert "Email" not in repr(plan.shards[0].answers)
    members = seen(in_units(company.below)).organization_accounts
    assert members.whole
    assert set(members) == {DEFAULT_ACCOUNT_ID, company.in_root, *company.in_unit, company.in_below}
    assert [call.operation for call in aws.calls].count("DescribeRegions") == 2


@pytest.mark.usefixtures("company")
def test_an_organization_that_was_not_listed_is_missing_for_the_callers_reason_alone(
    aws: HookedAws, company: Company
) -> None:
    aws.replies["ListAccounts"] = refused("AccessDeniedException")
    missing = seen(in_units(company.below)).organization_accounts.missing
    assert missing
    assert {(cause.account, cause.code) for cause in missing.causes} == {(DEFAULT_ACCOUNT_ID, "AccessDeniedException")}


def test_the_accounts_answer_survives_where_one_of_them_is_closed(fleet: HookedAws) -> None:
    fleet.replies["AssumeRole"] = closed_to(FIRST)
    plan = planned(ALL)
    [shard] = plan.shards
    assert set(shard.answers) == {LISTED, "sts:AssumeRole"}
    assert isinstance(shard.answers[LISTED], Answer)
    assert plan.absent == (Target(FIRST, "us-east-1"),)
