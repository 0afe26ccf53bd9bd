"""AWS's condition operators, in three values: true, false, and None where it is not known.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import base64
import enum
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from auditor.network.policies.documents import Test, Variables
from auditor.network.policies.patterns import Pattern, Patterns, Token, literal, wildcard

Context = Mapping[str, tuple[str, ...]]
"""The keys of a request in lower case. A request lacks a key without values, and of a key that is not named nothing is
known."""

_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}
TEXT_OPERATORS = ("StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "Bool")
"""The operators that compare texts. In their values variables are replaced."""

MULTIVALUED = {
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "aws:vpceorgpaths",
}
"""The global keys that can have several values in a request. AWS asks for a set operator with them."""


def both(parts: Iterable[bool | None]) -> bool | None:
    """Whether all hold."""
    answer: bool | None = True
    for part in parts:
        if part is False:
            return False
        answer = None if part is None else answer
    return answer


def any_of(parts: Iterable[bool | None]) -> bool | None:
    """Whether one holds."""
    return negated(both(negated(part) for part in parts))


def negated(part: bool | None) -> bool | None:
    """The opposite, where it is known."""
    return None if part is None else not part


# --- Variables --------------------------------------------------------------------------------------------------------

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_DEFAULTED = re.compile(r"(?s)([^,']+?)\s*,\s*'([^']*)'\s*")
_ESCAPED = ("*", "?", "$")


class NoValueError(Exception):
    """A text has a variable for a key that the request lacks."""


class Part(enum.Enum):
    """What a part of a text is."""

    WRITTEN = enum.auto()
    """As it is written, so that wildcards in it are ones."""
    VALUE = enum.auto()
    """The value of a variable."""
    ANYTHING = enum.auto()
    """A variable of which the value is not known."""


def variables(text: str) -> list[str]:
    """The keys, in lower case, that the variables of a text stand for."""
    return [_split(found)[0].lower() for found in _VARIABLE.findall(text) if found not in _ESCAPED]


def is_one_variable(text: str) -> bool:
    """Whether a text is a variable and nothing else."""
    return len(variables(text)) == 1 and _VARIABLE.fullmatch(text) is not None


def replaced(text: str, context: Context, reading: Variables) -> list[tuple[str, Part]]:
    """A text in parts, with the values of its variables. Raises ``NoValueError``.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    if reading is Variables.NONE:
        return [(text, Part.WRITTEN)]
    parts: list[tuple[str, Part]] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        parts.append((text[end : found.start()], Part.WRITTEN))
        if reading is Variables.ANYTHING and found[1] not in _ESCAPED and not is_one_variable(text):
            parts.append(("*", Part.ANYTHING))
        else:
            parts.append(_value_of(found[1], context))
        end = found.end()
    return [*parts, (text[end:], Part.WRITTEN)]


def _value_of(inner: str, context: Context) -> tuple[str, Part]:
    if inner in _ESCAPED:
        return inner, Part.VALUE
    key, default = _split(inner)
    values = context.get(key.lower())
    if values is None or len(values) > 1:
        return "*", Part.ANYTHING
    if values:
        return values[0], Part.VALUE
    if default is None:
        raise NoValueError
    return default, Part.VALUE


def _split(inner: str) -> tuple[str, str | None]:
    found = _DEFAULTED.fullmatch(inner)
    return (found[1].strip(), found[2]) if found else (inner.strip(), None)


def pattern_of(comparison: str, parts: Iterable[tuple[str, Part]]) -> Pattern | None:
    """The pattern that a value of a string or ARN operator, or a resource (``StringLike``), stands for.

    None where it is not one: an ARN of fewer than six parts.
    """
    tokens: list[Token] = []
    arn = comparison.startswith("Arn")
    colons = 0
    for text, part in parts:
        # A wildcard of an ARN operator stands within one of the ARN's six parts; the last part may have colons.
        for piece in re.split("(:)", text) if arn else [text]:
            if part is Part.ANYTHING or (part is Part.WRITTEN and comparison in ("StringLike", "ArnEquals", "ArnLike")):
                tokens += wildcard(piece, excluded=":" if arn and colons < 5 else "")
            else:
                tokens += literal(piece, fold=comparison in ("StringEqualsIgnoreCase", "Bool"))
            colons += piece.count(":") if arn else 0
    return None if arn and colons < 5 else tuple(tokens)


