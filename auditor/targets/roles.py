"""The role that is assumed in an account, with credentials that are renewed as long as the run lasts.

Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from auditor import __version__
from auditor.collect import Credentials
from auditor.partitions import role_arn
from auditor.targets.profiles import ATTEMPTS, Caller, frozen
from auditor.targets.selection import AssumedRole

if TYPE_CHECKING:
    from botocore.client import BaseClient

SESSION_NAME = "vpc-auditor"
"""What CloudTrail shows in each account."""


def sts_client(caller: Caller, connections: int) -> "BaseClient":
    """The client that assumes roles as ``caller``, for as many threads as it has connections."""
    from botocore.config import Config

    return caller.session.create_client(
        "sts",
        region_name=caller.places[0],
        config=Config(
            retries={
                "mode": "standard",
                "total_max_attempts": caller.session.get_config_variable("max_attempts") or ATTEMPTS,
            },
            connect_timeout=5,
            max_pool_connections=connections,
            user_agent_extra=f"vpc-auditor/{__version__}",
        ),
    )


def credentials_in(account: str, role: AssumedRole, caller: Caller, sts: "BaseClient") -> Callable[[], Credentials]:
    """A function that gives fresh credentials of the role in an account. It raises what botocore raises.

    The role is assumed when it is first called, and again before a session ends.
    """
    from botocore.credentials import DeferredRefreshableCredentials

    arguments = {
        "RoleArn": role_arn(caller.partition, account, role.path, role.name),
        "RoleSessionName": SESSION_NAME,
    }
    if role.external_id is not None:
        arguments["ExternalId"] = role.external_id
    if role.session_policy is not None:
        arguments["Policy"] = role.session_policy

    def assume() -> dict[str, Any]:
        given = sts.assume_role(**arguments)["Credentials"]  # type: ignore[attr-defined] # botocore makes methods as it runs
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }

    return functools.partial(frozen, DeferredRefreshableCredentials(assume, "sts-assume-role"))
