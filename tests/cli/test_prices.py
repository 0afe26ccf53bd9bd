import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from auditor.cli import commands
from auditor.prices import packaged, written
from tests.auditor.targets.test_price_list import flat
from tests.hooked_aws import HookedAws


def run(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["prices", *arguments])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_without_more_it_prints_the_table_that_ships() -> None:
    ran = run()
    assert (ran.exit_code, ran.stdout) == (0, written(packaged()))


def test_a_configuration_shows_in_what_it_prints(folder: Path) -> None:
    (folder / "auditor.toml").write_text("[prices.us-east-1]\nnat_gateway_gb = 0.03\n")
    assert json.loads(run().stdout)["regions"]["us-east-1"]["nat_gateway_gb"] == 0.03


def test_a_refreshed_table_can_be_named_in_the_configuration(folder: Path, aws: HookedAws) -> None:
    aws.replies["GetCallerIdentity"] = {"Account": "111111111111", "Arn": "arn:aws:iam::111111111111:user/me"}
    aws.replies["GetProducts"] = {"PriceList": [flat("EU-NatGateway-Hours", "0.048")]}
    ran = run("--refresh", "--output", "prices.json")
    assert (ran.exit_code, ran.stdout) == (0, "")
    assert (folder / "prices.json").stat().st_mode & 0o777 == 0o600
    (folder / "auditor.toml").write_text('[prices]\nfile = "prices.json"\n[prices.eu-west-1]\nnat_gateway_gb = 0.04\n')
    told = json.loads(run().stdout)
    assert told["source"] == "AWS Price List API"
    assert told["regions"] == {"eu-west-1": {"nat_gateway_gb": 0.04, "nat_gateway_hour": 0.048}}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--profile", "dev"), "--profile goes with --refresh: without it AWS is not asked"),
        (("--refresh", "--config", "auditor.toml"), "--refresh prints AWS's own prices; leave --config out"),
        (("--output", "nowhere/prices.json"), "nowhere/prices.json: there is no folder nowhere"),
    ],
)
def test_what_contradicts_itself_is_said_before_aws_is_asked(
    folder: Path, aws: HookedAws, arguments: tuple[str, ...], line: str
) -> None:
    (folder / "auditor.toml").write_text("")
    ran = run(*arguments)
    assert ran.exit_code == 2
    assert line in ran.stderr
    assert aws.calls == []
