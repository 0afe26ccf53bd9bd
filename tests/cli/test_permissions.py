import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result
from moto import mock_aws
from moto.core.authorization import enable_iam_authentication

from auditor.cli import commands
from auditor.permissions import Role, cloudformation, terraform
from auditor.snapshot import Folder, read_snapshot
from checks import CHECKS
from collectors import COLLECTORS

RULE = "gateway-endpoint-route-table-gap"
OTHERS = [check.id for check in CHECKS if check.id != RULE]


@pytest.fixture(autouse=True)
def _away_from_any_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["permissions", *arguments])


def printed(*arguments: str) -> str:
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout.removesuffix("\n")


def document(*arguments: str) -> dict[str, Any]:
    found = json.loads(printed(*arguments))
    assert isinstance(found, dict)
    return found


def actions(*arguments: str) -> set[str]:
    return {action for statement in document(*arguments)["Statement"] for action in statement["Action"]}


def refusal(*arguments: str) -> str:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    return result.stderr.splitlines()[-1]


# --- The policy


def test_a_policy_is_printed_when_nothing_else_is_asked_for() -> None:
    assert printed() == printed("--format", "json")
    assert document()["Version"] == "2012-10-17"
    assert actions() <= {each.action for each in COLLECTORS}


def test_a_rule_narrows_the_policy_to_what_it_reads_and_the_regions() -> None:
    assert actions("--rule", "audit-call-refused") == {"ec2:DescribeRegions"}
    narrowed = actions("--rule", RULE)
    assert {"ec2:DescribeRegions", "ec2:DescribeVpcEndpoints"} < narrowed < {each.action for each in COLLECTORS}
    assert "ec2:DescribeVpcPeeringConnections" not in narrowed


def test_a_rule_that_is_left_out_takes_its_actions_with_it() -> None:
    skipped = [argument for rule in OTHERS for argument in ("--skip-rule", rule)]
    assert document(*skipped) == document("--rule", RULE)


def test_a_configuration_that_disables_rules_narrows_the_policy(tmp_path: Path) -> None:
    (tmp_path / "auditor.toml").write_text(f"[rules]\ndisable = {json.dumps(OTHERS)}\n")
    assert document() == document("--rule", RULE)
    (tmp_path / "auditor.toml").rename(tmp_path / "other.toml")
    assert document("--config", "other.toml") == document("--rule", RULE) != document()


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_the_policy_is_of_the_partition(partition: str) -> None:
    resources = {each["Resource"] for each in document("--partition", partition)["Statement"]}
    assert {each.split(":")[1] for each in resources - {"*"}} == {partition}


