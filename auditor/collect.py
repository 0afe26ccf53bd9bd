"""Asks AWS: each account and region is one unit of work that fills one shard.

A failure stays with the call that failed and becomes an error in the shard. With ``targets`` this is the only code
that calls AWS.
"""

import contextlib
import functools
import graphlib
import queue
import re
import threading
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from auditor import __version__
from auditor.collector import Collector, Parameters, Scope
from auditor.model import Record
from auditor.snapshot import GLOBAL, Answer, CallError, Shard, Target, kind_of

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.loaders import Loader
    from botocore.model import OperationModel, Shape
    from botocore.session import Session


# --- What to collect --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Credentials:
    """Credentials that AWS accepts as they are. They are never shown."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class TargetRequest:
    """One unit of work, in plain values."""

    target: Target
    """The account and its region; the region ``global`` is the account's own shard."""
    endpoint_region: str
    """Where the calls are sent: the target's region, or for the account's own shard any region that it has enabled."""
    credentials: Credentials
    collected_at: str
    """ISO 8601 in UTC, ending in Z."""
    enabled: bool | None = None
    """Whether the account has enabled the region; None where that is not known."""
    profile: str | None = None
    """The AWS profile whose settings, such as a proxy, the clients follow; its credentials are not used."""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """What was asked before, by action; it goes into the shard and is not asked again."""


@dataclass(frozen=True, kw_only=True)
class AccountPlan:
    """An account that was entered, and what to collect of it."""

    account: str
    partition: str
    home: str
    """The region in which the account's own questions are asked."""
    regions: Mapping[str, bool | None]
    """The regions to collect, and whether the account has enabled each; None where that is not known."""
    credentials: Callable[[], Credentials]
    """Gives credentials that are fresh now; raises what botocore raises where they cannot be renewed."""
    profile: str | None = None
    """As in ``TargetRequest``."""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """What was asked on the way in, by action; it goes into the account's own shard."""


@dataclass(frozen=True)
class Failure:
    """A profile through which no account could be entered, and why, on one line."""

    profile: str | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that a run collects, and what was wrong on the way."""

    accounts: tuple[AccountPlan, ...]
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def targets(self) -> tuple[Target, ...]:
        """The accounts and regions to collect, in order; the accounts' own shards are not among them."""
        return tuple(sorted(Target(each.account, region) for each in self.accounts for region in each.regions))


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    done: int
    """Shards that are complete, the accounts' own among them."""
    total: int
    calls: int
    refusals: int
    """Actions that AWS refused, in the shards that are complete."""


# --- The run ----------------------------------------------------------------------------------------------------------

_TICK = 0.2
"""Seconds between two reports of progress while nothing completes."""


def collect(
    plan: Plan,
    collectors: Collection[Collector],
    write: Callable[[Shard], None],
    *,
    targets: Collection[Target] | None = None,
    workers: int = 16,
    progress: Callable[[Progress], None] | None = None,
) -> None:
    """Collect a plan, many targets at a time.

    ``write`` gets each shard as it completes and ``progress`` how far the run is; both run in the caller's thread.
    ``targets`` are those of the plan to collect, an account's own shard among them as ``<account>/global``; by default
    all. A target that cannot be collected at all gets a shard in which each action has failed. Whatever ``write``
    raises, and Ctrl-C, end the run at once; the shards written before stay.
    """
    units = [unit for unit in _units(plan) if targets is None or unit.target in targets]
    calls = _Tally()
    done = refusals = 0
    with contextlib.closing(_work(units, workers, lambda unit: _collect_unit(unit, collectors, calls.add))) as shards:
        for shard in shards:
            if shard is not None:
                write(shard)
                done += 1
                refusals += sum(
                    answer.error is not None and kind_of(answer.error) == "refused" for answer in shard.answers.values()
                )
            if progress:
                progress(Progress(done, len(units), calls.count, refusals))


