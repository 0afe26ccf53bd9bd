import gzip
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from botocore.exceptions import UnauthorizedSSOTokenError

from auditor.collect import MAX_RATE, AccountPlan, Credentials, Plan, Progress, TargetRequest, collect
from auditor.collector import Scope
from auditor.snapshot import GLOBAL, Answer, PackedShard, Shard, Target
from collectors import COLLECTORS
from tests.auditor.collect.asking import ACCOUNT, CREDENTIALS, error_of
from tests.hooked_aws import HookedAws, refused


def plan(*regions: str, credentials: Callable[[], Credentials] = lambda: CREDENTIALS) -> Plan:
    account = AccountPlan(
        account=ACCOUNT,
        partition="aws",
        home="eu-west-1",
        regions=dict.fromkeys(regions, True),
        credentials=credentials,
        answers={"ec2:DescribeRegions": Answer(items=[{"RegionName": region} for region in regions])},
    )
    return Plan(accounts=(account,))


def run(plan: Plan, **arguments: Any) -> dict[str, Shard]:
    packed: list[PackedShard] = []
    collect(plan, COLLECTORS, packed.append, **arguments)
    return {each.target.region: msgspec.json.decode(gzip.decompress(each.content), type=Shard) for each in packed}


def test_a_run_writes_a_shard_for_each_region_and_one_for_the_account(aws: HookedAws) -> None:
    shards = run(plan("eu-west-1", "eu-west-2"))
    assert set(shards) == {"eu-west-1", "eu-west-2", GLOBAL}
    assert shards[GLOBAL].items("ec2:DescribeRegions") == [{"RegionName": "eu-west-1"}, {"RegionName": "eu-west-2"}]
    assert not aws.named("DescribeRegions")
    collected = datetime.fromisoformat(shards["eu-west-1"].collected_at)
    assert timedelta(0) <= datetime.now(UTC) - collected < timedelta(minutes=1)


def test_only_the_targets_asked_for_are_collected(aws: HookedAws) -> None:
    wanted = {Target(ACCOUNT, "eu-west-2")}
    assert set(run(plan("eu-west-1", "eu-west-2"), targets=wanted)) == {"eu-west-2"}
    assert {call.region for call in aws.calls} == {"eu-west-2"}


def test_each_account_and_region_is_one_unit_of_work(aws: HookedAws) -> None:
    several = plan("eu-west-1", "eu-west-2", "eu-west-3")
    run(several)
    units = [unit for account in several.accounts for unit in account.units]
    assert len(units) == len(set(units)) == 4
    asked = Counter(call.region for call in aws.calls if call.operation == "DescribeVpcs")
    assert asked == {"eu-west-1": 1, "eu-west-2": 1, "eu-west-3": 1}


def test_the_rate_of_the_run_is_that_of_each_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    rates: list[float] = []

    def note(request: TargetRequest, *_: object) -> Shard:
        rates.append(request.max_rate)
        return Shard(account_id=ACCOUNT, region=request.target.region, collected_at=request.collected_at, answers={})

    monkeypatch.setattr("auditor.collect.workers.collect_target", note)
    run(plan("eu-west-1"), max_rate=3.0)
    run(plan("eu-west-1"))
    assert rates == [3.0, 3.0, MAX_RATE, MAX_RATE]


def test_targets_are_collected_at_the_same_time(aws: HookedAws) -> None:
    both = threading.Barrier(2, timeout=20)

    def wait(_: object) -> dict[str, Any]:
        both.wait()
        return {}

    aws.replies["DescribeVpcs"] = wait
    shards = run(plan("eu-west-1", "eu-west-2"), threads=2)
    assert [shards[region].answers["ec2:DescribeVpcs"].error for region in ("eu-west-1", "eu-west-2")] == [None, None]


def test_progress_ends_with_every_shard_call_and_refusal(aws: HookedAws) -> None:
    aws.replies["DescribeVpcs"] = refused()
    seen: list[Progress] = []
    run(plan("eu-west-1", "eu-west-2"), progress=seen.append)
    # In each region the VPCs are refused, and with them the three lists that are asked for each VPC.
    assert seen[-1] == Progress(done=3, total=3, calls=len(aws.calls), refusals=8)
    assert [each.done for each in seen] == sorted(each.done for each in seen)


