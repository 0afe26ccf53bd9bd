"""The demo as a snapshot, collected once a process: a test that changes answers works on a copy."""

import functools
import tempfile
from dataclasses import dataclass
from pathlib import Path

from auditor.cli.collecting import Voice, collect_into
from auditor.config import Settings
from auditor.demo import organization
from auditor.snapshot import Folder, Snapshot, read_snapshot
from collectors import COLLECTORS


@dataclass(frozen=True)
class Demo:
    snapshot: Snapshot
    settings: Settings


@functools.cache
def demo() -> Demo:
    with tempfile.TemporaryDirectory() as folder, organization() as made:
        collect_into(Folder(Path(folder)), made.plan, COLLECTORS, Voice(quiet=True, verbose=False), resumed=False)
        return Demo(read_snapshot(Folder(Path(folder))), made.settings)
