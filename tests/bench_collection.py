"""What is left of what botocore can do when the program collects, beside bare botocore calls on the same server.

The bare calls are the same in number and kind. One client a service and region makes them, one after the other in each
process, and their answers are thrown away. The program pages, converts, packs and hands over.
"""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch

from botocore import xform_name
from botocore.config import Config
from botocore.session import Session

from auditor.collect import (
    UNLIMITED,
    AccountPlan,
    Credentials,
    Plan,
    Progress,
    TargetRequest,
    collect,
    collect_target,
)
from auditor.collect.workers import THREADS
from auditor.collector import Scope
from auditor.snapshot import Answer, Target
from collectors import COLLECTORS
from tests.static_aws import static_aws

ACCOUNTS = (10, 100, 1000)
COLUMNS = (
    "processor, times bare",
    "calls a second, of bare",
    "accounts",
    "processes",
    "threads in each",
    "calls",
    "calls a second",
    "bare calls a second",
    "ms a call",
)
REGIONS = ("ap-south-1", "eu-west-1", "us-east-1")
KEYS = Credentials("testing", "testing", "testing")
NO_FILE = str(Path(__file__).with_name("no-such-file"))

Call = tuple[str, str, dict[str, object]]
"""Service, operation and parameters."""


@dataclass(frozen=True)
class Spent:
    calls: int
    seconds: float
    processor: float
    """Seconds of processor time, of all processes together."""

    @property
    def rate(self) -> float:
        return self.calls / self.seconds

    @property
    def cost(self) -> float:
        return self.processor / self.calls


def rows(accounts: Sequence[int]) -> Iterator[Sequence[str]]:
    """A row for each number of accounts, processes and threads, beside as many bare calls of the same run."""
    cores = os.cpu_count() or 1
    with static_aws() as url, patch.dict(os.environ, _settings(url)):
        calls = calls_of_a_region()
        for number in accounts:
            for processes in (0, cores):
                bare = spent(partial(bare_calls, number, processes, calls))
                for threads in (1, THREADS):
                    ours = spent(partial(collected, number, processes, threads))
                    yield (
                        f"{ours.cost / bare.cost:.2f}",
                        f"{ours.rate / bare.rate:.2f}",
                        f"{number:,}",
                        str(processes or 1),
                        str(threads),
                        f"{ours.calls:,}",
                        f"{ours.rate:.0f}",
                        f"{bare.rate:.0f}",
                        f"{ours.cost * 1000:.2f}",
                    )


def spent(work: Callable[[], int]) -> Spent:
    """What it takes to do something that says how many calls it made."""
    began, before = time.perf_counter(), sum(os.times()[:4])
    calls = work()
    return Spent(calls, time.perf_counter() - began, sum(os.times()[:4]) - before)


def collected(accounts: int, processes: int, threads: int) -> int:
    """Collect so many accounts, and keep nothing."""
    seen: list[Progress] = []
    answered = {each.action: Answer(items=[]) for each in COLLECTORS if each.scope is Scope.GLOBAL}
    plan = Plan(
        accounts=tuple(
            AccountPlan(
                account=f"{number:012d}",
                partition="aws",
                home=REGIONS[0],
                regions=dict.fromkeys(REGIONS, True),
                credentials=lambda: KEYS,
                answers=answered,
            )
            for number in range(accounts)
        )
    )
    collect(
        plan,
        COLLECTORS,
        lambda _: None,
        processes=processes,
        threads=threads,
        max_rate=UNLIMITED,
        progress=lambda now: seen.__setitem__(slice(None), [now]),
    )
    return seen[-1].calls


def bare_calls(accounts: int, processes: int, calls: Sequence[Call]) -> int:
    """Make the calls that so many accounts take, in this process or divided among others."""
    if processes:
        context = multiprocessing.get_context("spawn")
        shares = [accounts // processes + (number < accounts % processes) for number in range(processes)]
        started = [context.Process(target=ask, args=(share, calls)) for share in shares]
        for process in started:
            process.start()
        for process in started:
            process.join()
    else:
        ask(accounts, calls)
    return accounts * len(REGIONS) * len(calls)


def ask(accounts: int, calls: Sequence[Call]) -> None:
    session = Session()
    retries = Config(retries={"mode": "standard"})
    clients = {
        (service, region): session.create_client(service, region_name=region, config=retries)
        for service in {service for service, _, _ in calls}
        for region in REGIONS
    }
    for _ in range(accounts):
        for region in REGIONS:
            for service, operation, parameters in calls:
                getattr(clients[service, region], xform_name(operation))(**parameters)


def calls_of_a_region() -> list[Call]:
    """What the program asks of one region, from what one answers."""
    request = TargetRequest(
        target=Target("111111111111", REGIONS[0]),
        endpoint_region=REGIONS[0],
        credentials=KEYS,
        collected_at="2026-11-23T12:00:00Z",
    )
    shard = collect_target(request, COLLECTORS)
    return [
        (each.service, each.operation, dict(parameters))
        for each in COLLECTORS
        if each.scope is Scope.REGION
        for parameters in (each.parameters(shard) if each.parameters else [{}])
    ]


def _settings(url: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": KEYS.access_key,
        "AWS_SECRET_ACCESS_KEY": KEYS.secret_key,
        "AWS_CONFIG_FILE": NO_FILE,
        "AWS_SHARED_CREDENTIALS_FILE": NO_FILE,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
