"""What ``collect --dry-run`` prints."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator

from auditor.collect import Forecast, Plan
from auditor.collect.forecast import CALLS_FOR_PARENTS, SECONDS_A_CALL
from auditor.collector import Collector, Scope
from auditor.report.unseen import counted
from auditor.snapshot import GLOBAL


def shown(plan: Plan, collectors: Collection[Collector], forecast: Forecast, max_rate: float) -> str:
    """The targets, the calls and the time of a run, as text."""
    return "\n".join(_lines(plan, collectors, forecast, max_rate))


def _lines(plan: Plan, collectors: Collection[Collector], forecast: Forecast, max_rate: float) -> Iterator[str]:
    regions: defaultdict[str, list[str]] = defaultdict(list)
    for target in forecast.targets:
        regions[target.account].append(target.region)
    asked = [region for each in regions.values() for region in each if region != GLOBAL]
    yield f"Targets: {counted(len(regions), 'account')}, {counted(len(asked), 'region')} in all."
    for account, own in sorted(regions.items()):
        yield f"  {account}  {', '.join(region for region in own if region != GLOBAL) or 'its own questions alone'}"
    for target in sorted(plan.absent):
        yield f"  {target.account}  not entered, and not asked"
    yield ""
    yield f"Calls that are made whatever is there: {forecast.calls}, and one more for each further page of a list."
    by_scope = Counter(each.scope for each in collectors if not each.parents)
    yield f"  {by_scope[Scope.REGION]} in each region; {by_scope[Scope.GLOBAL]} in each account, where not yet answered"
    if forecast.for_parents:
        yield (
            f"Calls that depend on what is there: a guess of {forecast.guessed_calls}, "
            f"as if each were made {CALLS_FOR_PARENTS} times a target."
        )
        yield from (f"  {action}" for action in forecast.for_parents)
    yield ""
    yield (
        f"Time: a guess of {_duration(forecast.seconds)}, at {SECONDS_A_CALL} seconds a call "
        f"and {max_rate:g} requests a second at most for each account and region."
    )
    yield "Nothing was asked yet but on the way to the targets, and nothing was written."


def _duration(seconds: float) -> str:
    if seconds < 90:
        return counted(max(round(seconds), 1), "second")
    return counted(round(seconds / 60), "minute")
