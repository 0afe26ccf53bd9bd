"""AWS over HTTP on this machine: moto's server behind a layer that answers what moto lacks and fails where told to.

with moto_over_http() as aws:
    aws.answers["ec2:DescribeStaleSecurityGroups"] = lambda asked: {"StaleSecurityGroupSet": []}
    aws.faults["ec2:DescribeVpcs@eu-west-1"] = Refusal()
    ...                     # with AWS_ENDPOINT_URL=aws.url
    aws.actions             # what was asked
"""

import contextlib
import enum
import http.client
import json
import logging
import re
import threading
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from xml.sax.saxutils import escape

from botocore.model import ListShape, Shape, StructureShape
from botocore.session import Session
from moto.server import ThreadedMotoServer

Answer = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""The parameters of a call in, the answer as botocore would parse it out."""


@dataclass(frozen=True)
class Refusal:
    """AWS answers with an error."""

    code: str = "UnauthorizedOperation"
    message: str = "You are not authorized to perform this operation."
    status: int = 403


SERVER_ERROR = Refusal("InternalError", "An internal error has occurred", 500)


class Broken(enum.Enum):
    """AWS gives no whole answer."""

    CUT_BODY = "the body ends before the length that was announced"
    CLOSED_SOCKET = "the connection is closed without an answer"


@dataclass(frozen=True)
class Held:
    """AWS lets the caller wait until the event is set."""

    until: threading.Event


Fault = Refusal | Broken | Held


@dataclass(frozen=True)
class Request:
    """One call, as it came over the wire."""

    action: str
    """Such as ``ec2:DescribeVpcs``."""
    region: str
    access_key: str
    parameters: Mapping[str, Any]


@dataclass
class MotoOverHttp:
    """Where AWS is, what it was asked, and what is to be different from moto."""

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    """By action: what moto does not answer."""
    faults: dict[str, Fault] = field(default_factory=dict)
    """By action, or by action and region as ``<action>@<region>``."""
    requests: list[Request] = field(default_factory=list)

    @property
    def actions(self) -> set[str]:
        return {request.action for request in self.requests}

    def forget(self) -> None:
        """Forget the faults and what was asked; the answers stay."""
        self.faults.clear()
        self.requests.clear()


@contextlib.contextmanager
def moto_over_http() -> Iterator[MotoOverHttp]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    moto.start()
    layer = _Layer(("127.0.0.1", 0), _Handler)
    layer.moto = moto.get_host_and_port()
    layer.aws = MotoOverHttp(f"http://127.0.0.1:{layer.server_port}")
    threading.Thread(target=layer.serve_forever, daemon=True).start()
    try:
        yield layer.aws
    finally:
        layer.shutdown()
        layer.server_close()
        moto.stop()


class _Layer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    moto: tuple[str, int]
    aws: MotoOverHttp

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that has gone is no error of the layer's, and nobody reads its standard error."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Layer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = _request(self.headers, body)
        aws = self.server.aws
        aws.requests.append(request)
        fault = aws.faults.get(f"{request.action}@{request.region}", aws.faults.get(request.action))
        if isinstance(fault, Held):
            fault.until.wait()
        if fault is Broken.CLOSED_SOCKET:
            self.close_connection = True
        elif isinstance(fault, Refusal):
            self._answer(fault.status, *_error(request.action, fault))
        elif request.action in aws.answers:
            self._answer(200, *_written(request, aws.answers[request.action](request.parameters)))
        else:
            self._answer(*self._ask_moto(body), cut=fault is Broken.CUT_BODY)

    def _ask_moto(self, body: bytes) -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection(*self.server.moto)
        try:
            connection.request("POST", self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Content-Type", ""), answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, content_type: str, body: bytes, *, cut: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or cut

    def log_message(self, *_: object) -> None:
        pass


# --- The wire: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html, and JSON 1.1 ---------------

_SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_XML = "text/xml;charset=UTF-8"
_JSON = "application/x-amz-json-1.1"


def _request(headers: Message, body: bytes) -> Request:
    scope = _SCOPE.search(headers.get("Authorization", ""))
    key, region, service = scope.group("key", "region", "service") if scope else ("", "", "")
    if "X-Amz-Target" in headers:
        operation, parameters = headers["X-Amz-Target"].rpartition(".")[2], json.loads(body or b"{}")
    else:
        parameters = dict(urllib.parse.parse_qsl(body.decode()))
        operation = parameters.pop("Action", "")
    return Request(f"{service}:{operation}", region, key, parameters)


def _is_json(action: str) -> bool:
    return action.partition(":")[0] not in {"ec2", "sts"}


def _error(action: str, error: Refusal) -> tuple[str, bytes]:
    if _is_json(action):
        return _JSON, json.dumps({"__type": error.code, "message": error.message}).encode()
    inner = f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
    if action.startswith("sts:"):
        return _XML, f"<ErrorResponse>{inner}<RequestId>1</RequestId></ErrorResponse>".encode()
    return _XML, f"<Response><Errors>{inner}</Errors><RequestID>1</RequestID></Response>".encode()


def _written(request: Request, answer: Mapping[str, Any]) -> tuple[str, bytes]:
    if _is_json(request.action):
        return _JSON, json.dumps(answer).encode()
    service, operation = request.action.split(":")
    shape = Session().get_service_model(service).operation_model(operation).output_shape
    content = _xml(answer, cast(Shape, shape))
    return _XML, f"<{operation}Response><requestId>1</requestId>{content}</{operation}Response>".encode()


def _xml(value: Any, shape: Shape) -> str:
    if isinstance(shape, StructureShape):
        members = ((shape.members[name], member) for name, member in value.items())
        return "".join(_element(member.serialization["name"], _xml(each, member)) for member, each in members)
    if isinstance(shape, ListShape):
        return "".join(_element("item", _xml(each, shape.member)) for each in value)
    return escape(str(value).lower() if isinstance(value, bool) else str(value))


def _element(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>"
