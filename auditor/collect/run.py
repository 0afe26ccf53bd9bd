"""The run: many units of work at a time, and each shard handed on as it completes."""

import contextlib
import functools
import queue
import threading
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from auditor.collect.pace import MAX_RATE
from auditor.collect.plan import AccountPlan, Plan, TargetRequest
from auditor.collect.target import failed_target
from auditor.collect.workers import THREADS, Collected, Place, places, processes_for, refusals_in
from auditor.collector import Collector
from auditor.snapshot import GLOBAL, PackedShard, Target, pack_shard

_TICK = 0.2
"""Seconds between two reports of progress while nothing completes."""


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    done: int
    """Shards that are complete, the accounts' own among them."""
    total: int
    calls: int
    refusals: int
    """Actions that AWS refused, in the shards that are complete."""


def collect(
    plan: Plan,
    collectors: Collection[Collector],
    write: Callable[[PackedShard], None],
    *,
    targets: Collection[Target] | None = None,
    max_rate: float = MAX_RATE,
    processes: int | None = None,
    threads: int = THREADS,
    progress: Callable[[Progress], None] | None = None,
) -> None:
    """Collect a plan, many targets at a time.

    ``write`` gets each shard as it completes, and nothing keeps it; ``progress`` gets how far the run is. Both run in
    the caller's thread. ``targets`` are those of the plan to collect, an account's own shard among them as
    ``<account>/global``; by default all. ``max_rate`` is in requests a second for each account and region.

    ``processes`` is how many do the work beside this one, with ``threads`` each; 0 stands for this one alone, and by
    default the number of targets decides. Collectors then go to other processes, so that their functions must be ones
    that ``pickle`` knows by name.

    A target that cannot be collected at all gets a shard in which each action has failed. Whatever ``write`` raises,
    and Ctrl-C, end the run at once; the shards written before stay.
    """
    units = [
        _Unit(account, target)
        for account in plan.accounts
        for target in account.units
        if targets is None or target in targets
    ]
    if processes is None:
        processes = processes_for(len(units))
    calls = _Tally()
    done = refusals = 0
    with places(processes, min(threads, len(units)), collectors, calls.add) as all_places:
        jobs = [functools.partial(_collect_unit, collectors, max_rate, place) for place in all_places]
        with contextlib.closing(_work(units, jobs)) as completed:
            for collected in completed:
                if collected is not None:
                    write(collected.shard)
                    done += 1
                    refusals += collected.refusals
                if progress:
                    progress(Progress(done, len(units), calls.count, refusals))


@dataclass(frozen=True)
class _Unit:
    account: AccountPlan
    target: Target


class _Tally:
    """A count that many threads add to."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def add(self, calls: int) -> None:
        with self._lock:
            self.count += calls


_Job = Callable[[_Unit], Collected]


def _work(units: Iterable[_Unit], jobs: Sequence[_Job]) -> Generator[Collected | None, None, None]:
    """What was collected of each unit as it completes, and None whenever a while goes by without one.

    Each of ``jobs`` does one unit at a time. What one raises is raised here. Closing the iterator starts no further
    unit and waits for none.
    """
    waiting: queue.SimpleQueue[_Unit] = queue.SimpleQueue()
    for unit in units:
        waiting.put(unit)
    completed: queue.SimpleQueue[Collected | BaseException] = queue.SimpleQueue()
    stop = threading.Event()

    def work(job: _Job) -> None:
        try:
            while not stop.is_set():
                completed.put(job(waiting.get_nowait()))
        except queue.Empty:
            return
        except BaseException as error:  # noqa: BLE001 - it is raised again in the caller's thread
            completed.put(error)

    total = waiting.qsize()
    # Daemons: Python waits for other threads before it ends, and a read may block for a minute after Ctrl-C.
    for job in jobs:
        threading.Thread(target=work, args=(job,), daemon=True).start()
    try:
        while total:
            try:
                result = completed.get(timeout=_TICK)
            except queue.Empty:
                yield None
                continue
            if isinstance(result, BaseException):
                raise result
            total -= 1
            yield result
    finally:
        stop.set()


def _collect_unit(collectors: Collection[Collector], max_rate: float, place: Place, unit: _Unit) -> Collected:
    """What a place collects of a unit; without credentials for it, a shard in which each action has failed."""
    account, target = unit.account, unit.target
    own = target.region == GLOBAL
    collected_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    answers = account.answers if own else {}
    try:
        credentials = account.credentials()
    except Exception as error:  # noqa: BLE001 - one target's failure is not the run's
        shard = failed_target(target, collected_at, collectors, error, answers)
        return Collected(pack_shard(shard), refusals_in(shard))
    return place(
        TargetRequest(
            target=target,
            endpoint_region=account.home if own else target.region,
            credentials=credentials,
            collected_at=collected_at,
            enabled=True if own else account.regions[target.region],
            profile=account.profile,
            answers=answers,
            max_rate=max_rate,
        )
    )
