"""Findings of single checks on a world or on a snapshot."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from auditor.assess import assess, records_read
from auditor.check import Check
from auditor.config import Settings
from auditor.findings import Finding, Status
from auditor.snapshot import Snapshot
from collectors import COLLECTORS
from tests.world import World

DEFAULTS = Settings()


def judged(seen: World | Snapshot, check: Check | Sequence[Check], settings: Settings = DEFAULTS) -> list[Finding]:
    """Every finding of one check or of several, the passes among them."""
    snapshot = seen.snapshot() if isinstance(seen, World) else seen
    checks = [check] if isinstance(check, Check) else check
    return list(assess(snapshot, COLLECTORS, checks, settings).findings)


def faults(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.status is Status.FAIL]


def unknowns(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.status is Status.UNKNOWN]


def passes(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.status is Status.PASS]


def judged_on_reads(seen: World | Snapshot, check: Check, settings: Settings = DEFAULTS) -> list[Finding]:
    """The findings where every answer is taken away that the check does not say it reads."""
    snapshot = seen.snapshot() if isinstance(seen, World) else seen
    read = {collector.action for collector in COLLECTORS if collector.record in records_read(check)}
    shards = {
        target: replace(shard, answers={action: shard.answers[action] for action in shard.answers if action in read})
        for target, shard in snapshot.shards.items()
    }
    return judged(Snapshot(shards=shards, accounts=snapshot.accounts, manifest=snapshot.manifest), check, settings)
