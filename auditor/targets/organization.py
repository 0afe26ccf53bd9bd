"""The accounts of the caller's organization.

Only the management account and delegated administrators may ask.
Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_list.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from auditor.collect import call_error, read_only_client
from auditor.collector import Collector
from auditor.snapshot import Answer, CallError
from auditor.targets.profiles import ATTEMPTS, Caller, shown
from auditor.targets.regions import ask
from auditor.targets.selection import TargetError

if TYPE_CHECKING:
    from botocore.client import BaseClient

_IN_UNIT, _UNITS_OF_UNIT = "ListAccountsForParent", "ListOrganizationalUnitsForParent"

LIST_ACCOUNTS = "organizations:ListAccounts"
UNIT_ACTIONS = (f"organizations:{_IN_UNIT}", f"organizations:{_UNITS_OF_UNIT}")
"""What is asked for organizational units. No collector declares it: the answers tell whom to audit, nothing else."""


@dataclass(frozen=True)
class Members:
    """The accounts of an organization, or of some of its units."""

    active: tuple[str, ...]
    inactive: Mapping[str, str]
    """The state of each account that is suspended, closed or not yet active: nobody can enter it."""
    answer: Answer
    """What the caller answered to ListAccounts."""


def asked_alone(caller: Caller, collector: Collector) -> Members:
    """What the caller answers to ListAccounts, where the organization leads to no account of the run."""
    return Members(active=(), inactive={}, answer=_asked(caller, collector))


def members(caller: Caller, collector: Collector, units: Iterable[str]) -> Members:
    """The accounts of the caller's organization; with ``units``, those in and below them.

    ``collector`` is the one of ``Account``. TargetError where the accounts, or those of a unit, cannot be listed.
    """
    answer = _asked(caller, collector)
    found: Sequence[Mapping[str, Any]]
    if units:
        found = list(_below(caller, units))
    elif answer.error:
        raise TargetError(_not_listed("the accounts of the organization", caller, answer.error, collector.action))
    else:
        found = answer.items or []
    # AWS has announced to leave the status out from September 2026 on, in favour of the state.
    states = {item["Id"]: item.get("State") or item.get("Status") or "ACTIVE" for item in found if "Id" in item}
    return Members(
        active=tuple(sorted(account for account, state in states.items() if state == "ACTIVE")),
        inactive={account: state for account, state in sorted(states.items()) if state != "ACTIVE"},
        answer=answer,
    )


def _asked(caller: Caller, collector: Collector) -> Answer:
    return ask(caller.account, caller.places[0], collector, caller.credentials, profile=caller.profile)


def _below(caller: Caller, units: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """The accounts in and below organizational units."""
    client = read_only_client(
        caller.session,
        "organizations",
        caller.places[0],
        operations={_IN_UNIT, _UNITS_OF_UNIT},
        credentials=caller.credentials,
        attempts=ATTEMPTS,
    )
    pending = list(dict.fromkeys(units))
    seen = set(pending)
    while pending:
        unit = pending.pop(0)
        try:
            yield from _listed(client, "list_accounts_for_parent", "Accounts", unit)
            for below in _listed(client, "list_organizational_units_for_parent", "OrganizationalUnits", unit):
                if below["Id"] not in seen:
                    seen.add(below["Id"])
                    pending.append(below["Id"])
        except Exception as error:
            found = call_error(error, caller.credentials)
            raise TargetError(
                _not_listed(f"the accounts of {unit}", caller, found, " and ".join(UNIT_ACTIONS))
            ) from error


def _listed(client: "BaseClient", method: str, key: str, unit: str) -> Iterator[Mapping[str, Any]]:
    for page in client.get_paginator(method).paginate(ParentId=unit):
        yield from page[key]


def _not_listed(what: str, caller: Caller, error: CallError, actions: str) -> str:
    return (
        f"{what} cannot be listed from account {caller.account} ({shown(error)}): start from the management account "
        f"or a delegated administrator, and allow {actions}"
    )
