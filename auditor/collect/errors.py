"""What went wrong with a call, in plain values and without credentials."""

import re

from auditor.collect.plan import Credentials
from auditor.snapshot import CallError, kind_of

_NOT_OFFERED = {
    "EndpointResolutionError",
    "EndpointVariantError",
    "ServiceNotInRegionError",
    "UnknownEndpointError",
    "UnknownFIPSEndpointError",
    "UnknownRegionError",
}
"""Errors of botocore's own: it knows no endpoint of the service there."""

_ACCESS_KEY = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{12,}\b")
_ENCODED = re.compile(r"\s*Encoded authorization failure message:\s*\S+")
"""Only who may decode it can read it, and it is longer than all the rest."""
_SIGNED_TOKEN = re.compile(r"(x-amz-security-token:)[^\s']+", re.IGNORECASE)
"""AWS repeats what it should have been asked where a signature is wrong, whoever's session token it was."""
_BODY = re.compile(r"\. Further retries may succeed:.*", re.DOTALL)
"""botocore repeats the whole body that it cannot read, with all that no snapshot holds."""


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
    text = _SIGNED_TOKEN.sub(r"\1***", _BODY.sub("", _ENCODED.sub("", text)))
    return " ".join(_ACCESS_KEY.sub("***", text).split())
