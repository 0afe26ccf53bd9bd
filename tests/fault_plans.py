"""Random faults on the way to AWS: a plan from a seed, the program run under it, and what must hold of what it wrote.

with undisturbed_world(folder) as world:
    trial = try_plan(world, drawn(seed), folder)
    wrong(world, trial)     # a line for each thing that does not hold
"""

import contextlib
import gzip
import json
import os
import random
import re
import signal
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any
from unittest import mock

import msgspec
from click.testing import CliRunner

from auditor.assess import Assessment, assess
from auditor.cli import main
from auditor.cli.options import collectors_of
from auditor.collector import Collector, Scope
from auditor.config import Settings
from auditor.findings import Status
from auditor.snapshot import GLOBAL, Answer, CallError, Folder, Shard, Snapshot, Target, kind_of, read_snapshot
from checks import CHECKS
from collectors import COLLECTORS
from tests.cli.world_over_http import AWAY, HOME, NETWORK, PROD, TARGETS, Place, world_over_http
from tests.moto_over_http import SERVER_ERROR, Broken, Fault, Hit, Only, Refusal, Request

PROFILES = {"network": NETWORK, "prod": PROD}

ENTERING = ("sts:GetCallerIdentity", "ec2:DescribeRegions")
"""What is asked of an account in one Region after the other until one answers."""

ASSUME_ROLE = "sts:AssumeRole"

FOUND, NO_RUN, INCOMPLETE = 1, 2, 3

BOUND = 120
"""Seconds after which a run that has not ended is one that never will."""

_BY_ACTION = {collector.action: collector for collector in COLLECTORS}

# --- The faults -------------------------------------------------------------------------------------------------------

THROTTLED = Refusal("RequestLimitExceeded", "Request limit exceeded.", 503)

_CANONICAL = (
    "The request signature we calculated does not match the signature you provided. The Canonical String for this "
    "request should have been 'POST\n/\n\nhost:ec2.amazonaws.com\nx-amz-security-token:{token}\n\nhost'"
)

