"""The demo as a process makes it, once for a test session: a test that changes answers works on a copy."""

import functools
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from auditor.config import Settings
from auditor.snapshot import Folder, Snapshot, read_snapshot

NETWORK, PROD, DEV = "111111111111", "222222222222", "333333333333"
DATA, PARTNER = "999999999999", "444444444444"


@dataclass(frozen=True)
class Demo:
    snapshot: Snapshot
    settings: Settings
    printed: str
    """The table, at a width of 100."""


@functools.cache
def demo() -> Demo:
    with tempfile.TemporaryDirectory() as folder:
        snapshot = Path(folder) / "snapshot"
        printed = print_demo(Path(folder), "--snapshot", str(snapshot))
        return Demo(read_snapshot(Folder(snapshot)), Settings(), printed)


def print_demo(folder: Path, *options: str) -> str:
    """What the demo prints. In a process of its own: moto makes other ids where it has made some before."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    run = subprocess.run(
        [sys.executable, "-m", "auditor", "audit", "--demo", "--fail-on", "never", *options],
        env=environment | {"COLUMNS": "100"},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout
