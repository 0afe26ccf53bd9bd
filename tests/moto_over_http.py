"""AWS over HTTP on this machine: moto's server behind a layer that answers what moto lacks and fails where told to.

with moto_over_http() as aws:
    aws.answers["ec2:DescribeStaleSecurityGroups"] = lambda asked: {"StaleSecurityGroupSet": []}
    aws.faults["ec2:DescribeVpcs@eu-west-1"] = Refusal()
    aws.faults["ec2:DescribeSubnets"] = Only(Broken.CUT_BODY, after=1)
    ...                     # with AWS_ENDPOINT_URL=aws.url
    aws.actions             # what was asked
    aws.hits                # which of it met a fault
"""

import contextlib
import enum
import functools
import http.client
import json
import logging
import re
import socket
import struct
import threading
import urllib.parse
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from botocore.handlers import BUILTIN_HANDLERS
from botocore.model import ListShape, Shape, StructureShape
from moto.server import ThreadedMotoServer

from tests.aws_shapes import operation_model, service_model

Answer = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""The parameters of a call in, the answer as botocore would parse it out."""


@dataclass(frozen=True)
class Refusal:
    """AWS answers with an error. ``{token}`` in the message is the caller's session token, as AWS repeats it."""

    code: str = "UnauthorizedOperation"
    message: str = "You are not authorized to perform this operation."
    status: int = 403


NOBODY = "http://127.0.0.1:9/"
"""Where nobody listens."""

SERVER_ERROR = Refusal("InternalError", "An internal error has occurred", 500)


class Broken(enum.Enum):
    """AWS gives no answer that can be taken as it is."""

    CUT_BODY = "the body ends before the length that was announced"
    REFUSED_CONNECTION = "nobody listens for it; only for clients of this process"
    CLOSED_SOCKET = "the connection is closed without an answer"
    RESET = "the connection is reset in the middle of the body"
    STALLED_BODY = "the second half of the body does not come"
    SLOW_BODY = "the body comes in small parts, and whole in the end"
    MALFORMED = "the body is neither XML nor JSON"
    EMPTY_BODY = "there is no body"
    STRANGE_PAGE = "a page of somebody between, in good XML"
    NOT_IMPLEMENTED = "moto's answer to a call that it does not have"
    SAME_TOKEN = "every page leads to one that was read before"
    EMPTY_ITEM = "the first item of the list has no members"


@dataclass(frozen=True)
class Held:
    """AWS lets the caller wait until the event is set."""

    until: threading.Event


Fault = Refusal | Broken | Held


@dataclass(frozen=True)
class Only:
    """A fault of some requests: of those of one account, Region and action, the ones after ``after``."""

    fault: Fault
    after: int = 0
    """A list's pages are a request each: the fault of the third page comes after 2."""
    times: int | None = None
    """How many requests it meets; None for all that follow."""

    def meets(self, number: int) -> bool:
        """Whether the fault is that of the ``number``-th request, counted from 1."""
        return number > self.after and (self.times is None or number <= self.after + self.times)


@dataclass(frozen=True)
class Request:
    """One call, as it came over the wire."""

    action: str
    """Such as ``ec2:DescribeVpcs``."""
    region: str
    access_key: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Hit:
    """A request that met a fault."""

    number: int
    """Its place in ``MotoOverHttp.requests``."""
    request: Request
    fault: Fault


@dataclass
class MotoOverHttp:
    """Where AWS is, what it was asked, and what is to be different from moto."""

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    """By action: what moto does not answer."""
    faults: dict[str, Fault | Only] = field(default_factory=dict)
    """By ``<action>``, ``<action>@<region>`` or ``<action>@<account>/<region>``; the closest one holds."""
    accounts: dict[str, str] = field(default_factory=dict)
    """The account of each access key, for the faults of one account."""
    pages: int = 1
    """How many pages a list comes in, as far as it has items enough: moto knows of none."""
    requests: list[Request] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    meanwhile: Callable[[int], None] = lambda _: None
    """Run before each answer with the number of requests so far."""
    remembered: dict[Hashable, "Reply"] | None = None
    """What moto answered to each request, where it is asked only once: its world must not change by then."""

    @property
    def actions(self) -> set[str]:
        return {request.action for request in self.requests}

    def forget(self) -> None:
        """Forget the faults and what was asked; the answers stay."""
        self.faults.clear()
        self.requests.clear()
        self.hits.clear()
        self.pages = 1
        self.meanwhile = lambda _: None