@dataclass(frozen=True)
class _Unit:
    account: AccountPlan
    target: Target
    enabled: bool | None


class _Tally:
    """A count that many threads add to."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def add(self) -> None:
        with self._lock:
            self.count += 1


def _units(plan: Plan) -> Iterator[_Unit]:
    for account in plan.accounts:
        yield _Unit(account, Target(account.account, GLOBAL), True)
        for region, enabled in account.regions.items():
            yield _Unit(account, Target(account.account, region), enabled)


def _work(units: Iterable[_Unit], workers: int, job: Callable[[_Unit], Shard]) -> Generator[Shard | None, None, None]:
    """The shard of each unit as it completes, and None whenever a while goes by without one.

    What ``job`` raises is raised here. Closing the iterator starts no further unit and waits for none.
    """
    waiting: queue.SimpleQueue[_Unit] = queue.SimpleQueue()
    for unit in units:
        waiting.put(unit)
    completed: queue.SimpleQueue[Shard | BaseException] = queue.SimpleQueue()
    stop = threading.Event()

    def work() -> None:
        try:
            while not stop.is_set():
                completed.put(job(waiting.get_nowait()))
        except queue.Empty:
            return
        except BaseException as error:  # noqa: BLE001 - it is raised again in the caller's thread
            completed.put(error)

    total = waiting.qsize()
    # Daemons: Python waits for other threads before it ends, and a read may block for a minute after Ctrl-C.
    for _ in range(min(workers, total)):
        threading.Thread(target=work, daemon=True).start()
    try:
        while total:
            try:
                result = completed.get(timeout=_TICK)
            except queue.Empty:
                yield None
                continue
            if isinstance(result, BaseException):
                raise result
            total -= 1
            yield result
    finally:
        stop.set()


def _collect_unit(unit: _Unit, collectors: Collection[Collector], called: Callable[[], None]) -> Shard:
    """The unit's shard; where it cannot be collected at all, one in which each action has failed."""
    account, target = unit.account, unit.target
    own = target.region == GLOBAL
    collected_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    answers = account.answers if own else {}
    try:
        request = TargetRequest(
            target=target,
            endpoint_region=account.home if own else target.region,
            credentials=account.credentials(),
            collected_at=collected_at,
            enabled=unit.enabled,
            profile=account.profile,
            answers=answers,
        )
        return collect_target(request, collectors, called)
    except Exception as error:  # noqa: BLE001 - one target's failure is not the run's
        failed = Answer(error=call_error(error))
        shard = _empty_shard(target, collected_at)
        shard.answers.update({each.action: failed for each in collectors if each.scope is _scope(target)})
        shard.answers.update(answers)
        return shard


# --- One target -------------------------------------------------------------------------------------------------------


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
    request: TargetRequest, collectors: Collection[Collector], called: Callable[[], None] = lambda: None
) -> Shard:
    """Ask for one account and region everything that ``collectors`` declare for its scope.

    Every failure of a call is an error in the shard. ``called`` is run before each call is sent. Raises what botocore
    raises where the profile's settings cannot be read.
    """
    shard = _empty_shard(request.target, request.collected_at)
    shard.answers.update(request.answers)
    asker = _Asker(request, collectors, called)
    scope = _scope(request.target)
    for collector in collectors_for([each.record for each in collectors if each.scope is scope], collectors):
        if collector.action not in shard.answers:
            shard.answers[collector.action] = asker.ask(collector, shard)
    return shard


def _empty_shard(target: Target, collected_at: str) -> Shard:
    import botocore

    return Shard(
        account_id=target.account,
        region=target.region,
        collected_at=collected_at,
        botocore=botocore.__version__,
        answers={},
    )


def _scope(target: Target) -> Scope:
    return Scope.GLOBAL if target.region == GLOBAL else Scope.REGION


