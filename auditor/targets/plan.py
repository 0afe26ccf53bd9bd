"""Enters every account that a selection reaches, and plans what to collect of it."""

import difflib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from auditor.collect import AccountPlan, Credentials, Failure, Plan, call_error
from auditor.collect.clients import Clients
from auditor.collector import Collector
from auditor.model import Account, Region
from auditor.snapshot import ASKED_ELSEWHERE, ASSUME_ROLE, GLOBAL, Answer, CallError, Shard, Target
from auditor.targets.organization import Members, asked_alone, members
from auditor.targets.profiles import Caller, enter_profile, frozen, named, shown
from auditor.targets.regions import ask, enabled_in
from auditor.targets.roles import credentials_in, sts_client
from auditor.targets.selection import Selection, TargetError

_ENTERING = 16
"""Accounts that are entered at a time: AWS's answers take longer than making the calls."""

_NAMED = 3
"""Up to as many accounts have a line each where they were not entered; more for one reason are told together."""


@dataclass(frozen=True, kw_only=True)
class _Way:
    """How an account is reached."""

    account: str
    caller: Caller
    answers: Mapping[str, Answer]
    """What has been asked for the account before it is entered."""

    @property
    def own(self) -> bool:
        """Whether the caller's own credentials are the account's."""
        return self.account == self.caller.account


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """An account after its door was tried."""

    account: str
    caller: Caller
    home: str
    credentials: Callable[[], Credentials]
    answers: Mapping[str, Answer]
    """What it answered so far; for one that let nobody in, an error of ``sts:AssumeRole``."""


@dataclass
class _Notes:
    """What was wrong on the way."""

    failures: list[Failure] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    without: dict[tuple[str, tuple[str, ...]], list[str]] = field(default_factory=lambda: defaultdict(list))
    """The accounts that lack some of the named regions, by the partition and these regions."""
    elsewhere: dict[Caller, list[str]] = field(default_factory=lambda: defaultdict(list))
    """The accounts that lack all of the named regions, by who reaches them."""
    closed: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    """The accounts of which nothing is collected, each with its sentence, by the action and the code that ended it."""

    def all_failures(self) -> list[Failure]:
        """The failures, with one for all accounts of a partition that has none of the named regions."""
        return self.failures + [
            Failure(caller.profile, f"{_are(accounts)} in {caller.partition}, which has none of the named regions")
            for caller, accounts in self.elsewhere.items()
        ]

    def all_warnings(self) -> list[str]:
        """The warnings, with one for each account that was not entered, or for many with one reason together."""
        lacking = [
            f"{_are(accounts)} in {partition}, which does not have {', '.join(regions)}"
            for (partition, regions), accounts in self.without.items()
        ]
        return [*self.warnings, *lacking, *self.closed_doors()]

    def closed_doors(self) -> list[str]:
        """A sentence for each account of which nothing is collected, or for many with one reason together."""
        lines = []
        for (action, code), accounts in sorted(self.closed.items()):
            if len(accounts) <= _NAMED:
                lines += [sentence for _, sentence in accounts]
            else:
                first = ", ".join(account for account, _ in accounts[:_NAMED])
                lines.append(
                    f"{len(accounts)} accounts were not entered, since {action} ended in {code}: "
                    f"{first} and {len(accounts) - _NAMED} more"
                )
        return lines


def _are(accounts: Sequence[str]) -> str:
    return f"account {accounts[0]} is" if len(accounts) == 1 else f"{len(accounts)} accounts are"


def plan_targets(selection: Selection, collectors: Collection[Collector], chosen: Collection[Collector]) -> Plan:
    """What to collect of each account that ``selection`` reaches: the named regions, else those that it has enabled.

    ``collectors`` are all that are declared: those of ``Region`` and ``Account`` are asked here, that of ``Account``
    where it is among the ``chosen`` ones of the run, or leads to the accounts. A profile that fails, and an account
    that cannot be entered, do not stop the others.

    Raises TargetError where no account could be entered, or where AWS has no region of a name.
    """
    questions = {each.record: each for each in collectors}
    notes = _Notes()
    callers = []
    for profile in dict.fromkeys(selection.profiles) or (None,):
        try:
            callers.append(enter_profile(profile, selection.regions))
        except TargetError as error:
            notes.failures.append(Failure(profile, str(error)))
    organizations = _organizations(callers, selection, questions[Account], notes, read=questions[Account] in chosen)
    ways = _ways(organizations, selection, questions[Account], notes)
    if organizations and not ways:
        nobody = "no account is left to audit: all that were reached are excluded, suspended or closed"
        raise TargetError("; ".join([nobody, *(failure.reason for failure in notes.failures)]))
    entries = _enter_all(ways, selection, questions[Region])
    _check_names(selection.regions, callers, entries, questions[Region])
    accounts: list[AccountPlan] = []
    absent: list[Target] = []
    targeted = {way.account for way in ways}
    answered = {caller.account: found.answer for caller, found in organizations.items() if found}
    shards = [
        _shard(account, {questions[Account].action: answer})
        for account, answer in answered.items()
        if account not in targeted
    ]
    for entry in entries:
        planned = _planned(entry, selection.regions, questions[Region], notes)
        if isinstance(planned, AccountPlan):
            accounts.append(planned)
        elif planned:
            absent += planned
            shards.append(_shard(entry.account, entry.answers))
    if not accounts:
        raise TargetError("; ".join([*(failure.reason for failure in notes.all_failures()), *notes.closed_doors()]))
    return Plan(
        accounts=tuple(accounts),
        absent=tuple(absent),
        shards=tuple(shards),
        failures=tuple(notes.all_failures()),
        warnings=tuple(notes.all_warnings()),
    )


