import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError
from moto import mock_aws

from auditor.collect import Failure, Plan
from auditor.snapshot import Answer, CallError, Target
from auditor.targets import Selection, TargetError, plan_targets
from collectors import COLLECTORS
from tests.hooked_aws import HookedAws, refused

FIRST, SECOND = "111111111111", "222222222222"

PROFILES = """
[profile dev]
region = eu-west-1
aws_access_key_id = AKIADEV
aws_secret_access_key = secret
[profile prod]
region = eu-west-1
aws_access_key_id = AKIAPROD
aws_secret_access_key = secret
aws_session_token = token
"""


def configure(text: str = PROFILES) -> None:
    Path(os.environ["AWS_CONFIG_FILE"]).write_text(text)


def without_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)


def identities(*replies: str | Exception, partition: str = "aws") -> Callable[[Any], dict[str, str]]:
    rest = list(replies)

    def reply(_: object) -> dict[str, str]:
        account = rest.pop(0) if len(rest) > 1 else rest[0]
        if isinstance(account, Exception):
            raise account
        return {"Account": account, "Arn": f"arn:{partition}:sts::{account}:assumed-role/audit/me"}

    return reply


def regions(**status: str) -> dict[str, Any]:
    return {"Regions": [{"RegionName": name.replace("_", "-"), "OptInStatus": each} for name, each in status.items()]}


@pytest.fixture
def account(aws: HookedAws) -> HookedAws:
    aws.replies["GetCallerIdentity"] = identities(FIRST)
    aws.replies["DescribeRegions"] = regions(
        us_east_1="opt-in-not-required",
        eu_west_1="opt-in-not-required",
        af_south_1="not-opted-in",
        me_south_1="opted-in",
    )
    return aws


def planned(profiles: Sequence[str] = (), regions: Sequence[str] = ()) -> Plan:
    return plan_targets(Selection(profiles=tuple(profiles), regions=tuple(regions)), COLLECTORS, COLLECTORS)


def refusal(profiles: Sequence[str] = (), regions: Sequence[str] = ()) -> str:
    with pytest.raises(TargetError) as raised:
        planned(profiles, regions)
    message = str(raised.value)
    assert "\n" not in message
    return message


# --- Accounts and regions


def test_without_regions_every_region_that_the_account_has_enabled_is_a_target(account: HookedAws) -> None:
    assert planned().targets == tuple(Target(FIRST, name) for name in ("eu-west-1", "me-south-1", "us-east-1"))
    assert [call.operation for call in account.calls] == ["GetCallerIdentity", "DescribeRegions"]


def test_named_regions_are_kept_even_where_the_account_has_not_enabled_them(account: HookedAws) -> None:
    plan = planned(regions=["eu-west-1", "af-south-1", "ap-east-1", "eu-west-1"])
    assert plan.accounts[0].regions == {"af-south-1": False, "ap-east-1": False, "eu-west-1": True}
    assert account.calls


def test_a_region_that_only_the_account_knows_may_be_named(account: HookedAws) -> None:
    account.replies["DescribeRegions"] = regions(xx_new_1="opted-in")
    assert planned(regions=["xx-new-1"]).accounts[0].regions == {"xx-new-1": True}


def test_a_region_that_aws_does_not_have_names_the_nearest_one(account: HookedAws) -> None:
    assert refusal(regions=["eu-wset-1"]) == 'AWS has no region "eu-wset-1"; did you mean "eu-west-1"?'
    assert account.calls


def test_what_the_account_answered_goes_into_the_plan_and_is_not_asked_again(account: HookedAws) -> None:
    answer = planned().accounts[0].answers["ec2:DescribeRegions"]
    assert [item["RegionName"] for item in answer.items or ()][:2] == ["us-east-1", "eu-west-1"]
    assert len(account.named("DescribeRegions")) == 1


def test_named_regions_are_collected_although_the_regions_cannot_be_listed(account: HookedAws) -> None:
    account.replies["DescribeRegions"] = refused(message="no")
    entered = planned(regions=["eu-west-1"]).accounts[0]
    assert entered.regions == {"eu-west-1": None}
    assert entered.answers == {
        "ec2:DescribeRegions": Answer(error=CallError(kind="refused", code="UnauthorizedOperation", message="no"))
    }


def test_regions_that_cannot_be_listed_must_be_named(account: HookedAws) -> None:
    account.replies["DescribeRegions"] = refused(message="no")
    assert refusal() == (
        f"the regions of account {FIRST} cannot be listed (UnauthorizedOperation: no): "
        "name them with --region, or allow ec2:DescribeRegions"
    )


# --- Where discovery starts


def test_discovery_starts_in_the_profiles_region(account: HookedAws) -> None:
    configure()
    assert planned(["dev"]).accounts[0].home == "eu-west-1"
    assert {call.region for call in account.calls} == {"eu-west-1"}