def matches(comparison: str, text: str, value: str, context: Context, reading: Variables) -> bool | None:
    """Whether a value of a policy stands for ``value``, as ``comparison`` reads it. Raises ``NoValueError``."""
    parts = replaced(text, context, reading)
    certain = all(part is not Part.ANYTHING for _, part in parts)
    if certain and comparison == "StringEquals":
        return "".join(each for each, _ in parts) == value
    pattern = pattern_of(comparison, parts)
    if pattern is None:
        return None
    return (True if certain else None) if Patterns([pattern]).match(value) else False


# --- Operators --------------------------------------------------------------------------------------------------------


def holds(test: Test, context: Context, reading: Variables) -> bool | None:
    """Whether a request fulfils one key of a condition."""
    present = context.get(test.plain_key)
    if test.comparison == "Null":
        return _null(test, present)
    if plain_operator(test) not in _COMPARISONS or not test.values or present is None:
        return None
    negative = test.comparison in _NEGATED
    if not present:
        without_key = False if test.quantifier == "ForAnyValue" else negative
        return test.if_exists or test.quantifier == "ForAllValues" or without_key
    if not test.quantifier and (len(present) > 1 or test.plain_key in MULTIVALUED):
        # AWS asks for a set operator here, and does not say what is without one.
        return None
    each = [_one(test, value, context, reading) for value in present]
    return both(each) if test.quantifier == "ForAllValues" else any_of(each)


def plain_operator(test: Test) -> str:
    """The operator that a test's own is, or is the opposite of."""
    return _NEGATED.get(test.comparison, test.comparison)


def _null(test: Test, present: tuple[str, ...] | None) -> bool | None:
    if test.quantifier or test.if_exists or not test.values or not {*test.values} <= {"true", "false"}:
        return None
    if len({*test.values}) > 1:
        return True
    return None if present is None else (test.values[0] == "true") == (not present)


def _one(test: Test, value: str, context: Context, reading: Variables) -> bool | None:
    """Whether one value of a request compares with any value of the policy, or with none where the operator negates."""
    comparison, negative = plain_operator(test), test.comparison in _NEGATED
    compare = _COMPARISONS[comparison]
    answers: list[bool | None] = []
    for wanted in test.values:
        if compare is not None:
            answers.append(compare(comparison, value, wanted))
            continue
        try:
            answers.append(matches(comparison, wanted, value, context, reading))
        except NoValueError:
            # AWS says that a variable without a value matches nothing, and not what a negated operator makes of it.
            answers.append(None if negative else False)
    found = any_of(answers)
    return negated(found) if negative else found


def _binary(_: str, value: str, wanted: str) -> bool | None:
    try:
        return base64.b64decode(value, validate=True) == base64.b64decode(wanted, validate=True)
    except ValueError:  # binascii.Error is one, and so is what letters outside ASCII raise
        return None


def _address(_: str, value: str, wanted: str) -> bool | None:
    try:
        network, address = ipaddress.ip_network(wanted, strict=False), ipaddress.ip_address(value)
    except ValueError:
        return None
    return address in network


def _number(comparison: str, value: str, wanted: str) -> bool | None:
    try:
        return _ordered(comparison, Decimal(value), Decimal(wanted))
    except InvalidOperation:
        return None


def _date(comparison: str, value: str, wanted: str) -> bool | None:
    try:
        return _ordered(comparison, _moment(value), _moment(wanted))
    except ValueError:
        return None


def _moment(text: str) -> Decimal:
    if re.fullmatch("[0-9]{5,}", text):
        return Decimal(text)
    moment = datetime.fromisoformat(text)
    return Decimal(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())


def _ordered(comparison: str, value: Decimal, wanted: Decimal) -> bool:
    if comparison.endswith("GreaterThan"):
        return value > wanted
    if comparison.endswith("GreaterThanEquals"):
        return value >= wanted
    if comparison.endswith("LessThan"):
        return value < wanted
    return value <= wanted if comparison.endswith("LessThanEquals") else value == wanted


_ORDERS = ("Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
_COMPARISONS: Mapping[str, Callable[[str, str, str], bool | None] | None] = {
    **dict.fromkeys(TEXT_OPERATORS),
    "BinaryEquals": _binary,
    "IpAddress": _address,
    **{f"Numeric{order}": _number for order in _ORDERS},
    **{f"Date{order}": _date for order in _ORDERS},
}
"""The operators that compare no texts, and how."""
