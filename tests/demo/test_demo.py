from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.assess import Assessment, assess
from auditor.cli import commands
from auditor.config import ConfigError
from auditor.findings import Status
from auditor.network.missing import Kind
from checks import CHECKS
from collectors import COLLECTORS
from tests.demo_snapshot import DATA, PARTNER, demo, print_demo

pytestmark = pytest.mark.xdist_group("demo")

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    chosen = [check for check in CHECKS if check.enabled]
    return assess(demo().snapshot, COLLECTORS, chosen, demo().settings)


def test_the_demo_is_complete(assessment: Assessment) -> None:
    assert {target.status for target in assessment.targets} == {"complete"}
    assert assessment.refusals == ()
    assert not assessment.incomplete
    assert not [each for each in assessment.findings if each.rule == "audit-call-refused" and each.status != "pass"]


def test_only_what_accounts_that_are_not_audited_hold_is_unknown(assessment: Assessment) -> None:
    unknown = [finding for finding in assessment.findings if finding.status is Status.UNKNOWN]
    causes = {cause for finding in unknown if finding.missing for cause in finding.missing.causes}
    assert {(cause.account, cause.kind) for cause in causes} == {
        (DATA, Kind.NOT_AUDITED),
        (PARTNER, Kind.PARTICIPANT),
    }


def test_every_rule_but_those_on_refusals_and_slowness_has_something_to_say(assessment: Assessment) -> None:
    telling = {finding.rule for finding in assessment.findings if finding.status is not Status.PASS}
    # AWS answers the demo at once, and refuses it nothing.
    assert {check.id for check in CHECKS if check.enabled} - telling == {"audit-call-refused", "audit-snapshot-skew"}


def test_each_intended_fault_is_found_and_no_other(assessment: Assessment) -> None:
    found = [
        (finding.rule, finding.severity.value, finding.resource.name or finding.key or finding.resource.id)
        for finding in assessment.findings
        if finding.status is Status.FAIL
    ]
    # A route table has no name: its findings are told by the destination.
    told = sorted((rule, severity, name.rpartition("|")[2]) for rule, severity, name in found)
    assert told == INTENDED


