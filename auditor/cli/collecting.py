"""From targets to a snapshot on disk, with progress on standard error."""

import contextlib
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click
import msgspec
from tqdm import tqdm

from auditor import __version__
from auditor.collect import MAX_RATE, Plan, Progress, collect
from auditor.collector import Collector, Scope
from auditor.snapshot import (
    GLOBAL,
    MANIFEST,
    Folder,
    Manifest,
    ManifestTarget,
    PackedShard,
    Storage,
    Target,
    Tool,
    read_manifest,
    resume,
    write_manifest,
    write_packed,
    write_shard,
)


@dataclass(frozen=True)
class Voice:
    """What goes to standard error while a command runs."""

    quiet: bool
    verbose: bool

    def warn(self, message: str) -> None:
        """Say what a person should know, unless told to be quiet."""
        if not self.quiet:
            click.echo(f"vpc-auditor: {message}", err=True)

    def warn_of(self, plan: Plan) -> None:
        """Say what was wrong on the way to the targets."""
        for message in (*(failure.reason for failure in plan.failures), *plan.warnings):
            self.warn(message)

    def note(self, message: str) -> None:
        """Say what a person asked to be told."""
        if self.verbose:
            click.echo(f"vpc-auditor: {message}", err=True)


def open_snapshot(path: Path, *, resumed: bool) -> Folder:
    """The folder to collect into. One that holds a snapshot is refused unless it is to be resumed."""
    if resumed and not (path / MANIFEST).exists():
        raise click.UsageError(f"{path} holds no snapshot to resume; leave --resume out to begin one")
    if path.is_dir() and not resumed and any(path.iterdir()):
        raise click.UsageError(f"{path} is not empty; name a new folder, or go on with the snapshot in it by --resume")
    if path.exists() and not path.is_dir():
        raise click.UsageError(f"{path} is a file; a snapshot is a folder")
    return Folder(path)


def collect_into(
    storage: Storage,
    plan: Plan,
    collectors: Collection[Collector],
    voice: Voice,
    *,
    resumed: bool,
    max_rate: float = MAX_RATE,
) -> None:
    """Collect a plan into a snapshot, or what a snapshot still lacks of it."""
    voice.warn_of(plan)
    earlier = read_manifest(storage) if resumed else None
    manifest = _manifest(plan, collectors, earlier)
    write_manifest(storage, manifest)
    wanted = _wanted(storage, manifest, earlier, collectors)
    present = set(storage.names())
    for shard in plan.shards:
        if shard.target in wanted or present.isdisjoint({f"{shard.target}.json", f"{shard.target}.json.gz"}):
            write_shard(storage, shard)
    with _progress(voice) as progress:

        def write(shard: PackedShard) -> None:
            write_packed(storage, shard)
            voice.note(f"{shard.target} collected")

        collect(plan, collectors, write, targets=wanted, max_rate=max_rate, progress=progress)
    # Where the folder is gone by now, this would bring it back with nothing else in it.
    read_manifest(storage)
    write_manifest(storage, _finished(manifest))


def outstanding(storage: Storage, plan: Plan, collectors: Collection[Collector]) -> set[Target]:
    """The targets of a plan that a snapshot still lacks, the accounts' own shards among them."""
    earlier = read_manifest(storage)
    return _wanted(storage, _manifest(plan, collectors, earlier), earlier, collectors)


def _wanted(
    storage: Storage, manifest: Manifest, earlier: Manifest | None, collectors: Collection[Collector]
) -> set[Target]:
    wanted = set(resume(storage, manifest, _actions(collectors, Scope.REGION), _actions(collectors, Scope.GLOBAL)))
    # What the own shard of an account says that was closed to an earlier run is out of date.
    wanted.update(each.target for each in (earlier.targets if earlier else ()) if each.region == GLOBAL)
    return wanted


def _manifest(plan: Plan, collectors: Collection[Collector], earlier: Manifest | None) -> Manifest:
    targets = set(plan.targets) | {each.target for each in earlier.targets} if earlier else set(plan.targets)
    # An account's ``global`` stands for its regions only as long as nobody knows them.
    known = {target.account for target in targets if target.region != GLOBAL}
    targets = {target for target in targets if target.region != GLOBAL or target.account not in known}
    return Manifest(
        tool=Tool(name="vpc-auditor", version=__version__),
        botocore=version("botocore"),
        started_at=earlier.started_at if earlier else _now(),
        targets=tuple(ManifestTarget(account_id=each.account, region=each.region) for each in sorted(targets)),
        actions=tuple(sorted({each.action for each in collectors} | set(earlier.actions or () if earlier else ()))),
    )


def _finished(manifest: Manifest) -> Manifest:
    return msgspec.structs.replace(manifest, finished_at=_now())


def _actions(collectors: Collection[Collector], scope: Scope) -> frozenset[str]:
    return frozenset(collector.action for collector in collectors if collector.scope is scope)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextlib.contextmanager
def _progress(voice: Voice) -> Iterator[Callable[[Progress], None] | None]:
    """A bar on standard error where that is a terminal; nothing elsewhere, where it would only fill a log."""
    if voice.quiet or not sys.stderr.isatty():
        yield None
        return
    with tqdm(unit=" targets", leave=False, dynamic_ncols=True) as bar:

        def show(progress: Progress) -> None:
            bar.total = progress.total
            bar.n = progress.done
            bar.set_postfix(calls=progress.calls, refused=progress.refusals)

        yield show
