"""Random faults on the way into accounts: an organization whose members are entered by a role; see ``fault_plans``.

with undisturbed_company(folder) as world:
    trial = try_plan(world, drawn_company(seed), folder)
    wrong_company(world, trial)     # a line for each thing that does not hold
"""

import contextlib
import json
import random
import re
from collections.abc import Iterator, Mapping, Set
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from auditor.collector import Scope
from auditor.snapshot import ASKED_ELSEWHERE, GLOBAL, Shard, Snapshot, Target
from tests.cli.world_over_http import AWAY, HOME, NETWORK, PROD
from tests.fault_plans import (
    ASSUME_ROLE,
    ENTERING,
    NO_RUN,
    REFUSALS,
    RULES,
    FaultPlan,
    Trial,
    World,
    drawn_fault,
    errors_of,
    less,
    matters,
    place_of,
    secrets,
    seen_whole,
    took_effect,
    unchanging_place,
    wrong_code,
    wrong_findings,
)
from tests.moto_over_http import Broken, Fault, Hit, Only, Refusal

LIST_ACCOUNTS = "organizations:ListAccounts"
CLOSED = "333333333333"
"""A member that is suspended."""

ROLE = ("--role-name", "audit")
WAYS = (
    ("--organization", *ROLE),
    ("--organization", "--exclude-account", NETWORK, *ROLE),
    ("--account", NETWORK, "--account", PROD, *ROLE),
    ("--account", PROD, *ROLE),
)
EXPIRED = Refusal("ExpiredToken", "The security token included in the request is expired", 403)


@contextlib.contextmanager
def undisturbed_company(folder: Path) -> Iterator[World]:
    """An organization of two accounts and a suspended one, which the first account manages and never changes."""
    with unchanging_place(folder) as place:
        members = {NETWORK: "ACTIVE", PROD: "ACTIVE", CLOSED: "SUSPENDED"}
        listed = {"Accounts": [{"Id": account, "Status": status} for account, status in members.items()]}
        keys = _keys_of(place.config, "prod")

        def assumed(_: Mapping[str, Any]) -> Mapping[str, Any]:
            # So soon that the role is assumed anew for each part of the run.
            end = datetime.now(UTC) + timedelta(minutes=1)
            return {"Credentials": {**keys, "Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ")}}

        place.aws.answers.update({LIST_ACCOUNTS: lambda _: listed, ASSUME_ROLE: assumed})
        yield seen_whole(place, folder, "--profile", "network", *WAYS[0])


def _keys_of(config: Path, profile: str) -> dict[str, str]:
    section = config.read_text(encoding="utf-8").partition(f"[profile {profile}]\n")[2].partition("\n[")[0]
    names = {"access_key_id": "AccessKeyId", "secret_access_key": "SecretAccessKey", "session_token": "SessionToken"}
    return {names[name]: value for name, value in re.findall(r"^aws_(\w+) = (\S+)$", section, re.MULTILINE)}


def drawn_company(seed: int) -> FaultPlan:
    """The plan of a seed."""
    chance = random.Random(seed)  # noqa: S311 - nobody must be unable to guess it
    rules = chance.choice(RULES)
    plan = FaultPlan(
        seed=seed,
        profiles=("network",),
        regions=chance.choice([(HOME,), (HOME, AWAY), ()]),
        rules=rules,
        faults={},
        pages=chance.choice([1, 2]),
        attempts=chance.choice([1, 1, 2]),
        as_process=False,
        through=chance.choice(WAYS),
    )
    asked = sorted(each.action for each in plan.collectors)
    faults = dict(_drawn(chance, asked) for _ in range(chance.randint(1, 3)))
    if chance.random() < 0.3:
        # The session of the member ends before all is asked.
        left = chance.sample(asked, chance.randint(1, len(asked)))
        faults |= {f"{action}@{PROD}/{chance.choice([HOME, AWAY])}": EXPIRED for action in left}
    return FaultPlan(**{**vars(plan), "faults": faults})


def _drawn(chance: random.Random, asked: list[str]) -> tuple[str, Fault | Only]:
    kind = chance.random()
    if kind > 0.55:
        return drawn_fault(chance, asked, as_process=False)
    action = chance.choice([LIST_ACCOUNTS, ASSUME_ROLE, ASSUME_ROLE, *ENTERING])
    whole = (Broken.CUT_BODY, Broken.CLOSED_SOCKET, Broken.REFUSED_CONNECTION, Broken.MALFORMED, Broken.STRANGE_PAGE)
    fault: Fault = chance.choice(REFUSALS) if chance.random() < 0.7 else chance.choice(whole)
    # The role is assumed once to enter, and again for each part of what is collected.
    after = chance.choice([0, 0, 1, 2, 3]) if action == ASSUME_ROLE else 0
    return action, Only(fault, after, chance.choice([None, None, 1]))


# --- What must hold ---------------------------------------------------------------------------------------------------


def wrong_company(world: World, trial: Trial) -> list[str]:
    """What does not hold of a trial, a line each."""
    said = trial.ran.out + trial.ran.err
    lines = [
        f"{secret[:4]}…, a credential, is in the output"
        for secret in secrets(world.place)
        if secret in said + trial.written
    ]
    declared = {*ENTERING, ASSUME_ROLE, LIST_ACCOUNTS, *(each.action for each in trial.plan.collectors)}
    if more := trial.actions - declared:
        lines.append(f"nobody declares {sorted(more)}, and it was asked")
    if "Traceback" in said:
        return [*lines, f"it ended in a traceback: {trial.ran.err}"]
    closed = _closed(world, trial)
    nobody = _kept_from_all(trial) or closed.keys() == _accounts(trial.plan)
    if nobody or trial.snapshot is None:
        if (trial.ran.code, trial.ran.out, nobody) != (NO_RUN, "", True) or not trial.ran.err:
            lines.append(f"a run that {'cannot' if nobody else 'can'} start ended in {trial.ran}")
        return lines
    report = json.loads(trial.ran.out)
    return [
        *lines,
        *_wrong_targets(trial, report, closed),
        *_wrong_coverage(world, trial, trial.snapshot, report, closed),
        *wrong_code(trial, report),
        *wrong_findings(world, trial, trial.snapshot),
    ]


