import gzip
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from auditor.collect import collect
from auditor.snapshot import ASKED_ELSEWHERE, GLOBAL, Answer, CallError, PackedShard, Shard, Target
from auditor.targets import AssumedRole, Selection
from collectors import accounts, regions, vpcs
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
    keys_of,
    planned,
    refusal,
    targets,
)
from tests.hooked_aws import HookedAws, refused

TWO = Selection(role=ROLE, accounts=(FIRST, SECOND))
THREE = Selection(role=ROLE, accounts=(FIRST, SECOND, THIRD))


@pytest.fixture
def fleet(aws: HookedAws) -> HookedAws:
    return hooked(aws)


def asked(fleet: HookedAws) -> dict[str, int]:
    operations = [call.operation for call in fleet.calls]
    return {operation: operations.count(operation) for operation in operations}


# --- Through the role


def test_the_role_is_assumed_once_in_each_account_and_its_regions_are_asked_once(fleet: HookedAws) -> None:
    plan = planned(TWO)
    assert plan.targets == targets(FIRST, SECOND)
    assert asked(fleet) == {"GetCallerIdentity": 1, "AssumeRole": 2, "DescribeRegions": 2}
    assert [each.credentials().access_key for each in plan.accounts] == [f"KEY1-{FIRST}", f"KEY1-{SECOND}"]
    assert asked(fleet)["AssumeRole"] == 2


def test_an_account_that_is_named_twice_is_entered_once(fleet: HookedAws) -> None:
    plan = planned(Selection(role=ROLE, accounts=(FIRST, FIRST)))
    assert (plan.targets, plan.warnings) == (targets(FIRST), ())
    assert asked(fleet)["AssumeRole"] == 1


def test_the_session_has_the_programs_name_and_what_was_asked_for(fleet: HookedAws) -> None:
    role = AssumedRole(name="audit", path="/security/", external_id="my-id", session_policy='{"Statement":[]}')
    planned(Selection(role=role, accounts=(FIRST,)))
    assert fleet.named("AssumeRole") == [
        {
            "RoleArn": f"arn:aws:iam::{FIRST}:role/security/audit",
            "RoleSessionName": "vpc-auditor",
            "ExternalId": "my-id",
            "Policy": '{"Statement":[]}',
        }
    ]


def test_an_external_id_and_a_policy_are_left_out_where_there_are_none(fleet: HookedAws) -> None:
    planned(Selection(role=ROLE, accounts=(FIRST,)))
    assert set(fleet.named("AssumeRole")[0]) == {"RoleArn", "RoleSessionName"}


@pytest.mark.parametrize(
    ("partition", "region", "endpoint"),
    [("aws-cn", "cn-north-1", "cn-north-1"), ("aws-us-gov", "us-gov-east-1", "us-gov-east-1")],
)
def test_a_role_of_another_partition_has_its_arn_and_is_assumed_in_its_region(
    aws: HookedAws, partition: str, region: str, endpoint: str
) -> None:
    hooked(aws, partition, region)
    plan = planned(Selection(role=ROLE, accounts=(FIRST,), regions=(region,)))
    assert plan.targets == (Target(FIRST, region),)
    assert aws.named("AssumeRole")[0]["RoleArn"] == f"arn:{partition}:iam::{FIRST}:role/audit"
    assert {call.region for call in aws.calls} == {endpoint}


def test_each_account_has_the_regions_that_it_has_enabled_itself(fleet: HookedAws) -> None:
    fleet.replies["DescribeRegions"] = in_turn(
        *({"Regions": [{"RegionName": name, "OptInStatus": "opted-in"}]} for name in ("eu-west-1", "us-east-1"))
    )
    plan = planned(TWO)
    assert sorted(target.region for target in plan.targets) == ["eu-west-1", "us-east-1"]
    assert {target.account for target in plan.targets} == {FIRST, SECOND}


