import gzip
import json
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from auditor.collect import AccountPlan, Credentials, Plan, Progress, collect
from auditor.collect.workers import processes_for
from auditor.collector import Collector
from auditor.snapshot import GLOBAL, PackedShard, SnapshotError
from collectors import COLLECTORS
from tests.moto_over_http import Held, MotoOverHttp, Refusal, moto_over_http

pytestmark = pytest.mark.xdist_group("process")

ACCOUNT, OTHER = "123456789012", "210987654321"
REGIONS = ("eu-west-1", "eu-west-2")


@pytest.fixture(scope="module")
def server() -> Iterator[MotoOverHttp]:
    with moto_over_http() as served:
        yield served


@pytest.fixture
def over_http(server: MotoOverHttp, monkeypatch: pytest.MonkeyPatch) -> Iterator[MotoOverHttp]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    server.forget()
    server.answers["route53profiles:ListProfileAssociations"] = lambda _: {"ProfileAssociations": []}
    yield server
    server.forget()


def plan(*accounts: str) -> Plan:
    return Plan(
        accounts=tuple(
            AccountPlan(
                account=account,
                partition="aws",
                home=REGIONS[0],
                regions=dict.fromkeys(REGIONS, True),
                credentials=lambda: Credentials("testing", "testing", "testing"),
            )
            for account in accounts
        )
    )


def collected(processes: int, **arguments: Any) -> dict[str, Any]:
    """The shards of a run, without their times."""
    packed: list[PackedShard] = []
    collect(plan(ACCOUNT, OTHER), COLLECTORS, packed.append, processes=processes, threads=2, **arguments)
    shards = {str(each.target): json.loads(gzip.decompress(each.content)) for each in packed}
    assert len(shards) == len(packed)
    for shard in shards.values():
        shard["collected_at"] = ""
    return shards


def hold(aws: MotoOverHttp, then: Callable[[], None]) -> Callable[[Progress], None]:
    """Hold AWS's answers about subnets until calls were made, and then do something before they come."""
    released = threading.Event()
    aws.faults["ec2:DescribeSubnets"] = Held(released)

    def progress(_: Progress) -> None:
        if "ec2:DescribeSubnets" in aws.actions and not released.is_set():
            then()
            released.set()

    return progress


@pytest.mark.parametrize("collector", COLLECTORS, ids=lambda each: each.action)
def test_a_collector_can_go_to_another_process(collector: Collector) -> None:
    assert pickle.loads(pickle.dumps(collector)) == collector  # noqa: S301 - it was made just before


def test_other_processes_collect_what_this_one_does(over_http: MotoOverHttp) -> None:
    here = collected(0)
    assert {call.action for call in over_http.requests} == {each.action for each in COLLECTORS} - _FOR_PARENTS
    asked = sorted((call.action, call.region) for call in over_http.requests)
    over_http.forget()
    there = collected(2)
    assert there == here
    assert set(there) == {f"{account}/{region}" for account in (ACCOUNT, OTHER) for region in (*REGIONS, GLOBAL)}
    assert sorted((call.action, call.region) for call in over_http.requests) == asked
    assert not multiprocessing.active_children()


_FOR_PARENTS = {
    "cloudwatch:GetMetricData",
    "directconnect:DescribeDirectConnectGatewayAssociations",
    "ec2:DescribeClientVpnTargetNetworks",
    "ec2:DescribeVpcEndpointServicePermissions",
    "ec2:GetManagedPrefixListEntries",
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
    "route53:ListResourceRecordSets",
    "route53profiles:ListProfileResourceAssociations",
}
"""moto's accounts have no NAT gateway, endpoint, virtual private gateway, endpoint service or hosted zone, and use no
prefix list, unless somebody makes them; it has no Client VPN."""


def test_progress_of_other_processes_ends_with_every_shard_call_and_refusal(over_http: MotoOverHttp) -> None:
    over_http.faults["ec2:DescribeNatGateways"] = Refusal()
    seen: list[Progress] = []
    collected(2, progress=seen.append)
    # What is asked for NAT gateways is missing with them.
    assert seen[-1] == Progress(done=6, total=6, calls=len(over_http.requests), refusals=2 * 4)


def test_what_write_raises_ends_the_run_and_its_processes(over_http: MotoOverHttp) -> None:
    def write(shard: PackedShard) -> None:
        raise SnapshotError(f"{shard.target}: cannot be written: No space left on device")

    before = set(threading.enumerate())
    with pytest.raises(SnapshotError, match="No space left"):
        collect(plan(ACCOUNT, OTHER), COLLECTORS, write, processes=2, threads=1)
    assert not multiprocessing.active_children()
    asked = len(over_http.requests)
    for thread in set(threading.enumerate()) - before:
        thread.join(20)
    # One that was under way in each process may come in late; what the processes left undone is not done here.
    assert 0 < len(over_http.requests) <= asked + 2


def test_ctrl_c_is_answered_by_this_process_alone(over_http: MotoOverHttp, capfd: pytest.CaptureFixture[str]) -> None:
    def interrupt() -> None:
        for process in multiprocessing.active_children():
            os.kill(process.pid or 0, signal.SIGINT)

    assert len(collected(2, progress=hold(over_http, interrupt))) == 6
    assert capfd.readouterr().err == ""


def test_what_a_process_left_undone_when_it_was_killed_is_done_here(over_http: MotoOverHttp) -> None:
    whole = collected(0)

    def kill() -> None:
        for process in multiprocessing.active_children():
            process.kill()
            process.join()

    assert collected(2, progress=hold(over_http, kill)) == whole


def test_a_target_that_cannot_be_packed_ends_the_run_on_one_line(over_http: MotoOverHttp) -> None:
    with pytest.raises(SnapshotError, match="the shard cannot be written"):
        collect(plan("12"), COLLECTORS, lambda _: None, processes=2, threads=1)
    assert over_http.requests


def test_processes_end_with_the_one_that_started_them(over_http: MotoOverHttp) -> None:
    released = threading.Event()
    over_http.faults["ec2:DescribeSubnets"] = Held(released)
    code = """
from tests.auditor.collect.test_workers import ACCOUNT, COLLECTORS, collect, plan

if __name__ == "__main__":
    tell = lambda progress: progress.calls and print(progress.calls, flush=True)
    collect(plan(ACCOUNT), COLLECTORS, print, processes=2, threads=1, progress=tell)
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.kill()
        # Every process that it started has the same standard output, whose end comes with the last of them.
        process.communicate(timeout=30)
    released.set()
    assert process.returncode == -signal.SIGKILL


def test_a_small_run_pays_for_no_process() -> None:
    assert [processes_for(units) for units in (0, 1, 18, 100)] == [0, 0, 0, 0]


def test_a_large_run_has_no_more_processes_than_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert [processes_for(units) for units in (200, 399, 400, 100_000)] == [2, 3, 4, 4]
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert processes_for(100_000) == 0
