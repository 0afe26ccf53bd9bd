"""Accounts of the organization. Only its management account and delegated administrators may ask."""

from auditor.collector import Collector, Scope
from auditor.model import Account

COLLECTOR = Collector(
    service="organizations",
    operation="ListAccounts",
    key="Accounts",
    record=Account,
    scope=Scope.GLOBAL,
    optional=True,
)
