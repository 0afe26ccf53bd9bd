"""Clients that can only read: the service model that they are made from holds the declared operations and no other.

What a client costs, and why it is kept for the next account, is in docs/performance.md.
"""

import contextlib
import functools
import json
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from auditor import __version__
from auditor.collect.pace import BY_ACCOUNT, THROTTLING, Pace, SharedPace
from auditor.collect.plan import Credentials, TargetRequest
from auditor.collector import READING, Collector

if TYPE_CHECKING:
    from botocore import credentials as botocore_credentials
    from botocore.awsrequest import AWSResponse
    from botocore.client import BaseClient
    from botocore.loaders import Loader
    from botocore.model import OperationModel
    from botocore.session import Session

_ATTEMPTS = 8
"""EC2 gives each account and region a bucket of calls that others may have emptied: waiting costs less than a gap."""

_CONNECT_SECONDS = 5
_READ_SECONDS = 60
"""How long nothing at all may come of an answer: AWS takes some time to make a large one."""


# Below this level botocore logs what it signs, session tokens among it, and what STS answers.
logging.getLogger("botocore").setLevel(logging.INFO)


class OperationNotAllowedError(Exception):
    """A client was asked for that could do more than read. A fault of the program."""


class NotAnAnswerError(Exception):
    """What came, without an error, is not AWS's answer to the call: it was cut, or somebody between made it."""


# --- Service models ---------------------------------------------------------------------------------------------------


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


def _reading_session(profile: str | None, service: str, operations: frozenset[str]) -> "Session":
    """A session whose clients of a service have ``operations`` and no other."""
    from botocore.session import Session

    session = Session(profile=profile)
    data_path = session.get_config_variable("data_path")
    session.register_component("data_loader", _reading_loader(data_path, service, operations))
    return session


@functools.cache
def _reading_loader(search_path: str | None, service: str, operations: frozenset[str]) -> "Loader":
    """A loader that knows of a service only ``operations``, and the shapes that these need.

    Raises OperationNotAllowedError where one of them does not only read.
    """
    from botocore.loaders import create_loader

    for operation in operations:
        if not operation.startswith(READING):
            raise OperationNotAllowedError(f"{service}:{operation} does not only read")
    loader = create_loader(search_path)
    # A loader keeps every model that it ever read. The whole one is read by another, which is gone at once.
    reduced = _reduced(create_loader(search_path).load_service_model(service, "service-2"), operations)
    load_whole = loader.load_service_model

    def load(service_name: str, type_name: str, api_version: str | None = None) -> Mapping[str, Any]:
        if (service_name, type_name) == (service, "service-2"):
            return reduced
        whole: Mapping[str, Any] = load_whole(service_name, type_name, api_version)
        return whole

    loader.load_service_model = load  # type: ignore[method-assign] # the class has no other place for it
    return loader


def _reduced(model: Mapping[str, Any], operations: Collection[str]) -> Mapping[str, Any]:
    """A service model of ``operations`` and of every shape that they lead to."""
    kept = {operation: model["operations"][operation] for operation in sorted(operations)}
    shapes: dict[str, Any] = {}
    pending = list(_shape_names(kept))
    while pending:
        name = pending.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            pending += _shape_names(shapes[name])
    return {**model, "operations": kept, "shapes": shapes}


def _shape_names(part: Any) -> Iterator[str]:
    if isinstance(part, Mapping):
        if isinstance(part.get("shape"), str):
            yield part["shape"]
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from _shape_names(each)


# --- Clients ----------------------------------------------------------------------------------------------------------


def read_only_client(
    session: "Session",
    service: str,
    region: str,
    *,
    operations: Collection[str],
    credentials: Credentials,
    attempts: int = _ATTEMPTS,
) -> "BaseClient":
    """A client that has no other operation than ``operations``, and follows the settings of the session's profile.

    ``attempts`` is how often a call is sent at most, where the user's own AWS settings do not say. Raises
    OperationNotAllowedError where an operation does not only read.
    """
    reading = _reading_session(session.profile, service, frozenset(operations))
    reading.set_credentials(credentials.access_key, credentials.secret_key, credentials.token)
    return _client(reading, service, region, attempts)


def _client(session: "Session", service: str, region: str, attempts: int) -> "BaseClient":
    from botocore import __version__ as botocore_version
    from botocore.config import Config

    client = session.create_client(
        service,
        region_name=region,
        config=Config(
            retries={
                "mode": "standard",
                "total_max_attempts": session.get_config_variable("max_attempts") or attempts,
            },
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            # botocore makes up its own, long one anew at each call, which costs an eighth of the call.
            user_agent=f"vpc-auditor/{__version__} botocore/{botocore_version}",
        ),
    )
    client.meta.events.register_first("before-parse", _check_answer)
    return client


_HEAD = 300
"""In so many bytes from its beginning, a body in XML names the call that it answers."""


