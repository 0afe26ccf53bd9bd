import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.collect import clients
from auditor.snapshot import Folder, read_snapshot
from checks import CHECKS
from tests.cli.world_over_http import ASKED, AWAY, HOME, NETWORK, PROD, TARGETS
from tests.fault_plans import (
    INCOMPLETE,
    NO_RUN,
    THROTTLED,
    UNPACED,
    Ran,
    World,
    drawn,
    run_here,
    secrets,
    try_plan,
    undisturbed_world,
    written,
    wrong,
    wrong_after_kill,
)
from tests.moto_over_http import SERVER_ERROR, Broken, Fault, Only, Refusal
from tests.rounds import ROUNDS

pytestmark = pytest.mark.xdist_group("faults")

COLLECT = ("collect", *TARGETS, *UNPACED, "--snapshot")

PLANS, AT_A_TIME, KILLS = 10 * ROUNDS, 10, 2 * ROUNDS
"""``make soak`` tries as many more as there is time for."""


@pytest.fixture(scope="module")
def whole_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with undisturbed_world(tmp_path_factory.mktemp("world")) as made:
        yield made


@pytest.fixture
def world(whole_world: World) -> Iterator[World]:
    whole_world.place.aws.forget()
    yield whole_world
    whole_world.place.aws.forget()


def the_line(ran: Ran) -> str:
    """The only line of a run that could not go on."""
    assert (ran.code, ran.out) == (NO_RUN, "")
    (line,) = ran.err.splitlines()
    return line


def errors(snapshot: Path) -> dict[tuple[str, str], str]:
    """The code of each answer that is not whole, by its shard and action."""
    read = read_snapshot(Folder(snapshot))
    return {
        (str(shard.target), action): answer.error.code
        for shard in (*read.shards.values(), *read.accounts.values())
        for action, answer in shard.answers.items()
        if answer.error
    }


# --- Random faults


@pytest.mark.parametrize("first", range(0, PLANS, AT_A_TIME))
def test_whatever_fails_on_the_way_nothing_is_lost_and_nothing_is_made_up(
    world: World, tmp_path: Path, first: int
) -> None:
    seeds = range(first, first + AT_A_TIME)
    found = {seed: wrong(world, try_plan(world, drawn(seed), tmp_path / str(seed))) for seed in seeds}
    assert {seed: lines for seed, lines in found.items() if lines} == {}


def test_the_plans_meet_what_they_are_to_meet() -> None:
    plans = [drawn(seed) for seed in range(200)]
    faults = [each.fault if isinstance(each, Only) else each for plan in plans for each in plan.faults.values()]
    assert {each for each in faults if isinstance(each, Broken)} == set(Broken) - {Broken.STALLED_BODY}
    assert {rule for plan in plans for rule in plan.rules} == {check.id for check in CHECKS}
    met = {place.partition("@")[0] for plan in plans for place in plan.faults}
    assert len(met) > len(ASKED) * 0.8
    assert drawn(7) == drawn(7) != drawn(8)


@pytest.mark.parametrize(
    "fault",
    [THROTTLED, SERVER_ERROR, Broken.REFUSED_CONNECTION, Broken.CLOSED_SOCKET, Broken.RESET],
    ids=["throttled", "a server's error", "refused connection", "closed", "reset"],
)
def test_what_fails_once_is_asked_again_and_nothing_is_missing(world: World, tmp_path: Path, fault: Fault) -> None:
    world.place.aws.faults.update({each.action: Only(fault, times=1) for each in ASKED})
    ran = run_here(world.place, *COLLECT, tmp_path / "snapshot", AWS_MAX_ATTEMPTS="2")
    assert ran == Ran(0, "", "")
    assert {hit.request.action for hit in world.place.aws.hits} == {each.action for each in ASKED}
    assert written(tmp_path / "snapshot") == written(world.folder)


