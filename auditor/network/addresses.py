"""Sets of IPv4 and IPv6 addresses: what every question about routes is asked of."""

import ipaddress
import socket
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache

Range = tuple[int, int]
"""The first and the last of consecutive addresses, both in the set."""

# Both families lie on one line of integers, so that the algebra is written once. The gap after the last IPv4 address
# keeps a range from ever running from one family into the other.
_IPV6_START = 1 << 33


class Addresses:
    """An immutable set of addresses, kept as sorted ranges that neither touch nor overlap.

    ``|``, ``&``, ``-``, ``<=``, ``==`` and truth mean what they mean for a ``frozenset``. Each takes time linear at
    most in the number of ranges, not of addresses.
    """

    __slots__ = ("ranges",)

    def __init__(self, ranges: Iterable[Range] = ()) -> None:
        self.ranges = tuple(_merged(sorted(ranges)))

    @classmethod
    def of(cls, *cidrs: str) -> "Addresses":
        """The addresses of some CIDR blocks. Host bits are ignored, as AWS does; anything else is a ``ValueError``."""
        if len(cidrs) == 1:
            return _block(cidrs[0])
        return cls(block_range(cidr) for cidr in cidrs)

    @staticmethod
    def union(parts: Iterable["Addresses"]) -> "Addresses":
        """All addresses of the parts."""
        some = [part for part in parts if part.ranges]
        if len(some) > 1:
            return Addresses(piece for part in some for piece in part.ranges)
        return some[0] if some else NOTHING

    def __or__(self, other: "Addresses") -> "Addresses":
        return Addresses(self.ranges + other.ranges) if self and other else self or other

    def __and__(self, other: "Addresses") -> "Addresses":
        if _apart(self.ranges, other.ranges):
            return NOTHING
        return _canonical(_intersection(self.ranges, other.ranges))

    def __sub__(self, other: "Addresses") -> "Addresses":
        if _apart(self.ranges, other.ranges):
            return self
        return _canonical(_difference(self.ranges, other.ranges))

    def __le__(self, other: "Addresses") -> bool:
        return next(_difference(self.ranges, other.ranges), None) is None

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Addresses) and self.ranges == other.ranges

    def __hash__(self) -> int:
        return hash(self.ranges)

    def __contains__(self, address: str) -> bool:
        first, last = block_range(address)
        return any(start <= first and last <= end for start, end in self.ranges)

    def __str__(self) -> str:
        """The CIDR blocks, comma-separated."""
        return ", ".join(self.cidrs())

    def __repr__(self) -> str:
        return f"Addresses.of({', '.join(map(repr, self.cidrs()))})"

    def family(self, version: int) -> "Addresses":
        """The addresses of IP version 4 or 6 alone."""
        end_of_ipv4 = bisect_left(self.ranges, (_IPV6_START,))
        if end_of_ipv4 in (0, len(self.ranges)):
            return self if (end_of_ipv4 == 0) == (version == 6) else NOTHING
        return _canonical(self.ranges[end_of_ipv4:] if version == 6 else self.ranges[:end_of_ipv4])

    @property
    def families(self) -> tuple[int, ...]:
        """The IP versions of which the set has an address, 4 first."""
        return tuple(version for version in (4, 6) if self.family(version))

    def cidrs(self) -> tuple[str, ...]:
        """The fewest CIDR blocks that hold just these addresses, IPv4 first, in the order of the addresses."""
        return tuple(str(network) for piece in self.ranges for network in _networks(piece))


def _merged(ranges: Iterable[Range]) -> Iterator[Range]:
    """Join sorted ranges that touch or overlap."""
    held: Range | None = None
    for first, last in ranges:
        if held is None:
            held = (first, last)
        elif first <= held[1] + 1:
            held = (held[0], max(held[1], last))
        else:
            yield held
            held = (first, last)
    if held is not None:
        yield held


