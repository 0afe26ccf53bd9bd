"""Terraform's language, read by a parser."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import hcl2


@dataclass(frozen=True)
class Resource:
    """A resource, with its nested blocks as lists of their arguments."""

    kind: str
    name: str
    arguments: Mapping[str, Any]
    """Strings are as Terraform would understand them; what is an expression stays as it is written."""

    def strings(self) -> Iterator[str]:
        """Every string in it, however deep."""
        return _strings(self.arguments)


@dataclass(frozen=True)
class Expression:
    """Something that Terraform would work out."""

    text: str


def resources(text: str) -> list[Resource]:
    """The resources that a text declares. Fails where it is not Terraform, and where it declares one twice."""
    found = [
        Resource(_string(kind), _string(name), _understood(body))
        for block in document(text).get("resource", ())
        for kind, named in block.items()
        for name, body in named.items()
    ]
    declared = [(each.kind, each.name) for each in found]
    assert len(set(declared)) == len(declared), "Terraform takes no two resources of one kind and name"
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", each.name) for each in found)
    return found


def document(text: str) -> dict[str, Any]:
    """A text as the parser gives it."""
    parsed: dict[str, Any] = hcl2.loads(text + "\n")
    return parsed


def _understood(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _understood(each) for name, each in value.items() if name not in ("__is_block__", "__comments__")}
    if isinstance(value, list):
        return [_understood(each) for each in value]
    if not isinstance(value, str):
        return value
    return _string(value) if value.startswith('"') else Expression(value.removeprefix("${").removesuffix("}"))


_ESCAPE = re.compile(r'\\(?:u([0-9a-f]{4})|U([0-9a-f]{8})|([nrt"\\]))|\$\$\{|%%\{|\$\{|%\{')
_SHORT = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def _string(literal: str) -> str:
    """What a quoted string means. https://developer.hashicorp.com/terraform/language/expressions/strings"""

    def meaning(match: re.Match[str]) -> str:
        four, eight, short = match.groups()
        if four or eight:
            return chr(int(four or eight, 16))
        assert match[0] not in ("${", "%{"), f"{literal} holds a template"
        return _SHORT[short] if short else match[0][1:]

    assert literal[0] == literal[-1] == '"', literal
    return _ESCAPE.sub(meaning, literal[1:-1])


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
