import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError
from botocore.model import OperationModel
from botocore.signers import RequestSigner

Reply = Mapping[str, Any] | BaseException | Callable[[dict[str, Any]], Mapping[str, Any]]


def refused(code: str = "UnauthorizedOperation", message: str = "You are not authorized.") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Any")


class _Body(io.BytesIO):
    def stream(self, **_: object) -> list[bytes]:
        return [self.read()]


def http_response(status: int, body: bytes = b"") -> AWSResponse:
    return AWSResponse("https://aws.test", status, HTTPHeaders(), _Body(body))


@dataclass(frozen=True)
class Call:
    operation: str
    region: str
    parameters: Mapping[str, Any]


@dataclass
class HookedAws:
    """Stands where botocore would send a request: keeps each call, and replies in AWS's place."""

    calls: list[Call] = field(default_factory=list)
    replies: dict[str, Reply] = field(default_factory=dict)
    default: Mapping[str, Any] | None = field(default_factory=dict)
    """The reply to every other operation; None lets the request through, to moto."""

    def named(self, operation: str) -> list[Mapping[str, Any]]:
        return [call.parameters for call in self.calls if call.operation == operation]

    def before_call(
        self, model: OperationModel, params: dict[str, Any], request_signer: RequestSigner, **_: Any
    ) -> tuple[AWSResponse, Mapping[str, Any]] | None:
        body = params["body"]
        parameters = dict(body) if isinstance(body, dict) else json.loads(body or "{}")
        for protocol in ("Action", "Version"):
            parameters.pop(protocol, None)
        self.calls.append(Call(model.name, request_signer.region_name, parameters))
        reply = self.replies.get(model.name, self.default)
        if callable(reply):
            reply = reply(parameters)
        if isinstance(reply, BaseException):
            raise reply
        return None if reply is None else (http_response(200), reply)
