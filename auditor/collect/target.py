"""One account and region: what is asked of it, and the shard that the answers fill."""

import graphlib
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from auditor.collect.calls import TOKENS, pages
from auditor.collect.clients import Borrower, Clients
from auditor.collect.errors import call_error
from auditor.collect.pace import Pace
from auditor.collect.plan import TargetRequest
from auditor.collector import Collector, Parameters, Scope
from auditor.model import Record
from auditor.snapshot import GLOBAL, Answer, CallError, Shard, Target, kind_of

if TYPE_CHECKING:
    from botocore.client import BaseClient

_NOT_ACCEPTED = {"AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException"}
"""How a region that the account has not enabled answers: it does not know the credentials."""


def collectors_for(records: Collection[type[Record]], collectors: Collection[Collector]) -> tuple[Collector, ...]:
    """The collectors that fill ``records`` and, directly or not, their parents; parents first.

    Raises ValueError for a record, or a parent, that no collector fills.
    """
    by_record = {collector.record: collector for collector in collectors}
    children: graphlib.TopologicalSorter[Collector] = graphlib.TopologicalSorter()
    pending = list(records)
    seen = set[type[Record]]()
    while pending:
        record = pending.pop(0)
        if record in seen:
            continue
        seen.add(record)
        if record not in by_record:
            raise ValueError(f"no collector fills {record.__name__}")
        collector = by_record[record]
        parents = [by_record[parent] for parent in collector.parents if parent in by_record]
        children.add(collector, *parents)
        pending += collector.parents
    return tuple(children.static_order())


def collect_target(
    request: TargetRequest,
    collectors: Collection[Collector],
    called: Callable[[], None] = lambda: None,
    clients: Clients | None = None,
) -> Shard:
    """Ask for one account and region everything that ``collectors`` declare for its scope.

    Every failure is an error in the shard. ``called`` is run before each call is sent. ``clients`` are those of the
    run, for the same collectors; without them the target has its own.
    """
    shard = _empty_shard(request.target, request.collected_at)
    shard.answers.update(request.answers)
    borrower = Borrower(request, Pace(request.max_rate), called)
    with (clients or Clients(collectors)).lent_to(borrower) as client:
        asker = _Asker(request, collectors, client)
        for collector in _of_scope(request.target, collectors):
            if collector.action not in shard.answers:
                shard.answers[collector.action] = asker.ask(collector, shard)
    return shard


def failed_target(
    target: Target,
    collected_at: str,
    collectors: Collection[Collector],
    error: Exception,
    answers: Mapping[str, Answer],
) -> Shard:
    """The shard of a target that could not be asked anything: each action has failed, but those answered before."""
    reason = call_error(error)
    if reason.kind == "unavailable":
        # Not what was to be asked is not offered, but the way to it.
        reason = msgspec.structs.replace(reason, kind="failed")
    failed = Answer(error=reason)
    shard = _empty_shard(target, collected_at)
    shard.answers.update({each.action: failed for each in _of_scope(target, collectors)})
    shard.answers.update(answers)
    return shard


def _of_scope(target: Target, collectors: Collection[Collector]) -> tuple[Collector, ...]:
    """What is asked of a target, parents first."""
    scope = Scope.GLOBAL if target.region == GLOBAL else Scope.REGION
    return collectors_for([each.record for each in collectors if each.scope is scope], collectors)


def _empty_shard(target: Target, collected_at: str) -> Shard:
    import botocore

    return Shard(
        account_id=target.account,
        region=target.region,
        collected_at=collected_at,
        botocore=botocore.__version__,
        answers={},
    )