INTENDED = [
    ("audit-participant-view", "info", "partner-shared"),
    ("audit-region-skipped", "info", "not-asked"),
    ("audit-region-skipped", "info", "not-asked"),
    ("audit-region-skipped", "info", "not-asked"),
    ("audit-unknown-value", "info", "beacon-sqs"),
    ("endpoint-cost-nat-vs-endpoint", "info", "payslips-sns"),
    ("endpoint-cross-region", "info", "atlas-kms"),
    ("endpoint-gwlb-cross-az", "low", "screen-inspection"),
    ("endpoint-isolated-no-endpoint", "low", "island"),
    ("endpoint-policy-default", "medium", "open-store-s3"),
    ("endpoint-policy-default", "medium", "receipts-s3"),
    ("endpoint-policy-denies-all", "medium", "safebox-s3"),
    ("endpoint-policy-foreign-account", "medium", "album-s3"),
    ("endpoint-policy-gateway-principal", "high", "journal-s3"),
    ("endpoint-policy-no-perimeter", "low", "diary-s3"),
    ("endpoint-policy-wildcard", "medium", "notes-s3"),
    ("endpoint-quota", "low", "lexicon-s3"),
    ("endpoint-s3-both-types", "info", "prints"),
    ("endpoint-s3-interface-shadows-gateway", "low", "scores-s3"),
    ("endpoint-service-auto-accept", "info", "canteen"),
    ("endpoint-service-foreign-principal", "medium", "pawnshop"),
    ("endpoint-service-no-load-balancer", "high", "shell"),
    ("endpoint-service-no-notification", "info", "kiosk-service"),
    ("endpoint-service-orphan-connection", "medium", "cobbler"),
    ("endpoint-service-pending-connections", "low", "tailor"),
    ("endpoint-service-private-dns-unverified", "medium", "jeweller"),
    ("endpoint-service-public-auto-accept", "critical", "bazaar"),
    ("endpoint-service-public-manual", "medium", "market"),
    ("endpoint-service-remote-regions", "info", "travel"),
    ("endpoint-service-sg-bypass", "info", "chemist"),
    ("endpoint-service-single-az", "low", "cinema"),
    ("endpoint-service-single-az", "medium", "newsstand"),
    ("endpoint-service-state", "high", "butcher"),
    ("endpoint-service-unused", "low", "florist"),
    ("endpoint-state", "high", "apps-kms"),
    ("gateway-endpoint-client-nacl", "low", "aged"),
    ("gateway-endpoint-client-sg-egress", "medium", "hermit"),
    ("gateway-endpoint-dns", "medium", "unnamed"),
    ("gateway-endpoint-missing", "info", "island"),
    ("gateway-endpoint-missing", "low", "island"),
    ("gateway-endpoint-missing", "low", "media"),
    ("gateway-endpoint-missing", "low", "receipts"),
    ("gateway-endpoint-missing", "medium", "render"),
    ("gateway-endpoint-needs-interface", "info", "office-dynamodb"),
    ("gateway-endpoint-needs-interface", "info", "office-s3"),
    ("gateway-endpoint-needs-interface", "medium", "store-s3"),
    ("gateway-endpoint-no-route-table", "low", "leftover-s3"),
    ("gateway-endpoint-no-route-table", "medium", "photos-s3"),
    ("gateway-endpoint-route-shadowed", "medium", "thumbnails-s3"),
    ("gateway-endpoint-route-table-gap", "medium", "video"),
    ("gateway-endpoint-route-table-gap", "medium", "video"),
    ("interface-endpoint-az-mismatch", "info", "kitchen-sqs"),
    ("interface-endpoint-centralise", "info", "center-glue"),
    ("interface-endpoint-could-be-gateway", "low", "receipts-s3"),
    ("interface-endpoint-dns-attributes", "high", "nameless-sqs"),
    ("interface-endpoint-duplicate", "info", "mirror"),
    ("interface-endpoint-ip-type", "medium", "cellar-sqs"),
    ("interface-endpoint-missing-service", "medium", "dock"),
    ("interface-endpoint-nacl", "medium", "grotto-sqs"),
    ("interface-endpoint-nat-for-aws", "info", "payslips"),
    ("interface-endpoint-no-network-interface", "high", "lift-sqs"),
    ("interface-endpoint-on-premises-dns", "info", "switchboard"),
    ("interface-endpoint-private-dns-off", "medium", "apps-sts"),
    ("interface-endpoint-sg-default", "low", "salon-sqs"),
    ("interface-endpoint-sg-missing", "high", "apps-sns"),
    ("interface-endpoint-sg-no-443", "high", "apps-ssm"),
    ("interface-endpoint-sg-peer-not-allowed", "info", "winery-sqs"),
    ("interface-endpoint-sg-too-open", "low", "arcade-sqs"),
    ("interface-endpoint-single-az", "medium", "apps-logs"),
    ("interface-endpoint-subnet-ips", "low", "attic-a0"),
    ("interface-endpoint-unused", "low", "payslips-athena"),
    ("peering-bypassed-by-internet", "low", "till-to-stock"),
    ("peering-cidr-overlap", "high", "acquired-to-hub"),
    ("peering-dns-resolution-off", "low", "wiki-to-search-wiki"),
    ("peering-dns-resolution-off", "low", "wiki-to-search-wiki"),
    ("peering-dns-vpc-attributes", "medium", "mute-to-echo"),
    ("peering-duplicate", "high", "twice-to-again"),
    ("peering-edge-gateway-endpoint", "high", "media-to-store"),
    ("peering-edge-internet-gateway", "high", "kiosk-to-lobby"),
    ("peering-edge-nat", "high", "batch-to-egress"),
    ("peering-edge-on-premises", "high", "plant-to-office"),
    ("peering-encryption-control", "medium", "secret-to-public"),
    ("peering-hub-overlap", "info", "split"),
    ("peering-inter-region", "info", "hub-to-shop-dr"),
    ("peering-inter-region", "info", "orders-to-orders-replica"),
    ("peering-ipv6-not-routed", "info", "chat-to-voice"),
    ("peering-mesh-too-large", "info", "hub"),
    ("peering-multipath-half", "info", "wire-to-wire-relay"),
    ("peering-nacl-blocks", "high", "desert-to-oasis"),
    ("peering-not-active", "info", "cache-to-former-cache"),
    ("peering-not-active", "low", "sandbox-to-hub"),
    ("peering-pending-stale", "medium", "waiting-to-hub"),
    ("peering-quota", "low", "patchwork"),
    ("peering-return-misroute", "high", "payroll-to-staff-copy"),
    ("peering-route-blackhole", "low", "10.0.0.0/16"),
    ("peering-route-blackhole", "medium", "10.28.0.0/16"),
    ("peering-route-blackhole", "medium", "10.5.0.0/16"),
    ("peering-route-cidr-gap", "medium", "forms-to-scans"),
    ("peering-route-missing-side", "high", "billing-to-ledger"),
    ("peering-route-missing-side", "high", "quiz-to-prizes"),
    ("peering-route-one-way", "info", "gallery-to-frames"),
    ("peering-route-one-way", "medium", "search-to-index"),
    ("peering-route-orphan-table", "low", "rtb-ded1ca8b62af2ef42"),
    ("peering-route-shadowed", "medium", "lab-to-results"),
    ("peering-route-subnet-gap", "low", "desk-to-printers"),
    ("peering-route-too-broad", "medium", "reports-to-warehouse"),
    ("peering-route-wrong-connection", "high", "press-to-catalogue"),
    ("peering-route-wrong-destination", "high", "mail-to-relay"),
    ("peering-sg-blocks-peer", "info", "vault-to-safe"),
    ("peering-sg-cross-region-reference", "high", "orders"),
    ("peering-sg-prefer-reference", "info", "readers"),
    ("peering-sg-prefer-reference", "low", "feeds-open"),
    ("peering-sg-reference-through-middlebox", "medium", "makers"),
    ("peering-sg-reference-without-route", "low", "winners"),
    ("peering-sg-stale-reference", "medium", "api-clients"),
    ("peering-sg-too-open-to-peer", "low", "feeds-open"),
    ("peering-transitive-route", "high", "hub-to-edge"),
    ("peering-unknown-account", "high", "stranger-to-hub"),
    ("peering-unused", "low", "hub-to-archive"),
    ("peering-unused", "low", "twice-to-again"),
]


