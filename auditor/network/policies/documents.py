"""The text of a policy, read into statements.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import enum
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from auditor.network.policies.patterns import Patterns, wildcard

_OLDER, _NEWER = "2008-10-17", "2012-10-17"
_PRINCIPAL_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")
_MEMBERS = {
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}
_ACCOUNT = re.compile(r"(?:arn:[a-z-]+:iam::)?([0-9]{12})(?::root)?")
_OPERATOR = re.compile(r"(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?")


@dataclass(frozen=True)
class Unreadable:
    """A policy document that is not one."""

    reason: str


@dataclass(frozen=True)
class Principals:
    """Whom a statement names, by the kinds that AWS knows."""

    named: Mapping[str, tuple[str, ...]]

    @property
    def everyone(self) -> bool:
        """Whether everybody is meant: AWS takes ``{"AWS": "*"}`` in a policy on a resource for ``"*"``."""
        return "*" in self.named.get("AWS", ())


@dataclass(frozen=True)
class Test:
    """One key of a condition, which must hold as every other one of its statement."""

    operator: str
    """As it is written, such as ``ForAnyValue:StringLikeIfExists``."""
    key: str
    values: tuple[str, ...]

    @property
    def quantifier(self) -> str:
        """``ForAllValues``, ``ForAnyValue`` or empty."""
        return self._parts[0]

    @property
    def comparison(self) -> str:
        """The operator without what stands before and behind it; empty where it has not the form of one."""
        return self._parts[1]

    @property
    def if_exists(self) -> bool:
        """Whether a request without the key fulfils it."""
        return bool(self._parts[2])

    @property
    def plain_key(self) -> str:
        """The key in lower case: the names of keys are the same in any case."""
        return self.key.lower()

    @property
    def _parts(self) -> tuple[str, str, str]:
        found = _OPERATOR.fullmatch(self.operator)
        return (found[1] or "", found[2], found[3] or "") if found else ("", "", "")

    def __str__(self) -> str:
        return f"{self.operator} {self.key}"


@dataclass(frozen=True)
class Statement:
    """A statement of a policy."""

    number: int
    """Its place in the policy, from 1."""
    sid: str
    effect: Literal["Allow", "Deny"]
    principals: Principals
    not_principals: bool
    """Whether it is about all but the principals."""
    actions: tuple[str, ...]
    not_actions: bool
    resources: tuple[str, ...]
    not_resources: bool
    tests: tuple[Test, ...]

    @property
    def label(self) -> str:
        """How messages name it."""
        return f'statement {self.number} ("{self.sid}")' if self.sid else f"statement {self.number}"

    @property
    def allows(self) -> bool:
        """Whether it allows what it is about, or denies it."""
        return self.effect == "Allow"

    @cached_property
    def action_patterns(self) -> Patterns:
        """The actions, to match with one in lower case: actions are the same in any case."""
        return Patterns([wildcard(action.lower()) for action in self.actions])

    @cached_property
    def resource_patterns(self) -> Patterns:
        """The resources that are the same for every request."""
        return Patterns([wildcard(whole_arn(each)) for each in self.resources if "${" not in each])

    @property
    def is_full(self) -> bool:
        """Whether it is written to be about every request."""
        return (
            not self.tests
            and (self.principals.everyone and not self.not_principals)
            and (_has_wildcard(self.actions) and not self.not_actions)
            and (_has_wildcard(self.resources) and not self.not_resources)
        )


class Variables(enum.Enum):
    """What ``${...}`` stands for."""

    NONE = enum.auto()
    """Itself: only policies of the newer version have variables."""
    REPLACED = enum.auto()
    """A value of the request."""
    ANYTHING = enum.auto()
    """Whatever it may be: what holds of the policy then holds for every value."""


@dataclass(frozen=True)
class Policy:
    """A policy that could be read."""

    statements: tuple[Statement, ...] = field(compare=False, repr=False)
    """What the text says. Two policies are the same where their texts are."""
    variables: Variables
    text: str

    @property
    def is_default(self) -> bool:
        """Whether it means the same as AWS's default policy: everyone may do everything to every resource.

        A condition or any denial makes it another policy; a statement that allows less than another one changes
        nothing.
        """
        return all(each.allows for each in self.statements) and any(each.is_full for each in self.statements)

    def with_statements(self, statements: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """The document with more statements."""
        document = json.loads(self.text)
        return {**document, "Statement": [*_listed(document["Statement"]), *statements]}

    def with_callers_in_conditions(self) -> dict[str, Any] | None:
        """The document with ``*`` for all principals of AWS, and conditions that name them instead.

        None where it names callers of other kinds, or all but some.
        """
        document = json.loads(self.text)
        statements: list[dict[str, Any]] = []
        for written, statement in zip(_listed(document["Statement"]), self.statements, strict=True):
            if statement.principals.everyone:
                statements.append(written)
                continue
            names = statement.principals.named.get("AWS", ())
            plain = all(_ACCOUNT.fullmatch(name) or name.startswith("arn:") for name in names)
            if statement.not_principals or set(statement.principals.named) != {"AWS"} or not plain:
                return None
            keys = _callers(names)
            for key, (operator, callers) in keys.items():
                condition = dict(written.get("Condition", {}))
                if any(test.plain_key == key.lower() for test in statement.tests):
                    return None
                condition[operator] = {**condition.get(operator, {}), key: callers}
                sid = {"Sid": f"{statement.sid}{len(statements) + 1}"} if statement.sid and len(keys) > 1 else {}
                statements.append({**written, **sid, "Principal": "*", "Condition": condition})
        return {**document, "Statement": statements}


def _callers(names: Iterable[str]) -> dict[str, tuple[str, list[str]]]:
    """The keys that name callers as a principal does, each with its operator."""
    accounts = [found[1] for name in names if (found := _ACCOUNT.fullmatch(name))]
    others = [name for name in names if not _ACCOUNT.fullmatch(name)]
    keys = {"aws:PrincipalAccount": ("StringEquals", accounts), "aws:PrincipalArn": ("ArnEquals", others)}
    return {key: (operator, listed) for key, (operator, listed) in keys.items() if listed}


def read_policy(document: str) -> Policy | Unreadable:
    """The policy that a document holds.

    What is not known is refused rather than left out: a member that nobody knows may restrict a statement.
    """
    try:
        found = json.loads(document, object_pairs_hook=_members, parse_constant=_no_constant)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is no text, and no report could show it
        return _policy(found, document)
    except (ValueError, RecursionError) as error:
        return Unreadable(f"the policy document cannot be read: {_reason(error)}")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON: {error}"
    return "it is nested too deep" if isinstance(error, RecursionError) else str(error)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise ValueError(f"it has {_shown(name)} twice in one object")
        members[name] = value
    return members


def _no_constant(name: str) -> None:
    raise ValueError(f"it is not JSON: {name}")


def _policy(found: Any, document: str) -> Policy:
    members = _object(found, "the document")
    _known(members, ("Version", "Id", "Statement"), "the document")
    if "Statement" not in members:
        raise ValueError("it has no Statement")
    version = members.get("Version", _OLDER)
    if version not in (_OLDER, _NEWER):
        raise ValueError(f"its Version is {_shown(version)}, which AWS does not know")
    statements = tuple(_statement(each, number) for number, each in enumerate(_listed(members["Statement"]), start=1))
    variables = Variables.REPLACED if version == _NEWER else Variables.NONE
    return Policy(statements, variables, document)


def _statement(found: Any, number: int) -> Statement:
    where = f"statement {number}"
    members = _object(found, where)
    _known(members, _MEMBERS, where)
    effect, sid = members.get("Effect"), members.get("Sid", "")
    if effect not in ("Allow", "Deny"):
        raise ValueError(f"{where} has the Effect {_shown(effect)}, not Allow or Deny")
    if not isinstance(sid, str):
        raise ValueError(f"{where} has a Sid that is not a text")
    principal, not_principal = _either(members, "Principal", where)
    action, not_action = _either(members, "Action", where)
    resource, not_resource = _either(members, "Resource", where)
    return Statement(
        number=number,
        sid=sid,
        effect=effect,
        principals=_principals(principal, where),
        not_principals=not_principal,
        actions=_texts(action, f"the Action of {where}"),
        not_actions=not_action,
        resources=_texts(resource, f"the Resource of {where}"),
        not_resources=not_resource,
        tests=tuple(_tests(members.get("Condition", {}), where)),
    )


def _either(members: Mapping[str, Any], name: str, where: str) -> tuple[Any, bool]:
    """The value of a member or of its opposite, and whether it is the opposite's. A statement has one of them."""
    opposite = f"Not{name}"
    if (name in members) == (opposite in members):
        raise ValueError(f"{where} has not exactly one of {name} and {opposite}")
    return (members[name], False) if name in members else (members[opposite], True)