def test_a_callers_region_that_an_account_has_not_enabled_is_given_up_for_the_partitions_first(
    monkeypatch: pytest.MonkeyPatch, fleet: HookedAws
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "me-south-1")
    fleet.replies["DescribeRegions"] = in_turn(refused("AuthFailure"), fleet.replies["DescribeRegions"])
    plan = planned(Selection(role=ROLE, accounts=(FIRST,)))
    assert plan.accounts[0].home == "us-east-1"
    assert plan.absent == ()


# --- The calling account


def test_the_calling_account_is_no_target_unless_it_is_named(fleet: HookedAws) -> None:
    assert CALLER not in {target.account for target in planned(TWO).targets}
    assert len(fleet.named("DescribeRegions")) == 2


def test_the_calling_account_is_audited_with_its_own_credentials(fleet: HookedAws) -> None:
    plan = planned(Selection(role=ROLE, accounts=(FIRST, CALLER)))
    keys = {each.account: each.credentials().access_key for each in plan.accounts}
    assert keys == {FIRST: f"KEY1-{FIRST}", CALLER: "testing"}
    assert [account_of(dict(each)) for each in fleet.named("AssumeRole")] == [FIRST]
    assert plan.warnings == ()


def test_an_account_that_a_second_profile_belongs_to_is_entered_with_that_profile(fleet: HookedAws) -> None:
    Path(os.environ["AWS_CONFIG_FILE"]).write_text(
        "[profile hub]\naws_access_key_id = AKIAHUB\naws_secret_access_key = secret\n"
        "[profile own]\naws_access_key_id = AKIAOWN\naws_secret_access_key = secret\n"
    )
    fleet.replies["GetCallerIdentity"] = in_turn(
        *({"Account": account, "Arn": f"arn:aws:iam::{account}:user/me"} for account in (CALLER, FIRST))
    )
    plan = planned(Selection(profiles=("hub", "own"), role=ROLE, accounts=(FIRST, SECOND)))
    assert {each.account: (each.profile, each.credentials().access_key) for each in plan.accounts} == {
        FIRST: ("own", "AKIAOWN"),
        SECOND: ("hub", f"KEY1-{SECOND}"),
    }
    assert plan.warnings == ()


# --- The organization of who calls


@pytest.mark.parametrize("entered", [(FIRST, SECOND), (FIRST, CALLER)], ids=["others", "the calling account, too"])
def test_the_calling_account_alone_is_asked_who_its_organization_is(fleet: HookedAws, entered: tuple[str, ...]) -> None:
    fleet.replies["ListAccounts"] = {"Accounts": [{"Id": CALLER, "State": "ACTIVE"}]}
    plan = planned(Selection(role=ROLE, accounts=entered), accounts.COLLECTOR)
    shards = {shard.account_id: shard for shard in plan.shards}

    def keep(packed: PackedShard) -> None:
        shards[packed.target.account] = msgspec.json.decode(gzip.decompress(packed.content), type=Shard)

    own = {target for each in plan.accounts for target in each.units if target.region == GLOBAL}
    collect(plan, [accounts.COLLECTOR, regions.COLLECTOR], keep, targets=own, processes=0)
    answers = {account: shard.answers["organizations:ListAccounts"] for account, shard in shards.items()}
    assert answers.pop(CALLER).items == [{"Id": CALLER, "State": "ACTIVE"}]
    assert answers
    assert {answer.error and answer.error.code for answer in answers.values()} == {ASKED_ELSEWHERE}
    assert asked(fleet)["ListAccounts"] == 1


def test_a_caller_that_may_not_list_its_organization_enters_accounts_all_the_same(fleet: HookedAws) -> None:
    fleet.replies["ListAccounts"] = refused("AccessDeniedException")
    plan = planned(TWO, accounts.COLLECTOR)
    assert plan.targets == targets(FIRST, SECOND)
    assert (plan.failures, plan.warnings) == ((), ())
    [shard] = plan.shards
    error = shard.answers["organizations:ListAccounts"].error
    assert error
    assert (shard.account_id, error.code) == (CALLER, "AccessDeniedException")


# --- Accounts that are left out


