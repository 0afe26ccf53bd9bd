import subprocess
import sys
from pathlib import Path

import pytest

from auditor.config import ConfigError, Settings, Thresholds, read, select
from auditor.findings import Severity

RULES = {
    "peering-unused": True,
    "peering-route-blackhole": True,
    "peering-route-least-privilege": False,
    "endpoint-policy-default": True,
    "endpoint-policy-open": True,
    "endpoint-state": True,
}


@pytest.fixture
def toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("auditor.toml")


def refusal(toml: Path, text: str | bytes) -> str:
    toml.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigError) as error:
        read(toml, RULES)
    line = str(error.value)
    assert line.splitlines() == [line]
    return line


def selected(
    settings: Settings | None = None, rule: tuple[str, ...] = (), skip: tuple[str, ...] = ()
) -> frozenset[str]:
    return select(RULES.items(), rule_patterns=rule, skip_patterns=skip, settings=settings or Settings())


def test_an_empty_file_gives_the_defaults(toml: Path) -> None:
    toml.write_text("")
    assert read(toml, RULES) == Settings()
    assert Settings().thresholds == Thresholds(pending_age_days=3, quota_warn_pct=80, unused_days=30, min_azs=2)
    assert Settings().organization_id is None
    assert Settings().allowed_service_regions == ()
    assert not Settings().treat_empty_vpcs
    assert not Settings().least_privilege_routes


def test_every_key_is_read(toml: Path) -> None:
    toml.write_text(
        """
organization_id = "o-abc123def4"
expected_broad_peerings = ["pcx-0a1b2c3d4e5f60718"]
allowed_service_regions = ["eu-west-1", "eu-central-1"]
required_services = ["logs", "ecr.api"]
treat_empty_vpcs = true
least_privilege_routes = true

[trusted_accounts]
999999999999 = "MongoDB Atlas"
"012345678901" = "Überwachung"

[thresholds]
pending_age_days = 0
quota_warn_pct = 100
unused_days = 7
min_azs = 1

[rules]
enable = ["peering-route-least-privilege"]
disable = ["endpoint-policy-*"]

[severities]
endpoint-state = "low"
""",
        encoding="utf-8",
    )
    assert read(toml, RULES) == Settings(
        organization_id="o-abc123def4",
        expected_broad_peerings=frozenset({"pcx-0a1b2c3d4e5f60718"}),
        allowed_service_regions=("eu-west-1", "eu-central-1"),
        required_services=("logs", "ecr.api"),
        treat_empty_vpcs=True,
        least_privilege_routes=True,
        trusted_accounts={"999999999999": "MongoDB Atlas", "012345678901": "Überwachung"},
        thresholds=Thresholds(pending_age_days=0, quota_warn_pct=100, unused_days=7, min_azs=1),
        enable=("peering-route-least-privilege",),
        disable=("endpoint-policy-*",),
        severities={"endpoint-state": Severity.LOW},
    )