class _Asker:
    """Makes the calls of one request."""

    def __init__(
        self, request: TargetRequest, collectors: Collection[Collector], client: Callable[[str], "BaseClient"]
    ) -> None:
        self._request = request
        self._client = client
        self._actions = {collector.record: collector.action for collector in collectors}

    def ask(self, collector: Collector, shard: Shard) -> Answer:
        """The answer to a collector, given what its parents answered into the shard."""
        if collector.parameters is not None and collector.identity is None:
            return self._ask_in_batches(collector, collector.parameters, shard)
        if collector.parameters is not None:
            return self._ask_for_parents(collector, collector.parameters, shard)
        read, error = self._pages(collector, {})
        items = [item for page in read for item in page.get(collector.key or "", ())]
        return Answer(items=items if items or not error else None, error=error)

    def _ask_in_batches(
        self, collector: Collector, parameters_of: Callable[[Shard], Iterable[Parameters]], shard: Shard
    ) -> Answer:
        """The items of all calls; one that fails ends the list."""
        items: list[dict[str, Any]] = []
        error: CallError | None = None
        try:
            for parameters in parameters_of(shard):
                read, error = self._pages(collector, parameters)
                items += [item for page in read for item in page.get(collector.key or "", ())]
                if error:
                    break
        except Exception as broken:  # noqa: BLE001 - a parent without the member that the call needs
            error = self._error(broken)
        error = error or self._error_of_parents(collector, shard)
        return Answer(items=items if items or not error else None, error=error)

    def _ask_for_parents(
        self, collector: Collector, parameters_of: Callable[[Shard], Iterable[Parameters]], shard: Shard
    ) -> Answer:
        """One item for each value of the collector's identity."""
        try:
            calls = list(parameters_of(shard))
        except Exception as broken:  # noqa: BLE001 - a parent without the member that the call needs
            return Answer(error=self._error(broken))
        identity = collector.identity or ""
        filled: dict[str, _Item] = {}
        gone = set[str]()
        for parameters in calls:
            value = str(parameters[identity])
            if value in gone:
                continue
            read, error = self._pages(collector, parameters)
            if error and error.code.endswith(".NotFound") and self._was_listed(collector, value, shard):
                # It was there when its parent was asked and is gone by now: that is not an answer withheld.
                gone.add(value)
                filled.pop(value, None)
                continue
            others = ", ".join(str(other) for member, other in parameters.items() if member != identity)
            filled.setdefault(value, _Item({identity: value})).fill(others, read, error)
        return _answer_for_parents(list(filled.values()), self._error_of_parents(collector, shard))

    def _was_listed(self, collector: Collector, value: str, shard: Shard) -> bool:
        """Whether a parent lists the identity as its own, rather than refers to it from some other member."""
        identity = collector.identity or ""
        return any(
            item.get(identity) == value for parent in collector.parents for item in shard.items(self._actions[parent])
        )

    def _error_of_parents(self, collector: Collector, shard: Shard) -> CallError | None:
        for parent in collector.parents:
            action = self._actions[parent]
            error = shard.answers[action].error
            if error:
                return CallError(code=error.code, message=error.message, kind=kind_of(error), parent=action)
        return None

    def _pages(self, collector: Collector, parameters: Parameters) -> tuple[list[dict[str, Any]], CallError | None]:
        """The pages of one call, and the error that ended them."""
        read: list[dict[str, Any]] = []
        try:
            # A page that fails leaves those before it in the list.
            read.extend(pages(self._client(collector.service), collector.operation, parameters))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this call's failure
            return read, self._error(error)
        return read, None

    def _error(self, error: Exception) -> CallError:
        found = call_error(error, self._request.credentials)
        if found.code in _NOT_ACCEPTED and self._request.enabled is False:
            return msgspec.structs.replace(found, kind="unavailable")
        return found


class _Item:
    """An item while the calls that fill it are made."""

    def __init__(self, members: dict[str, Any]) -> None:
        self.members = members
        self.errors: dict[str, CallError] = {}
        self._calls = 0

    def fill(self, parameter: str, read: Iterable[Mapping[str, Any]], error: CallError | None) -> None:
        """Add the answer of the call with ``parameter``: lists are joined, other members replaced."""
        self._calls += 1
        if error:
            self.errors[parameter] = error
        for page in read:
            for name, value in page.items():
                if isinstance(value, list):
                    self.members[name] = [*self.members.get(name, ()), *value]
                elif name not in TOKENS:
                    self.members[name] = value

    @property
    def is_empty(self) -> bool:
        """Whether no call gave anything."""
        return len(self.errors) == self._calls and len(self.members) == 1

    def finished(self) -> dict[str, Any]:
        """The item with its error, which names the parameter where another call was answered."""
        if not self.errors:
            return self.members
        parameter, error = next(iter(self.errors.items()))
        if len(self.errors) < self._calls:
            error = msgspec.structs.replace(error, parameter=parameter)
        return {**self.members, "error": msgspec.to_builtins(error)}


def _answer_for_parents(filled: Collection[_Item], error_of_parents: CallError | None) -> Answer:
    """The items with their own errors; where no call had an answer, and all for one reason, the error alone."""
    errors = [error for item in filled for error in item.errors.values()]
    alike = len({(error.kind, error.code) for error in errors}) == 1
    if alike and not error_of_parents and all(item.is_empty for item in filled):
        return Answer(error=errors[0])
    items = [item.finished() for item in filled]
    return Answer(items=items if items or not error_of_parents else None, error=error_of_parents)