def test_an_excluded_account_is_not_entered(fleet: HookedAws) -> None:
    plan = planned(Selection(role=ROLE, accounts=(FIRST, SECOND), excluded=(SECOND,)))
    assert (plan.targets, plan.warnings) == (targets(FIRST), ())
    assert asked(fleet)["AssumeRole"] == 1


def test_an_excluded_account_that_nobody_reaches_is_a_warning(fleet: HookedAws) -> None:
    plan = planned(Selection(role=ROLE, accounts=(FIRST,), excluded=(THIRD,)))
    assert plan.warnings == (f"account {THIRD}, to be excluded, is not among those to audit",)
    assert [account_of(dict(each)) for each in fleet.named("AssumeRole")] == [FIRST]


def test_nothing_is_entered_where_all_is_excluded(fleet: HookedAws) -> None:
    selection = Selection(role=ROLE, accounts=(FIRST,), excluded=(FIRST,))
    assert refusal(selection).startswith("no account is left to audit")
    assert asked(fleet) == {"GetCallerIdentity": 1}


# --- Accounts that cannot be entered


def test_an_account_whose_role_cannot_be_assumed_costs_that_account_alone(fleet: HookedAws) -> None:
    fleet.replies["AssumeRole"] = closed_to(SECOND)
    plan = planned(THREE)
    assert [each.account for each in plan.accounts] == [FIRST, THIRD]
    assert plan.absent == (Target(SECOND, GLOBAL),)
    [shard] = plan.shards
    error = CallError(kind="refused", code="AccessDenied", message="not authorized")
    assert (shard.target, shard.answers) == (Target(SECOND, GLOBAL), {"sts:AssumeRole": Answer(error=error)})
    assert plan.warnings == (f"account {SECOND} was not entered: sts:AssumeRole ended in AccessDenied: not authorized",)


def test_the_regions_of_an_account_that_was_not_entered_are_the_named_ones(fleet: HookedAws) -> None:
    fleet.replies["AssumeRole"] = closed_to(SECOND)
    plan = planned(Selection(role=ROLE, accounts=(FIRST, SECOND), regions=("us-east-1",)))
    assert plan.absent == (Target(SECOND, "us-east-1"),)
    assert plan.targets == (Target(FIRST, "us-east-1"), Target(SECOND, "us-east-1"))


def test_a_broken_connection_closes_an_account_as_a_refusal_does(fleet: HookedAws) -> None:
    fleet.replies["AssumeRole"] = in_turn(ReadTimeoutError(endpoint_url="https://sts"), closed_to())
    plan = planned(TWO)
    assert len(plan.accounts) == 1
    [shard] = plan.shards
    error = shard.answers["sts:AssumeRole"].error
    assert error
    assert (error.kind, error.code) == ("failed", "ReadTimeoutError")


def test_many_accounts_that_one_reason_closes_are_one_warning(fleet: HookedAws) -> None:
    closed = [f"{number:012}" for number in range(1, 6)]
    fleet.replies["AssumeRole"] = closed_to(*closed)
    plan = planned(Selection(role=ROLE, accounts=(*closed, FIRST)))
    assert plan.warnings == (
        "5 accounts were not entered, since sts:AssumeRole ended in AccessDenied: "
        "000000000001, 000000000002, 000000000003 and 2 more",
    )
    assert len(plan.shards) == 5


def test_where_no_account_can_be_entered_the_run_does_not_start(fleet: HookedAws) -> None:
    fleet.replies["AssumeRole"] = closed_to(FIRST, SECOND)
    assert refusal(TWO) == (
        f"account {FIRST} was not entered: sts:AssumeRole ended in AccessDenied: not authorized; "
        f"account {SECOND} was not entered: sts:AssumeRole ended in AccessDenied: not authorized"
    )