def test_a_file_saved_on_windows_is_read(toml: Path) -> None:
    toml.write_bytes(b"\xef\xbb\xbf[thresholds]\r\nmin_azs = 3\r\n")
    assert read(toml, RULES).thresholds.min_azs == 3


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[threshold]", 'unknown key "threshold"; did you mean "thresholds"?'),
        (
            "[thresholds]\npending_age_day = 3",
            'unknown key "thresholds.pending_age_day"; did you mean "thresholds.pending_age_days"?',
        ),
        ("[rules]\nenabled = []", 'unknown key "rules.enabled"; did you mean "rules.enable"?'),
        (
            '[rules]\norganization_id = "o-abc123def4"',
            'unknown key "rules.organization_id"; did you mean "organization_id"?',
        ),
        (
            "zzz = 1",
            'unknown key "zzz"; known: organization_id, expected_broad_peerings, allowed_service_regions, '
            "required_services, treat_empty_vpcs, least_privilege_routes, trusted_accounts, thresholds, "
            "thresholds.pending_age_days, thresholds.quota_warn_pct, thresholds.unused_days, thresholds.min_azs, "
            "prices, rules, rules.enable, rules.disable, severities",
        ),
        (
            "[thresholds]\nzzz = 1",
            'unknown key "thresholds.zzz"; known: thresholds.pending_age_days, thresholds.quota_warn_pct, '
            "thresholds.unused_days, thresholds.min_azs",
        ),
        ("[rules]\nmin_az = 3", 'unknown key "rules.min_az"; did you mean "thresholds.min_azs"?'),
        ("enabled = []", 'unknown key "enabled"; did you mean "rules.enable"?'),
        ('"thresholds.min_azs" = 3', '"thresholds.min_azs": a dotted key is written without quotation marks'),
    ],
)
def test_an_unknown_key_names_the_nearest_one(toml: Path, text: str, line: str) -> None:
    assert refusal(toml, text) == f"auditor.toml: {line}"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            '[thresholds]\npending_age_days = "three"',
            'thresholds.pending_age_days: expected a whole number from 0 to 3650, got "three"',
        ),
        ("[thresholds]\nunused_days = 31", "thresholds.unused_days: expected a whole number from 1 to 30, got 31"),
        ("prices = 3", "prices: expected a table of Regions, each with its prices in US dollars, and `file`, got 3"),
        (
            "[prices]\nfile = 3",
            "prices.file: expected the name of a file that `vpc-auditor prices --refresh` wrote, got 3",
        ),
        ("[prices.Ireland]", 'prices: expected file or a Region such as "eu-west-1", got "Ireland"'),
        ("[prices]\neu-west-1 = 3", "prices.eu-west-1: expected a table of prices, got 3"),
        (
            "[prices.eu-west-1]\nnat_gateway = 1",
            'unknown key "prices.eu-west-1.nat_gateway"; known: nat_gateway_hour, nat_gateway_gb, '
            "interface_endpoint_hour, interface_endpoint_gb",
        ),
        (
            "[prices.eu-west-1]\nnat_gateway_gb = true",
            "prices.eu-west-1.nat_gateway_gb: expected a price in US dollars, from 0 to 1000, got true",
        ),
        (
            "[prices.eu-west-1]\nnat_gateway_gb = nan",
            "prices.eu-west-1.nat_gateway_gb: expected a price in US dollars, from 0 to 1000, got NaN",
        ),
        ('[prices]\nfile = "gone.json"', "gone.json: cannot be read: No such file or directory"),
        ("[thresholds]\nquota_warn_pct = 0", "thresholds.quota_warn_pct: expected a whole number from 1 to 100, got 0"),
        (
            "[thresholds]\nquota_warn_pct = 101",
            "thresholds.quota_warn_pct: expected a whole number from 1 to 100, got 101",
        ),
        ("[thresholds]\nmin_azs = 0", "thresholds.min_azs: expected a whole number from 1 to 10, got 0"),
        ("[thresholds]\nmin_azs = true", "thresholds.min_azs: expected a whole number from 1 to 10, got true"),
        ("[thresholds]\nmin_azs = 2.0", "thresholds.min_azs: expected a whole number from 1 to 10, got 2.0"),
        (
            "[thresholds]\nmin_azs = 2026-11-23",
            'thresholds.min_azs: expected a whole number from 1 to 10, got "2026-11-23"',
        ),
        ("thresholds = 3", "thresholds: expected a table of numbers, got 3"),
        ("treat_empty_vpcs = 1", "treat_empty_vpcs: expected true or false, got 1"),
        ('least_privilege_routes = "yes"', 'least_privilege_routes: expected true or false, got "yes"'),
        ('organization_id = "abc"', 'organization_id: expected an id such as "o-0123456789", got "abc"'),
        (
            'expected_broad_peerings = "pcx-0a"',
            'expected_broad_peerings: expected an array of ids such as "pcx-0a1b2c3d4e5f60718", got "pcx-0a"',
        ),
        (
            'allowed_service_regions = ["Ireland"]',
            'allowed_service_regions: expected an array of Regions such as "eu-west-1", got ["Ireland"]',
        ),
        (
            'expected_broad_peerings = ["vpc-0a"]',
            'expected_broad_peerings: expected an array of ids such as "pcx-0a1b2c3d4e5f60718", got ["vpc-0a"]',
        ),
        (
            'allowed_service_regions = "eu-west-1"',
            'allowed_service_regions: expected an array of Regions such as "eu-west-1", got "eu-west-1"',
        ),
        (
            'required_services = ["com.amazonaws.eu-west-1.Logs"]',
            'required_services: expected an array of services such as "logs" or "ecr.api", '
            'got ["com.amazonaws.eu-west-1.Logs"]',
        ),
        ("[rules]\nenable = [3]", "rules.enable: expected an array of rule ids or patterns, got [3]"),
        (
            'trusted_accounts = ["999999999999"]',
            "trusted_accounts: expected a table of account ids, each with the reason for the trust, "
            'got ["999999999999"]',
        ),
        (
            "organization_id = 'a\\nb'",
            'organization_id: expected an id such as "o-0123456789", got "a\\\\nb"',
        ),
        (
            'organization_id = """\nline one\nline two"""',
            'organization_id: expected an id such as "o-0123456789", got "line one\\nline two"',
        ),
        (
            f'organization_id = "{"o" * 200}"',
            f'organization_id: expected an id such as "o-0123456789", got "{"o" * 59}…',
        ),
    ],
)
def test_a_wrong_value_names_its_place_and_what_belongs_there(toml: Path, text: str, line: str) -> None:
    assert refusal(toml, text) == f"auditor.toml: {line}"


