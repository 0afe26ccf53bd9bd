"""One call: its pages, in the form in which JSON holds them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from auditor.collector import Parameters

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.model import OperationModel, Shape

TOKENS = ("NextToken", "nextToken")
"""The members that lead from one page to the next."""

_SIZES = ("MaxResults", "maxResults")
_SCALARS = {str, int, bool, float}


def pages(client: "BaseClient", operation: str, parameters: Parameters) -> Iterator[dict[str, Any]]:
    """The pages of an answer, as large as AWS's model allows; PaginationError where a token comes twice.

    Times are in ISO 8601, and nothing is there that AWS's model calls sensitive or does not know.
    """
    model = client.meta.service_model.operation_model(operation)
    for page in _paginate(client, model, parameters):
        yield _plain(page, model.output_shape)


def _paginate(client: "BaseClient", operation: "OperationModel", parameters: Parameters) -> Iterator[dict[str, Any]]:
    from botocore import xform_name
    from botocore.exceptions import PaginationError

    accepted = operation.input_shape.members if operation.input_shape else {}
    arguments: dict[str, Any] = dict(parameters)
    for name in _SIZES:
        if name in accepted and "max" in accepted[name].metadata:
            arguments[name] = accepted[name].metadata["max"]
    method = xform_name(operation.name)
    answered = operation.output_shape.members if operation.output_shape else {}
    token = next((name for name in TOKENS if name in accepted and name in answered), "")
    # botocore's own paginator makes a new class at each use, and does not know some calls that have pages.
    if not token and client.can_paginate(method):
        yield from client.get_paginator(method).paginate(**arguments)
        return
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
    """DescribeVpnConnections, for one, answers the tunnels' keys."""
    from botocore.model import ListShape, MapShape, StructureShape

    if isinstance(shape, StructureShape):
        members = shape.members
        # Most members are scalars, and there are very many of them.
        return {
            name: member if type(member) in _SCALARS else _plain(member, members[name])
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