def _principals(found: Any, where: str) -> Principals:
    if found == "*":
        return Principals({"AWS": ("*",)})
    members = _object(found, f"the Principal of {where}")
    _known(members, _PRINCIPAL_KINDS, f"the Principal of {where}")
    return Principals({kind: _texts(named, f"the Principal of {where}") for kind, named in members.items()})


def _tests(found: Any, where: str) -> Iterable[Test]:
    for operator, keys in _object(found, f"the Condition of {where}").items():
        seen: set[str] = set()
        for key, values in _object(keys, f"{_shown(operator)} in the Condition of {where}").items():
            if key.lower() in seen:
                raise ValueError(f"{where} has the key {_shown(key)} twice under {_shown(operator)}")
            seen.add(key.lower())
            yield Test(operator, key, _values(values, f"{_shown(key)} in the Condition of {where}"))


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def _values(found: Any, where: str) -> tuple[str, ...]:
    return tuple(_value(each, where) for each in _listed(found))


def _value(found: Any, where: str) -> str:
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, str | int | float):
        return str(found)
    raise ValueError(f"{where} has the value {_shown(found)}")


def _texts(found: Any, where: str) -> tuple[str, ...]:
    if not all(isinstance(each, str) for each in _listed(found)):
        raise ValueError(f"{where} is neither a text nor a list of texts")
    return tuple(_listed(found))


def _object(found: Any, where: str) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise ValueError(f"{where} is not an object")
    return found


def _known(members: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    for name in sorted(members.keys() - set(known)):
        raise ValueError(f"{where} has the member {_shown(name)}, which AWS does not know")


def _shown(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:60]}…"


def whole_arn(resource: str) -> str:
    """A resource with the parts that an ARN may be short of, and that AWS then adds.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    return resource + ":*" * (5 - resource.count(":")) if resource.startswith("arn:") else resource


def _has_wildcard(patterns: Iterable[str]) -> bool:
    return any(pattern and not pattern.strip("*") for pattern in patterns)