class _Asker:
    """Makes the calls of one request."""

    def __init__(self, request: TargetRequest, collectors: Collection[Collector], called: Callable[[], None]) -> None:
        self._request = request
        self._collectors = collectors
        self._called = called
        self._session = open_session(request.profile)
        self._client = functools.cache(self._make_client)
        self._actions = {collector.record: collector.action for collector in collectors}

    def ask(self, collector: Collector, shard: Shard) -> Answer:
        """The answer to a collector, given what its parents answered into the shard."""
        if collector.parameters is not None:
            return self._ask_for_parents(collector, collector.parameters, shard)
        pages, error = self._pages(collector, {})
        items = [item for page in pages for item in page.get(collector.key or "", ())]
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
            value = parameters[identity]
            if value in gone:
                continue
            pages, error = self._pages(collector, parameters)
            if error and error.code.endswith(".NotFound") and self._was_listed(collector, value, shard):
                # It was there when its parent was asked and is gone by now: that is not an answer withheld.
                gone.add(value)
                filled.pop(value, None)
                continue
            others = ", ".join(other for member, other in parameters.items() if member != identity)
            filled.setdefault(value, _Item({identity: value})).fill(others, pages, error)
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
        """The pages of one call as JSON can hold them, and the error that ended them."""
        pages: list[dict[str, Any]] = []
        try:
            client = self._client(collector.service)
            operation = client.meta.service_model.operation_model(collector.operation)
            # A page that fails leaves those before it in the list.
            pages.extend(_plain(page, operation.output_shape) for page in _paginate(client, operation, parameters))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this call's failure
            return pages, self._error(error)
        return pages, None

    def _make_client(self, service: str) -> "BaseClient":
        return read_only_client(
            self._session,
            service,
            self._request.endpoint_region,
            operations={each.operation for each in self._collectors if each.service == service},
            credentials=self._request.credentials,
            called=self._called,
        )

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

    def fill(self, parameter: str, pages: Iterable[Mapping[str, Any]], error: CallError | None) -> None:
        """Add the answer of the call with ``parameter``: lists are joined, other members replaced."""
        self._calls += 1
        if error:
            self.errors[parameter] = error
        for page in pages:
            for name, value in page.items():
                if isinstance(value, list):
                    self.members[name] = [*self.members.get(name, ()), *value]
                elif name not in _TOKENS:
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


# --- One call ---------------------------------------------------------------------------------------------------------

_READING = ("Describe", "Get", "List", "Search")
_SIZES = ("MaxResults", "maxResults")
_TOKENS = ("NextToken", "nextToken")

_ATTEMPTS = 8
"""EC2 gives each account and region a bucket of calls that a whole audit may empty: waiting costs less than a gap."""


class OperationNotAllowedError(Exception):
    """A client was about to send what no collector declares, or what does not only read. A fault of the program."""


def open_session(profile: str | None) -> "Session":
    """A botocore session of a profile, None for the default ones; all share the service models, which are large."""
    from botocore.session import Session

    session = Session(profile=profile)
    session.register_component("data_loader", _loader(session.get_config_variable("data_path")))
    return session


@functools.cache
def _loader(search_path: str | None) -> "Loader":
    from botocore.loaders import create_loader

    return create_loader(search_path)


def read_only_client(
    session: "Session",
    service: str,
    region: str,
    *,
    operations: Collection[str],
    credentials: Credentials,
    called: Callable[[], None] = lambda: None,
    attempts: int = _ATTEMPTS,
) -> "BaseClient":
    """A client that sends ``operations`` only, and of these only the ones that read.

    ``called`` is run before each call; ``attempts`` is how often a call is sent at most, where the user's own AWS
    settings do not say. Any other operation raises OperationNotAllowedError before anything is sent.
    """
    from botocore.config import Config

    attempts = session.get_config_variable("max_attempts") or attempts
    client = session.create_client(
        service,
        region_name=region,
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.token,
        config=Config(
            retries={"mode": "standard", "total_max_attempts": attempts},
            connect_timeout=5,
            read_timeout=60,
            user_agent_extra=f"vpc-auditor/{__version__}",
        ),
    )

    def guard(model: "OperationModel", **_: Any) -> None:
        if model.name not in operations or not model.name.startswith(_READING):
            raise OperationNotAllowedError(f"{service}:{model.name} is not declared, or does not only read")
        called()

    # The first event of every call, before its parameters are even looked at.
    client.meta.events.register_first("provide-client-params", guard)
    return client


