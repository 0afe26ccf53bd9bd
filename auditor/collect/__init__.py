"""Asks AWS: each account and region is one unit of work that fills one shard.

A failure stays with the call that failed and becomes an error in the shard. With ``targets`` this is the only code
that calls AWS.
"""

from auditor.collect.clients import OperationNotAllowedError, open_session, read_only_client
from auditor.collect.errors import call_error
from auditor.collect.forecast import Forecast, forecast
from auditor.collect.pace import MAX_RATE, UNLIMITED
from auditor.collect.plan import AccountPlan, Credentials, Failure, Plan, TargetRequest
from auditor.collect.run import Progress, collect
from auditor.collect.target import collect_target, collectors_for

__all__ = [
    "MAX_RATE",
    "UNLIMITED",
    "AccountPlan",
    "Credentials",
    "Failure",
    "Forecast",
    "OperationNotAllowedError",
    "Plan",
    "Progress",
    "TargetRequest",
    "call_error",
    "collect",
    "collect_target",
    "collectors_for",
    "forecast",
    "open_session",
    "read_only_client",
]
