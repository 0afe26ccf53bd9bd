"""What a snapshot looks like where an account let nobody in."""

from auditor.snapshot import (
    ASSUME_ROLE,
    GLOBAL,
    Answer,
    CallError,
    Manifest,
    ManifestTarget,
    Shard,
    Snapshot,
)
from tests.world import COLLECTED_AT

CLOSED = "555555555555"
REFUSED = CallError(kind="refused", code="AccessDenied", message="The role trusts nobody.")


def with_closed_account(
    snapshot: Snapshot, *regions: str, account: str = CLOSED, action: str = ASSUME_ROLE, error: CallError = REFUSED
) -> Snapshot:
    """The snapshot of a run that also asked for an account it could not enter; without ``regions``, for all of them."""
    shard = Shard(account_id=account, region=GLOBAL, collected_at=COLLECTED_AT, answers={action: Answer(error=error)})
    asked = tuple(ManifestTarget(account_id=account, region=region) for region in regions or (GLOBAL,))
    old = snapshot.manifest
    manifest = Manifest(
        tool=old.tool,
        botocore=old.botocore,
        started_at=old.started_at,
        finished_at=old.finished_at,
        targets=(*old.targets, *asked),
        actions=old.actions,
    )
    return Snapshot(snapshot.shards, {**snapshot.accounts, account: shard}, manifest)