def test_discovery_starts_in_the_first_region_of_the_partition_without_a_region_of_the_profiles(
    account: HookedAws,
) -> None:
    assert planned().accounts[0].home == "us-east-1"
    assert {call.region for call in account.calls} == {"us-east-1"}


def test_the_named_regions_tell_the_partition(account: HookedAws) -> None:
    account.replies["GetCallerIdentity"] = identities(FIRST, partition="aws-cn")
    account.replies["DescribeRegions"] = regions(cn_north_1="opt-in-not-required", cn_northwest_1="opt-in-not-required")
    entered = planned(regions=["cn-north-1"]).accounts[0]
    assert (entered.partition, entered.home, entered.regions) == ("aws-cn", "cn-north-1", {"cn-north-1": True})


def test_a_profiles_region_that_does_not_answer_is_given_up_for_the_partitions_first(
    monkeypatch: pytest.MonkeyPatch, account: HookedAws
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "me-south-1")
    account.replies["GetCallerIdentity"] = identities(refused("InvalidClientTokenId"), FIRST)
    assert planned().accounts[0].home == "us-east-1"


def test_regions_are_listed_in_the_partitions_first_where_the_profiles_region_refuses(
    monkeypatch: pytest.MonkeyPatch, account: HookedAws
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "me-south-1")
    listed = account.replies["DescribeRegions"]
    replies = iter([refused("AuthFailure"), listed])

    def reply(_: object) -> Any:
        answer = next(replies)
        if isinstance(answer, Exception):
            raise answer
        return answer

    account.replies["DescribeRegions"] = reply
    assert planned().accounts[0].home == "us-east-1"


# --- Several profiles


def test_each_profile_gives_its_account_and_its_own_credentials(aws: HookedAws) -> None:
    configure()
    aws.replies["GetCallerIdentity"] = identities(FIRST, SECOND)
    aws.replies["DescribeRegions"] = regions(eu_west_1="opt-in-not-required")
    plan = planned(["dev", "prod"])
    assert plan.targets == (Target(FIRST, "eu-west-1"), Target(SECOND, "eu-west-1"))
    keys = [(each.profile, each.credentials().access_key, each.credentials().token) for each in plan.accounts]
    assert keys == [("dev", "AKIADEV", None), ("prod", "AKIAPROD", "token")]


def test_an_account_that_two_profiles_reach_is_collected_once_with_a_warning(account: HookedAws) -> None:
    configure()
    plan = planned(["dev", "prod"])
    assert [each.profile for each in plan.accounts] == ["dev"]
    assert plan.warnings == (f'profile "prod" reaches account {FIRST}, as profile "dev" does: collected once',)
    assert len(account.named("GetCallerIdentity")) == 2


def test_a_profile_that_is_named_twice_is_entered_once_without_a_warning(account: HookedAws) -> None:
    configure()
    plan = planned(["dev", "dev"])
    assert (len(plan.accounts), plan.warnings, len(account.calls)) == (1, (), 2)


def test_a_profile_that_fails_does_not_stop_another(aws: HookedAws) -> None:
    configure()
    # A profile is refused twice: in its own region, then in the partition's first.
    aws.replies["GetCallerIdentity"] = identities(*[refused("ExpiredToken", "It is over.")] * 2, FIRST)
    aws.replies["DescribeRegions"] = regions(eu_west_1="opt-in-not-required")
    plan = planned(["dev", "prod"])
    assert [each.profile for each in plan.accounts] == ["prod"]
    assert plan.failures == (
        Failure(
            "dev",
            'profile "dev": the session has expired: get new session credentials (ExpiredToken: It is over.)',
        ),
    )


def test_where_every_profile_fails_all_reasons_are_one_line(aws: HookedAws) -> None:
    configure()
    aws.replies["GetCallerIdentity"] = refused("ExpiredToken", "It is over.")
    message = refusal(["dev", "prod", "stage"])
    assert message.count("It is over.") == 2
    assert message.endswith('there is no profile "stage": the profiles are dev, prod')


def test_a_region_of_another_partition_is_left_out_with_a_warning(aws: HookedAws) -> None:
    configure()
    aws.replies["GetCallerIdentity"] = _of_two_partitions()
    aws.replies["DescribeRegions"] = regions()
    plan = planned(["dev", "prod"], ["cn-north-1", "eu-west-1"])
    assert plan.targets == (Target(FIRST, "eu-west-1"), Target(SECOND, "cn-north-1"))
    assert plan.warnings == (
        f"account {FIRST} is in aws, which does not have cn-north-1",
        f"account {SECOND} is in aws-cn, which does not have eu-west-1",
    )


def _of_two_partitions() -> Callable[[Any], dict[str, str]]:
    replies = iter([identities(FIRST), identities(SECOND, partition="aws-cn")])
    return lambda _: next(replies)({})


