"""How the time and the memory of an assessment grow with the network, reading the snapshot included.

Each size is assessed by ``vpc-auditor check`` in a process of its own. The report shows critical findings alone, of
which there are none: writing it is not measured.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.bench_processes import taken
from tests.bench_snapshots import mesh, organization, write
from tests.world import World

SIZES = (1000, 10_000, 50_000)
MESH_SIZES = (1000, 2000, 4000)
COLUMNS = (
    "processor, times the size before",
    "memory, times the size before",
    "VPCs",
    "routes",
    "processor s",
    "ms a VPC",
    "clock s",
    "peak MB",
)


def of_organizations(sizes: Sequence[int]) -> Iterator[Sequence[str]]:
    """A row for each number of VPCs: an organization, judged by all rules that run by default."""
    return _rows(sizes, organization)


def of_meshes(sizes: Sequence[int]) -> Iterator[Sequence[str]]:
    """A row for each number of VPCs: two connections and 200 routes a VPC, judged by all peering rules."""
    return _rows(sizes, mesh, "--rule", "peering-*")


def _rows(sizes: Sequence[int], made: Callable[[], World], *options: str) -> Iterator[Sequence[str]]:
    processor = peak = 0.0
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            routes = write(Path(folder, "snapshot"), size, made)
            command = [sys.executable, "-m", "auditor", "check", f"{folder}/snapshot", *options]
            log = Path(folder, "log")
            run = taken([*command, "--fail-on", "never", "--min-severity", "critical"], log)
            if run.status:
                raise RuntimeError(f"the assessment of {size} VPCs ended with {run.status}: {log.read_text()}")
        yield (
            f"{run.processor / processor:.2f}" if processor else "",
            f"{run.peak / peak:.2f}" if peak else "",
            f"{size:,}",
            f"{routes:,}",
            f"{run.processor:.1f}",
            f"{run.processor / size * 1000:.2f}",
            f"{run.seconds:.1f}",
            f"{run.peak:,.0f}",
        )
        processor, peak = run.processor, run.peak
