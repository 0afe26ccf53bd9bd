"""Findings of single checks on a world or on a snapshot."""

from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from auditor.assess import assess, records_read
from auditor.check import Check
from auditor.config import Settings
from auditor.findings import Finding, Status
from auditor.snapshot import Answer, Shard, Snapshot
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
    read = {collector.action for collector in COLLECTORS if collector.record in records_read(check)}

    def reduced(shard: Shard) -> Shard:
        return replace(shard, answers={action: answer for action, answer in shard.answers.items() if action in read})

    return judged(_changed(seen, reduced), check, settings)


def judged_backwards(seen: World | Snapshot, check: Check | Sequence[Check]) -> list[Finding]:
    """The findings where AWS gives every list the other way round."""

    def backwards(answer: Answer) -> Answer:
        return answer if answer.items is None else replace(answer, items=answer.items[::-1])

    def reversed_(shard: Shard) -> Shard:
        return replace(shard, answers={action: backwards(answer) for action, answer in shard.answers.items()})

    return judged(_changed(seen, reversed_), check)


def _changed(seen: World | Snapshot, change: Callable[[Shard], Shard]) -> Snapshot:
    snapshot = seen.snapshot() if isinstance(seen, World) else seen
    shards = {target: change(shard) for target, shard in snapshot.shards.items()}
    accounts = {account: change(shard) for account, shard in snapshot.accounts.items()}
    return Snapshot(shards=shards, accounts=accounts, manifest=snapshot.manifest)
