"""How fast the program is, and what it takes. ``make bench`` measures all of it; nothing is asserted with a clock.

    python -m tests.bench                           every part; about a quarter of an hour
    python -m tests.bench audit peers               one small fleet, beside other tools, which pip installs: gigabytes
    python -m tests.bench collection 10 100 1000    collection alone, for so many accounts
    python -m tests.bench assessment 1000 10000     assessment alone, for so many VPCs
    python -m tests.bench peering 1000 2000         the peering rules alone, for so many VPCs
    python -m tests.bench size                      what the installed program takes on disk

Each part's table is printed and takes its place in docs/performance.md.
"""

import os
import platform
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests import bench_assessment, bench_audit, bench_collection

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
PARTS = ("audit", "size", "collection", "assessment", "peering")


def main(arguments: Sequence[str]) -> None:
    part, *rest = arguments or [""]
    if part not in ("", *PARTS):
        raise SystemExit(f"there is no part {part}; there are {', '.join(PARTS)}")
    sizes = [int(size) for size in rest if size.isdigit()]
    for name in [part] if part else PARTS:
        _record(name, measured(name, sizes, peers="peers" in rest))


def measured(part: str, sizes: Sequence[int], *, peers: bool) -> Iterator[str]:
    """The lines of a part's table, as they are measured."""
    match part:
        case "audit":
            return _table(bench_audit.COLUMNS, bench_audit.rows(peers=peers))
        case "size":
            return _table(("MB beyond boto3",), ([f"{bench_audit.beyond_boto3():.1f}"] for _ in range(1)))
        case "collection":
            return _table(bench_collection.COLUMNS, bench_collection.rows(sizes or bench_collection.ACCOUNTS))
        case "assessment":
            rows = bench_assessment.of_organizations(sizes or bench_assessment.SIZES)
        case _:
            rows = bench_assessment.of_meshes(sizes or bench_assessment.MESH_SIZES)
    return _table(bench_assessment.COLUMNS, rows)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{' --- |' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _record(part: str, lines: Iterable[str]) -> None:
    """Print lines as they come, and put them between the part's marks on the page."""
    said = [f"Measured on {_machine()}.", ""]
    for line in lines:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
        said.append(line)
    begin, end = f"<!-- measured: {part} -->\n", f"<!-- end of {part} -->"
    page = PAGE.read_text()
    marked = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not marked.search(page):
        raise SystemExit(f"{PAGE} has no place for {part}: it needs the lines {begin.strip()} and {end}")
    text = "".join(f"{line}\n" for line in said)
    PAGE.write_text(marked.sub(lambda _: begin + text + end, page))


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"{datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GB, "
        f"{platform.system()}, Python {platform.python_version()}, botocore {version('botocore')}"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
