import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from auditor.cli import commands
from auditor.targets import TargetError
from tests.auditor.targets.fleet import CALLER, FIRST, SECOND, hooked
from tests.hooked_aws import HookedAws

ROLE = ("--role-name", "audit")


@pytest.fixture(autouse=True)
def _away_from_any_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(commands, arguments)


def refusal(*arguments: str) -> str:
    """The last line of a run that did not start, which both commands give alike."""
    [audit, collect] = [run("audit", *arguments), run("collect", "--snapshot", "made", *arguments)]
    assert (audit.exit_code, audit.stdout, collect.exit_code) == (2, "", 2)
    assert audit.stderr.splitlines()[-1] == collect.stderr.splitlines()[-1]
    assert not Path("made").exists()
    return audit.stderr.splitlines()[-1].removeprefix("Error: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--account", FIRST),
        ("--accounts-file", "ids.txt"),
        ("--organization",),
        ("--organizational-unit", "ou-ab12-cdefgh34"),
        ("--exclude-account", FIRST),
        ("--role-path", "/audit/"),
        ("--external-id", "my-id"),
        ("--session-policy", "policy.json"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_what_goes_through_a_role_needs_its_name(arguments: tuple[str, ...], aws: HookedAws) -> None:
    assert refusal(*arguments) == (
        f"{arguments[0]} needs --role-name: the role to assume in each account but the calling one; no name is assumed"
    )
    assert aws.calls == []


def test_a_role_needs_accounts_to_assume_it_in(aws: HookedAws) -> None:
    assert refusal(*ROLE, "--external-id", "my-id") == (
        "--role-name needs accounts to assume it in: add one of --account, --accounts-file, --organization, "
        "--organizational-unit"
    )
    assert aws.calls == []


@pytest.mark.parametrize(
    ("option", "value", "wanted"),
    [
        ("--account", "1111", "an account id of 12 digits"),
        ("--account", "١" * 12, "an account id of 12 digits"),
        ("--exclude-account", "prod", "an account id of 12 digits"),
        ("--organizational-unit", "o-abcdefghij", "an organizational unit, such as ou-ab12-cdefgh34, or a root"),
        ("--role-name", "path/audit", "a role name: 1 to 64 letters"),
        ("--role-path", "audit", "a role's path, such as / or /audit/"),
        ("--role-path", "/audit", "a role's path, such as / or /audit/"),
        ("--external-id", "a", "an external id: 2 to 1224 letters"),
    ],
)
def test_a_value_that_aws_would_not_take_is_refused_before_aws_is_asked(
    aws: HookedAws, option: str, value: str, wanted: str
) -> None:
    assert f"Invalid value for '{option}': \"{value}\" is not {wanted}" in refusal(*ROLE, option, value)
    assert aws.calls == []


def test_a_bad_file_of_accounts_is_one_line_that_names_the_file_and_the_line(aws: HookedAws) -> None:
    Path("ids.txt").write_text(f"{FIRST}\nprod\n")
    result = CliRunner().invoke(commands, ["audit", *ROLE, "--accounts-file", "ids.txt"])
    assert isinstance(result.exception, TargetError)
    assert str(result.exception) == "ids.txt: line 2: 'prod' is not an account id of 12 digits"
    assert aws.calls == []


def test_a_bad_session_policy_is_one_line_that_names_the_file(aws: HookedAws) -> None:
    Path("policy.json").write_text("{")
    result = run("audit", *ROLE, "--account", FIRST, "--session-policy", "policy.json")
    assert str(result.exception).startswith("policy.json: line 1, column 2: not JSON: ")
    assert aws.calls == []


@pytest.mark.parametrize("arguments", [("--profile", "dev"), ("--region", "eu-west-1"), ("--resume",)])
def test_the_demo_takes_no_targets(arguments: tuple[str, ...]) -> None:
    result = run("audit", "--demo", *arguments)
    assert result.exit_code == 2
    assert "--demo brings its own organization; leave --resume and all that names targets out" in result.stderr


def test_every_option_reaches_the_accounts(aws: HookedAws) -> None:
    hooked(aws)
    policy = {"Version": "2012-10-17", "Statement": []}
    Path("policy.json").write_text(json.dumps(policy, indent=2))
    Path("ids.txt").write_text(f"{SECOND} # two\n{FIRST}\n")
    role = (*ROLE, "--role-path", "/audit/", "--external-id", "my-id", "--session-policy", "policy.json")
    targets = ("--account", FIRST, "--accounts-file", "ids.txt", "--exclude-account", SECOND, "--region", "eu-west-1")
    result = run("collect", "--snapshot", "made", "--rule", "peering-not-active", *role, *targets)
    assert (result.exit_code, result.stderr) == (0, "")
    assert aws.named("AssumeRole") == [
        {
            "RoleArn": f"arn:aws:iam::{FIRST}:role/audit/audit",
            "RoleSessionName": "vpc-auditor",
            "ExternalId": "my-id",
            "Policy": json.dumps(policy, separators=(",", ":")),
        }
    ]
    manifest = json.loads(Path("made/manifest.json").read_text())
    assert manifest["targets"] == [{"account_id": FIRST, "region": "eu-west-1"}]


def test_without_a_role_the_profiles_own_account_is_audited(aws: HookedAws) -> None:
    hooked(aws)
    result = run("collect", "--snapshot", "made", "--rule", "peering-not-active", "--region", "eu-west-1")
    assert (result.exit_code, aws.named("AssumeRole")) == (0, [])
    assert json.loads(Path("made/manifest.json").read_text())["targets"] == [
        {"account_id": CALLER, "region": "eu-west-1"}
    ]
