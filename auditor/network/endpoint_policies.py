"""What the policy of a VPC endpoint allows.

Source: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
"""

from dataclasses import dataclass
from typing import Literal

import msgspec

OneOrMore = str | list[str]


@dataclass(frozen=True)
class Unreadable:
    """A policy document that is not one."""

    reason: str


class _Statement(msgspec.Struct, rename="pascal", forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A statement. A member that is not known may restrict it, so such a statement is not read at all."""

    effect: Literal["Allow", "Deny"]
    sid: str | None = None
    principal: str | dict[str, OneOrMore] | None = None
    not_principal: str | dict[str, OneOrMore] | None = None
    action: OneOrMore | None = None
    not_action: OneOrMore | None = None
    resource: OneOrMore | None = None
    not_resource: OneOrMore | None = None
    condition: dict[str, msgspec.Raw] | None = None

    def __post_init__(self) -> None:
        for one, other, names in (
            (self.principal, self.not_principal, "Principal and NotPrincipal"),
            (self.action, self.not_action, "Action and NotAction"),
            (self.resource, self.not_resource, "Resource and NotResource"),
        ):
            if (one is None) == (other is None):
                raise ValueError(f"Expected exactly one of {names}")

    @property
    def allows_everything(self) -> bool:
        return (
            self.effect == "Allow"
            and not self.condition
            and _is_everyone(self.principal)
            and _has_wildcard(self.action)
            and _has_wildcard(self.resource)
        )


class _Policy(msgspec.Struct, rename="pascal", forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A policy document."""

    statement: _Statement | list[_Statement]
    version: str | None = None
    id: str | None = None


def is_full_access(policy_document: str) -> bool | Unreadable:
    """Whether a policy means the same as the default one: everyone may do everything to every resource.

    A condition or any denial makes it another policy; a statement that allows less than another one changes nothing.
    """
    try:
        policy = msgspec.json.decode(policy_document, type=_Policy)
    except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError) as error:
        return Unreadable(f"the policy document cannot be read: {error}")
    statements = policy.statement if isinstance(policy.statement, list) else [policy.statement]
    return all(statement.effect == "Allow" for statement in statements) and any(
        statement.allows_everything for statement in statements
    )


def _is_everyone(principal: str | dict[str, OneOrMore] | None) -> bool:
    if isinstance(principal, dict):
        return "*" in _listed(principal.get("AWS", []))
    return principal == "*"


def _has_wildcard(patterns: OneOrMore | None) -> bool:
    return any(pattern and not pattern.strip("*") for pattern in _listed(patterns or []))


def _listed(texts: OneOrMore) -> list[str]:
    return [texts] if isinstance(texts, str) else texts
