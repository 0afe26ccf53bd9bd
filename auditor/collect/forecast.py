"""What a run would ask, reckoned before it asks."""

from collections.abc import Collection
from dataclasses import dataclass

from auditor.collect.plan import Plan
from auditor.collect.workers import THREADS, processes_for
from auditor.collector import Collector, Scope
from auditor.snapshot import GLOBAL, Target

CALLS_FOR_PARENTS = 4
"""A guess at how often a call that is made for parents is made in one target: for two VPCs, twice each."""

SECONDS_A_CALL = 0.15
"""A guess at how long AWS takes to answer one, from some distance."""


@dataclass(frozen=True)
class Forecast:
    """The calls of a run, and how long they take."""

    targets: tuple[Target, ...]
    """What is collected, in order; an account's own shard is ``<account>/global``."""
    calls: int
    """Calls that are made whatever is there; a list that has more than one page takes more."""
    for_parents: tuple[str, ...]
    """The actions that are called once for each of what others list."""
    guessed_calls: int
    """Their calls, by ``CALLS_FOR_PARENTS``."""
    seconds: float
    """By ``SECONDS_A_CALL`` and the rate."""


def forecast(
    plan: Plan, collectors: Collection[Collector], max_rate: float, targets: Collection[Target] | None = None
) -> Forecast:
    """What collecting ``targets`` of a plan takes, by default all. AWS is not asked."""
    calls = guessed = 0
    most = 0
    chosen = [
        (target, account)
        for account in plan.accounts
        for target in account.units
        if targets is None or target in targets
    ]
    for target, account in chosen:
        scope = Scope.GLOBAL if target.region == GLOBAL else Scope.REGION
        answered = account.answers if target.region == GLOBAL else {}
        asked = [each for each in collectors if each.scope is scope and each.action not in answered]
        once = sum(not each.parents for each in asked)
        often = (len(asked) - once) * CALLS_FOR_PARENTS
        calls += once
        guessed += often
        most = max(most, once + often)
    at_a_time = min(len(chosen), THREADS * max(processes_for(len(chosen)), 1)) or 1
    return Forecast(
        targets=tuple(sorted(target for target, _ in chosen)),
        calls=calls,
        for_parents=tuple(sorted(each.action for each in collectors if each.parents)),
        guessed_calls=guessed,
        # One target asks one call after the other, and no faster than the rate.
        seconds=max((calls + guessed) * SECONDS_A_CALL / at_a_time, most * max(SECONDS_A_CALL, 1 / max_rate)),
    )