def _check_answer(operation_model: "OperationModel", response_dict: Mapping[str, Any], **_: Any) -> None:
    """Raise NotAnAnswerError where botocore would take a body that is no answer for one that lists nothing.

    It finds no members in JSON that is cut, nor in another document's XML, and says nothing of either.
    """
    if response_dict["status_code"] >= 300:
        return
    body: bytes = response_dict["body"]
    if operation_model.service_model.resolved_protocol in ("ec2", "query", "rest-xml"):
        whole = f"<{operation_model.name}Response".encode() in body[:_HEAD]
    else:
        try:
            whole = isinstance(json.loads(body), dict)
        except ValueError:
            whole = False
    if not whole:
        raise NotAnAnswerError(f"what came is no answer to {operation_model.name}: it was cut, or a proxy made it")


# --- Clients that pass from one account to the next -------------------------------------------------------------------


@dataclass(frozen=True)
class Borrower:
    """Who asks: one unit of work."""

    request: TargetRequest
    pace: Pace
    called: Callable[[], None]
    """Run before each call."""


class Clients:
    """The clients of a run. Each is lent to one unit of work at a time, and kept for the next, whoever's that is."""

    def __init__(self, collectors: Collection[Collector]) -> None:
        operations: defaultdict[str, set[str]] = defaultdict(set)
        for collector in collectors:
            operations[collector.service].add(collector.operation)
        self._operations = {service: frozenset(names) for service, names in operations.items()}
        self._idle: defaultdict[tuple[str | None, str, str], list[_Lendable]] = defaultdict(list)
        self._shared: dict[tuple[str, str], SharedPace] = {}
        """The pace of each account at each service that counts by account; another process has its own."""
        # botocore makes clients in one thread at a time.
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def lent_to(self, borrower: Borrower) -> Iterator[Callable[[str], "BaseClient"]]:
        """A function that gives the client of a service, which speaks for the borrower as long as the context lasts.

        It raises what botocore raises where the settings of the request's profile cannot be read.
        """
        request = borrower.request
        lent: dict[str, _Lendable] = {}

        def client(service: str) -> "BaseClient":
            if service not in lent:
                with self._lock:
                    idle = self._idle[request.profile, service, request.endpoint_region]
                    lent[service] = idle.pop() if idle else self._made(service, request)
                lent[service].lend(replace(borrower, pace=self._pace(service, borrower)))
            return lent[service].client

        try:
            yield client
        finally:
            for service, each in lent.items():
                each.take_back()
                if each.is_fresh:
                    with self._lock:
                        self._idle[request.profile, service, request.endpoint_region].append(each)

    def _pace(self, service: str, borrower: Borrower) -> Pace:
        if service not in BY_ACCOUNT:
            return borrower.pace
        request = borrower.request
        with self._lock:
            return self._shared.setdefault(
                (service, request.target.account), SharedPace(request.max_rate * BY_ACCOUNT[service])
            )

    def _made(self, service: str, request: TargetRequest) -> "_Lendable":
        return _Lendable(
            _reading_session(request.profile, service, self._operations[service]), service, request.endpoint_region
        )


class _Lendable:
    """A client that is known to AWS by the credentials of whoever has it now."""

    def __init__(self, session: "Session", service: str, region: str) -> None:
        session.set_credentials("", "")
        self._credentials = cast("botocore_credentials.Credentials", session.get_credentials())
        self._borrower: Borrower | None = None
        self.client = _client(session, service, region, _ATTEMPTS)
        self.is_fresh = True
        """Whether nothing was retried: a client has one allowance of retries, which the next unit needs whole."""
        events = self.client.meta.events
        # The first event of every call, before its parameters are even looked at.
        events.register_first("provide-client-params", self._before_call)
        # Once for each attempt, and before it is signed: a signature ages.
        events.register_first("request-created", self._before_attempt)
        events.register_first("needs-retry", self._after_attempt)

    def lend(self, borrower: Borrower) -> None:
        """Speak for a unit of work from now on."""
        self._borrower = borrower
        credentials = borrower.request.credentials
        self._credentials.access_key = credentials.access_key
        self._credentials.secret_key = credentials.secret_key
        self._credentials.token = credentials.token

    def take_back(self) -> None:
        """Speak for nobody, and keep no credentials."""
        self._borrower = None
        self._credentials.access_key = self._credentials.secret_key = ""
        self._credentials.token = None

    def _before_call(self, **_: Any) -> None:
        if self._borrower:
            self._borrower.called()

    def _before_attempt(self, operation_name: str, **_: Any) -> None:
        if self._borrower:
            self._borrower.pace.wait(operation_name)

    def _after_attempt(self, response: "tuple[AWSResponse, dict[str, Any]] | None", **_: Any) -> None:
        code = response[1].get("Error", {}).get("Code", "") if response else ""
        if response is None or response[0].status_code >= 500 or code in THROTTLING:
            self.is_fresh = False
        if self._borrower:
            self._borrower.pace.answered(code)
