"""What filters are asked of: a direction, a protocol and a port."""

import enum
from typing import NamedTuple

TCP = "6"
UDP = "17"
ICMP = "1"
ICMPV6 = "58"
ALL_PROTOCOLS = "-1"

_NAMES = {"tcp": TCP, "udp": UDP, "icmp": ICMP, "icmpv6": ICMPV6}


class Direction(enum.StrEnum):
    """Which way traffic passes a filter, as seen from what it protects."""

    INGRESS = "ingress"
    EGRESS = "egress"


class Port(NamedTuple):
    """A port of a protocol that has ports."""

    protocol: str
    """The protocol's number, such as ``TCP``."""
    number: int


HTTPS = Port(TCP, 443)
ANY_PORT = Port(ALL_PROTOCOLS, 0)
"""A port that nobody knows: nothing but a rule for all traffic surely lets it through."""


def protocol_number(protocol: str) -> str:
    """The number of a protocol that AWS gives by name or by number; ``-1`` stands for all."""
    return _NAMES.get(protocol.lower(), protocol)


def ports_shown(first: int | None, last: int | None) -> str:
    """A range of ports as AWS gives it, ``all`` where it gives none; of ICMP, the type and the code."""
    if first is None and last is None:
        return "all"
    return str(first) if first == last else f"{first}-{last}"


def traffic_shown(protocol: str, first: int | None, last: int | None) -> str:
    """What a rule of a security group lets through, as messages print it."""
    return "all traffic" if protocol == ALL_PROTOCOLS else f"{protocol} {ports_shown(first, last)}"
