import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.collector import Scope
from tests.cli.world_over_http import ASKED, AWAY, HOME, NETWORK, PROD, TARGETS, Place, world_over_http
from tests.moto_over_http import Broken, Fault, Refusal

pytestmark = pytest.mark.xdist_group("process")

ENTERING = {"sts:GetCallerIdentity", "sts:AssumeRole", "ec2:DescribeRegions"}
"""What is asked before anything is collected."""

DECLARED = {each.action for each in ASKED} | ENTERING

THROTTLED = Refusal("RequestLimitExceeded", "Request limit exceeded.", 503)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with world_over_http(tmp_path_factory.mktemp("world")) as place:
        yield place


@pytest.fixture
def place(world: Place) -> Iterator[Place]:
    world.aws.forget()
    yield world
    world.aws.forget()


def secrets(place: Place) -> set[str]:
    """Every credential that the profiles hold."""
    return set(re.findall(r"^aws_(?:secret_access_key|session_token) = (\S+)$", place.config.read_text(), re.MULTILINE))


# --- What would be asked


def test_a_dry_run_names_targets_and_calls_and_asks_only_what_leads_to_them(place: Place) -> None:
    ran = place.run("collect", *TARGETS, "--dry-run", "--rule", "endpoint-policy-default")
    assert (ran.returncode, ran.stderr) == (0, "")
    lines = ran.stdout.splitlines()
    assert lines[:3] == [
        "Targets: 2 accounts, 4 regions in all.",
        f"  {NETWORK}  {HOME}, {AWAY}",
        f"  {PROD}  {HOME}, {AWAY}",
    ]
    once = next(line for line in lines if line.startswith("Calls that are made whatever is there"))
    assert re.fullmatch(r"Calls that are made whatever is there: \d+, and one more for each further page .*", once)
    assert any(line.startswith("Time: a guess of ") for line in lines)
    assert place.aws.actions <= ENTERING


def test_a_dry_run_says_which_calls_it_can_only_guess(place: Place) -> None:
    said = place.run("collect", *TARGETS, "--dry-run").stdout
    assert "Calls that depend on what is there: a guess of " in said
    assert all(f"\n  {each.action}\n" in said for each in ASKED if each.parents)


def test_a_dry_run_counts_every_call_without_parents_and_that_of_the_regions_once(place: Place) -> None:
    said = place.run("collect", *TARGETS, "--dry-run").stdout
    (made,) = re.findall(r"Calls that are made whatever is there: (\d+),", said)
    ((regional, worldwide),) = re.findall(r"\n  (\d+) in each region; (\d+) in each account", said)
    assert (int(regional), int(worldwide)) == tuple(
        sum(each.scope is scope and not each.parents for each in ASKED) for scope in (Scope.REGION, Scope.GLOBAL)
    )
    # Each account was asked for its Regions on the way in.
    assert int(made) == 4 * int(regional) + 2 * (int(worldwide) - 1)


def test_a_dry_run_writes_nothing(place: Place, tmp_path: Path) -> None:
    ran = place.run("collect", *TARGETS, "--dry-run", "--snapshot", tmp_path / "snapshot")
    assert ran.returncode == 0
    assert not list(tmp_path.iterdir())


def test_a_dry_run_of_a_resumed_one_counts_what_is_left(place: Place, tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot"
    place.run("collect", *TARGETS, "--snapshot", snapshot)
    (snapshot / PROD / f"{AWAY}.json.gz").unlink()
    ran = place.run("collect", *TARGETS, "--dry-run", "--snapshot", snapshot, "--resume")
    assert ran.stdout.splitlines()[:2] == ["Targets: 1 account, 1 region in all.", f"  {PROD}  {AWAY}"]


def test_without_a_folder_nothing_is_collected(place: Place) -> None:
    ran = place.run("collect", *TARGETS)
    assert ran.returncode == 2
    assert "name the folder to write to: --snapshot PATH" in ran.stderr
    assert not place.aws.requests


# --- How fast


@pytest.mark.parametrize("rate", ["0", "-1", "fast", "nan"])
def test_a_rate_is_a_number_above_zero(place: Place, rate: str) -> None:
    ran = place.run("collect", *TARGETS, "--dry-run", "--max-rate", rate)
    assert ran.returncode == 2
    assert "--max-rate" in ran.stderr
    assert not place.aws.requests


def test_a_rate_changes_how_long_it_takes_and_nothing_else(place: Place) -> None:
    usual, slow = (
        place.run("collect", *TARGETS, "--dry-run", *rate).stdout.splitlines() for rate in ((), ("--max-rate", "0.1"))
    )
    changed = [(before, after) for before, after in zip(usual, slow, strict=True) if before != after]
    ((before, after),) = changed
    assert "10 requests a second" in before
    assert "minutes" in after
    assert "0.1 requests a second" in after


# --- What is never asked, and never said


@pytest.mark.parametrize(
    ("targets", "fault"),
    [
        (TARGETS, None),
        (TARGETS, Refusal()),
        (TARGETS, THROTTLED),
        (TARGETS, Broken.CUT_BODY),
        (("--profile", "network", "--role-name", "audit", "--account", PROD, "--region", HOME), None),
    ],
    ids=["profiles", "refused", "throttled", "cut short", "role"],
)
def test_what_reaches_the_server_is_declared_and_no_output_holds_credentials(
    place: Place, tmp_path: Path, targets: tuple[str, ...], fault: Fault | None
) -> None:
    if fault:
        place.aws.faults.update({f"{each.action}@{AWAY}": fault for each in ASKED})
    snapshot = tmp_path / "snapshot"
    # A rate that nothing waits for: where all is throttled, the usual one makes the test a slow one.
    options = ("--verbose", "--format", "json", "--show-passed", "--max-rate", "100000")
    ran = place.run("audit", *targets, "--snapshot", snapshot, *options)
    assert ran.returncode == 1
    assert place.aws.actions <= DECLARED
    if targets == TARGETS and not fault:
        assert place.aws.actions >= {each.action for each in ASKED}
    assert all(re.search(r":(Describe|Get|List|Search)", action) for action in place.aws.actions - {"sts:AssumeRole"})
    said = ran.stdout + ran.stderr + _written(snapshot)
    assert "ec2:DescribeVpcs" in said
    assert not {secret for secret in secrets(place) if secret in said}


def test_a_run_that_cannot_go_on_shows_no_credentials(place: Place, tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot"
    place.run("collect", *TARGETS, "--snapshot", snapshot)
    # No shard can take the place of a folder.
    (snapshot / PROD / f"{HOME}.json.gz").unlink()
    (snapshot / PROD / f"{HOME}.json.gz").mkdir()
    ran = place.run("collect", *TARGETS, "--snapshot", snapshot, "--resume", "--verbose")
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[-1].endswith(f"{HOME}.json.gz: cannot be written: Is a directory")
    assert not {secret for secret in secrets(place) if secret in ran.stdout + ran.stderr}


def _written(snapshot: Path) -> str:
    shards = (gzip.decompress(path.read_bytes()).decode() for path in sorted(snapshot.rglob("*.gz")))
    return json.dumps([*shards, (snapshot / "manifest.json").read_text()])
