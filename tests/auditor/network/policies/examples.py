"""Policies of endpoints, each with what it lets through, by whose doing, and a request that shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.network.policies.exposure import Place

Item = Mapping[str, Any]

OWN, OTHER_OWN, TRUSTED = "111111111111", "222222222222", "444444444444"
ORGANIZATION = "o-own1234567"
STRANGER = "arn:aws:iam::000011112222:role/stranger"
STRANGERS_BUCKET = "arn:aws:s3:::a-strangers-bucket/object"
S3, S3_INTERFACE = Place(gateway=True, service="s3", region="eu-west-1"), Place(service="s3", region="eu-west-1")
SQS = Place(service="sqs", region="eu-west-1")


@dataclass(frozen=True, kw_only=True)
class Example:
    name: str
    statement: Item | Sequence[Item]
    verdict: str
    bounds: tuple[str, ...] = ()
    by: tuple[int, ...] = ()
    """The statements that keep strangers from resources of strangers, by their numbers."""
    witness: tuple[str, str, str] | None = None
    """The principal, the action and the resource of a request of a stranger at a stranger's resource that passes."""
    reason: str = ""
    """Why it is unknown."""
    context: Mapping[str, str] = field(default_factory=dict)
    """The keys of the witness."""
    place: Place = S3
    version: str = "2012-10-17"


def allow(condition: Item | None = None, **members: Any) -> dict[str, Any]:
    return _statement("Allow", condition, members)


def deny(condition: Item | None = None, **members: Any) -> dict[str, Any]:
    return _statement("Deny", condition, members)


def _statement(effect: str, condition: Item | None, members: Item) -> dict[str, Any]:
    given = dict(members)
    for name in ("Principal", "Action", "Resource"):
        if f"Not{name}" not in given and name not in given:
            given.setdefault(name, "*")
    return {"Effect": effect, **given, **({} if condition is None else {"Condition": condition})}


PUT = (STRANGER, "s3:PutObject", STRANGERS_BUCKET)
IN_ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}
PERIMETER = {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION, "aws:ResourceOrgID": ORGANIZATION}}
BUCKET = "arn:aws:s3:::own-bucket"