@pytest.mark.parametrize("fault", [Broken.CUT_BODY, Broken.MALFORMED, Broken.EMPTY_BODY, Broken.STRANGE_PAGE])
def test_a_body_that_is_no_answer_is_not_taken_for_an_empty_list(world: World, tmp_path: Path, fault: Broken) -> None:
    actions = {each.action for each in ASKED}
    world.place.aws.faults.update(dict.fromkeys(actions, fault))
    ran = run_here(world.place, *COLLECT, tmp_path / "snapshot")
    assert ran.code == INCOMPLETE
    read = read_snapshot(Folder(tmp_path / "snapshot"))
    hit = {each.request.action for each in world.place.aws.hits}
    for shard in (*read.shards.values(), *read.accounts.values()):
        for action, answer in shard.answers.items():
            assert (answer.items, bool(answer.error)) == (None, True), (shard.target, action)
    assert {action for _, action in errors(tmp_path / "snapshot")} >= hit


def test_an_answer_that_stalls_is_given_up_and_named(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Long enough for every other answer, on a machine that does other work as well.
    monkeypatch.setattr(clients, "_READ_SECONDS", 5)
    world.place.aws.faults[f"ec2:DescribeNatGateways@{NETWORK}/{HOME}"] = Broken.STALLED_BODY
    ran = run_here(world.place, *COLLECT, tmp_path / "snapshot")
    assert ran.code == INCOMPLETE
    assert errors(tmp_path / "snapshot") == {(f"{NETWORK}/{HOME}", "ec2:DescribeNatGateways"): "ReadTimeoutError"}


def test_a_service_that_nobody_listens_for_is_named_and_the_rest_is_complete(world: World, tmp_path: Path) -> None:
    ran = run_here(world.place, *COLLECT, tmp_path / "snapshot", AWS_ENDPOINT_URL_DIRECT_CONNECT="http://127.0.0.1:9")
    action = "directconnect:DescribeDirectConnectGatewayAssociations"
    assert errors(tmp_path / "snapshot") == {(f"{PROD}/{AWAY}", action): "EndpointConnectionError"}
    whole, found = written(world.folder), written(tmp_path / "snapshot")
    assert {target for target in whole if whole[target] != found[target]} == {f"{PROD}/{AWAY}"}
    # It is an optional one.
    assert ran.code == 0


def test_one_call_that_nobody_listens_for_is_named_and_the_rest_is_complete(world: World, tmp_path: Path) -> None:
    world.place.aws.faults[f"ec2:DescribeNatGateways@{NETWORK}/{HOME}"] = Broken.REFUSED_CONNECTION
    ran = run_here(world.place, *COLLECT, tmp_path / "snapshot")
    assert ran.code == INCOMPLETE
    assert errors(tmp_path / "snapshot") == {
        (f"{NETWORK}/{HOME}", "ec2:DescribeNatGateways"): "EndpointConnectionError"
    }
    whole, found = written(world.folder), written(tmp_path / "snapshot")
    assert {target for target in whole if whole[target] != found[target]} == {f"{NETWORK}/{HOME}"}


def test_an_aws_where_nobody_listens_is_one_line(world: World, tmp_path: Path) -> None:
    line = the_line(run_here(world.place, *COLLECT, tmp_path / "snapshot", AWS_ENDPOINT_URL="http://127.0.0.1:9"))
    assert line.count("AWS cannot be reached") == 2
    assert not (tmp_path / "snapshot").exists()


def test_a_body_that_cannot_be_read_is_not_repeated(world: World, tmp_path: Path) -> None:
    world.place.aws.faults["ec2:DescribeVpnConnections"] = Broken.CUT_BODY
    run_here(world.place, *COLLECT, tmp_path / "snapshot")
    read = read_snapshot(Folder(tmp_path / "snapshot"))
    told = [shard.answers["ec2:DescribeVpnConnections"].error for shard in read.shards.values()]
    assert told != []
    assert all(error and error.message.endswith("invalid XML received") for error in told)


# --- kill -9


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_run_that_is_killed_goes_on_where_it_was(world: World, tmp_path: Path, seed: int) -> None:
    assert wrong_after_kill(world, seed, tmp_path / "snapshot") == []


# --- A place that cannot be written to


def limited(world: World, bytes_a_file: int, *arguments: str | Path) -> Ran:
    """The program as a process none of whose files can grow beyond a size, as on a disk that is full by then."""
    code = "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2); "
    code += "sys.argv = ['vpc-auditor', *sys.argv[2:]]; runpy.run_module('auditor', run_name='__main__')"
    ran = subprocess.run(
        [sys.executable, "-c", code, str(bytes_a_file), *map(str, arguments)],
        env=world.place.environment({"PYTHONDONTWRITEBYTECODE": "1"}),
        cwd=world.place.config.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def test_a_disk_that_is_full_at_once_is_one_line(world: World, tmp_path: Path) -> None:
    line = the_line(limited(world, 100, *COLLECT, tmp_path / "snapshot"))
    assert line == f"vpc-auditor: {tmp_path}/snapshot/manifest.json: cannot be written: File too large"
    assert list((tmp_path / "snapshot").iterdir()) == []


def test_a_disk_that_fills_up_keeps_what_is_whole_and_the_run_can_go_on(world: World, tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot"
    sizes = {path.stat().st_size for path in world.folder.rglob("*.json.gz")}
    line = the_line(limited(world, max(sizes) - 1, *COLLECT, snapshot))
    assert line.startswith(f"vpc-auditor: {snapshot}/")
    assert line.endswith(".json.gz: cannot be written: File too large")
    whole = written(world.folder)
    assert all(whole[target] == content for target, content in written(snapshot).items())
    assert {path.name for path in snapshot.rglob("*") if path.is_file()} <= {
        "manifest.json",
        "global.json.gz",
        f"{HOME}.json.gz",
        f"{AWAY}.json.gz",
    }
    assert json.loads((snapshot / "manifest.json").read_text())["finished_at"] is None
    assert run_here(world.place, *COLLECT, snapshot, "--resume") == Ran(0, "", "")
    assert written(snapshot) == whole


def test_a_report_for_which_there_is_no_room_is_one_line(world: World) -> None:
    ran = run_here(world.place, "check", world.folder, "--format", "json", "--output", "/dev/full")
    assert the_line(ran).endswith(": No space left on device")


def test_a_folder_where_nothing_can_be_made_is_one_line(world: World) -> None:
    # Even the superuser makes nothing there.
    line = the_line(run_here(world.place, *COLLECT, "/proc/self/snapshot"))
    assert line.startswith("vpc-auditor: /proc/self/snapshot/manifest.json: cannot be written: ")


@pytest.mark.parametrize("share", [0.3, 0.6, 1])
def test_a_folder_that_vanishes_is_one_line_and_does_not_come_back(world: World, tmp_path: Path, share: float) -> None:
    snapshot, away = tmp_path / "snapshot", tmp_path / "away"
    last = round(world.requests * share)
    world.place.aws.meanwhile = lambda count: os.rename(snapshot, away) if count == last else None
    line = the_line(run_here(world.place, *COLLECT, snapshot))
    assert line.startswith(f"vpc-auditor: {snapshot}")
    assert "o such f" in line
    assert not snapshot.exists()
    shutil.move(away, snapshot)
    world.place.aws.forget()
    assert run_here(world.place, *COLLECT, snapshot, "--resume") == Ran(0, "", "")
    assert written(snapshot) == written(world.folder)


# --- Credentials


def test_no_line_holds_the_session_token_that_aws_repeats(world: World, tmp_path: Path) -> None:
    repeated = "The Canonical String should have been 'POST\nx-amz-security-token:{token}\n'"
    world.place.aws.faults["sts:GetCallerIdentity"] = Refusal("SignatureDoesNotMatch", repeated)
    line = the_line(run_here(world.place, *COLLECT, tmp_path / "snapshot"))
    assert "x-amz-security-token:***" in line
    assert not [secret for secret in secrets(world.place) if secret in line]


@pytest.mark.parametrize(
    "targets",
    [TARGETS, ("--profile", "network", "--role-name", "audit", "--account", PROD, "--region", HOME)],
    ids=["profiles", "role"],
)
def test_no_log_of_a_whole_run_holds_credentials_at_any_level(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture, targets: tuple[str, ...]
) -> None:
    caplog.set_level(1)
    world.place.aws.faults[f"ec2:DescribeSubnets@{HOME}"] = Refusal()
    assert run_here(world.place, "collect", *targets, *UNPACED, "--snapshot", tmp_path / "snapshot").code == INCOMPLETE
    assert "urllib3" in {record.name.partition(".")[0] for record in caplog.records}
    assert not [secret for secret in secrets(world.place) if secret in caplog.text]
    # How moto begins every session token, the one that a role gives among them.
    assert "FQoGZXIvYXdz" not in caplog.text
