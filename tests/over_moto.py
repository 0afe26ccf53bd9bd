"""What the collectors make of moto's accounts, in process. Used inside ``mock_aws``."""

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID

from auditor.collect import Credentials, TargetRequest, collect_target
from auditor.snapshot import GLOBAL, Manifest, ManifestTarget, Shard, Snapshot, Target, Tool
from collectors import COLLECTORS
from tests.world import COLLECTED_AT, REGION


def collected(region: str = REGION, account: str = DEFAULT_ACCOUNT_ID) -> Snapshot:
    """One account of moto, and one of its regions."""
    return all_collected(Target(account, region))


def all_collected(*targets: Target) -> Snapshot:
    """Accounts of moto, each in the regions that are named."""
    homes = {target.account: target.region for target in reversed(targets)}
    return Snapshot(
        shards={target: _collected(target, target.region) for target in targets},
        accounts={account: _collected(Target(account, GLOBAL), home) for account, home in homes.items()},
        manifest=Manifest(
            tool=Tool(name="vpc-auditor", version="0"),
            started_at=COLLECTED_AT,
            finished_at=COLLECTED_AT,
            targets=tuple(ManifestTarget(account_id=each.account, region=each.region) for each in targets),
            actions=tuple(sorted(collector.action for collector in COLLECTORS)),
        ),
    )


def _collected(target: Target, region: str) -> Shard:
    request = TargetRequest(
        target=target,
        endpoint_region=region,
        credentials=credentials(target.account, region),
        collected_at=COLLECTED_AT,
        enabled=True,
    )
    return collect_target(request, COLLECTORS)


def credentials(account: str, region: str = REGION) -> Credentials:
    """What lets somebody act in an account of moto."""
    if account == DEFAULT_ACCOUNT_ID:
        return Credentials("testing", "testing", "testing")
    role = f"arn:aws:iam::{account}:role/audit"
    given = boto3.client("sts", region).assume_role(RoleArn=role, RoleSessionName="audit")["Credentials"]
    return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
