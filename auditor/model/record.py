"""What all records share: their base, the texts with a form, and how a raw item becomes a record."""

import ipaddress
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar, TypeVar

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One item of an AWS answer, or a structure inside one."""

    given: ClassVar[tuple[str, ...]] = ()
    """The members that AWS gives of every such item, and without which it cannot be told what the item is part of: a
    list with an item that lacks one is not whole."""


class Cidr(str):
    """A block of addresses as AWS prints it: no host bits, IPv6 compressed."""

    __slots__ = ()


class IpAddress(str):
    """An IPv4 or IPv6 address."""

    __slots__ = ()


class Tag(Record, rename="pascal", frozen=True, kw_only=True):
    """A tag of a resource. Its text is written by others."""

    key: str
    value: str | None = None


AnyRecord = TypeVar("AnyRecord", bound=Record)


def read_record(item: Mapping[str, Any], record: type[AnyRecord]) -> AnyRecord:
    """The record of a raw item. ``msgspec.ValidationError`` names what does not fit, and where in the item."""
    return msgspec.convert(item, record, dec_hook=_read_text)


def record_id(record: Record) -> str:
    """The id of a record: by the records' convention, its one required member."""
    first: str = getattr(record, record.__struct_fields__[0])
    return first


def _read_text(kind: type, raw: object) -> object:
    if not isinstance(raw, str):
        raise ValueError(f"Expected `str`, got `{type(raw).__name__}`")
    return _cidr(raw) if kind is Cidr else IpAddress(ipaddress.ip_address(raw))


# Routes of many tables lead to the same blocks.
@lru_cache(maxsize=65536)
def _cidr(raw: str) -> Cidr:
    return Cidr(ipaddress.ip_network(raw, strict=False))
