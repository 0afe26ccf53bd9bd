"""The regions of an account, as the account itself has them enabled."""

from collections.abc import Mapping
from datetime import UTC, datetime

from auditor.collect import Credentials, TargetRequest, collect_target
from auditor.collect.clients import Clients
from auditor.collector import Collector
from auditor.snapshot import GLOBAL, Answer, Target

_ENABLED = {"opt-in-not-required", "opted-in", None}


def ask(
    account: str,
    region: str,
    collector: Collector,
    credentials: Credentials,
    *,
    profile: str | None,
    clients: Clients | None = None,
) -> Answer:
    """What an account answers to one question that has no region, asked in ``region``.

    ``clients`` are as in ``collect_target``.
    """
    request = TargetRequest(
        target=Target(account, GLOBAL),
        endpoint_region=region,
        credentials=credentials,
        collected_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        profile=profile,
    )
    return collect_target(request, [collector], clients=clients).answers[collector.action]


def enabled_in(answer: Answer) -> Mapping[str, bool]:
    """Whether the account has enabled each region that it answered to DescribeRegions."""
    items = answer.items or ()
    return {item["RegionName"]: item.get("OptInStatus") in _ENABLED for item in items if "RegionName" in item}