def _accounts(plan: FaultPlan) -> Set[str]:
    """Those that a plan leads to."""
    if "--organization" in plan.through:
        return {PROD} if "--exclude-account" in plan.through else {NETWORK, PROD}
    return {NETWORK, PROD} & set(plan.through)


def _kept_from_all(trial: Trial) -> bool:
    """Whether nobody could tell who asks, or who is asked."""
    needed = {ENTERING[0], *([LIST_ACCOUNTS] if "--organization" in trial.plan.through else [])}
    return any(hit.request.action in needed for hit in trial.lost)


def _closed(world: World, trial: Trial) -> dict[str, Hit]:
    """The accounts of which nothing could be collected, with the fault that kept the run out."""
    closed: dict[str, Hit] = {}
    entered = {world.place.aws.accounts[request.access_key] for request in world.place.aws.requests}
    for hit in trial.lost:
        account, action = place_of(world, hit.request).account, hit.request.action
        no_regions = action == ENTERING[1] and not trial.plan.regions
        if account in _accounts(trial.plan) and (no_regions or (action == ASSUME_ROLE and account not in entered)):
            closed[account] = hit
    return closed


def _wrong_targets(trial: Trial, report: Mapping[str, Any], closed: Mapping[str, Hit]) -> Iterator[str]:
    """The targets are those that were asked for, and an account that could not be entered is failed."""
    statuses = {(each["account"], each["region"]): each["status"] for each in report["coverage"]["targets"]}
    wanted = {
        (account, region)
        for account in _accounts(trial.plan)
        for region in trial.plan.regions or ((GLOBAL,) if account in closed else (HOME, AWAY))
    }
    if found := statuses.keys() ^ wanted:
        yield f"the targets are {sorted(statuses)}, not {sorted(wanted)}: {sorted(found)}"
    yield from (
        f"{account} {region} is {status}, though {closed[account].fault} met {closed[account].request.action}"
        for (account, region), status in statuses.items()
        if account in closed and status != "failed"
    )


def _wrong_coverage(
    world: World, trial: Trial, snapshot: Snapshot, report: Mapping[str, Any], closed: Mapping[str, Hit]
) -> Iterator[str]:
    """All that was not read is named with its reason, and nothing else is; what nothing hit is as undisturbed."""
    statuses = {Target(each["account"], each["region"]): each["status"] for each in report["coverage"]["targets"]}
    named = {
        (Target(each["account"], each["region"]), each["action"]): each["code"]
        for each in report["coverage"]["refusals"]
    }
    for account, hit in closed.items():
        code = named.get((Target(account, GLOBAL), hit.request.action))
        if code is None or (isinstance(hit.fault, Refusal) and code != hit.fault.code):
            yield f"{account} was closed by {hit.request.action} ({hit.fault}), and the coverage says {code}"
    lost = {(place_of(world, hit.request), hit.request.action) for hit in trial.lost}
    # A session is renewed for each part of the run, and what is left of a part is lost where that fails once.
    renewals = [hit for hit in trial.hits if hit.request.action == ASSUME_ROLE]
    ended = {place_of(world, hit.request).account for hit in renewals} - closed.keys()
    for shard in (*snapshot.shards.values(), *snapshot.accounts.values()):
        if shard.target.account in _accounts(trial.plan) - closed.keys():
            yield from _wrong_shard(world, trial, shard, named, lost, ended=shard.target.account in ended)
    for target, status in statuses.items():
        hit_there = [hit for hit in trial.lost if place_of(world, hit.request) == target]
        if less(status) and not hit_there and target.account not in {*closed, *ended}:
            yield f"{target} is {status}: nothing hit it"
        for hit in hit_there:
            if target in snapshot.shards and matters(hit) and took_effect(snapshot, hit, target) and not less(status):
                yield f"{target} is complete, though {hit.request.action} met {hit.fault}"


def _wrong_shard(
    world: World,
    trial: Trial,
    shard: Shard,
    named: Mapping[tuple[Target, str], str],
    lost: Set[tuple[Target, str]],
    *,
    ended: bool,
) -> Iterator[str]:
    target = shard.target
    whole = world.whole.accounts[target.account] if target.region == GLOBAL else world.whole.shards[target]
    emptied = {hit.request.action for hit in trial.hits if hit.fault is Broken.EMPTY_ITEM}
    scope = Scope.GLOBAL if target.region == GLOBAL else Scope.REGION
    for collector in trial.plan.collectors:
        action = collector.action
        answer = shard.answers.get(action)
        if collector.scope is not scope:
            continue
        if answer is None:
            yield f"{target} {action} is not in the shard"
            continue
        errors = list(errors_of(answer))
        if not errors and not emptied and list(answer.items or ()) != whole.items(action):
            yield f"{target} {action} has no error, and is not what AWS has"
        asked_elsewhere = bool(answer.error and answer.error.code == ASKED_ELSEWHERE)
        own = [error for error in errors if not error.parent] if not emptied and not asked_elsewhere else []
        if own and (target, action) not in named:
            yield f"{target} {action} has an error, and the coverage does not name it: {own[0]}"
        if own and not ended and (target, action) not in lost:
            yield f"{target} {action} has an error, and nothing hit it: {own[0]}"
