"""What a collector declares: one AWS call, and the record that its answer fills."""

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from auditor.model import Record
from auditor.snapshot import Shard


class Scope(enum.Enum):
    """Where an answer is kept: with its region, or with its account."""

    REGION = "region"
    GLOBAL = "global"


Parameters = Mapping[str, object]
"""The parameters of a call; the one that names an item is a text."""

READING = ("Describe", "Get", "List", "Search")
"""How the operations begin that only read."""


@dataclass(frozen=True, kw_only=True)
class Collector:
    """One call of one AWS service, made once for a target or once for each set of ``parameters``.

    A call that is made once holds its items in the member ``key`` of its answer. A call that is made for parents (a
    VPC, a prefix list) gives one item for each value of the parameter ``identity``: the parameter itself and everything
    that AWS answered, with the pages joined; two calls with one identity fill one item. A call that is made for many
    parents at once has a ``key`` and ``parameters`` but no ``identity``: the items of all its answers are one list.

    Raises ValueError where the operation could do more than read.
    """

    service: str
    """The service's name in boto3."""
    operation: str
    """The operation's name in AWS's service model, such as ``DescribeVpcs``."""
    record: type[Record]
    """What an item decodes into; one collector a record."""
    key: str | None = None
    """The member of the answer that holds the items; for a call made for parents there is none."""
    scope: Scope = Scope.REGION
    optional: bool = False
    """Whether the audit is whole without it: a refusal makes only its own rules unknown."""
    parents: tuple[type[Record], ...] = ()
    """The records whose answers ``parameters`` reads; they are collected first."""
    parameters: Callable[[Shard], Iterable[Parameters]] | None = None
    """The parameters of each call, from what the shard holds so far."""
    identity: str | None = None
    """The parameter that names the item which a call fills."""
    on_request: bool = False
    """Whether it is asked only where somebody wants it: what AWS charges for."""
    iam_prefix: str | None = None
    """The prefix of the IAM action, where it is not the service's name in boto3."""
    resource: str = "*"
    """The ARN that an IAM policy may narrow the action to, with AWS's word ``${Partition}``.

    ``*`` where AWS's service authorization reference names no resource type that the call must have.
    """

    def __post_init__(self) -> None:
        if not self.operation.startswith(READING):
            raise ValueError(
                f"{self.action} could do more than read: an operation that is collected begins with "
                f"{', '.join(READING[:-1])} or {READING[-1]}"
            )

    @property
    def action(self) -> str:
        """The IAM action that allows the call, such as ``ec2:DescribeVpcs``."""
        return f"{self.iam_prefix or self.service}:{self.operation}"
