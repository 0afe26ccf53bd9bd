"""What the collectors make of moto's accounts, in process. Used inside ``mock_aws``."""

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID

from auditor.collect import Credentials, TargetRequest, collect_target
from auditor.snapshot import GLOBAL, Manifest, ManifestTarget, Snapshot, Target, Tool
from collectors import COLLECTORS
from tests.world import COLLECTED_AT, REGION


def collected(region: str = REGION, account: str = DEFAULT_ACCOUNT_ID) -> Snapshot:
    """One account of moto, and one of its regions."""
    credentials = _credentials(account, region)
    shards = {
        target: collect_target(
            TargetRequest(
                target=target,
                endpoint_region=region,
                credentials=credentials,
                collected_at=COLLECTED_AT,
                enabled=True,
            ),
            COLLECTORS,
        )
        for target in (Target(account, region), Target(account, GLOBAL))
    }
    return Snapshot(
        shards={Target(account, region): shards[Target(account, region)]},
        accounts={account: shards[Target(account, GLOBAL)]},
        manifest=Manifest(
            tool=Tool(name="vpc-auditor", version="0"),
            started_at=COLLECTED_AT,
            finished_at=COLLECTED_AT,
            targets=(ManifestTarget(account_id=account, region=region),),
            actions=tuple(sorted(collector.action for collector in COLLECTORS)),
        ),
    )


def _credentials(account: str, region: str) -> Credentials:
    if account == DEFAULT_ACCOUNT_ID:
        return Credentials("testing", "testing", "testing")
    role = f"arn:aws:iam::{account}:role/audit"
    given = boto3.client("sts", region).assume_role(RoleArn=role, RoleSessionName="audit")["Credentials"]
    return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