@contextlib.contextmanager
def moto_over_http() -> Iterator[MotoOverHttp]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    moto.start()
    layer = _Layer(("127.0.0.1", 0), _Handler)
    layer.moto = moto.get_host_and_port()
    layer.aws = MotoOverHttp(f"http://127.0.0.1:{layer.server_port}")
    threading.Thread(target=layer.serve_forever, daemon=True).start()
    # Every botocore session starts with these handlers.
    handler = ("before-send", layer.turn_away)
    BUILTIN_HANDLERS.append(handler)
    try:
        yield layer.aws
    finally:
        BUILTIN_HANDLERS.remove(handler)
        layer.shutdown()
        layer.server_close()
        moto.stop()


@dataclass(frozen=True)
class Reply:
    """An answer over HTTP."""

    status: int
    content_type: str
    body: bytes


class _Layer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    moto: tuple[str, int]
    aws: MotoOverHttp

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._lock = threading.Lock()
        self._counted: Counter[tuple[str, str, str]] = Counter()

    def turn_away(self, request: Any, **_others: object) -> None:
        """Send a request that meets a refused connection to where nobody listens, before it comes here."""
        if not request.url.startswith(self.aws.url):
            return
        body = request.body or b""
        path = request.url.removeprefix(self.aws.url)
        body = body.encode() if isinstance(body, str) else body
        seen = _request(request.method, path, _text(request.headers), body)
        fault = self._fault_of(seen)
        if (fault.fault if isinstance(fault, Only) else fault) is Broken.REFUSED_CONNECTION:
            _, met = self.note(seen)
            request.headers[_NOTED] = "1"
            if met:
                request.url = NOBODY

    def _fault_of(self, request: Request) -> Fault | Only | None:
        """The fault that is meant for a request, whether it meets it or not."""
        aws = self.aws
        target = f"{aws.accounts.get(request.access_key)}/{request.region}"
        places = (f"{request.action}@{target}", f"{request.action}@{request.region}", request.action)
        return next((aws.faults[place] for place in places if place in aws.faults), None)

    def note(self, request: Request) -> tuple[int, Fault | None]:
        """Note a request: how many there were so far, and the fault that it meets."""
        aws = self.aws
        with self._lock:
            if not aws.requests:
                self._counted.clear()
            aws.requests.append(request)
            same = (request.action, request.access_key, request.region)
            self._counted[same] += 1
            fault = self._fault_of(request)
            if isinstance(fault, Only):
                fault = fault.fault if fault.meets(self._counted[same]) else None
            if fault:
                aws.hits.append(Hit(len(aws.requests) - 1, request, fault))
            return len(aws.requests), fault

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that has gone is no error of the layer's, and nobody reads its standard error."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are two packets, and the second must not wait for the word that the first has come.
    disable_nagle_algorithm = True
    server: _Layer

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = _request(self.command, self.path, self.headers, body)
        noted = _NOTED in self.headers
        number, fault = (len(self.server.aws.requests), None) if noted else self.server.note(request)
        self.server.aws.meanwhile(number)
        match fault:
            case Held():
                fault.until.wait()
                self._answer(self._reply(request, body))
            case Refusal():
                self._answer(_error(request.action, fault, self.headers.get("X-Amz-Security-Token", "")))
            case Broken():
                self._break(fault, request, body)
            case None:
                self._answer(self._reply(request, body))

    def _reply(self, request: Request, body: bytes) -> Reply:
        """What AWS answers where nothing is wrong, cut into pages."""
        pages, token = self.server.aws.pages, _token_of(request.action)
        if pages == 1 or not token:
            return self._whole(request, body)
        # moto has pages of its own for some lists, and would take the token for one of them.
        asked = {name: value for name, value in request.parameters.items() if name != token}
        written = (
            json.dumps(asked) if _is_json(request.action) else urllib.parse.urlencode(_with_action(request, asked))
        )
        given = request.parameters.get(token, "1")
        number = int(given) if given.isdigit() else 1
        first = replace(request, parameters=asked)
        return self._remembered(
            (first, number, pages), lambda: _paged(self._whole(first, written.encode()), request, number, pages)
        )

    def _whole(self, request: Request, body: bytes) -> Reply:
        """Moto's answer, or the one in its place."""
        answers = self.server.aws.answers
        if request.action in answers:
            return _written(request, answers[request.action](request.parameters))
        return self._remembered((request, 0, 0), lambda: self._ask_moto(body))

    def _remembered(self, asked: tuple[Request, int, int], ask: Callable[[], Reply]) -> Reply:
        remembered = self.server.aws.remembered
        if remembered is None:
            return ask()
        request, page, pages = asked
        parameters = tuple(sorted((name, str(value)) for name, value in request.parameters.items()))
        key = (request.action, request.region, request.access_key, parameters, page, pages)
        if key not in remembered:
            remembered[key] = ask()
        return remembered[key]

    def _ask_moto(self, body: bytes) -> Reply:
        connection = http.client.HTTPConnection(*self.server.moto)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "content-length"}
        try:
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers.get("Content-Type", ""), answer.read())
        finally:
            connection.close()

    def _break(self, fault: Broken, request: Request, body: bytes) -> None:
        if fault is Broken.CLOSED_SOCKET:
            self.close_connection = True
        elif fault is Broken.NOT_IMPLEMENTED:
            self._answer(Reply(500, "text/html", b"<!doctype html>\n<title>500 Internal Server Error</title>"))
        elif fault is Broken.MALFORMED:
            self._answer(Reply(200, _XML, b"<Response><item>}"))
        elif fault is Broken.EMPTY_BODY:
            self._answer(Reply(200, _XML, b""))
        elif fault is Broken.STRANGE_PAGE:
            self._answer(Reply(200, "text/html", b"<html><body><p>Sign in to this network.</p></body></html>"))
        else:
            reply = self._reply(request, body)
            if fault is Broken.SAME_TOKEN:
                self._answer(_with_token(reply, request, "again"))
            elif fault is Broken.EMPTY_ITEM:
                self._answer(_with_empty_item(reply, request))
            else:
                self._answer_in_part(fault, reply)

    def _answer_in_part(self, fault: Broken, reply: Reply) -> None:
        half = len(reply.body) // 2
        self._head(reply)
        self.wfile.write(reply.body[:half])
        if fault is Broken.SLOW_BODY:
            size = max(len(reply.body) // 10, 1)
            for start in range(half, len(reply.body), size):
                threading.Event().wait(0.002)
                self.wfile.write(reply.body[start : min(start + size, len(reply.body))])
            return
        self.close_connection = True
        if fault is Broken.STALLED_BODY:
            # There is nothing to read until the caller has enough of it and leaves.
            self.connection.recv(1)
        elif fault is Broken.RESET:
            # To close without lingering is to reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def _answer(self, reply: Reply) -> None:
        self._head(reply)
        self.wfile.write(reply.body)

    def _head(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


# --- The wire: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html, JSON 1.1 and REST ----------

_SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_NOTED = "X-Noted"
"""The header of a request that was noted before it came."""

_XML = "text/xml;charset=UTF-8"
_JSON = "application/x-amz-json-1.1"
_QUERY = {"elasticloadbalancing"}
"""The services that answer in the XML that EC2 has left behind: the members of an answer lie one deeper."""


_REST = {"route53", "route53profiles"}
"""The services that name an operation by the method and the path."""

_SIGNED_AS = {"monitoring": "cloudwatch"}
"""The services whose requests are signed for another name than the one IAM has for them."""


def _request(method: str, path: str, headers: Message, body: bytes) -> Request:
    scope = _SCOPE.search(headers.get("Authorization", ""))
    key, region, signed = scope.group("key", "region", "service") if scope else ("", "", "")
    service = _SIGNED_AS.get(signed, signed)
    if service in _REST:
        operation, parameters = _by_path(service, method, path)
    elif "X-Amz-Target" in headers:
        operation, parameters = headers["X-Amz-Target"].rpartition(".")[2], json.loads(body or b"{}")
    else:
        parameters = dict(urllib.parse.parse_qsl(body.decode()))
        operation = parameters.pop("Action", "")
    return Request(f"{service}:{operation}", region, key, parameters)


def _text(headers: Mapping[str, Any]) -> Message:
    """Headers as they come over the wire; botocore signs some as bytes."""
    message = Message()
    for name, value in headers.items():
        message[name] = value.decode() if isinstance(value, bytes) else str(value)
    return message


def _by_path(service: str, method: str, path: str) -> tuple[str, dict[str, Any]]:
    """The operation that a path names, and the parameters in it and behind it."""
    place, _, query = path.partition("?")
    model = service_model(service)
    for name in model.operation_names:
        operation = model.operation_model(name)
        template = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", operation.http["requestUri"].partition("?")[0])
        found = re.fullmatch(template, place)
        if found and operation.http["method"] == method:
            given = found.groupdict() | dict(urllib.parse.parse_qsl(query))
            members = cast(StructureShape, operation.input_shape).members
            names = {shape.serialization.get("name", member): member for member, shape in members.items()}
            return name, {names[each]: urllib.parse.unquote(value) for each, value in given.items()}
    raise ValueError(f"{service} has no operation at {method} {place}")


def _with_action(request: Request, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"Action": request.action.rpartition(":")[2], **parameters}


def _is_json(action: str) -> bool:
    return action.partition(":")[0] not in {"ec2", "route53", "sts", *_QUERY}


def _error(action: str, error: Refusal, token: str) -> Reply:
    message = error.message.replace("{token}", token)
    if _is_json(action):
        return Reply(error.status, _JSON, json.dumps({"__type": error.code, "message": message}).encode())
    inner = f"<Error><Code>{escape(error.code)}</Code><Message>{escape(message)}</Message></Error>"
    if action.partition(":")[0] in {"route53", "sts", *_QUERY}:
        body = f"<ErrorResponse>{inner}<RequestId>1</RequestId></ErrorResponse>"
    else:
        body = f"<Response><Errors>{inner}</Errors><RequestID>1</RequestID></Response>"
    return Reply(error.status, _XML, body.encode())


def _written(request: Request, answer: Mapping[str, Any]) -> Reply:
    if _is_json(request.action):
        return Reply(200, _JSON, json.dumps(answer).encode())
    operation = operation_model(request.action)
    shape = cast(Shape, operation.output_shape)
    content = _xml(answer, shape)
    if wrapper := shape.serialization.get("resultWrapper"):
        content = _element(wrapper, content)
    body = f"<{operation.name}Response><requestId>1</requestId>{content}</{operation.name}Response>"
    return Reply(200, _XML, body.encode())


def _xml(value: Any, shape: Shape) -> str:
    if isinstance(shape, StructureShape):
        members = ((name, shape.members[name], member) for name, member in value.items())
        return "".join(
            _element(member.serialization.get("name", name), _xml(each, member)) for name, member, each in members
        )
    if isinstance(shape, ListShape):
        name = shape.member.serialization.get("name", "item")
        return "".join(_element(name, _xml(each, shape.member)) for each in value)
    return escape(str(value).lower() if isinstance(value, bool) else str(value))


def _element(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>"


# --- Pages: the lists of an answer, and the token that leads to the next ----------------------------------------------


@functools.cache
def _token_of(action: str) -> str:
    """What an action calls the token that leads to the next page; empty where it has no pages, or not in its body."""
    if action.partition(":")[0] in _REST:
        return ""
    shape = operation_model(action).input_shape
    members = shape.members if shape else {}
    return next((name for name in ("NextToken", "nextToken") if name in members), "")


def _paged(reply: Reply, request: Request, number: int, pages: int) -> Reply:
    """One page of an answer; the token that leads to the next is its number."""
    more = False

    def cut(items: list[Any]) -> list[Any]:
        nonlocal more
        size = -(-len(items) // pages)
        more = more or len(items) > number * size
        return items[(number - 1) * size : number * size]

    page = _changed(reply, request.action, cut)
    return _with_token(page, request, str(number + 1)) if more else page


def _changed(reply: Reply, action: str, change: Callable[[list[Any]], list[Any]]) -> Reply:
    """An answer with other lists."""
    if _is_json(action):
        answer = json.loads(reply.body)
        lists = {name: change(value) for name, value in answer.items() if isinstance(value, list)}
        return replace(reply, body=json.dumps({**answer, **lists}).encode())
    root = _parsed(reply)
    for child in root[0] if action.partition(":")[0] in _QUERY else root:
        if child.findall(f"{_namespace(root)}{_item_of(action)}"):
            child[:] = change(list(child))
    return replace(reply, body=ElementTree.tostring(root))


def _with_token(reply: Reply, request: Request, token: str) -> Reply:
    name = _token_of(request.action)
    if not name:
        return reply
    if _is_json(request.action):
        return replace(reply, body=json.dumps({**json.loads(reply.body), name: token}).encode())
    root = _parsed(reply)
    for old in root.findall(f"{_namespace(root)}nextToken"):
        root.remove(old)
    ElementTree.SubElement(root, f"{_namespace(root)}nextToken").text = token
    return replace(reply, body=ElementTree.tostring(root))


def _with_empty_item(reply: Reply, request: Request) -> Reply:
    if _is_json(request.action):
        return _changed(reply, request.action, lambda items: [{}, *items[1:]])
    item = ElementTree.Element(f"{_namespace(_parsed(reply))}{_item_of(request.action)}")
    return _changed(reply, request.action, lambda items: [item, *items[1:]])


def _item_of(action: str) -> str:
    """How an element of a list is called in XML."""
    return "member" if action.partition(":")[0] in _QUERY else "item"


def _parsed(reply: Reply) -> ElementTree.Element:
    root = ElementTree.fromstring(reply.body)  # noqa: S314 - moto or the layer itself wrote it
    ElementTree.register_namespace("", _namespace(root).strip("{}"))
    return root


def _namespace(root: ElementTree.Element) -> str:
    return root.tag[: root.tag.index("}") + 1] if root.tag.startswith("{") else ""
