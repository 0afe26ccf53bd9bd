"""Where a command finds the network that it is asked about: in a snapshot, or at AWS."""

import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import click

from auditor.cli.collecting import Voice, collect_into
from auditor.collect import collectors_for
from auditor.model import Record
from auditor.network.coverage import Coverage
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.snapshot import Folder, Snapshot, read_snapshot
from auditor.targets import Selection, plan_targets
from collectors import COLLECTORS

snapshot_argument = click.argument(
    "snapshot_path", metavar="[SNAPSHOT]", required=False, type=click.Path(path_type=Path)
)


@dataclass(frozen=True)
class Sight:
    """A network, and whether all accounts that were asked for could be entered."""

    network: Network
    entered_all: bool


def look_at(
    snapshot_path: Path | None,
    selection: Selection,
    records: Collection[type[Record]],
    voice: Voice,
    *,
    max_rate: float,
) -> Sight:
    """The network of a snapshot or, where none is named, of the accounts and regions that are selected.

    AWS is asked only for what fills ``records``. click.UsageError where both a snapshot and targets are named.
    """
    if snapshot_path is not None:
        if selection != Selection():
            raise click.UsageError("SNAPSHOT is read without asking AWS; leave all that names targets out")
        return Sight(_network(read_snapshot(Folder(snapshot_path))), entered_all=True)
    collectors = collectors_for(records, COLLECTORS)
    plan = plan_targets(selection, COLLECTORS, collectors)
    with tempfile.TemporaryDirectory(prefix="vpc-auditor-") as folder:
        storage = Folder(Path(folder))
        collect_into(storage, plan, collectors, voice, resumed=False, max_rate=max_rate)
        return Sight(_network(read_snapshot(storage)), entered_all=not plan.failures)


def _network(snapshot: Snapshot) -> Network:
    return Network(Coverage(snapshot, COLLECTORS))


def unanswered(missing: Missing | None) -> bool:
    """Whether something is missing that was asked of AWS, or should have been: that makes a run incomplete."""
    return missing is not None and any(
        cause.kind in (Kind.REFUSED, Kind.FAILED, Kind.NOT_ASKED) for cause in missing.causes
    )