@pytest.mark.parametrize("account", ["99999", "9999999999999", "vendor", "１２３４５６７８９０１２"])
def test_a_trusted_account_is_twelve_digits(toml: Path, account: str) -> None:
    line = refusal(toml, f'[trusted_accounts]\n"{account}" = "a vendor"')
    assert line.startswith("auditor.toml: trusted_accounts: expected account ids of 12 digits, got ")


@pytest.mark.parametrize(("reason", "shown"), [('""', '""'), ('"  "', '"  "'), ("true", "true")])
def test_a_trusted_account_needs_a_reason(toml: Path, reason: str, shown: str) -> None:
    assert refusal(toml, f"[trusted_accounts]\n999999999999 = {reason}") == (
        f"auditor.toml: trusted_accounts.999999999999: expected the reason for the trust, in words, got {shown}"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            '[rules]\nenable = ["peering-unusd"]',
            'rules.enable: unknown rule "peering-unusd"; did you mean "peering-unused"?',
        ),
        (
            '[rules]\ndisable = ["endpoint-polcy-*"]',
            'rules.disable: no rule matches "endpoint-polcy-*"; did you mean "endpoint-policy-*"?',
        ),
        ('[rules]\ndisable = ["zzz"]', 'rules.disable: unknown rule "zzz"; `vpc-auditor rules` lists them'),
        (
            '[severities]\nendpoint-sate = "low"',
            'severities: unknown rule "endpoint-sate"; did you mean "endpoint-state"?',
        ),
        (
            '[severities]\n"peering-*" = "low"',
            'severities: expected a rule id, got the pattern "peering-*"; '
            '`vpc-auditor rules "peering-*"` lists the ids',
        ),
        (
            '[severities]\nendpoint-state = "hihg"',
            "severities.endpoint-state: expected one of critical, high, medium, low, info, "
            'got "hihg"; did you mean "high"?',
        ),
        (
            "[severities]\nendpoint-state = 3",
            "severities.endpoint-state: expected one of critical, high, medium, low, info, got 3",
        ),
    ],
)
def test_an_unknown_rule_or_severity_names_the_nearest_one(toml: Path, text: str, line: str) -> None:
    assert refusal(toml, text) == f"auditor.toml: {line}"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[thresholds]\nmin_azs = ", "line 2, column 11"),
        ("organization_id = o-abc123def4\n", "line 1, column 19"),
        ("treat_empty_vpcs = true\ntreat_empty_vpcs = true", "line 2, column 24"),
    ],
)
def test_a_syntax_error_has_a_line_and_a_column(toml: Path, text: str, place: str) -> None:
    line = refusal(toml, text)
    assert line.startswith("auditor.toml: is not valid TOML: ")
    assert place in line