def test_an_account_without_any_of_the_named_regions_is_a_failure_and_the_others_are_collected(aws: HookedAws) -> None:
    configure()
    aws.replies["GetCallerIdentity"] = _of_two_partitions()
    aws.replies["DescribeRegions"] = regions()
    plan = planned(["dev", "prod"], ["eu-west-1"])
    assert plan.targets == (Target(FIRST, "eu-west-1"),)
    assert plan.failures == (Failure("prod", f"account {SECOND} is in aws-cn, which has none of the named regions"),)


# --- What goes wrong


def test_no_credentials_at_all_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    without_environment(monkeypatch)
    assert refusal() == 'no AWS credentials: name a profile with --profile, or run "aws configure"'


def test_a_profile_without_credentials_names_the_remedy() -> None:
    configure("[profile bare]\nregion = eu-west-1\n")
    assert refusal(["bare"]) == 'profile "bare" has no credentials: run "aws configure --profile bare"'


def test_a_profile_that_does_not_exist_names_the_nearest_one() -> None:
    configure()
    assert refusal(["prd"]) == 'there is no profile "prd"; did you mean "prod"?'


def test_a_profile_that_does_not_exist_where_there_is_none_names_the_remedy() -> None:
    assert refusal(["prod"]) == 'there is no profile "prod", nor any other: run "aws configure --profile prod"'


def test_a_profile_of_the_environment_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    configure()
    monkeypatch.setenv("AWS_PROFILE", "prd")
    assert refusal() == 'there is no profile "prd"; did you mean "prod"?'


@pytest.mark.parametrize(
    ("failure", "remedy"),
    [
        (refused("ExpiredTokenException"), "the session has expired: get new session credentials"),
        (refused("InvalidClientTokenId"), "AWS does not accept the credentials"),
        (refused("SignatureDoesNotMatch"), "AWS does not accept the credentials"),
        (refused("AccessDenied"), "AWS refused the first call"),
        (EndpointConnectionError(endpoint_url="https://sts"), "AWS cannot be reached: check the network"),
        (ConnectTimeoutError(endpoint_url="https://sts"), "AWS cannot be reached: check the network"),
        (ValueError("surprise"), "the account cannot be entered"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_first_call_that_fails_names_the_profile_the_remedy_and_the_error(
    aws: HookedAws, failure: Exception, remedy: str
) -> None:
    configure()
    aws.replies["GetCallerIdentity"] = failure
    message = refusal(["dev"])
    assert message.startswith(f'profile "dev": {remedy}')
    assert message.endswith(")")


def test_an_expired_sign_in_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    without_environment(monkeypatch)
    configure(
        "[profile sso]\nregion = eu-west-1\nsso_start_url = https://start.test\nsso_region = eu-west-1\n"
        f"sso_account_id = {FIRST}\nsso_role_name = audit\n"
    )
    assert 'profile "sso": the sign-in has expired: run "aws sso login --profile sso" (' in refusal(["sso"])


def test_a_configuration_that_cannot_be_read_is_one_line() -> None:
    configure("[profile broken\n")
    assert "ConfigParseError" in refusal(["broken"])


def test_aws_out_of_reach_is_said_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    waits: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", waits.append)
    message = refusal()
    assert "the default credentials: AWS cannot be reached" in message
    assert "http://127.0.0.1:9" in message
    assert len(waits) == 2


# --- MFA

MFA = """
[profile base]
aws_access_key_id = AKIABASE
aws_secret_access_key = secret
[profile audit]
region = eu-west-1
role_arn = arn:aws:iam::111111111111:role/audit
source_profile = base
mfa_serial = arn:aws:iam::111111111111:mfa/me
"""


def test_an_mfa_profile_asks_for_one_code_before_anything_runs(
    monkeypatch: pytest.MonkeyPatch, account: HookedAws
) -> None:
    configure(MFA)
    asked: list[str] = []

    def code(prompt: str) -> str:
        asked.append(prompt)
        return "123456"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("getpass.getpass", code)
    account.replies["AssumeRole"] = {
        "Credentials": {
            "AccessKeyId": "ASIAROLE",
            "SecretAccessKey": "secret",
            "SessionToken": "token",
            "Expiration": datetime.now(UTC) + timedelta(hours=1),
        }
    }
    entered = planned(["audit"]).accounts[0]
    assert [entered.credentials().access_key for _ in range(3)] == ["ASIAROLE"] * 3
    assert len(asked) == 1
    assert account.named("AssumeRole")[0]["TokenCode"] == "123456"


def test_an_mfa_profile_without_a_terminal_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, account: HookedAws
) -> None:
    configure(MFA)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    assert refusal(["audit"]) == (
        'profile "audit" needs an MFA code, and there is no terminal to ask for it: '
        "start from a terminal, or give session credentials in the environment"
    )
    assert not account.calls


# --- Over moto


def test_an_account_of_moto_is_entered_as_aws_would_be() -> None:
    with mock_aws():
        plan = planned(regions=["us-east-1", "eu-west-1"])
    assert plan.targets == (Target("123456789012", "eu-west-1"), Target("123456789012", "us-east-1"))
    assert plan.accounts[0].partition == "aws"
