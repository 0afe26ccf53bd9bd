"""Accounts behind one identity, as a hook answers for them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from auditor.collect import Plan
from auditor.collector import Collector
from auditor.snapshot import Target
from auditor.targets import AssumedRole, Selection, TargetError, plan_targets
from collectors import COLLECTORS
from tests.hooked_aws import HookedAws, refused

CALLER, FIRST, SECOND, THIRD = "111111111111", "222222222222", "333333333333", "444444444444"
ROLE = AssumedRole(name="audit")
HOUR = timedelta(hours=1)


def account_of(parameters: dict[str, Any]) -> str:
    return str(parameters["RoleArn"].split(":")[4])


def keys_of(account: str, lasting: timedelta = HOUR, number: int = 1) -> dict[str, Any]:
    return {
        "Credentials": {
            "AccessKeyId": f"KEY{number}-{account}",
            "SecretAccessKey": "secret",
            "SessionToken": "token",
            "Expiration": datetime.now(UTC) + lasting,
        }
    }


def in_turn(*replies: Any) -> Callable[[Any], Any]:
    """The replies one after the other, and then the last for ever."""
    rest = list(replies)

    def reply(parameters: dict[str, Any]) -> Any:
        answer = rest.pop(0) if len(rest) > 1 else rest[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(parameters) if callable(answer) else answer

    return reply


def closed_to(*accounts: str, code: str = "AccessDenied", message: str = "not authorized") -> Callable[[Any], Any]:
    """Gives the role's credentials but in some accounts."""

    def reply(parameters: dict[str, Any]) -> Any:
        if account_of(parameters) in accounts:
            raise refused(code, message)
        return keys_of(account_of(parameters))

    return reply


def hooked(aws: HookedAws, partition: str = "aws", *regions: str) -> HookedAws:
    arn = f"arn:{partition}:iam::{CALLER}:user/me"
    aws.replies["GetCallerIdentity"] = {"Account": CALLER, "Arn": arn}
    aws.replies["AssumeRole"] = closed_to()
    aws.replies["DescribeRegions"] = {
        "Regions": [{"RegionName": name, "OptInStatus": "opted-in"} for name in regions or ("eu-west-1", "us-east-1")]
    }
    return aws


def planned(selection: Selection, *chosen: Collector) -> Plan:
    """The plan of a run that asks for what ``chosen`` declare."""
    return plan_targets(selection, COLLECTORS, chosen)


def targets(*accounts: str, regions: Sequence[str] = ("eu-west-1", "us-east-1")) -> tuple[Target, ...]:
    return tuple(Target(account, region) for account in accounts for region in regions)


def refusal(selection: Selection) -> str:
    with pytest.raises(TargetError) as raised:
        planned(selection)
    message = str(raised.value)
    assert "\n" not in message
    return message