# --- Which accounts ---------------------------------------------------------------------------------------------------


def _organizations(
    callers: Iterable[Caller], selection: Selection, question: Collector, notes: _Notes, *, read: bool
) -> dict[Caller, Members | None]:
    """The organization of each caller that can list it; None where it was not asked for.

    ``read`` tells whether the run reads who the members are. Then a caller that enters accounts by a role answers for
    them: none but the management account and delegated administrators may ask, and the caller is who should be one.
    """
    found: dict[Caller, Members | None] = {}
    for caller in callers:
        if not selection.organization and not selection.units:
            found[caller] = asked_alone(caller, question) if selection.role and read else None
            continue
        try:
            found[caller] = members(caller, question, selection.units)
        except TargetError as error:
            notes.failures.append(Failure(caller.profile, f"{named(caller.profile)}: {error}"))
    chosen = {*selection.excluded, *selection.accounts}
    states = {account: state for each in found.values() if each for account, state in each.inactive.items()}
    left_out = [f"{account} ({state})" for account, state in sorted(states.items()) if account not in chosen]
    if left_out:
        notes.warnings.append(f"left out, since they are not active: {', '.join(left_out)}")
    return found


def _ways(
    organizations: Mapping[Caller, Members | None], selection: Selection, question: Collector, notes: _Notes
) -> list[_Way]:
    """How each account is reached, once: with its own credentials where a caller has them, else as first found."""
    ways: dict[str, _Way] = {}
    twice: dict[tuple[str | None, str | None], list[str]] = defaultdict(list)
    for caller, found in organizations.items():
        for account in _accounts_of(caller, list(organizations), selection, found):
            way = _Way(account=account, caller=caller, answers=_answers(account, caller, found, question))
            other = ways.get(account)
            if other is None:
                ways[account] = way
                continue
            kept, dropped = (way, other) if way.own and not other.own else (other, way)
            ways[account] = kept
            twice[kept.caller.profile, dropped.caller.profile].append(account)
    for (kept_by, dropped_by), accounts in twice.items():
        what = f"account {accounts[0]}" if len(accounts) == 1 else f"{len(accounts)} accounts"
        notes.warnings.append(f"{named(dropped_by)} reaches {what}, as {named(kept_by)} does: collected once")
    inactive = {account for found in organizations.values() if found for account in found.inactive}
    for account in dict.fromkeys(selection.excluded):
        if ways.pop(account, None) is None and account not in inactive:
            notes.warnings.append(f"account {account}, to be excluded, is not among those to audit")
    return list(ways.values())


def _accounts_of(
    caller: Caller, callers: Sequence[Caller], selection: Selection, found: Members | None
) -> Iterable[str]:
    """The accounts that a caller leads to: named ones that are no caller's own are reached from the first caller."""
    if selection.role is None:
        return (caller.account,)
    own = {each.account for each in callers}
    named_here = [
        account
        for account in selection.accounts
        if account == caller.account or (caller is callers[0] and account not in own)
    ]
    return dict.fromkeys([*named_here, *(found.active if found else ())])


def _answers(account: str, caller: Caller, found: Members | None, question: Collector) -> Mapping[str, Answer]:
    """What is known of the organization before the account is entered: one account answers for all."""
    if found is None:
        return {}
    if account == caller.account:
        return {question.action: found.answer}
    message = f"account {caller.account} was asked, and answers for the whole organization"
    return {question.action: Answer(error=CallError(kind="unavailable", code=ASKED_ELSEWHERE, message=message))}