def test_a_run_of_one_rule_is_refused_nothing_with_the_policy_of_that_rule(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with mock_aws():
        iam = boto3.client("iam")
        role = iam.create_role(RoleName="audit", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        iam.put_role_policy(RoleName="audit", PolicyName="audit", PolicyDocument=printed("--rule", RULE))
        session = boto3.client("sts", "eu-west-1").assume_role(RoleArn=role, RoleSessionName="audit")["Credentials"]
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", session["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", session["SecretAccessKey"])
        monkeypatch.setenv("AWS_SESSION_TOKEN", session["SessionToken"])
        snapshot = tmp_path / "snapshot"
        with enable_iam_authentication():
            arguments = ["collect", "--region", "eu-west-1", "--rule", RULE, "--snapshot", str(snapshot)]
            assert CliRunner().invoke(commands, arguments).exit_code == 0
    answers = [answer for shard in read_snapshot(Folder(snapshot)).shards.values() for answer in shard.answers.values()]
    assert answers
    assert [answer.error for answer in answers if answer.error] == []


# --- The role


def test_cloudformation_carries_the_policy_that_json_prints() -> None:
    template = printed("--format", "cloudformation", "--rule", RULE)
    assert template == cloudformation(Role(name="vpc-auditor"), document("--rule", RULE))


def test_terraform_carries_the_policy_that_json_prints() -> None:
    text = printed("--format", "terraform", "--rule", RULE)
    assert text == terraform(Role(name="vpc-auditor"), document("--rule", RULE))


@pytest.mark.parametrize(
    ("form", "template"),
    [("cloudformation", cloudformation), ("terraform", terraform)],
    ids=["cloudformation", "terraform"],
)
def test_the_options_of_the_role_reach_the_template(form: str, template: Any) -> None:
    principals = ("222222222222", "arn:aws:iam::333333333333:role/path/audit")
    role = Role(name="audit", principals=principals, external_id="secret")
    named = [argument for principal in principals for argument in ("--principal", principal)]
    options = ("--format", form, *named, "--external-id", "secret", "--role-name", "audit")
    assert printed(*options) == template(role, document())


@pytest.mark.parametrize(
    "principal",
    [
        "222222222222",
        "arn:aws:iam::222222222222:root",
        "arn:aws:iam::222222222222:user/me",
        "arn:aws:sts::222222222222:assumed-role/audit/me@example.com",
    ],
)
def test_a_principal_is_an_account_a_user_or_a_role(principal: str) -> None:
    template = json.loads(printed("--format", "cloudformation", "--principal", principal))
    trust = template["Resources"]["Role"]["Properties"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Principal"] == {"AWS": [principal]}


# --- What is refused


@pytest.mark.parametrize(
    "principal", ["*", "2222", "", "arn:aws:iam::222222222222:role/*", "arn:aws:s3:::bucket", "${x}"]
)
def test_a_principal_that_iam_would_not_take_is_refused(principal: str) -> None:
    assert refusal("--format", "terraform", "--principal", principal) == (
        f'Error: --principal "{principal}" is neither an account id of 12 digits nor the ARN of a role, a user or an '
        "account's root"
    )


def test_a_principal_of_another_partition_is_refused() -> None:
    principal = "arn:aws-cn:iam::222222222222:root"
    assert refusal("--format", "terraform", "--principal", principal) == (
        f"Error: --principal {principal} is not in aws: add --partition aws-cn"
    )
    assert principal in printed("--format", "terraform", "--principal", principal, "--partition", "aws-cn")


@pytest.mark.parametrize("option", ["--principal", "--external-id", "--role-name"])
def test_an_option_of_the_role_without_a_role_is_refused(option: str) -> None:
    assert refusal(option, "222222222222").endswith(
        "--principal, --external-id, --role-name and --role-path describe a role: "
        "add --format cloudformation or terraform"
    )


@pytest.mark.parametrize("name", ["", "a b", "${x}", "a" * 65, "rôle", "name\n"])
def test_a_role_name_that_iam_would_not_take_is_refused(name: str) -> None:
    assert "is not a role name: 1 to 64 letters" in run("--format", "terraform", "--role-name", name).stderr


@pytest.mark.parametrize("external_id", ["a", "a b", "${x}", '"', "a" * 1225])
def test_an_external_id_that_iam_would_not_take_is_refused(external_id: str) -> None:
    result = run("--format", "terraform", "--external-id", external_id)
    assert result.exit_code == 2
    assert "is not an external id: 2 to 1224 letters" in result.stderr


# --- The caller


def test_the_callers_policy_names_the_role_that_is_assumed() -> None:
    found = document("--caller", "--role-name", "audit", "--role-path", "/security/", "--partition", "aws-us-gov")
    resources = [each["Resource"] for each in found["Statement"] if each["Action"] == ["sts:AssumeRole"]]
    assert resources == ["arn:aws-us-gov:iam::*:role/security/audit"]
    assert "arn:aws:iam::*:role/vpc-auditor" in [each["Resource"] for each in document("--caller")["Statement"]]


@pytest.mark.parametrize(
    "arguments",
    [("--format", "terraform"), ("--principal", "222222222222"), ("--external-id", "my-id"), ("--rule", RULE)],
    ids=lambda arguments: arguments[0],
)
def test_the_callers_policy_goes_with_nothing_that_describes_the_role(arguments: tuple[str, ...]) -> None:
    message = "Error: --caller goes with --role-name, --role-path and --partition alone"
    assert refusal("--caller", *arguments) == message


def test_a_role_made_at_a_path_has_it() -> None:
    template = json.loads(printed("--format", "cloudformation", "--role-path", "/security/"))
    assert template["Resources"]["Role"]["Properties"]["Path"] == "/security/"
    assert '"/security/"' in printed("--format", "terraform", "--role-path", "/security/")
