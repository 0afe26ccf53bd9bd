"""What was asked of AWS and what was answered: the records, and why others are not there."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

import msgspec

from auditor.collector import Collector, Scope
from auditor.model import AnyRecord, Record, read_record, record_id
from auditor.network.missing import Cause, Kind, Missing
from auditor.snapshot import (
    ASKED_ELSEWHERE,
    ASSUME_ROLE,
    GLOBAL,
    Answer,
    CallError,
    Shard,
    Snapshot,
    Target,
    item_error,
    kind_of,
)

T = TypeVar("T")


class Listing(msgspec.Struct, Generic[T], frozen=True):
    """Things that were seen, and why there may be more. What it holds is proven; what it lacks only if it is whole."""

    items: tuple[T, ...]
    missing: Missing | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing can be missing."""
        return self.missing is None

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __bool__(self) -> bool:
        return bool(self.items)


def age(moment: datetime, collected_at: str) -> timedelta:
    """How long before the collection something happened. AWS's times are in UTC, whether they say so or not."""
    return datetime.fromisoformat(collected_at) - moment.replace(tzinfo=moment.tzinfo or UTC)


@dataclass(frozen=True)
class Failure:
    """An answer, or one item of it, that was refused, failed or is not offered."""

    target: Target
    collector: Collector
    kind: Kind
    code: str
    message: str
    parent: str | None
    """The action whose own failure left this call without its parents: that one is the fault to report."""


@dataclass(frozen=True)
class Barrier:
    """Why an account was not entered: what was asked at its door, and the answer."""

    action: str
    kind: Kind
    code: str
    message: str