def test_two_demos_print_the_same_and_as_check_does_of_their_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = str(tmp_path / "snapshot")
    assert print_demo(tmp_path, "--snapshot", snapshot) == demo().printed
    monkeypatch.chdir(tmp_path)
    checked = CliRunner(env={"COLUMNS": "100"}).invoke(commands, ["check", snapshot, "--fail-on", "never"])
    assert (checked.exit_code, checked.stdout) == (0, demo().printed)


@pytest.mark.parametrize("options", [(), ("--config", "auditor.toml")], ids=["found", "named"])
def test_the_demo_is_judged_by_the_configuration_like_any_account(
    options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("auditor.toml").write_text("no_such_key = 1\n")
    refused = CliRunner().invoke(commands, ["audit", "--demo", *options])
    assert isinstance(refused.exception, ConfigError)
    assert str(refused.exception).startswith('auditor.toml: unknown key "no_such_key"')


def test_the_readme_shows_what_the_demo_prints() -> None:
    _, _, rest = README.read_text(encoding="utf-8").partition("<!-- demo -->\n```text\n")
    shown, _, after = rest.partition("```\n<!-- /demo -->")
    assert after
    assert shown == demo().printed


def test_the_example_of_the_page_on_costs_can_be_checked_by_hand(assessment: Assessment) -> None:
    page = (README.parent / "docs" / "costs.md").read_text(encoding="utf-8")
    found = {(each.rule, each.resource.name): each for each in assessment.findings if each.status is Status.FAIL}
    unused = found["interface-endpoint-unused", "payslips-athena"]
    hours = [(each["quantity"], each["price_usd"]) for each in unused.evidence["savings"]]
    assert hours == [(730, 0.011), (730, 0.011)]
    assert "2 zones × 730 hours × $0.011 = $16.06 a month" in page
    assert unused.monthly_saving_usd == round(2 * 730 * 0.011, 2) == 16.06
    compared = found["endpoint-cost-nat-vs-endpoint", "payslips-sns"].evidence
    assert (round(compared["gigabytes"], 6), compared["endpoint_gb_usd"], compared["nat_gateway_gb_usd"]) == (
        30,
        0.01,
        0.048,
    )
    assert (compared["endpoint_usd"], compared["nat_usd"]) == (16.36, 1.44)
    assert "= $16.36 a month" in page
    assert "= $1.44 a month" in page
