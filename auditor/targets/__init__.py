"""From the profiles, accounts and regions that a person names to the accounts and regions to collect."""

from auditor.targets.plan import plan_targets
from auditor.targets.price_list import prices_of_today
from auditor.targets.selection import AssumedRole, Selection, TargetError

__all__ = ["AssumedRole", "Selection", "TargetError", "plan_targets", "prices_of_today"]
