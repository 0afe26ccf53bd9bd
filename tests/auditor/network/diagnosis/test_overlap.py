import ipaddress
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.network.addresses import Addresses
from auditor.network.diagnosis.overlap import BlockOwners, Overlap, overlap, overlapping_blocks
from auditor.network.missing import Missing
from tests.networks import network_of
from tests.world import World

STRANGER = "888888888888"


def of(world: World) -> Overlap | Missing | None:
    network = network_of(world)
    return overlap(network, network.peerings["pcx-1"])


@pytest.mark.parametrize(
    ("a", "b", "pairs"),
    [
        (["10.0.0.0/16"], ["10.1.0.0/16"], None),
        (["10.0.0.0/16"], ["10.0.128.0/17"], [("10.0.0.0/16", "10.0.128.0/17", "10.0.128.0/17")]),
        (["10.0.0.0/24"], ["10.0.0.0/16"], [("10.0.0.0/24", "10.0.0.0/16", "10.0.0.0/24")]),
        (
            ["10.0.0.0/16", "10.2.0.0/16"],
            ["10.2.0.0/24", "10.0.1.0/24"],
            [
                ("10.0.0.0/16", "10.0.1.0/24", "10.0.1.0/24"),
                ("10.2.0.0/16", "10.2.0.0/24", "10.2.0.0/24"),
            ],
        ),
        (["10.0.0.0/16", "2001:db8::/56"], ["10.1.0.0/16", "2001:db8:0:100::/56"], None),
    ],
)
def test_each_block_is_held_against_each_of_the_other_side(
    a: list[str], b: list[str], pairs: list[tuple[str, str, str]] | None
) -> None:
    world = World()
    world.peering("pcx-1", world.vpc("vpc-a", *a), world.vpc("vpc-b", *b), status="failed")
    found = of(world)
    if pairs is None:
        assert found is None
    else:
        assert found == Overlap(tuple((mine, theirs, Addresses.of(both)) for mine, theirs, both in pairs))


@pytest.mark.parametrize(
    ("status", "message", "named"),
    [
        ("failed", "Failed due to overlapping CIDR range", True),
        ("failed", "CIDR Overlap", True),
        ("failed", "Failed", False),
        ("pending-acceptance", "overlapping", False),
    ],
)
def test_aws_words_stand_in_for_blocks_that_were_not_seen(status: str, message: str, *, named: bool) -> None:
    world = World()
    far = world.foreign_vpc("vpc-b", "10.0.0.0/16", account=STRANGER)
    world.peering("pcx-1", world.vpc("vpc-a", "10.0.0.0/16"), far, status=status, message=message)
    found = of(world)
    assert found == Overlap(()) if named else isinstance(found, Missing)


def test_a_vpc_that_an_audited_account_does_not_have_overlaps_nothing() -> None:
    world = World()
    world.audit(STRANGER)
    far = world.foreign_vpc("vpc-b", "10.0.0.0/16", account=STRANGER)
    world.peering("pcx-1", world.vpc("vpc-a", "10.0.0.0/16"), far, status="failed")
    assert isinstance(of(world), Missing)


nested = st.tuples(st.integers(0, 255), st.integers(24, 32))
"""The last number of an address, and a prefix length."""


@given(st.lists(nested, max_size=12))
def test_overlapping_blocks_are_those_that_comparing_each_with_each_finds(chosen: list[tuple[int, int]]) -> None:
    networks = [ipaddress.IPv4Network(f"10.0.0.{last}/{length}", strict=False) for last, length in chosen]
    owned = [(str(network), at) for at, network in enumerate(networks)]
    found = list(overlapping_blocks(owned))
    assert all(ipaddress.IPv4Network(narrow).subnet_of(ipaddress.IPv4Network(wide)) for wide, _, narrow, _ in found)
    expected = {
        frozenset((one, other))
        for (one, mine), (other, theirs) in itertools.combinations(enumerate(networks), 2)
        if mine.overlaps(theirs)
    }
    assert len(found) == len(expected)
    assert {frozenset((one, other)) for _, one, _, other in found} == expected


def test_ipv4_and_ipv6_blocks_never_overlap() -> None:
    assert list(overlapping_blocks([("0.0.0.0/0", "four"), ("::/0", "six")])) == []


@given(st.lists(nested, max_size=12), st.lists(nested, min_size=1, max_size=3))
def test_the_owners_of_addresses_are_those_that_asking_each_block_finds(
    owned: list[tuple[int, int]], asked: list[tuple[int, int]]
) -> None:
    blocks = [(f"10.0.0.{last}/{length}", f"vpc-{at}") for at, (last, length) in enumerate(owned)]
    addresses = Addresses.of(*(f"10.0.0.{last}/{length}" for last, length in asked))
    expected = {owner for block, owner in blocks if Addresses.of(block) & addresses}
    assert BlockOwners(blocks).of(addresses) == expected


def test_a_block_around_many_narrower_ones_is_found_from_beyond_them() -> None:
    owners = BlockOwners([("10.0.0.0/8", "wide"), ("10.0.0.0/16", "first"), ("10.0.1.0/24", "second"), ("::/0", "six")])
    assert owners.of(Addresses.of("10.9.0.0/16")) == {"wide"}
    assert owners.of(Addresses.of("11.0.0.0/8")) == frozenset()
