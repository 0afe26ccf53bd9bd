import ipaddress
import re
from collections.abc import Iterable
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.network.addresses import (
    ALL_IPV4,
    ALL_IPV6,
    NOTHING,
    PRIVATE,
    Addresses,
    block_range,
    canonical_cidr,
    is_everything,
)

# Eight addresses at each end of each family: small enough for Python's own sets, and every edge is in it.
WINDOWS = ("0.0.0.0/29", "255.255.255.248/29", "::/125", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff8/125")
UNIVERSE = frozenset(str(address) for window in WINDOWS for address in ipaddress.ip_network(window))
BLOCKS = tuple(
    str(block)
    for window in map(ipaddress.ip_network, WINDOWS)
    for length in range(window.prefixlen, window.max_prefixlen + 1)
    for block in window.subnets(new_prefix=length)
)

blocks = st.lists(st.sampled_from(BLOCKS), max_size=8)

any_block = st.one_of(
    st.builds(
        lambda at, length: str(ipaddress.ip_network((at, length), strict=False)),
        st.integers(0, 2**32 - 1),
        st.integers(0, 32),
    ),
    st.builds(
        lambda at, length: str(ipaddress.ip_network((at, length), strict=False)),
        # The constructor reads a number below 2**32 as IPv4.
        st.integers(2**32, 2**128 - 1),
        st.integers(0, 128),
    ),
)
any_addresses = st.lists(any_block, max_size=6).map(lambda cidrs: Addresses.of(*cidrs))


def model(cidrs: Iterable[str]) -> frozenset[str]:
    return frozenset(str(address) for cidr in cidrs for address in ipaddress.ip_network(cidr))


def members(addresses: Addresses) -> frozenset[str]:
    return frozenset(address for address in UNIVERSE if address in addresses)


def collapsed(cidrs: Iterable[str]) -> tuple[str, ...]:
    networks = [ipaddress.ip_network(cidr) for cidr in cidrs]
    four = ipaddress.collapse_addresses(each for each in networks if isinstance(each, ipaddress.IPv4Network))
    six = ipaddress.collapse_addresses(each for each in networks if isinstance(each, ipaddress.IPv6Network))
    return (*map(str, four), *map(str, six))


@given(blocks, blocks)
def test_the_algebra_is_that_of_sets(left: list[str], right: list[str]) -> None:
    a, b = Addresses.of(*left), Addresses.of(*right)
    x, y = model(left), model(right)
    assert members(a) == x
    assert members(a | b) == x | y
    assert members(a & b) == x & y
    assert members(a - b) == x - y
    assert (a <= b) == (x <= y)
    assert (a == b) == (x == y)
    assert bool(a) == bool(x)


@given(blocks)
def test_equal_sets_are_equal_however_they_were_made(cidrs: list[str]) -> None:
    whole = Addresses.of(*cidrs)
    one_by_one = reduce(Addresses.__or__, [Addresses.of(address) for address in sorted(model(cidrs))], NOTHING)
    assert one_by_one == whole == Addresses.union(Addresses.of(cidr) for cidr in reversed(cidrs))
    assert hash(one_by_one) == hash(whole)
    assert one_by_one.ranges == whole.ranges


@given(st.lists(any_block, max_size=8))
def test_cidrs_are_the_fewest_blocks_in_the_order_of_the_addresses(cidrs: list[str]) -> None:
    assert Addresses.of(*cidrs).cidrs() == collapsed(cidrs)


@given(any_addresses, any_addresses)
def test_every_result_is_in_the_one_form_that_equality_compares(a: Addresses, b: Addresses) -> None:
    for result in (a | b, a & b, a - b, a.family(4), a.family(6)):
        assert result == Addresses(result.ranges) == Addresses.of(*result.cidrs())


@given(any_addresses, any_addresses)
def test_a_difference_and_an_intersection_are_a_partition(a: Addresses, b: Addresses) -> None:
    assert (a - b) | (a & b) == a
    assert not (a - b) & b
    assert a & b <= a <= a | b
    assert a & b == b & a
    assert a | b == b | a


@given(any_addresses)
def test_the_complement_of_the_complement_is_the_set(a: Addresses) -> None:
    everything = ALL_IPV4 | ALL_IPV6
    assert everything - (everything - a) == a


@given(any_addresses)
def test_the_families_are_a_partition(a: Addresses) -> None:
    assert a.family(4) | a.family(6) == a
    assert a.family(4) <= ALL_IPV4
    assert a.family(6) <= ALL_IPV6
    assert a.families == tuple(version for version in (4, 6) if a.family(version))


@given(any_addresses)
def test_what_is_printed_names_the_blocks(a: Addresses) -> None:
    assert str(a) == ", ".join(a.cidrs())
    assert eval(repr(a), {"Addresses": Addresses}) == a  # noqa: S307 - the text is our own


def test_the_last_ipv4_address_and_the_first_ipv6_address_do_not_touch() -> None:
    edge = Addresses.of("255.255.255.255", "::")
    assert edge.cidrs() == ("255.255.255.255/32", "::/128")
    assert edge.families == (4, 6)
    assert not Addresses.of("::") & ALL_IPV4
    assert not Addresses.of("255.255.255.255") & ALL_IPV6


@pytest.mark.parametrize("family", [4, 6])
def test_the_default_route_covers_its_own_family_only(family: int) -> None:
    default, other = (ALL_IPV4, ALL_IPV6) if family == 4 else (ALL_IPV6, ALL_IPV4)
    assert (default | other).family(family) == default
    assert not default & other
    assert not default <= other


@pytest.mark.parametrize(
    ("everything", "last"),
    [(ALL_IPV4, "255.255.255.255"), (ALL_IPV6, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")],
)
def test_the_last_address_can_be_taken_away_and_put_back(everything: Addresses, last: str) -> None:
    without = everything - Addresses.of(last)
    assert last in everything
    assert last not in without
    assert len(without.cidrs()) == ipaddress.ip_address(last).max_prefixlen
    assert without | Addresses.of(last) == everything


def test_two_halves_are_one_whole() -> None:
    assert Addresses.of("0.0.0.0/1", "128.0.0.0/1") == ALL_IPV4
    assert Addresses.of("::/1", "8000::/1").cidrs() == ("::/0",)


def test_a_block_is_in_a_set_only_with_all_of_its_addresses() -> None:
    assert "10.0.0.0/23" in Addresses.of("10.0.0.0/24", "10.0.1.0/24")
    assert "10.0.0.0/22" not in Addresses.of("10.0.0.0/24", "10.0.1.0/24")
    assert "10.0.0.0/24" not in NOTHING


def test_host_bits_are_ignored_as_aws_does() -> None:
    assert Addresses.of("10.0.5.7/16") == Addresses.of("10.0.0.0/16")
    assert canonical_cidr("10.0.5.7/16") == "10.0.0.0/16"
    assert canonical_cidr("2001:DB8:0:0::1/32") == "2001:db8::/32"


@pytest.mark.parametrize("text", ["", "pl-0a", "10.0.0.0/33", "10.0.0", "2001:db8::/129", "10.0.0.0/16/8"])
def test_what_is_no_block_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(text))):
        block_range(text)


def test_a_set_equals_only_a_set() -> None:
    assert Addresses.of("10.0.0.0/8") != "10.0.0.0/8"
    assert Addresses() == NOTHING == Addresses.of()


@pytest.mark.parametrize(
    ("block", "private"),
    [
        ("10.0.0.0/8", True),
        ("172.16.0.0/12", True),
        ("192.168.0.0/16", True),
        ("100.64.0.0/10", True),
        ("169.254.169.254", True),
        ("172.32.0.0/16", False),
        ("54.231.0.0/16", False),
        ("8.8.8.8", False),
        ("fd00::/8", True),
        ("fe80::/10", True),
        ("2600:1f00::/24", False),
        ("2a05:d000::/25", False),
    ],
)
def test_private_space_is_what_the_internet_never_carries(block: str, private: bool) -> None:
    assert (block in PRIVATE) == private
    assert bool(Addresses.of(block) & PRIVATE) == private


@pytest.mark.parametrize(
    ("block", "everything"),
    [
        ("0.0.0.0/0", True),
        ("0.0.0.0/1", True),
        ("128.0.0.0/1", True),
        ("0.0.0.0/2", False),
        ("10.0.0.0/8", False),
        ("::/0", True),
        ("2000::/3", True),
        ("2600::/12", False),
    ],
)
def test_half_of_all_addresses_counts_as_everything(block: str, everything: bool) -> None:
    assert is_everything(block) == everything