def test_progress_is_told_while_nothing_completes(aws: HookedAws) -> None:
    told = threading.Event()

    def wait(_: object) -> dict[str, Any]:
        assert told.wait(20)
        return {}

    def progress(now: Progress) -> None:
        if now.done == 0 and now.calls:
            told.set()

    aws.replies["DescribeVpcs"] = wait
    run(plan("eu-west-1"), targets={Target(ACCOUNT, "eu-west-1")}, progress=progress)
    assert told.is_set()


def test_credentials_are_asked_for_as_each_unit_starts(aws: HookedAws) -> None:
    asked: list[int] = []

    def credentials() -> Credentials:
        asked.append(1)
        return CREDENTIALS

    run(plan("eu-west-1", "eu-west-2", credentials=credentials))
    assert len(asked) == 3
    assert aws.calls


def test_a_target_whose_credentials_cannot_be_renewed_has_failed_and_the_rest_is_collected(aws: HookedAws) -> None:
    given = iter([CREDENTIALS])

    def credentials() -> Credentials:
        for each in given:
            return each
        raise UnauthorizedSSOTokenError

    shards = run(plan("eu-west-1", credentials=credentials), threads=1)
    regional = {each.action for each in COLLECTORS if each.scope is Scope.REGION}
    assert {action: error_of(answer).code for action, answer in shards["eu-west-1"].answers.items()} == dict.fromkeys(
        regional, "UnauthorizedSSOTokenError"
    )
    assert shards[GLOBAL].answers["organizations:ListAccounts"].error is None
    assert {call.operation for call in aws.calls} == {"ListAccounts", "ListHostedZones"}


def test_an_sts_that_is_not_offered_where_credentials_are_renewed_leaves_no_call_without_need(aws: HookedAws) -> None:
    def credentials() -> Credentials:
        raise refused("RegionDisabledException", "STS is not activated in this region.")

    answers = run(plan("eu-west-1", credentials=credentials))["eu-west-1"].answers
    assert {(error_of(answer).code, error_of(answer).kind) for answer in answers.values()} == {
        ("RegionDisabledException", "failed")
    }
    assert aws.calls == []


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, OSError])
def test_a_run_that_is_broken_off_keeps_the_shards_written_before_and_starts_no_other(
    aws: HookedAws, interrupt: type[BaseException]
) -> None:
    written: list[str] = []
    broken_off = threading.Event()
    before = set(threading.enumerate())

    def write(shard: PackedShard) -> None:
        written.append(shard.target.region)
        if len(written) == 2:
            raise interrupt

    def wait(_: object) -> dict[str, Any]:
        # The second region is under way, and still is when the run has ended.
        if aws.calls[-1].region == "eu-west-2":
            broken_off.wait(20)
        return {}

    aws.replies["DescribeVpcs"] = wait
    with pytest.raises(interrupt):
        collect(plan("eu-west-1", "eu-west-2", "eu-west-3"), COLLECTORS, write, threads=1)
    broken_off.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(20)
    assert written == [GLOBAL, "eu-west-1"]
    assert "eu-west-3" not in {call.region for call in aws.calls}


def test_a_process_that_is_interrupted_does_not_wait_for_a_call_that_hangs() -> None:
    code = """
import threading
import auditor.collect.workers
from auditor.collect import AccountPlan, Credentials, Plan, collect

def interrupt(progress):
    raise KeyboardInterrupt

auditor.collect.workers.collect_target = lambda *request: threading.Event().wait()
account = AccountPlan(
    account="111111111111", partition="aws", home="eu-west-1", regions={}, credentials=lambda: Credentials("a", "b")
)
collect(Plan(accounts=(account,)), [], print, progress=interrupt)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert run.stderr.endswith("KeyboardInterrupt\n")


def test_what_stops_a_worker_stops_the_run(aws: HookedAws) -> None:
    aws.replies["DescribeVpcs"] = SystemExit(5)
    with pytest.raises(SystemExit):
        run(plan("eu-west-1"))


def test_the_targets_of_a_plan_are_its_accounts_and_regions_in_order() -> None:
    assert plan("eu-west-2", "eu-west-1").targets == (Target(ACCOUNT, "eu-west-1"), Target(ACCOUNT, "eu-west-2"))
