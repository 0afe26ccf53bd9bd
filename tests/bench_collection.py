"""How much of what botocore can do is left when the program collects, beside bare botocore calls on the same server.

The bare calls are the same in number and kind, made by one client a service and region that is never made again, one
after the other in each process; their answers are thrown away. The program pages, converts, packs and hands over.
"""

import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from unittest.mock import patch

import botocore
from botocore import xform_name
from botocore.config import Config
from botocore.session import Session

from auditor.collect import UNLIMITED, AccountPlan, Credentials, Plan, TargetRequest, collect, collect_target
from auditor.collector import Scope
from auditor.snapshot import Answer, Target
from collectors import COLLECTORS
from tests.static_aws import static_aws

ACCOUNTS = (10, 100)
REGIONS = ("ap-south-1", "eu-west-1", "us-east-1")
KEYS = Credentials("testing", "testing", "testing")

Call = tuple[str, str, dict[str, str]]
"""Service, operation and parameters."""


@dataclass(frozen=True)
class Spent:
    calls: int
    seconds: float
    processor: float
    """Seconds of processor time, of all processes together."""


def main(accounts: Sequence[int] = ACCOUNTS) -> None:
    """Print for each number of accounts what the program and the bare calls reach, ratios first."""
    cores = os.cpu_count() or 1
    print_line("accounts", "processes", "share of bare rate", "times bare processor", "calls", "calls/s", "bare calls/s")
    with static_aws() as url, patch.dict(os.environ, _settings(url)):
        calls = calls_of_a_region()
        for number in accounts:
            for processes in (0, cores):
                bare = spent(lambda n=number, p=processes: bare_calls(n, p, calls))  # type: ignore[misc] # bound at once
                ours = spent(lambda n=number, p=processes: collected(n, p))  # type: ignore[misc] # bound at once
                print_line(
                    str(number),
                    str(processes or 1),
                    f"{ours.calls / ours.seconds / (bare.calls / bare.seconds):.2f}",
                    f"{ours.processor / ours.calls / (bare.processor / bare.calls):.2f}",
                    str(ours.calls),
                    f"{ours.calls / ours.seconds:.0f}",
                    f"{bare.calls / bare.seconds:.0f}",
                )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    sys.stdout.write(f"peak memory: {peak} MB here, {worker} MB in the largest process beside; botocore {_BOTOCORE}\n")


_BOTOCORE = botocore.__version__


def print_line(*cells: str) -> None:
    sys.stdout.write("  ".join(f"{cell:>20}" for cell in cells) + "\n")
    sys.stdout.flush()


def spent(work: Callable[[], int]) -> Spent:
    """What it takes to do something that says how many calls it made."""
    began, before = time.perf_counter(), sum(os.times()[:4])
    calls = work()
    return Spent(calls, time.perf_counter() - began, sum(os.times()[:4]) - before)


def collected(accounts: int, processes: int) -> int:
    """Collect so many accounts, and keep nothing."""
    calls = 0

    def progress(now: object) -> None:
        nonlocal calls
        calls = getattr(now, "calls")  # noqa: B009

    plan = Plan(
        accounts=tuple(
            AccountPlan(
                account=f"{number:012d}",
                partition="aws",
                home=REGIONS[0],
                regions=dict.fromkeys(REGIONS, True),
                credentials=lambda: KEYS,
                answers={each.action: Answer(items=[]) for each in COLLECTORS if each.scope is Scope.GLOBAL},
            )
            for number in range(accounts)
        )
    )
    collect(plan, COLLECTORS, lambda _: None, processes=processes, max_rate=UNLIMITED, progress=progress)
    return calls


def bare_calls(accounts: int, processes: int, calls: Sequence[Call]) -> int:
    """Make the calls that so many accounts take, in this process or divided among others."""
    if not processes:
        ask(accounts, calls)
        return accounts * len(REGIONS) * len(calls)
    context = multiprocessing.get_context("spawn")
    shares = [accounts // processes + (number < accounts % processes) for number in range(processes)]
    started = [context.Process(target=ask, args=(share, calls)) for share in shares]
    for process in started:
        process.start()
    for process in started:
        process.join()
    return accounts * len(REGIONS) * len(calls)


def ask(accounts: int, calls: Sequence[Call]) -> None:
    session = Session()
    clients = {
        (service, region): session.create_client(service, region_name=region, config=Config(retries={"mode": "standard"}))  # type: ignore[call-overload] # by its name
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
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or ACCOUNTS)