# --- Through the door -------------------------------------------------------------------------------------------------


def _enter_all(ways: Sequence[_Way], selection: Selection, question: Collector) -> list[_Entry]:
    """Try the door of each account, many at a time."""
    sts = {way.caller.account: sts_client(way.caller, _ENTERING) for way in ways if not way.own}
    credentials: list[Callable[[], Credentials]] = []
    for way in ways:
        if way.own or selection.role is None:
            credentials.append(partial(frozen, way.caller.provider))
        else:
            credentials.append(credentials_in(way.account, selection.role, way.caller, sts[way.caller.account]))
    pool = ThreadPoolExecutor(_ENTERING)
    try:
        return list(pool.map(partial(_enter, question=question, clients=Clients([question])), ways, credentials))
    finally:
        # After Ctrl-C, the accounts that are still waiting for their turn must not hold the program up.
        pool.shutdown(wait=False, cancel_futures=True)


def _enter(way: _Way, credentials: Callable[[], Credentials], question: Collector, clients: Clients) -> _Entry:
    answers = dict(way.answers)
    home = way.caller.places[0]
    try:
        keys = credentials()
    except Exception as error:  # noqa: BLE001 - whatever it is, it closes this account alone
        answers[ASSUME_ROLE] = Answer(error=call_error(error, way.caller.credentials))
    else:
        for home in way.caller.places:
            answers[question.action] = ask(
                way.account, home, question, keys, profile=way.caller.profile, clients=clients
            )
            if not answers[question.action].error:
                break
    return _Entry(account=way.account, caller=way.caller, home=home, credentials=credentials, answers=answers)


# --- What to collect --------------------------------------------------------------------------------------------------


def _check_names(
    regions: Sequence[str], callers: Iterable[Caller], entries: Iterable[_Entry], question: Collector
) -> None:
    """TargetError where a name is a region in none of the accounts' partitions."""
    names = {name for caller in callers for name in caller.known}
    names.update(name for entry in entries for name in _enabled(entry, question))
    if not names:
        return
    for region in regions:
        if region not in names:
            close = difflib.get_close_matches(region, sorted(names), 1)
            raise TargetError(f'AWS has no region "{region}"' + (f'; did you mean "{close[0]}"?' if close else ""))


def _planned(
    entry: _Entry, regions: Sequence[str], question: Collector, notes: _Notes
) -> AccountPlan | Sequence[Target]:
    """What to collect of an account; where that is nothing, the targets that stay without an answer."""
    enabled = _enabled(entry, question)
    there = [region for region in sorted(set(regions)) if region in entry.caller.known | enabled.keys()]
    if regions and not there:
        notes.elsewhere[entry.caller].append(entry.account)
        return ()
    if without := sorted(set(regions) - set(there)):
        notes.without[entry.caller.partition, tuple(without)].append(entry.account)
    if (reason := _closed_by(entry, regions, question)) is not None:
        action, error, sentence = reason
        notes.closed[action, error.code].append((entry.account, sentence))
        return [Target(entry.account, region) for region in there or [GLOBAL]]
    listed = not entry.answers[question.action].error
    chosen: dict[str, bool | None] = {region: enabled.get(region, False) if listed else None for region in there}
    return AccountPlan(
        account=entry.account,
        partition=entry.caller.partition,
        home=entry.home,
        regions=chosen if regions else {region: True for region in sorted(enabled) if enabled[region]},
        credentials=entry.credentials,
        profile=entry.caller.profile,
        answers=entry.answers,
    )


def _closed_by(entry: _Entry, regions: Sequence[str], question: Collector) -> tuple[str, CallError, str] | None:
    """The action and the error because of which nothing can be collected of an account, and a sentence of it."""
    if ASSUME_ROLE in entry.answers and (error := entry.answers[ASSUME_ROLE].error):
        sentence = f"account {entry.account} was not entered: {ASSUME_ROLE} ended in {shown(error)}"
        return ASSUME_ROLE, error, sentence
    error = entry.answers[question.action].error
    if error and not regions:
        sentence = (
            f"the regions of account {entry.account} cannot be listed ({shown(error)}): "
            f"name them with --region, or allow {question.action}"
        )
        return question.action, error, sentence
    return None


def _enabled(entry: _Entry, question: Collector) -> Mapping[str, bool]:
    answer = entry.answers.get(question.action)
    return enabled_in(answer) if answer else {}


def _shard(account: str, answers: Mapping[str, Answer]) -> Shard:
    import botocore

    return Shard(
        account_id=account,
        region=GLOBAL,
        collected_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        botocore=botocore.__version__,
        answers=dict(answers),
    )
