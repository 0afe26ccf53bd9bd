"""Where units of work are done: in this process, or in others of its own.

Threads hide the time that AWS takes to answer; processes use more than one processor. Either way a place does one unit
at a time. What was measured is in docs/performance.md.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

from auditor.collect.clients import Clients
from auditor.collect.plan import TargetRequest
from auditor.collect.target import collect_target
from auditor.collector import Collector
from auditor.snapshot import PackedShard, Shard, kind_of, pack_shard

THREADS = 16
"""Units of work at a time in one process."""

_WORTH = 100
"""Units of work that pay for the start of a process."""

_TICK = 0.2
"""Seconds between two messages of a process about the calls that it made."""


@dataclass(frozen=True)
class Collected:
    """A unit of work that is done."""

    shard: PackedShard
    refusals: int
    """Actions that AWS refused."""


Place = Callable[[TargetRequest], Collected]
"""Does one unit of work at a time. It raises what is no failure of the unit's own."""


def processes_for(units: int) -> int:
    """How many processes units of work are worth beside this one; 0 where this one does them all."""
    worth = min(units // _WORTH, os.cpu_count() or 1)
    return worth if worth > 1 else 0


@contextlib.contextmanager
def places(
    processes: int, threads: int, collectors: Collection[Collector], called: Callable[[int], None]
) -> Iterator[Sequence[Place]]:
    """``threads`` places in this process, or as many in each of ``processes`` others, as long as the context lasts.

    ``called`` gets the number of calls that were made since it was last run; it is run in many threads.
    """
    here = _Here(collectors)

    def in_this_process(request: TargetRequest) -> Collected:
        return here.collect(request, lambda: called(1))

    if not processes:
        yield [in_this_process] * threads
        return
    # Not a fork: it would copy the locks of the threads that are already there, in whatever state they are.
    context = multiprocessing.get_context("spawn")
    started = []
    there: list[Place] = []
    ended = threading.Event()
    try:
        for _ in range(processes):
            pipes = [context.Pipe() for _ in range(threads)]
            far = [theirs for _, theirs in pipes]
            process = context.Process(target=_serve, args=(far, tuple(collectors)), daemon=True)
            process.start()
            started.append(process)
            for theirs in far:
                # Only the process has it now: that the process ended is seen by the end of the pipe.
                theirs.close()
            there += [_There(ours, called, in_this_process, ended) for ours, _ in pipes]
        yield there
    finally:
        ended.set()
        for process in started:
            process.terminate()
        for process in started:
            process.join()


def refusals_in(shard: Shard) -> int:
    """How many actions AWS refused."""
    return sum(answer.error is not None and kind_of(answer.error) == "refused" for answer in shard.answers.values())


class _Here:
    """The places of one process: they share the clients."""

    def __init__(self, collectors: Collection[Collector]) -> None:
        self._collectors = collectors
        self._clients = Clients(collectors)

    def collect(self, request: TargetRequest, called: Callable[[], None]) -> Collected:
        shard = collect_target(request, self._collectors, called, self._clients)
        return Collected(pack_shard(shard), refusals_in(shard))


class _There:
    """A place in another process, at the other end of a pipe."""

    def __init__(self, pipe: Connection, called: Callable[[int], None], instead: Place, ended: threading.Event) -> None:
        self._pipe = pipe
        self._called = called
        self._instead = instead
        self._ended = ended

    def __call__(self, request: TargetRequest) -> Collected:
        """Do a unit of work there, or here where the other process was ended, for example for want of memory."""
        try:
            self._pipe.send(request)
            answer = self._pipe.recv()
            while isinstance(answer, int):
                self._called(answer)
                answer = self._pipe.recv()
        except (EOFError, OSError):
            if self._ended.is_set():
                raise
            return self._instead(request)
        if isinstance(answer, BaseException):
            raise answer
        collected: Collected = answer
        return collected


# --- In the other process ---------------------------------------------------------------------------------------------


def _serve(pipes: Sequence[Connection], collectors: Collection[Collector]) -> None:
    """Do what comes through the pipes until the parent process ends this one, or is gone itself."""
    # Ctrl-C goes to every process of the terminal; it is the parent that answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    here = _Here(collectors)
    for pipe in pipes:
        threading.Thread(target=_serve_one, args=(pipe, here), daemon=True).start()
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()


def _serve_one(pipe: Connection, here: _Here) -> None:
    with contextlib.closing(pipe), contextlib.suppress(EOFError, OSError):
        while True:
            request = pipe.recv()
            calls = _Calls(pipe)
            try:
                answer: Collected | BaseException = here.collect(request, calls.add)
            except BaseException as error:  # noqa: BLE001 - it is raised again in the parent process
                answer = error
            calls.tell()
            pipe.send(answer)


class _Calls:
    """Tells the parent process how many calls were made, now and then."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._untold = 0
        self._told_at = time.monotonic()

    def add(self) -> None:
        self._untold += 1
        if time.monotonic() - self._told_at >= _TICK:
            self.tell()

    def tell(self) -> None:
        self._pipe.send(self._untold)
        self._untold = 0
        self._told_at = time.monotonic()