@pytest.mark.parametrize("text", [f"a = {'9' * 5000}", f"a = {'[' * 5000}"], ids=["endless digits", "endless nesting"])
def test_a_text_that_overwhelms_the_parser_is_one_line(toml: Path, text: str) -> None:
    assert refusal(toml, text).startswith("auditor.toml: is not valid TOML: ")


def test_a_file_that_is_not_utf_8_says_so(toml: Path) -> None:
    assert refusal(toml, 'a = "ü"'.encode("latin-1")) == "auditor.toml: is not UTF-8 (byte 6); save it as UTF-8"


def test_a_file_that_does_not_exist_says_so(toml: Path) -> None:
    with pytest.raises(ConfigError, match=r"^auditor\.toml: cannot be read: No such file or directory$"):
        read(toml, RULES)


def test_a_directory_in_place_of_the_file_says_so(toml: Path) -> None:
    toml.mkdir()
    with pytest.raises(ConfigError, match=r"^auditor\.toml: cannot be read: Is a directory$"):
        read(toml, RULES)


def test_without_a_choice_the_rules_that_are_on_by_default_run() -> None:
    assert selected() == RULES.keys() - {"peering-route-least-privilege"}


def test_the_configuration_turns_rules_on_and_off() -> None:
    settings = Settings(enable=("peering-route-least-privilege",), disable=("endpoint-policy-*",))
    assert selected(settings) == RULES.keys() - {"endpoint-policy-default", "endpoint-policy-open"}


def test_the_longer_pattern_of_the_configuration_wins() -> None:
    assert selected(Settings(enable=("endpoint-*",), disable=("*",))) == {
        "endpoint-policy-default",
        "endpoint-policy-open",
        "endpoint-state",
    }
    assert selected(Settings(enable=("endpoint-policy-*", "peering-*"), disable=("endpoint-*", "peering-unused"))) == {
        "endpoint-policy-default",
        "endpoint-policy-open",
        "peering-route-blackhole",
        "peering-route-least-privilege",
    }


def test_a_rule_that_the_configuration_turns_on_and_off_alike_does_not_run() -> None:
    settings = Settings(enable=("endpoint-state",), disable=("endpoint-state",))
    assert "endpoint-state" not in selected(settings)


def test_the_rule_option_selects_exactly_what_it_matches() -> None:
    settings = Settings(enable=("endpoint-state",), disable=("peering-*",))
    assert selected(settings, rule=("peering-route-*", "peering-unused")) == {
        "peering-route-blackhole",
        "peering-route-least-privilege",
        "peering-unused",
    }


def test_the_skip_rule_option_takes_away_from_the_rule_option_and_from_the_configuration() -> None:
    assert selected(rule=("peering-*",), skip=("peering-route-*",)) == {"peering-unused"}
    assert selected(Settings(disable=("endpoint-*",)), skip=("*-unused",)) == {"peering-route-blackhole"}


@pytest.mark.parametrize(
    ("rule", "skip", "line"),
    [
        (("peering-unusd",), (), '--rule: unknown rule "peering-unusd"; did you mean "peering-unused"?'),
        ((), ("peerng-*",), '--skip-rule: no rule matches "peerng-*"; did you mean "peering-*"?'),
        (("",), (), '--rule: unknown rule ""; `vpc-auditor rules` lists them'),
        (
            ("peering-unused",),
            ("peering-*",),
            "no rule is left to run; loosen --rule, --skip-rule or rules.disable",
        ),
    ],
)
def test_an_option_that_selects_nothing_says_so(rule: tuple[str, ...], skip: tuple[str, ...], line: str) -> None:
    with pytest.raises(ConfigError) as error:
        selected(rule=rule, skip=skip)
    assert str(error.value) == line


def test_the_configuration_loads_without_boto3() -> None:
    code = "import sys, auditor.config; print([name for name in sys.modules if name.startswith('boto')])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
