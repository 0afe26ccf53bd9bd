from collections.abc import Iterable

import pytest

from auditor.collect import UNLIMITED, AccountPlan, Forecast, Plan, collect, forecast
from auditor.collector import Scope
from auditor.snapshot import GLOBAL, Answer, Target
from collectors import COLLECTORS
from tests.auditor.collect.asking import ACCOUNT, CREDENTIALS
from tests.hooked_aws import HookedAws

OTHER = "210987654321"


def plan(*accounts: str, regions: Iterable[str] = ("eu-west-1", "us-east-1")) -> Plan:
    return Plan(
        accounts=tuple(
            AccountPlan(
                account=account,
                partition="aws",
                home="eu-west-1",
                regions=dict.fromkeys(regions, True),
                credentials=lambda: CREDENTIALS,
                answers={"ec2:DescribeRegions": Answer(items=[])},
            )
            for account in accounts
        )
    )


def of(*accounts: str, max_rate: float = UNLIMITED, **arguments: Iterable[str]) -> Forecast:
    return forecast(plan(*accounts, **arguments), COLLECTORS, max_rate)


def test_the_calls_that_are_made_whatever_is_there_are_those_of_a_run_that_finds_nothing(aws: HookedAws) -> None:
    collect(plan(ACCOUNT, OTHER), COLLECTORS, lambda _: None)
    assert of(ACCOUNT, OTHER).calls == len(aws.calls)


def test_what_was_asked_on_the_way_in_is_not_counted_again() -> None:
    worldwide = [each for each in COLLECTORS if each.scope is Scope.GLOBAL]
    assert of(ACCOUNT, regions=()).calls == sum(not each.parents for each in worldwide) - 1


def test_the_calls_for_parents_are_named_and_guessed() -> None:
    for_parents = [each for each in COLLECTORS if each.parents]
    found = of(ACCOUNT)
    assert set(found.for_parents) == {each.action for each in for_parents}
    # Those of the account are called for in its own shard, the others in each of two regions.
    assert found.guessed_calls == 4 * sum(1 if each.scope is Scope.GLOBAL else 2 for each in for_parents)


def test_only_the_targets_of_a_resumed_run_are_counted() -> None:
    wanted = {Target(ACCOUNT, "us-east-1")}
    found = forecast(plan(ACCOUNT, OTHER), COLLECTORS, UNLIMITED, wanted)
    assert found.targets == tuple(wanted)
    assert found.calls == of(ACCOUNT, regions=["us-east-1"]).calls - of(ACCOUNT, regions=()).calls


def test_the_targets_are_in_order_with_the_accounts_own_shards() -> None:
    assert of(ACCOUNT).targets == tuple(Target(ACCOUNT, region) for region in ("eu-west-1", GLOBAL, "us-east-1"))


def test_the_time_grows_with_the_accounts_and_with_a_lower_rate() -> None:
    one, many = of(ACCOUNT), of(*(f"{number:012d}" for number in range(100)))
    assert many.seconds > 5 * one.seconds
    slow = of(ACCOUNT, max_rate=1)
    both, own = of(ACCOUNT), of(ACCOUNT, regions=())
    calls_of_a_region = (both.calls + both.guessed_calls - own.calls - own.guessed_calls) / 2
    assert slow.seconds == pytest.approx(calls_of_a_region)


def test_no_target_takes_no_time() -> None:
    nothing = forecast(plan(ACCOUNT), COLLECTORS, 10, targets=())
    assert (nothing.targets, nothing.calls, nothing.guessed_calls, nothing.seconds) == ((), 0, 0, 0)