def _canonical(ranges: Iterable[Range]) -> Addresses:
    """Addresses of ranges that are sorted, apart and no more to be merged."""
    made = Addresses.__new__(Addresses)
    made.ranges = tuple(ranges)
    return made


def _apart(left: tuple[Range, ...], right: tuple[Range, ...]) -> bool:
    """Whether one ends before the other begins, or either is empty, as for most pairs that are compared."""
    return not left or not right or left[-1][1] < right[0][0] or right[-1][1] < left[0][0]


def _first_at(ranges: tuple[Range, ...], address: int) -> int:
    """Where to begin in ``ranges`` to find all that is at an address or above: a few may be asked of very many."""
    return max(bisect_left(ranges, (address,)) - 1, 0)


def _intersection(left: tuple[Range, ...], right: tuple[Range, ...]) -> Iterator[Range]:
    i, j = _first_at(left, right[0][0]), _first_at(right, left[0][0])
    while i < len(left) and j < len(right):
        first, last = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if first <= last:
            yield first, last
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1


def _difference(left: tuple[Range, ...], right: tuple[Range, ...]) -> Iterator[Range]:
    j = _first_at(right, left[0][0]) if left and len(right) > 1 else 0
    for start, end in left:
        first = start
        while j < len(right) and right[j][1] < first:
            j += 1
        k = j
        while k < len(right) and right[k][0] <= end:
            if right[k][0] > first:
                yield first, right[k][0] - 1
            first = right[k][1] + 1
            k += 1
        if first <= end:
            yield first, end


@lru_cache(maxsize=65536)
def _block(cidr: str) -> Addresses:
    return _canonical((block_range(cidr),))


@lru_cache(maxsize=65536)
def block_range(cidr: str) -> Range:
    """The range of a CIDR block or a single address. A ``ValueError`` names what is neither."""
    address, _, length = cidr.partition("/")
    family, bits, start = (socket.AF_INET6, 128, _IPV6_START) if ":" in address else (socket.AF_INET, 32, 0)
    if length.isascii() and length.isdigit() and int(length) <= bits:
        # A block as AWS writes it: ten times as fast as ``ipaddress``, and there are millions of them.
        try:
            size = 1 << (bits - int(length))
            first = start + (int.from_bytes(socket.inet_pton(family, address)) & -size)
        except OSError:
            pass
        else:
            return first, first + size - 1
    network = ipaddress.ip_network(cidr, strict=False)
    first = int(network.network_address) + (_IPV6_START if network.version == 6 else 0)
    return first, first + network.num_addresses - 1


@lru_cache(maxsize=65536)
def is_everything(cidr: str) -> bool:
    """Whether a CIDR block is all addresses, or half of them, as those write it who must not touch the default route.

    All global unicast IPv6 lies in 2000::/3.
    """
    network = ipaddress.ip_network(cidr, strict=False)
    return network.prefixlen <= (3 if network.version == 6 else 1)


def canonical_cidr(cidr: str) -> str:
    """A CIDR block as AWS prints it: no host bits, IPv6 compressed."""
    return str(ipaddress.ip_network(cidr, strict=False))


def _networks(piece: Range) -> Iterator[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    first, last = piece
    if first >= _IPV6_START:
        yield from ipaddress.summarize_address_range(
            ipaddress.IPv6Address(first - _IPV6_START), ipaddress.IPv6Address(last - _IPV6_START)
        )
    else:
        yield from ipaddress.summarize_address_range(ipaddress.IPv4Address(first), ipaddress.IPv4Address(last))


NOTHING = Addresses()
ALL_IPV4 = Addresses.of("0.0.0.0/0")
ALL_IPV6 = Addresses.of("::/0")
RFC_1918 = Addresses.of("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")

# Space that is never reached over the internet: RFC 1122, 1918, 2544, 3927 and 6598, multicast and reserved for IPv4;
# all but global unicast for IPv6 (IANA's special-purpose registries). The blocks for documentation count as public.
PRIVATE = Addresses.of(
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/3",
    "::/3",
    "4000::/2",
    "8000::/1",
)