class Coverage:
    """The records of a snapshot by type and target, and what stands between us and the rest."""

    def __init__(
        self,
        snapshot: Snapshot,
        collectors: Iterable[Collector],
        rules_reading: Mapping[type[Record], Sequence[str]] | None = None,
    ) -> None:
        self.collectors = tuple(collectors)
        self.rules_reading = rules_reading or {}
        """The rules of this run that read a record, so that a refusal can name them."""
        self.actions_asked = frozenset(snapshot.manifest.actions or ())
        """What the run asked for; empty where the snapshot does not say."""
        self._by_record = {collector.record: collector for collector in self.collectors}
        self._shards: dict[Target, Shard] = {}
        """What was answered, without the items: those are read as records."""
        asked = {Target(target.account_id, target.region) for target in snapshot.manifest.targets}
        self.targets: tuple[Target, ...] = tuple(sorted(asked | set(snapshot.shards)))
        """The accounts and regions that were asked for or collected; ``global`` stands for regions nobody knows."""
        self.accounts = frozenset(target.account for target in self.targets)
        """The accounts that were audited, or were to be."""
        self._records: dict[tuple[type[Record], Target], tuple[Record, ...]] = {}
        self._item_errors: dict[tuple[type[Record], Target], dict[str, CallError]] = {}
        self._invalid: dict[tuple[type[Record], Target], str] = {}
        self._cut_short: dict[tuple[type[Record], Target], str] = {}
        self._missing: dict[tuple[type[Record], Target], Missing | None] = {}
        own = ((Target(account, GLOBAL), shard) for account, shard in snapshot.accounts.items())
        for target, shard in itertools.chain(snapshot.shards.items(), own):
            for collector in self.collectors:
                self._read(target, shard, collector)
            self._shards[target] = _without_items(shard)
        self.barriers: Mapping[str, Barrier] = dict(self._closed(snapshot.accounts))
        """The accounts that were not entered, and why."""

    def _closed(self, accounts: Iterable[str]) -> Iterator[tuple[str, Barrier]]:
        for account in accounts:
            shard = self._shards[Target(account, GLOBAL)]
            errors = {action: answer.error for action, answer in shard.answers.items() if answer.error}
            if ASSUME_ROLE not in errors and Target(account, GLOBAL) not in self.targets:
                continue
            for action, error in sorted(errors.items(), key=lambda each: each[0] != ASSUME_ROLE):
                if error.code != ASKED_ELSEWHERE:
                    yield account, Barrier(action, Kind(kind_of(error)), error.code, error.message)
                    break

    def _read(self, target: Target, shard: Shard, collector: Collector) -> None:
        records: list[Record] = []
        for number, item in enumerate(shard.items(collector.action)):
            if collector.identity and (error := item_error(item)) is not None:
                errors = self._item_errors.setdefault((collector.record, target), {})
                errors[str(item.get(collector.identity, ""))] = error
            try:
                record = read_record(item, collector.record)
            except msgspec.ValidationError as error:
                self._invalid.setdefault((collector.record, target), f"item {number}: {error}")
                continue
            records.append(record)
            if _lacks_something(record):
                self._cut_short.setdefault((collector.record, target), record_id(record))
        self._records[collector.record, target] = tuple(records)

    def shard(self, target: Target) -> Shard | None:
        """The shard of a target; None where it was not collected."""
        return self._shards.get(target)

    def collected_at(self, target: Target) -> str:
        """When a target was collected, ISO 8601 in UTC; empty where it was not."""
        shard = self._shards.get(target)
        return shard.collected_at if shard else ""

    def records(self, record: type[AnyRecord], target: Target) -> Sequence[AnyRecord]:
        """The records of a type that a target answered."""
        return self._records.get((record, target), ())  # type: ignore[return-value]  # the key names the type

    def everywhere(self, record: type[AnyRecord]) -> Iterator[tuple[Target, AnyRecord]]:
        """The records of a type in every target, in the order of the targets."""
        for target in self._record_targets(record):
            for found in self.records(record, target):
                yield target, found

    def _record_targets(self, record: type[Record]) -> Iterable[Target]:
        of_account = self._by_record[record].scope is Scope.GLOBAL
        return sorted(target for target in self._shards if (target.region == GLOBAL) == of_account)

    def missing(self, record: type[Record], target: Target) -> Missing | None:
        """Why the records of a type may not be all that a target has; None where they are."""
        if (record, target) not in self._missing:
            self._missing[record, target] = self._why_missing(record, target)
        return self._missing[record, target]

    def _why_missing(self, record: type[Record], target: Target) -> Missing | None:
        action = self._by_record[record].action
        shard, barrier = self._shards.get(target), self.barriers.get(target.account)
        if barrier and (shard is None or (target.region == GLOBAL and action not in shard.answers)):
            return Missing(
                frozenset({Cause(barrier.kind, target.account, target.region, barrier.action, code=barrier.code)})
            )
        if shard is None:
            kind = Kind.FAILED if target in self.targets else Kind.NOT_AUDITED
            where = Cause(kind, target.account, target.region, code="NotCollected" if kind is Kind.FAILED else "")
            return Missing(frozenset({where}))
        answer = shard.answers.get(action)
        if answer is None:
            return Missing.of(Kind.NOT_ASKED, account=target.account, region=target.region, action=action)
        if answer.error is not None:
            kind, code = Kind(kind_of(answer.error)), answer.error.code
        elif (record, target) in self._invalid:
            kind, code = Kind.FAILED, "InvalidItem"
        elif (cut_short := self._cut_short.get((record, target))) is not None:
            where = Cause(Kind.ABSENT_FIELD, target.account, target.region, action, cut_short)
            return Missing(frozenset({where}))
        else:
            return None
        return Missing(frozenset({Cause(kind, target.account, target.region, action, code=code)}))

    def missing_item(self, record: type[Record], target: Target, parent: str) -> Missing | None:
        """Why the item that a call made for ``parent`` is not whole; None where it is or where it was not asked for."""
        error = self._item_errors.get((record, target), {}).get(parent)
        if error is None:
            return None
        action = self._by_record[record].action
        where = Cause(Kind(kind_of(error)), target.account, target.region, action, parent, error.code)
        return Missing(frozenset({where}))

    def missing_items(self, record: type[Record], target: Target) -> Missing | None:
        """Why items of calls made for parents are not whole; None where all are."""
        errors = self._item_errors.get((record, target), {})
        return Missing.union(self.missing_item(record, target, parent) for parent in errors)

    def failures(self) -> Iterator[Failure]:
        """Every answer and item that was refused, failed or is not offered, in the order of the targets."""
        for target in sorted(self._shards):
            yield from self.failures_in(target)

    def failures_in(self, target: Target) -> Iterator[Failure]:
        """The answers and items of one target that were refused, failed or are not offered."""
        if target in self._shards:
            for collector in self.collectors:
                yield from self._failures(target, collector)

    def asked_of(self, record: type[Record]) -> tuple[Target, ...]:
        """The own shards of accounts that may hold records without a region, unless another account was asked."""
        action = self._by_record[record].action
        owns = {Target(account, GLOBAL) for account in self.accounts}
        owns |= {target for target in self._shards if target.region == GLOBAL}
        return tuple(
            at
            for at in sorted(owns)
            if not (
                (shard := self._shards.get(at))
                and (answer := shard.answers.get(action))
                and answer.error
                and answer.error.code == ASKED_ELSEWHERE
            )
        )

    def targets_of(self, account: str) -> tuple[Target, ...]:
        """The targets of one account."""
        return tuple(target for target in self.targets if target.account == account)

    def codes_of(self, target: Target) -> frozenset[str]:
        """The error codes with which the calls of a target ended, and an empty one where a call was answered."""
        shard = self._shards.get(target)
        return frozenset(
            answer.error.code if answer.error and answer.items is None else ""
            for answer in (shard.answers.values() if shard else ())
        )

    def _failures(self, target: Target, collector: Collector) -> Iterator[Failure]:
        answer = self._shards[target].answers.get(collector.action)
        errors = [answer.error] if answer and answer.error else []
        errors += self._item_errors.get((collector.record, target), {}).values()
        for error in errors:
            if error.code == ASKED_ELSEWHERE:
                continue
            yield Failure(target, collector, Kind(kind_of(error)), error.code, error.message, error.parent)
        if (place := self._invalid.get((collector.record, target))) is not None:
            yield Failure(target, collector, Kind.FAILED, "InvalidItem", place, None)


def _without_items(shard: Shard) -> Shard:
    answers = {
        action: Answer(items=None if answer.items is None else [], error=answer.error)
        for action, answer in shard.answers.items()
    }
    return msgspec.structs.replace(shard, answers=answers)


def _lacks_something(record: Record) -> bool:
    """Whether a member is absent that AWS gives of every such item."""
    members = (getattr(record, member) for member in record.given)
    return any(member is None or (isinstance(member, Record) and _lacks_something(member)) for member in members)
