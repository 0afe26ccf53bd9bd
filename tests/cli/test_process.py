import contextlib
import csv
import gzip
import io
import json
import os
import pty
import re
import shutil
import signal
import termios
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from click.testing import CliRunner

from auditor.cli import commands
from tests.cli.world_over_http import ASKED, AWAY, HOME, NETWORK, PROD, TARGETS, Place, world_over_http
from tests.hooked_aws import HookedAws
from tests.moto_over_http import SERVER_ERROR, Broken, Fault, Held, Refusal

pytestmark = pytest.mark.xdist_group("process")

FOUND, INCOMPLETE = 1, 3

ENTERING = {"sts:GetCallerIdentity", "ec2:DescribeRegions"}
"""What is asked before anything is collected."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with world_over_http(tmp_path_factory.mktemp("world")) as place:
        yield place


@pytest.fixture
def place(world: Place) -> Iterator[Place]:
    world.aws.forget()
    yield world
    world.aws.forget()


@dataclass(frozen=True)
class Audited:
    snapshot: Path
    ran: CompletedProcess[str]
    actions: frozenset[str]
    """What was asked of AWS."""


@pytest.fixture(scope="module")
def audited(world: Place, tmp_path_factory: pytest.TempPathFactory) -> Audited:
    world.aws.forget()
    snapshot = tmp_path_factory.mktemp("audited") / "snapshot"
    ran = world.run("audit", *TARGETS, "--snapshot", snapshot, "--format", "json", "--show-passed")
    return Audited(snapshot, ran, frozenset(world.aws.actions))


@pytest.fixture
def copied(audited: Audited, tmp_path: Path) -> Path:
    return Path(shutil.copytree(audited.snapshot, tmp_path / "copied"))


def edit(shard: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(gzip.decompress(shard.read_bytes()))
    change(content)
    shard.write_bytes(gzip.compress(json.dumps(content).encode(), mtime=0))


def the_line(ran: CompletedProcess[str]) -> str:
    """The only line that a run that could not start says."""
    assert (ran.returncode, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()
    return line


# --- The same world over HTTP and in this process


def test_over_http_the_findings_are_those_of_the_same_world_in_process(
    place: Place, audited: Audited, aws: HookedAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    aws.default = None
    aws.replies = {action.partition(":")[2]: answer for action, answer in place.aws.answers.items()}
    monkeypatch.setenv("AWS_CONFIG_FILE", str(place.config))
    monkeypatch.chdir(tmp_path)
    in_process = CliRunner().invoke(commands, ["audit", *TARGETS, "--format", "json", "--show-passed"])
    expected = json.loads(in_process.stdout)
    over_http = json.loads(audited.ran.stdout)
    assert audited.ran.returncode == in_process.exit_code == FOUND
    assert over_http["findings"] == expected["findings"]
    assert (over_http["coverage"], over_http["summary"]) == (expected["coverage"], expected["summary"])
    assert {finding["status"] for finding in over_http["findings"]} == {"fail", "pass", "unknown"}
    assert place.aws.requests == []


def test_all_that_is_declared_is_asked_and_answered(audited: Audited) -> None:
    actions = set(json.loads((audited.snapshot / "manifest.json").read_text())["actions"])
    assert audited.actions == actions | ENTERING
    assert json.loads(audited.ran.stdout)["coverage"]["refusals"] == []


# --- Exit codes


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 1),
        (("--fail-on", "critical"), 0),
        (("--fail-on", "high"), 1),
        (("--fail-on", "info"), 1),
        (("--fail-on", "never"), 0),
        (("--fail-on", "never", "--min-severity", "info", "--show-passed"), 0),
        (("--min-severity", "critical"), 1),
        (("--show-passed",), 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_the_code_follows_the_findings_and_fail_on_and_nothing_else(
    place: Place, audited: Audited, arguments: tuple[str, ...], code: int
) -> None:
    assert place.run("check", audited.snapshot, *arguments).returncode == code


def test_min_severity_and_show_passed_choose_what_is_shown(place: Place, audited: Audited) -> None:
    def shown(*options: str) -> list[dict[str, Any]]:
        return [
            json.loads(line)
            for line in place.run("check", audited.snapshot, "--format", "jsonl", *options).stdout.splitlines()
        ]

    usual, severe, everything = shown(), shown("--min-severity", "high"), shown("--show-passed")
    assert {finding["status"] for finding in usual} == {"fail", "unknown"}
    assert {finding["severity"] for finding in severe} == {"high"}
    assert [finding for finding in everything if finding["status"] != "pass"] == usual
    assert {finding["status"] for finding in everything} == {"fail", "unknown", "pass"}


@pytest.mark.parametrize(
    "fault",
    [Refusal(), SERVER_ERROR, Broken.CUT_BODY, Broken.CLOSED_SOCKET],
    ids=["refused", "a server's error", "a cut body", "a closed socket"],
)
def test_an_answer_that_is_not_seen_makes_the_audit_incomplete(place: Place, fault: Fault) -> None:
    place.aws.faults[f"ec2:DescribeRouteTables@{AWAY}"] = fault
    ran = place.run("audit", *TARGETS, "--rule", "peering-route-missing-side", "--format", "json")
    coverage = json.loads(ran.stdout)["coverage"]
    assert ran.returncode == INCOMPLETE
    assert {(target["account"], target["region"]): target["status"] for target in coverage["targets"]} == {
        (NETWORK, HOME): "complete",
        (PROD, HOME): "complete",
        (NETWORK, AWAY): "partial",
        (PROD, AWAY): "partial",
    }
    assert {each["region"] for each in coverage["refusals"]} == {AWAY}
    assert "ec2:DescribeRouteTables" in {each["action"] for each in coverage["refusals"]}


def test_where_all_is_refused_every_target_failed_and_nothing_passes(place: Place) -> None:
    place.aws.faults.update({each.action: Refusal() for each in ASKED})
    ran = place.run("audit", *TARGETS, "--fail-on", "critical", "--format", "json", "--show-passed")
    report = json.loads(ran.stdout)
    assert ran.returncode == INCOMPLETE
    assert {target["status"] for target in report["coverage"]["targets"]} == {"failed"}
    assert report["summary"]["pass"] == 0
    assert {finding["rule"] for finding in report["findings"] if finding["status"] == "fail"} == {"audit-call-refused"}


def test_a_profile_that_cannot_be_entered_does_not_stop_the_others(place: Place, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(f"{place.config.read_text()}[profile gone]\nregion = {HOME}\n")
    ran = place.run(
        *("audit", *TARGETS, "--profile", "gone", "--rule", "audit-call-refused", "--fail-on", "never"),
        AWS_CONFIG_FILE=str(config),
    )
    assert ran.returncode == INCOMPLETE
    assert ran.stderr == ('vpc-auditor: profile "gone" has no credentials: run "aws configure --profile gone"\n')
    assert "in 2 accounts and 2 regions" in ran.stdout


# --- Where the report goes


def test_formats_go_to_a_file_each_that_only_their_owner_reads(place: Place, audited: Audited, tmp_path: Path) -> None:
    rows, report = tmp_path / "findings.csv", tmp_path / "report.json"
    rows.write_text("of another day")
    rows.chmod(0o644)
    ran = place.run("check", audited.snapshot, "--format", f"csv={rows}", "--format", f"json={report}")
    assert (ran.returncode, ran.stdout, ran.stderr) == (FOUND, "", "")
    findings = json.loads(report.read_text())["findings"]
    read = list(csv.DictReader(io.StringIO(rows.read_bytes().decode(), newline="")))
    assert [row["id"] for row in read] == [finding["id"] for finding in findings] != []
    assert {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {
        "findings.csv": 0o600,
        "report.json": 0o600,
    }


def test_output_takes_the_format_that_has_no_file(place: Place, audited: Audited, tmp_path: Path) -> None:
    options = ("--format", "table", "--output", tmp_path / "report.txt", "--format", f"jsonl={tmp_path / 'lines'}")
    ran = place.run("check", audited.snapshot, *options)
    assert (ran.returncode, ran.stdout, ran.stderr) == (FOUND, "", "")
    assert (tmp_path / "report.txt").read_text() == place.run("check", audited.snapshot, COLUMNS="100").stdout
    assert (tmp_path / "lines").read_text() == place.run("check", audited.snapshot, "--format", "jsonl").stdout


def test_one_format_may_go_to_standard_output_beside_a_file(place: Place, audited: Audited, tmp_path: Path) -> None:
    ran = place.run("check", audited.snapshot, "--format", "jsonl", "--format", f"table={tmp_path / 'table'}")
    assert ran.stdout == place.run("check", audited.snapshot, "--format", "jsonl").stdout
    assert (tmp_path / "table").read_text().startswith("HIGH  ")


def test_a_snapshot_is_readable_by_its_owner_alone(audited: Audited) -> None:
    modes = {path.stat().st_mode & 0o777 for path in audited.snapshot.rglob("*") if path.is_file()}
    folders = {path.stat().st_mode & 0o777 for path in (audited.snapshot, *audited.snapshot.glob("*/"))}
    assert (modes, folders) == ({0o600}, {0o700})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("audit", "--demo"), "--demo brings its own organization"),
        (("audit", "--resume"), "--resume needs --snapshot"),
        (("audit", "--resume", "--snapshot", "new"), "holds no snapshot to resume"),
        (("audit", "--snapshot", "full"), "is not empty"),
        (("audit", "--snapshot", "config"), "config is a file"),
        (("audit", "--format", "xml"), "there are table, csv, json, jsonl"),
        (("audit", "--format", "csv", "--format", "json"), "give each a file"),
        (("audit", "--format", "csv=a", "--format", "csv=b"), "--format csv is given twice"),
        (("audit", "--format", "csv=a", "--format", "json=a"), "two formats go to a"),
        (("audit", "--format", "csv=none/a"), "there is no folder none"),
        (("audit", "--format", "csv=full"), "full is a folder"),
        (("audit", "--output", "none/a"), "there is no folder none"),
        (("audit", "--format", "csv=a", "--output", "b"), "--output has no --format to write"),
        (("audit", "--rule", "peering-route-missing-sides"), 'did you mean "peering-route-missing-side"'),
        (("audit", "--skip-rule", "*"), "no rule is left to run"),
        (("audit", "--config", "none.toml"), "none.toml: cannot be read"),
        (("audit", "--config", "wrong.toml"), 'did you mean "treat_empty_vpcs"'),
        (("audit", "--min-severity", "grave"), "'critical', 'high', 'medium', 'low', 'info'"),
        (("audit", "--fail-on", "always"), "'never'"),
        (("audit", "--region"), "--region"),
        (("collect",), "--snapshot"),
        (("collect", "--snapshot", "full"), "is not empty"),
        (("collect", "--snapshot", "new", "--rule", "none-such"), "none-such"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_arguments_are_refused_before_aws_is_asked(place: Place, arguments: tuple[str, ...], words: str) -> None:
    folder = place.config.parent
    (folder / "full").mkdir(exist_ok=True)
    (folder / "full" / "file").touch()
    (folder / "wrong.toml").write_text("treat_empty_vpc = true\n")
    command, *options = arguments
    ran = place.run(command, *TARGETS, *options)
    assert (ran.returncode, ran.stdout, place.aws.requests) == (2, "", [])
    assert words in ran.stderr.splitlines()[-1]
    assert not (folder / "new").exists()


# --- Collecting and checking apart


def test_audit_prints_what_check_prints_of_its_snapshot(place: Place, audited: Audited) -> None:
    checked = place.run("check", audited.snapshot, "--format", "json", "--show-passed")
    assert (checked.stdout, checked.returncode) == (audited.ran.stdout, audited.ran.returncode)
    assert checked.stderr == audited.ran.stderr == ""
    assert place.aws.requests == []


def test_what_collect_writes_is_judged_like_what_audit_writes(place: Place, audited: Audited, tmp_path: Path) -> None:
    collected = place.run("collect", *TARGETS, "--snapshot", tmp_path / "collected")
    assert (collected.returncode, collected.stdout, collected.stderr) == (0, "", "")
    for form in ("table", "jsonl"):
        first, second = (
            place.run("check", snapshot, "--format", form) for snapshot in (audited.snapshot, tmp_path / "collected")
        )
        assert (first.stdout, first.returncode) == (second.stdout, second.returncode)
        assert first.stdout


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_two_runs_on_one_snapshot_print_the_same_bytes(place: Place, audited: Audited, form: str) -> None:
    first, second = (
        place.run("check", audited.snapshot, "--format", form, "--show-passed", PYTHONHASHSEED=seed).stdout
        for seed in ("1", "2")
    )
    assert first == second != ""


def test_resume_asks_only_for_the_shards_that_lack_something(place: Place, audited: Audited, tmp_path: Path) -> None:
    snapshot = tmp_path / "resumed"
    place.aws.faults[f"ec2:DescribeSubnets@{AWAY}"] = SERVER_ERROR
    place.run("collect", *TARGETS, "--snapshot", snapshot)
    first = len(place.aws.requests)
    place.aws.forget()
    ran = place.run("audit", *TARGETS, "--snapshot", snapshot, "--resume", "--format", "jsonl", "--show-passed")
    assert {request.region for request in place.aws.requests if request.action not in ENTERING} == {AWAY}
    assert len(place.aws.requests) < first
    whole = place.run("check", audited.snapshot, "--format", "jsonl", "--show-passed")
    assert (ran.stdout, ran.returncode) == (whole.stdout, whole.returncode)
    place.aws.forget()
    place.run("collect", *TARGETS, "--snapshot", snapshot, "--resume")
    assert place.aws.actions == ENTERING


@pytest.mark.parametrize(
    ("rule", "operations"),
    [
        ("audit-call-refused", ""),
        (
            "peering-route-missing-side",
            "DescribeVpcPeeringConnections DescribeVpcs DescribeSubnets DescribeRouteTables DescribePrefixLists "
            "GetManagedPrefixListEntries DescribeSecurityGroups DescribeTransitGatewayVpcAttachments",
        ),
        (
            "gateway-endpoint-missing",
            "DescribeVpcs DescribeSubnets DescribeRouteTables DescribePrefixLists GetManagedPrefixListEntries "
            "DescribeSecurityGroups DescribeNatGateways DescribeNetworkInterfaces DescribeVpcEndpoints "
            "DescribeVpcEndpointServices DescribeVpcPeeringConnections DescribeTransitGatewayVpcAttachments "
            "DescribeVpcAttribute route53:ListHostedZones route53:ListHostedZonesByVPC route53:ListResourceRecordSets "
            "route53profiles:ListProfileAssociations route53profiles:ListProfileResourceAssociations",
        ),
    ],
)
def test_a_chosen_rule_asks_for_what_it_reads_and_no_more(place: Place, rule: str, operations: str) -> None:
    place.run("audit", *TARGETS, "--rule", rule)
    named = {operation if ":" in operation else f"ec2:{operation}" for operation in operations.split()}
    assert place.aws.actions == ENTERING | named


def test_metrics_are_asked_for_on_request_alone(
    place: Place, audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics, gateway = "cloudwatch:GetMetricData", "nat-0de1e7ed000000001"
    monkeypatch.setitem(
        place.aws.answers, "ec2:DescribeNatGateways", lambda _: {"NatGateways": [{"NatGatewayId": gateway}]}
    )
    ran = place.run("audit", *TARGETS, "--metrics", "--rule", "interface-endpoint-*", "--format", "json")
    asked = [request for request in place.aws.requests if request.action == metrics]
    assert json.loads(ran.stdout)["coverage"]["refusals"] == []
    assert sorted(request.region for request in asked) == [HOME, HOME, AWAY, AWAY]
    assert all(gateway in str(request.parameters) for request in asked)
    place.run("audit", *TARGETS, "--rule", "interface-endpoint-*")
    assert place.aws.actions >= {metrics, "ec2:DescribeNatGateways"}
    assert len([request for request in place.aws.requests if request.action == metrics]) == len(asked)
    assert metrics not in audited.actions


# --- No way into AWS


def test_without_credentials_the_remedy_is_named(place: Place) -> None:
    line = the_line(place.run("audit", "--region", HOME))
    assert line == 'vpc-auditor: no AWS credentials: name a profile with --profile, or run "aws configure"'
    assert place.aws.requests == []


def test_a_profile_that_does_not_exist_is_named_with_the_nearest(place: Place) -> None:
    line = the_line(place.run("collect", "--profile", "netwrok", "--snapshot", place.config.parent / "unused"))
    assert line == 'vpc-auditor: there is no profile "netwrok"; did you mean "network"?'
    assert place.aws.requests == []


def test_a_region_that_does_not_exist_is_named_with_the_nearest(place: Place) -> None:
    line = the_line(place.run("audit", "--profile", "network", "--region", "eu-wst-1"))
    assert line == 'vpc-auditor: AWS has no region "eu-wst-1"; did you mean "eu-west-1"?'


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("ExpiredToken", "the session has expired: get new session credentials"),
        ("InvalidClientTokenId", "AWS does not accept the credentials: check the keys"),
        ("AccessDenied", "AWS refused the first call: check what the credentials"),
    ],
)
def test_credentials_that_aws_refuses_are_named_with_the_remedy(place: Place, code: str, remedy: str) -> None:
    place.aws.faults["sts:GetCallerIdentity"] = Refusal(code, "The security token is not good")
    line = the_line(place.run("audit", "--profile", "network"))
    assert line.startswith(f'vpc-auditor: profile "network": {remedy}')
    assert line.endswith(f"({code}: The security token is not good)")


def test_an_aws_that_does_not_answer_is_named_with_the_remedy(place: Place) -> None:
    place.aws.faults["sts:GetCallerIdentity"] = Broken.CLOSED_SOCKET
    line = the_line(place.run("audit", "--profile", "network"))
    assert line.startswith('vpc-auditor: profile "network": AWS cannot be reached: check the network, the proxy')


def test_regions_that_cannot_be_listed_must_be_named(place: Place) -> None:
    place.aws.faults["ec2:DescribeRegions"] = Refusal()
    line = the_line(place.run("audit", "--profile", "network"))
    assert "name them with --region, or allow ec2:DescribeRegions" in line


# --- Snapshots that cannot be read


def _no_manifest(snapshot: Path) -> None:
    (snapshot / "manifest.json").unlink()


def _in_manifest(**members: object) -> Callable[[Path], None]:
    def change(snapshot: Path) -> None:
        manifest = snapshot / "manifest.json"
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | members))

    return change


def _shard(snapshot: Path) -> Path:
    return snapshot / PROD / f"{HOME}.json.gz"


def _cut(snapshot: Path) -> None:
    _shard(snapshot).write_bytes(_shard(snapshot).read_bytes()[:-40])


def _as_shard(content: bytes) -> Callable[[Path], object]:
    return lambda snapshot: _shard(snapshot).write_bytes(content)


def _in_shard(**members: object) -> Callable[[Path], None]:
    return lambda snapshot: edit(_shard(snapshot), lambda shard: shard.update(members))


SHARD = f"{PROD}/{HOME}.json.gz"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (shutil.rmtree, "no such folder"),
        (_no_manifest, "no manifest.json"),
        (lambda snapshot: (snapshot / "manifest.json").write_text('{"schema": 1,'), "manifest.json: $"),
        (_in_manifest(schema=2), "written by a newer vpc-auditor"),
        (_in_manifest(targets="all"), "manifest.json: $.targets: expected array, got str"),
        (_cut, f"{SHARD}: the file is cut"),
        (_as_shard(b"not a shard"), f"{SHARD}: not a gzip file"),
        (_as_shard(gzip.compress(b"<html>")), f"{SHARD}: $: not JSON"),
        (_in_shard(schema=0), f"{SHARD}: $.schema: expected 1, got 0"),
        (_in_shard(answers=[]), f"{SHARD}: $.answers: expected object, got array"),
        (_in_shard(answers={"ec2:DescribeVpcs": {"items": {}}}), '$.answers["ec2:DescribeVpcs"].items'),
        (_in_shard(answers={"ec2:DescribeVpcs": {}}), "expected items or error, got neither"),
        (_in_shard(region=AWAY), f'expected "{HOME}" as in the file\'s name'),
    ],
    ids=[
        "missing",
        "no manifest",
        "cut manifest",
        "newer schema",
        "manifest of a wrong type",
        "cut",
        "not gzip",
        "not JSON",
        "older schema",
        "wrong type",
        "answer of a wrong type",
        "answer without anything",
        "another region's",
    ],
)
def test_a_snapshot_that_cannot_be_read_is_refused_on_one_line(
    place: Place, copied: Path, spoil: Callable[[Path], object], words: str
) -> None:
    spoil(copied)
    line = the_line(place.run("check", copied))
    assert line.startswith("vpc-auditor: ")
    assert words in line


def test_a_file_is_no_snapshot(place: Place, copied: Path) -> None:
    assert "not a folder" in the_line(place.run("check", copied / "manifest.json"))


def test_an_item_that_no_record_takes_is_its_actions_failure_and_the_rest_is_assessed(
    place: Place, audited: Audited, copied: Path
) -> None:
    edit(_shard(copied), lambda shard: shard["answers"]["ec2:DescribeSubnets"]["items"].append({"SubnetId": 7}))
    ran = place.run("check", copied, "--format", "json", "--show-passed", "--fail-on", "never")
    report = json.loads(ran.stdout)
    assert ran.returncode == INCOMPLETE
    (refusal,) = (each for each in report["coverage"]["refusals"] if each["code"] == "InvalidItem")
    assert (refusal["account"], refusal["region"], refusal["action"]) == (PROD, HOME, "ec2:DescribeSubnets")
    assert "SubnetId" in refusal["message"]
    assert "audit-call-refused" in {finding["rule"] for finding in report["findings"] if finding["status"] == "fail"}
    before = json.loads(audited.ran.stdout)
    assert report["summary"]["pass"] > 0
    assert {finding["id"] for finding in report["findings"] if finding["status"] == "pass"} <= {
        finding["id"] for finding in before["findings"] if finding["status"] == "pass"
    } | {finding["id"] for finding in report["findings"] if finding["rule"] == "audit-call-refused"}


def test_values_that_no_list_knows_yet_are_kept(place: Place, copied: Path) -> None:
    def renew(shard: dict[str, Any]) -> None:
        answers = shard["answers"]
        answers["ec2:DescribeVpcPeeringConnections"]["items"][0]["Status"]["Code"] = "hibernating"
        answers["ec2:DescribeRouteTables"]["items"][0]["Routes"][0]["State"] = "asleep"
        answers["ec2:DescribeVpcEndpoints"]["items"][0].update(State="on-leave", VpcEndpointType="Portal")

    edit(_shard(copied), renew)
    ran = place.run("check", copied, "--format", "json")
    assert ran.returncode in {0, FOUND}
    assert "InvalidItem" not in ran.stdout
    assert json.loads(ran.stdout)["findings"]


# --- At a terminal, and away from it


@dataclass(frozen=True)
class AtTerminal:
    code: int
    out: str
    err: str


def at_terminal(place: Place, *arguments: str | Path, columns: int = 100, **environment: str) -> AtTerminal:
    """Run the program with a terminal of its own each for standard output and standard error."""
    texts: list[bytearray] = [bytearray(), bytearray()]
    (out, out_side), (err, err_side) = pty.openpty(), pty.openpty()
    for side in (out_side, err_side):
        termios.tcsetwinsize(side, (24, columns))
    process = place.start(*arguments, out=out_side, err=err_side, environment={"TERM": "xterm", **environment})
    os.close(out_side)
    os.close(err_side)

    def read(terminal: int, text: bytearray) -> None:
        # Linux ends the reading of a terminal that nobody writes to any more with an error.
        with contextlib.suppress(OSError):
            while part := os.read(terminal, 65536):
                text.extend(part)
        os.close(terminal)

    readers = [threading.Thread(target=read, args=each) for each in zip((out, err), texts, strict=True)]
    for reader in readers:
        reader.start()
    code = process.wait(60)
    for reader in readers:
        reader.join(60)
    shown, said = (bytes(text).decode().replace("\r\n", "\n") for text in texts)
    return AtTerminal(code, shown, said)


def test_at_a_terminal_progress_is_shown_and_the_table_fits(place: Place) -> None:
    ran = at_terminal(place, "audit", *TARGETS, "--rule", "peering-route-missing-side", columns=72)
    assert ran.code == FOUND
    assert re.search(r"\d+/\d+ .* targets", ran.err)
    assert "calls=" in ran.err
    assert "\x1b[31mHIGH\x1b[0m" in ran.out
    lines = re.sub(r"\x1b\[[\d;]*m", "", ran.out).splitlines()
    assert 60 < max(map(len, lines)) <= 72


def test_quiet_keeps_the_progress_away(place: Place) -> None:
    ran = at_terminal(place, "audit", *TARGETS, "--quiet", "--rule", "audit-call-refused")
    assert ran.err == ""
    assert "1 rule on" in ran.out


def test_quiet_keeps_warnings_away_and_verbose_names_each_target(place: Place) -> None:
    twice = ("audit", "--profile", "network", *TARGETS, "--profile", "again", "--rule", "audit-call-refused")
    config = place.config.with_name("twice")
    profiles = place.config.read_text()
    config.write_text(profiles + profiles[profiles.index("[profile prod]") :].replace("prod", "again"))
    usual, quiet, verbose = (
        place.run(*twice, *options, AWS_CONFIG_FILE=str(config)) for options in ((), ("--quiet",), ("--verbose",))
    )
    assert usual.stderr == (
        f'vpc-auditor: profile "again" reaches account {PROD}, as profile "prod" does: collected once\n'
    )
    assert quiet.stderr == ""
    assert verbose.stderr.splitlines()[0] == usual.stderr.strip()
    assert set(verbose.stderr.splitlines()[1:]) == {
        f"vpc-auditor: {account}/{region} collected" for account in (NETWORK, PROD) for region in (HOME, AWAY)
    }
    assert usual.stdout == quiet.stdout == verbose.stdout


def test_check_tells_what_it_read_where_it_is_asked_to_and_takes_what_audit_takes(
    place: Place, audited: Audited
) -> None:
    usual, quiet, verbose = (place.run("check", audited.snapshot, *each) for each in ((), ("--quiet",), ("-v",)))
    assert usual.stdout == quiet.stdout == verbose.stdout != ""
    assert usual.stderr == quiet.stderr == ""
    assert verbose.stderr.splitlines() == [
        f"vpc-auditor: {account}/{region} assessed: complete" for account in (NETWORK, PROD) for region in (HOME, AWAY)
    ]


def test_colour_is_for_terminals_where_it_is_welcome(place: Place, audited: Audited) -> None:
    welcome = at_terminal(place, "check", audited.snapshot)
    unwelcome = at_terminal(place, "check", audited.snapshot, NO_COLOR="1")
    piped = place.run("check", audited.snapshot, COLUMNS="100")
    assert "\x1b[" in welcome.out
    assert unwelcome.out == piped.stdout == re.sub(r"\x1b\[[\d;]*m", "", welcome.out)


def test_away_from_a_terminal_nothing_but_the_report_is_said(audited: Audited) -> None:
    assert audited.ran.stderr == ""


def test_a_reader_that_leaves_early_is_no_error(place: Place, audited: Audited) -> None:
    process = place.start("check", audited.snapshot, "--show-passed")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        said = process.stderr.read()
    assert (process.wait(60), said) == (FOUND, "")


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """A program that is started in the background inherits that Ctrl-C is ignored, and hands it on."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_leaves_the_shards_that_are_complete_and_says_so(place: Place, audited: Audited, tmp_path: Path) -> None:
    snapshot, released = tmp_path / "snapshot", threading.Event()
    place.aws.faults[f"ec2:DescribeSubnets@{AWAY}"] = Held(released)
    with interruptible():
        process = place.start("collect", *TARGETS, "--verbose", "--snapshot", snapshot)
    with process:
        assert process.stderr is not None
        said = ""
        while said.count(f"/{HOME} collected") < 2:
            said += process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        released.set()
    *collected, last = (said + err).splitlines()
    assert (process.returncode, out) == (130, "")
    assert last == "vpc-auditor: interrupted; what was collected into --snapshot stays, and --resume goes on"
    shards = {path.relative_to(snapshot).as_posix().removesuffix(".json.gz") for path in snapshot.rglob("*.gz")}
    assert {f"vpc-auditor: {shard} collected" for shard in shards} == set(filter(None, collected))
    assert not {shard for shard in shards if shard.endswith(AWAY)}
    place.aws.forget()
    resumed = place.run("audit", *TARGETS, "--snapshot", snapshot, "--resume", "--format", "jsonl", "--show-passed")
    whole = place.run("check", audited.snapshot, "--format", "jsonl", "--show-passed")
    assert (resumed.stdout, resumed.returncode) == (whole.stdout, whole.returncode)