REFUSALS = (
    THROTTLED,
    Refusal("ThrottlingException", "Rate exceeded", 400),
    SERVER_ERROR,
    Refusal("Unavailable", "The service is unavailable. Please try again shortly.", 503),
    Refusal(),
    Refusal(
        message="You are not authorized to perform this operation. User: arn:aws:sts::111111111111:assumed-role/audit "
        "is not authorized, with an explicit deny in a service control policy. "
        "Encoded authorization failure message: 5VDYB0_encoded"
    ),
    Refusal("AccessDeniedException", "User is not authorized to perform this operation.", 400),
    Refusal("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
    Refusal("Blocked", "Your account is currently blocked.", 403),
    Refusal("ExpiredToken", "The security token included in the request is expired", 403),
    Refusal("RequestExpired", "Request has expired. Timestamp date is 2026-11-23T00:00:00Z.", 400),
    Refusal("InvalidSignatureException", "Signature not yet current: 20261124T000000Z is still later than now", 400),
    Refusal("SignatureDoesNotMatch", _CANONICAL, 403),
    Refusal("InvalidParameterValue", "The parameter <MaxResults> is not valid & never was.", 400),
    Refusal("OptInRequired", "You are not subscribed to this service.", 401),
    Refusal("UnsupportedOperation", "The functionality you requested is not available in this region.", 400),
    Refusal("InvalidAction", "The action is not valid for this web service.", 400),
)

# One that stalls is left out: it lasts as long as the program waits.
BROKEN = tuple(fault for fault in Broken if fault is not Broken.STALLED_BODY)


@dataclass(frozen=True)
class FaultPlan:
    """What to ask of the program, and what meets its requests."""

    seed: int
    profiles: tuple[str, ...]
    regions: tuple[str, ...]
    """Those that are named; none where the account tells."""
    rules: tuple[str, ...]
    faults: Mapping[str, Fault | Only]
    pages: int
    attempts: int
    as_process: bool
    through: tuple[str, ...] = ()
    """The options of a run that enters accounts by a role."""

    @property
    def collectors(self) -> Sequence[Collector]:
        return _collectors(self.rules)

    @property
    def arguments(self) -> tuple[str, ...]:
        named = {"--profile": self.profiles, "--region": self.regions, "--rule": self.rules}
        words = (word for option, values in named.items() for value in values for word in (option, value))
        return (*words, *self.through)


RULES = [tuple(sorted(check.id for check in CHECKS)[first::24]) for first in range(24)]
"""Each rule once. More and other choices would take longer: botocore's model is reduced for each to what it asks."""


def drawn(seed: int) -> FaultPlan:
    """The plan of a seed."""
    chance = random.Random(seed)  # noqa: S311 - nobody must be unable to guess it
    rules = chance.choice(RULES)
    asked = sorted(each.action for each in _collectors(rules))
    as_process = seed % 50 == 0
    return FaultPlan(
        seed=seed,
        profiles=chance.choice([("network",), ("prod",), ("network", "prod")]),
        regions=chance.choice([(HOME,), (AWAY,), (HOME, AWAY), ()]),
        rules=rules,
        faults=dict(drawn_fault(chance, asked, as_process=as_process) for _ in range(chance.randint(1, 4))),
        pages=chance.choice([1, 2, 3]),
        # Between two attempts, a process really waits.
        attempts=1 if as_process else chance.choice([1, 1, 1, 2, 3]),
        as_process=as_process,
    )


def drawn_fault(chance: random.Random, asked: Sequence[str], *, as_process: bool) -> tuple[str, Fault | Only]:
    action = chance.choice(ENTERING) if chance.random() < 0.1 else chance.choice(asked)
    account, region = chance.choice([NETWORK, PROD]), chance.choice([HOME, AWAY])
    place = chance.choice([action, f"{action}@{region}", f"{action}@{account}/{region}"])
    fault: Fault = chance.choice(REFUSALS) if chance.random() < 0.5 else chance.choice(_breaks(action))
    if as_process and fault is Broken.REFUSED_CONNECTION:
        fault = Broken.CLOSED_SOCKET
    after = chance.choice([0, 0, 0, 1, 2])
    # A token that is answered twice and then no more is no fault of AWS's.
    times = None if fault is Broken.SAME_TOKEN else chance.choice([None, None, 1, 2])
    return place, Only(fault, after, times)


def _breaks(action: str) -> list[Broken]:
    """What can happen to the answer of an action: only a list has items, and only one in pages has a token."""
    collector = _BY_ACTION.get(action)
    without = {Broken.SAME_TOKEN, Broken.EMPTY_ITEM}
    if collector and collector.key and collector.scope is Scope.REGION:
        without = {Broken.SAME_TOKEN} if action.startswith(("ec2:DescribeVpn", "elasticloadbalancing:")) else set()
    return [fault for fault in BROKEN if fault not in without]


def _collectors(rules: Collection[str]) -> Sequence[Collector]:
    return collectors_of([check for check in CHECKS if check.id in rules], metrics=False)


# --- The program ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ran:
    """What the program left behind."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class World:
    """Where plans are tried, and what a run sees there that nothing disturbs."""

    place: Place
    folder: Path
    """The snapshot of the undisturbed run."""
    whole: Snapshot
    """The same, read."""
    requests: int
    """How many the undisturbed run sent."""


@contextlib.contextmanager
def undisturbed_world(folder: Path) -> Iterator[World]:
    """Two accounts in two Regions, which are all that they have, and which never change."""
    with unchanging_place(folder) as place:
        yield seen_whole(place, folder, *TARGETS)


def seen_whole(place: Place, folder: Path, *targets: str) -> World:
    """The world as a run sees it that nothing disturbs."""
    ran = run_here(place, "collect", *targets, *UNPACED, "--snapshot", folder / "whole")
    if ran.code:
        raise AssertionError(f"the undisturbed run is not complete: {ran}")
    return World(place, folder / "whole", read_snapshot(Folder(folder / "whole")), len(place.aws.requests))


@contextlib.contextmanager
def unchanging_place(folder: Path) -> Iterator[Place]:
    """The same, before anything was asked there."""
    with world_over_http(folder) as place:
        place.aws.accounts.update(_accounts(place))
        place.aws.answers["ec2:DescribeRegions"] = lambda _: {
            "Regions": [{"RegionName": name, "OptInStatus": "opt-in-not-required"} for name in (HOME, AWAY)]
        }
        place.aws.remembered = {}
        yield place


def _accounts(place: Place) -> Mapping[str, str]:
    keys = re.findall(r"^\[profile (\S+)\]\naws_access_key_id = (\S+)$", place.config.read_text(), re.MULTILINE)
    return {key: PROFILES[profile] for profile, key in keys}


UNPACED = ("--max-rate", "100000")
"""A rate that nothing waits for."""


def run_here(place: Place, *arguments: str | Path, **environment: str) -> Ran:
    """The whole program in this process, but that it does not wait between two attempts. TimeoutError after BOUND."""
    runner = CliRunner()
    words = ["vpc-auditor", *map(str, arguments)]
    with (
        _ended_in_time(),
        mock.patch.object(sys, "argv", words),
        mock.patch.dict(os.environ, place.environment(environment), clear=True),
        mock.patch("botocore.endpoint.time.sleep"),
        runner.isolation() as (out, err, _),
    ):
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
    return Ran(code if isinstance(code, int) else -1, out.getvalue().decode(), err.getvalue().decode())


@contextlib.contextmanager
def _ended_in_time() -> Iterator[None]:
    def end(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"the run has not ended after {BOUND} seconds")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(BOUND)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@dataclass(frozen=True)
class Trial:
    """A plan that was carried out."""

    plan: FaultPlan
    ran: Ran
    snapshot: Snapshot | None
    """None where nothing was collected."""
    written: str
    """Everything in the snapshot's files."""
    actions: Set[str]
    """What was asked."""
    hits: Sequence[Hit]
    lost: Sequence[Hit]
    """The hits after which AWS was not asked again, or never answered."""


def try_plan(world: World, plan: FaultPlan, folder: Path) -> Trial:
    """Carry a plan out; the snapshot goes into ``folder``, which is new."""
    place, aws = world.place, world.place.aws
    aws.forget()
    aws.faults.update(plan.faults)
    aws.pages = plan.pages
    words = ["audit", *plan.arguments, *UNPACED, "--snapshot", str(folder), "--format", "json", "--show-passed"]
    if plan.as_process:
        process = place.run(*words)
        ran = Ran(process.returncode, process.stdout, process.stderr)
    else:
        ran = run_here(place, *words, AWS_MAX_ATTEMPTS=str(plan.attempts))
    files = sorted(folder.rglob("*.json*"))
    return Trial(
        plan,
        ran,
        read_snapshot(Folder(folder)) if files else None,
        "".join(gzip.decompress(each.read_bytes()).decode() for each in files if each.suffix == ".gz"),
        aws.actions,
        list(aws.hits),
        [hit for hit in aws.hits if not _answered_later(world, hit)],
    )


def _answered_later(world: World, hit: Hit) -> bool:
    """Whether the same question met no fault in the end."""
    if hit.fault is Broken.SLOW_BODY:
        return True
    aws = world.place.aws
    hits = {each.number for each in aws.hits if each.fault is not Broken.SLOW_BODY}

    def question(number: int) -> tuple[object, ...]:
        request = aws.requests[number]
        entering = request.action in ENTERING
        return request.action, request.access_key, "" if entering else request.region, str(request.parameters)

    return any(
        number not in hits and question(number) == question(hit.number)
        for number in range(hit.number + 1, len(aws.requests))
    )


# --- What must hold ---------------------------------------------------------------------------------------------------


def wrong(world: World, trial: Trial) -> list[str]:
    """What does not hold of a trial, a line each."""
    said = trial.ran.out + trial.ran.err
    lines = [
        f"{secret[:4]}…, a credential, is in the output"
        for secret in secrets(world.place)
        if secret in said + trial.written
    ]
    if more := trial.actions - {*ENTERING, *(each.action for each in _collectors(trial.plan.rules))}:
        lines.append(f"nobody declares {sorted(more)}, and it was asked")
    if "Traceback" in said:
        return [*lines, f"it ended in a traceback: {trial.ran.err}"]
    if trial.ran.code == NO_RUN or trial.snapshot is None:
        return [*lines, *_wrong_without_run(world, trial)]
    report = json.loads(trial.ran.out)
    return [
        *lines,
        *_wrong_targets(world, trial, trial.snapshot, report),
        *_wrong_coverage(world, trial, trial.snapshot, report),
        *wrong_code(trial, report),
        *(line for shard in _shards(trial.snapshot) for line in _wrong_shard(world, trial, shard)),
        *wrong_findings(world, trial, trial.snapshot),
    ]


def secrets(place: Place) -> set[str]:
    """Every credential that the profiles hold."""
    return set(re.findall(r"^aws_(?:secret_access_key|session_token) = (\S+)$", place.config.read_text(), re.MULTILINE))


def _wrong_without_run(world: World, trial: Trial) -> Iterator[str]:
    if len(trial.ran.err.splitlines()) != 1 or trial.ran.out or trial.ran.code != NO_RUN:
        yield f"a run that cannot start says more than one line: {trial.ran}"
    entered = set(trial.plan.profiles) - _closed(world, trial)
    if entered:
        yield f"it did not run, though nothing kept it out of {sorted(entered)}: {trial.ran.err}"


def _closed(world: World, trial: Trial) -> set[str]:
    """The profiles of which nothing could be collected."""
    needed = ENTERING if not trial.plan.regions else ENTERING[:1]
    lost = {(hit.request.action, place_of(world, hit.request).account) for hit in trial.lost}
    return {name for name in trial.plan.profiles for action in needed if (action, PROFILES[name]) in lost}


def place_of(world: World, request: Request) -> Target:
    """The shard that a request is made for."""
    if request.action == ASSUME_ROLE:
        return Target(request.parameters["RoleArn"].split(":")[4], GLOBAL)
    collector = _BY_ACTION.get(request.action)
    own = collector is None or collector.scope is Scope.GLOBAL
    return Target(world.place.aws.accounts[request.access_key], GLOBAL if own else request.region)


def _wrong_targets(world: World, trial: Trial, snapshot: Snapshot, report: Mapping[str, Any]) -> Iterator[str]:
    """A target that nothing hit is complete, and one that lost an answer that it needs is not."""
    statuses = {Target(each["account"], each["region"]): each["status"] for each in report["coverage"]["targets"]}
    closed = {PROFILES[name] for name in _closed(world, trial)}
    regions = trial.plan.regions or (HOME, AWAY)
    wanted = {Target(PROFILES[name], region) for name in trial.plan.profiles for region in regions}
    wanted = {target for target in wanted if target.account not in closed}
    found = {target for target in statuses if target.region != GLOBAL}
    if found != wanted:
        yield f"the targets are {sorted(found)}, not {sorted(wanted)}"
    met = {place_of(world, hit.request) for hit in trial.lost}
    yield from (f"{target} is {statuses[target]}: nothing hit it" for target in found - met if less(statuses[target]))
    for hit in trial.lost:
        target = place_of(world, hit.request)
        if target in found and matters(hit) and not less(statuses[target]) and took_effect(snapshot, hit, target):
            yield f"{target} is complete, though {hit.request.action} met {hit.fault}"


def less(status: str) -> bool:
    return status != "complete"


def matters(hit: Hit) -> bool:
    """Whether a fault leaves its target with less than it has to have."""
    if isinstance(hit.fault, Refusal) and kind_of(CallError(code=hit.fault.code)) == "unavailable":
        return False
    return hit.request.action in _BY_ACTION and not _BY_ACTION[hit.request.action].optional


def took_effect(snapshot: Snapshot, hit: Hit, target: Target) -> bool:
    """Whether a fault could change anything: a list without items has no first one to be empty."""
    if hit.fault is not Broken.EMPTY_ITEM:
        return True
    return {} in snapshot.shards[target].items(hit.request.action)


def _wrong_coverage(world: World, trial: Trial, snapshot: Snapshot, report: Mapping[str, Any]) -> Iterator[str]:
    """What was not read is named, with account, Region, action and code; and nothing else is."""
    named = {
        (Target(each["account"], each["region"]), each["action"]): each["code"]
        for each in report["coverage"]["refusals"]
    }
    closed = _closed(world, trial)
    for hit in trial.lost:
        target, action = place_of(world, hit.request), hit.request.action
        profile = next(name for name, account in PROFILES.items() if account == target.account)
        if action == ENTERING[0] or (profile in closed and action != ENTERING[1]):
            if f'profile "{profile}"' not in trial.ran.err:
                yield f"nobody says that {profile} could not be entered: {trial.ran.err}"
            continue
        if action == ENTERING[1] and profile not in closed and action not in (snapshot.manifest.actions or ()):
            # Where the Regions are named and no rule reads those of the account, nothing hangs on the answer.
            continue
        if took_effect(snapshot, hit, target) and (target, action) not in named:
            yield f"{target} {action} met {hit.fault}, and the coverage does not name it"
        code = named.get((target, action))
        if isinstance(hit.fault, Refusal) and code and not _hit_by_many(trial, hit) and code != hit.fault.code:
            yield f"{target} {action} met {hit.fault.code}, and the coverage says {code}"
    met = {(place_of(world, hit.request), hit.request.action) for hit in trial.lost}
    for target, action in list(met):
        met |= {
            (target, child)
            for child in _with_children({action} & _BY_ACTION.keys())
            if named.get((target, child)) == "KeyError"
        }
    yield from (f"{place} is named, and nothing hit it" for place in named.keys() - met)


def _hit_by_many(trial: Trial, hit: Hit) -> bool:
    return len({each.fault for each in trial.lost if each.request.action == hit.request.action}) > 1


def wrong_code(trial: Trial, report: Mapping[str, Any]) -> Iterator[str]:
    severe = [
        each for each in report["findings"] if each["status"] == "fail" and each["severity"] in ("critical", "high")
    ]
    unseen = any(
        cause["kind"] in ("refused", "failed")
        for each in report["findings"]
        if each["status"] == "unknown"
        for cause in each["missing"]
    )
    partial = any(less(each["status"]) for each in report["coverage"]["targets"])
    kept_out = any(hit.request.action == ENTERING[0] for hit in trial.lost)
    expected = FOUND if severe else INCOMPLETE if unseen or partial or kept_out else 0
    if trial.ran.code != expected:
        yield f"the exit code is {trial.ran.code}, not {expected}"


def _shards(snapshot: Snapshot) -> Iterable[Shard]:
    return [*snapshot.shards.values(), *snapshot.accounts.values()]


def _wrong_shard(world: World, trial: Trial, shard: Shard) -> Iterator[str]:
    """An answer that no fault hit is the undisturbed one; another holds nothing that the undisturbed one does not."""
    target = shard.target
    own = target.region == GLOBAL
    undisturbed = world.whole.accounts[target.account] if own else world.whole.shards[target]
    hit = {each.request.action for each in trial.hits if place_of(world, each.request) == target}
    # An item without members does not say either what is to be asked for it.
    emptied = _with_children({each.request.action for each in trial.hits if each.fault is Broken.EMPTY_ITEM})
    scope = Scope.GLOBAL if own else Scope.REGION
    closed = target.account in {PROFILES[name] for name in _closed(world, trial)}
    for collector in _collectors(trial.plan.rules):
        if collector.scope is scope and collector.action not in shard.answers and not closed:
            yield f"{target} {collector.action} is not in the shard"
    for action, answer in shard.answers.items():
        expected = undisturbed.items(action)
        errors = list(errors_of(answer))
        if not errors and action not in emptied and list(answer.items or ()) != expected:
            yield f"{target} {action} has no error, and is not what AWS has"
        if errors and action not in hit and not all(error.parent or _has_no_parents(action) for error in errors):
            yield f"{target} {action} has an error, and nothing hit it: {errors[0]}"
        invented = [
            item for item in answer.items or () if item and not any(_is_part(item, other) for other in expected)
        ]
        if invented:
            yield f"{target} {action} holds what AWS does not have: {invented[0]}"


def errors_of(answer: Answer) -> Iterator[CallError]:
    if answer.error:
        yield answer.error
    for item in answer.items or ():
        if "error" in item:
            yield msgspec.convert(item["error"], CallError)


def _with_children(actions: Collection[str]) -> set[str]:
    records = {_BY_ACTION[action].record for action in actions}
    return {*actions, *(each.action for each in COLLECTORS if records.intersection(each.parents))}


def _has_no_parents(action: str) -> bool:
    """Whether a call that is made for parents had none to be made for: one of them came without its id."""
    return action in _BY_ACTION and bool(_BY_ACTION[action].parents)


def _is_part(item: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    """Whether an item says nothing but what the whole one says; of one with an error, a list may be cut or doubled."""
    if "error" not in item:
        return item == whole
    return all(
        all(each in whole.get(name, ()) for each in value) if isinstance(value, list) else whole.get(name) == value
        for name, value in item.items()
        if name != "error"
    )


def wrong_findings(world: World, trial: Trial, snapshot: Snapshot) -> Iterator[str]:
    """No pass that was none, no fault that was none, and none that is gone while its rule says nothing of it."""
    checks = [check for check in CHECKS if check.id in trial.plan.rules]
    after = assess(snapshot, COLLECTORS, checks, Settings())
    before = assess(_undisturbed(world, snapshot), COLLECTORS, checks, Settings())
    made_up = _of(after, Status.PASS) - _of(before, Status.PASS)
    yield from (f"{rule} passes {resource}, which it does not where nothing is hidden" for rule, resource in made_up)
    there, then = (
        {each.id: each for each in assessment.findings if each.status is Status.FAIL and "audit-" not in each.rule}
        for assessment in (after, before)
    )
    yield from (f"{there[id_].rule} finds a fault that is none: {there[id_].message}" for id_ in there.keys() - then)
    cannot_tell = {rule for rule, _ in _of(after, Status.UNKNOWN)}
    for id_ in then.keys() - there:
        if then[id_].rule not in cannot_tell:
            yield f"{then[id_].rule} does not find a fault, and says nothing: {then[id_].message}"


def _undisturbed(world: World, snapshot: Snapshot) -> Snapshot:
    """The undisturbed answers to the questions that a run asked."""
    actions = {*(snapshot.manifest.actions or ()), *ENTERING}

    def chosen(shard: Shard) -> Shard:
        return msgspec.structs.replace(
            shard, answers={action: answer for action, answer in shard.answers.items() if action in actions}
        )

    return replace(
        world.whole,
        shards={target: chosen(world.whole.shards[target]) for target in snapshot.shards},
        accounts={account: chosen(world.whole.accounts[account]) for account in snapshot.accounts},
        manifest=msgspec.structs.replace(
            snapshot.manifest,
            targets=tuple(each for each in snapshot.manifest.targets if each.target in snapshot.shards),
        ),
    )


def _of(assessment: Assessment, status: Status) -> set[tuple[str, str]]:
    return {(each.rule, each.resource.id) for each in assessment.findings if each.status is status}


# --- kill -9 ----------------------------------------------------------------------------------------------------------


def wrong_after_kill(world: World, seed: int, folder: Path) -> list[str]:
    """What does not hold once a process was killed at a request that the seed tells, and another went on."""
    place, aws = world.place, world.place.aws
    number = random.Random(seed).randint(1, world.requests)  # noqa: S311 - nobody must be unable to guess it
    aws.forget()
    collect = ["collect", *TARGETS, *UNPACED, "--snapshot", str(folder)]
    with place.start(*collect) as process:
        aws.meanwhile = lambda count: process.kill() if count == number else None
        try:
            process.communicate(timeout=BOUND)
        finally:
            process.kill()
    if process.returncode != -signal.SIGKILL:
        return [f"the process was not killed at request {number}, but ended with {process.returncode}"]
    begun = (folder / "manifest.json").exists()
    complete = set(written(folder)) if begun else set()
    aws.forget()
    ran = run_here(place, *collect, *(["--resume"] if begun else []))
    asked = {str(place_of(world, request)) for request in aws.requests if request.action not in ENTERING}
    lines = [f"killed at request {number}: {each} was complete, and was asked again" for each in asked & complete]
    if (ran.code, ran.out, ran.err) != (0, "", ""):
        lines.append(f"killed at request {number}: going on ended in {ran}")
    if written(folder) != written(world.folder):
        lines.append(f"killed at request {number}: the snapshot is not the undisturbed one")
    return lines


def written(folder: Path) -> dict[str, bytes]:
    """The bytes of each shard in a snapshot but for the time, by its target."""
    return {
        path.relative_to(folder).as_posix().removesuffix(".json.gz"): re.sub(
            rb'"collected_at": "[^"]*"', b"", gzip.decompress(path.read_bytes())
        )
        for path in sorted(folder.rglob("*.json.gz"))
    }