def test_an_account_whose_regions_cannot_be_listed_is_not_entered_unless_regions_are_named(fleet: HookedAws) -> None:
    listed = fleet.replies["DescribeRegions"]
    fleet.replies["DescribeRegions"] = in_turn(refused(message="denied by an SCP"), listed)
    plan = planned(Selection(role=ROLE, accounts=(FIRST, CALLER)))
    [shard] = plan.shards
    assert plan.absent == (shard.target,)
    error = shard.answers["ec2:DescribeRegions"].error
    assert error
    assert error.code == "UnauthorizedOperation"
    assert plan.warnings == (
        f"the regions of account {shard.account_id} cannot be listed (UnauthorizedOperation: denied by an SCP): "
        "name them with --region, or allow ec2:DescribeRegions",
    )

    fleet.replies["DescribeRegions"] = refused(message="denied by an SCP")
    assert planned(Selection(role=ROLE, accounts=(FIRST,), regions=("eu-west-1",))).absent == ()


def test_accounts_without_any_of_the_named_regions_are_one_failure(fleet: HookedAws) -> None:
    message = refusal(Selection(role=ROLE, accounts=(FIRST, SECOND), regions=("cn-north-1",)))
    assert message.startswith('AWS has no region "cn-north-1"')

    fleet.replies["DescribeRegions"] = in_turn(
        {"Regions": [{"RegionName": "xx-new-1", "OptInStatus": "opted-in"}]}, {"Regions": []}
    )
    plan = planned(Selection(role=ROLE, accounts=(FIRST, SECOND, THIRD), regions=("xx-new-1",)))
    assert [failure.reason for failure in plan.failures] == [
        "2 accounts are in aws, which has none of the named regions"
    ]


def test_no_secret_of_a_caller_or_of_a_session_is_in_what_is_said(fleet: HookedAws) -> None:
    fleet.replies["AssumeRole"] = closed_to(FIRST, message="ASIAQWERTYUIOPASDFGH may not")
    plan = planned(TWO)
    assert "ASIAQWERTYUIOPASDFGH" not in repr(plan)
    assert "secret" not in repr([each.credentials() for each in plan.accounts])


# --- Credentials that are renewed


def test_credentials_that_are_about_to_expire_are_renewed(fleet: HookedAws) -> None:
    fleet.replies["AssumeRole"] = in_turn(
        keys_of(FIRST, timedelta(minutes=5)), keys_of(FIRST, number=2), keys_of(FIRST, number=3)
    )
    [account] = planned(Selection(role=ROLE, accounts=(FIRST,))).accounts
    assert [account.credentials().access_key for _ in range(3)] == [f"KEY2-{FIRST}"] * 3
    assert asked(fleet)["AssumeRole"] == 2


def test_credentials_that_cannot_be_renewed_say_why(fleet: HookedAws) -> None:
    fleet.replies["AssumeRole"] = in_turn(keys_of(FIRST, timedelta(minutes=5)), refused("ExpiredToken", "It is over."))
    [account] = planned(Selection(role=ROLE, accounts=(FIRST,))).accounts
    with pytest.raises(ClientError, match="It is over"):
        account.credentials()


def test_credentials_that_expire_half_way_cost_their_account_alone(fleet: HookedAws) -> None:
    def short_in_first(parameters: dict[str, Any]) -> dict[str, Any]:
        if account_of(parameters) == SECOND:
            return keys_of(SECOND)
        if len([each for each in fleet.named("AssumeRole") if account_of(dict(each)) == FIRST]) > 1:
            raise refused("ExpiredToken", "It is over.")
        return keys_of(FIRST, timedelta(minutes=5))

    fleet.replies["AssumeRole"] = short_in_first
    fleet.replies["DescribeVpcs"] = {"Vpcs": []}
    plan = planned(TWO)
    shards: dict[Target, Shard] = {}

    def keep(packed: PackedShard) -> None:
        shards[packed.target] = msgspec.json.decode(gzip.decompress(packed.content), type=Shard)

    collect(plan, [vpcs.COLLECTOR, regions.COLLECTOR], keep, processes=0)
    for target in targets(FIRST):
        error = shards[target].answers["ec2:DescribeVpcs"].error
        assert error
        assert (error.kind, error.code, error.message) == ("refused", "ExpiredToken", "It is over.")
    assert all(shards[target].answers["ec2:DescribeVpcs"].items == [] for target in targets(SECOND))
    assert shards[Target(FIRST, GLOBAL)].answers["ec2:DescribeRegions"].error is None
