"""What a command takes, as the system counts it for the process and all that it starts."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_UNITS_A_MB = 1024 if os.uname().sysname == "Linux" else 1024 * 1024
"""Linux counts memory in KB, macOS in bytes."""


@dataclass(frozen=True)
class Taken:
    status: int
    seconds: float
    """By the clock."""
    processor: float
    """Seconds of processor time."""
    peak: float
    """The most memory that one of the processes held, in MB."""


def taken(
    command: Sequence[str],
    log: Path,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Taken:
    """Run a command to its end. What it says goes to ``log``.

    Linux counts what the starter of a process holds as that process's own, for it begins as a copy. So a small process
    stands between.
    """
    between = [sys.executable, "-S", __file__, str(log), *command]
    said = subprocess.run(between, env=environment, cwd=folder, stdout=subprocess.PIPE, check=True)
    return Taken(**json.loads(said.stdout))


def _measured(log: str, *command: str) -> Taken:
    began = time.perf_counter()
    with open(log, "wb") as out:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False)
    seconds = time.perf_counter() - began
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Taken(done.returncode, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / _UNITS_A_MB)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_measured(*sys.argv[1:]))))