def _paginate(client: "BaseClient", operation: "OperationModel", parameters: Parameters) -> Iterator[dict[str, Any]]:
    """The pages of an answer, as large as AWS's model allows; PaginationError where a token comes twice."""
    from botocore import xform_name
    from botocore.exceptions import PaginationError

    accepted = operation.input_shape.members if operation.input_shape else {}
    arguments: dict[str, Any] = dict(parameters)
    for name in _SIZES:
        if name in accepted and "max" in accepted[name].metadata:
            arguments[name] = accepted[name].metadata["max"]
    method = xform_name(operation.name)
    if client.can_paginate(method):
        yield from client.get_paginator(method).paginate(**arguments)
        return
    answered = operation.output_shape.members if operation.output_shape else {}
    token = next((name for name in _TOKENS if name in accepted and name in answered), "")
    seen = set[str]()
    while True:
        page = getattr(client, method)(**arguments)
        yield page
        following = page.get(token)
        if not following:
            return
        if following in seen:
            raise PaginationError(message=f"the same {token} came twice")
        seen.add(following)
        arguments[token] = following


def _plain(value: Any, shape: "Shape | None") -> Any:
    """An answer as JSON holds it: times in ISO 8601, nothing that AWS's model calls sensitive or does not know.

    DescribeVpnConnections, for one, answers the tunnels' keys.
    """
    from botocore.model import ListShape, MapShape, StructureShape

    if isinstance(shape, StructureShape):
        members = shape.members
        return {
            name: _plain(member, members[name])
            for name, member in value.items()
            if name in members and not _is_sensitive(members[name])
        }
    if isinstance(shape, ListShape):
        return [] if _is_sensitive(shape.member) else [_plain(member, shape.member) for member in value]
    if isinstance(shape, MapShape):
        return {} if _is_sensitive(shape.value) else {name: _plain(each, shape.value) for name, each in value.items()}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value


def _is_sensitive(shape: "Shape") -> bool:
    return bool(shape.metadata.get("sensitive"))


# --- Errors -----------------------------------------------------------------------------------------------------------

_NOT_OFFERED = {
    "EndpointResolutionError",
    "EndpointVariantError",
    "ServiceNotInRegionError",
    "UnknownEndpointError",
    "UnknownFIPSEndpointError",
    "UnknownRegionError",
}
"""Errors of botocore's own: it knows no endpoint of the service there."""
_NOT_ACCEPTED = {"AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException"}
"""How a region that the account has not enabled answers: it does not know the credentials."""

_ACCESS_KEY = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{12,}\b")
_ENCODED = re.compile(r"\s*Encoded authorization failure message:\s*\S+")
"""Only who may decode it can read it, and it is longer than all the rest."""


def call_error(error: Exception, credentials: Credentials | None = None) -> CallError:
    """What went wrong with a call: AWS's code and text, else the exception's, on one line and without credentials."""
    from botocore.exceptions import ClientError

    code, text = type(error).__name__, str(error)
    if isinstance(error, ClientError):
        answer = error.response.get("Error", {})
        code, text = answer.get("Code", code), answer.get("Message", "")
    kind = "unavailable" if code in _NOT_OFFERED else kind_of(CallError(code=code))
    return CallError(code=code, message=_masked(text, credentials), kind=kind)


def _masked(text: str, credentials: Credentials | None) -> str:
    secrets = (credentials.access_key, credentials.secret_key, credentials.token) if credentials else ()
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return " ".join(_ACCESS_KEY.sub("***", _ENCODED.sub("", text)).split())
