from collections.abc import Mapping

import pytest

from auditor.network.addresses import Addresses
from auditor.network.diagnosis.exchanges import carries, exchanges
from auditor.network.missing import Missing
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, TO_A, TO_B, half_seen, two_vpcs
from tests.golden import GOLDEN, expected_pairs, golden_world
from tests.networks import network_of


@pytest.mark.parametrize("name", GOLDEN)
def test_the_exchanges_of_a_documented_design_are_its_pairs_with_a_way_there_and_back(name: str) -> None:
    seen = network_of(golden_world(name))
    for peering in seen.peerings.values():
        pairs = [
            pair
            for pair in expected_pairs(name)
            if pair.peering == peering.id and pair.forward != "none" and pair.back != "none"
        ]
        found = exchanges(seen, peering)
        assert {(each.subnet.id, each.version) for each in found} == {(pair.source, pair.family) for pair in pairs}
        for each in found:
            reached = [
                seen.subnets[pair.destination].addresses.family(pair.family)
                for pair in pairs
                if (pair.source, pair.family) == (each.subnet.id, each.version)
            ]
            assert each.addresses
            assert each.addresses <= Addresses.union(reached)
            assert each.addresses == each.possible
        assert found.missing is None
        assert carries(seen, peering) is bool(pairs)


def test_a_part_that_is_routed_is_all_that_is_exchanged() -> None:
    seen = network_of(two_vpcs(a_routes={"10.0.0.16/28": "pcx-1"}))
    found = {each.subnet.id: each.addresses for each in exchanges(seen, seen.peerings["pcx-1"])}
    assert found == {"subnet-a1": Addresses.of("10.0.0.16/28"), "subnet-b1": Addresses.of("172.16.0.0/24")}


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted"])
def test_a_connection_that_is_not_active_exchanges_nothing(status: str) -> None:
    seen = network_of(two_vpcs(status))
    assert exchanges(seen, seen.peerings["pcx-1"]).items == ()


def test_a_far_side_that_was_not_seen_makes_what_is_sent_possible_and_nothing_sure() -> None:
    seen = network_of(half_seen())
    (found,) = exchanges(seen, seen.peerings["pcx-1"])
    assert (found.subnet.id, found.addresses, found.possible) == (
        "subnet-a1",
        Addresses(),
        Addresses.of(B_BLOCK),
    )
    assert isinstance(carries(seen, seen.peerings["pcx-1"]), Missing)


def test_a_far_side_whose_blocks_are_not_known_leaves_nothing_to_ask_filters() -> None:
    world = half_seen()
    side = {"VpcId": "vpc-b", "OwnerId": "888888888888", "Region": "eu-west-1", "CidrBlock": B_BLOCK}
    world.change("ec2:DescribeVpcPeeringConnections", "pcx-1", AccepterVpcInfo=side)
    seen = network_of(world)
    found = exchanges(seen, seen.peerings["pcx-1"])
    assert found.items == ()
    assert found.missing


def test_a_list_that_cannot_be_read_leaves_its_addresses_possible() -> None:
    world = two_vpcs(a_routes={"10.0.0.16/28": "pcx-1", "pl-1": "pcx-1"})
    world.prefix_list("pl-1", readable=False)
    seen = network_of(world)
    found = exchanges(seen, seen.peerings["pcx-1"])
    (of_a,) = [each for each in found if each.subnet.id == "subnet-a1"]
    assert (of_a.addresses, of_a.possible) == (Addresses.of("10.0.0.16/28"), Addresses.of("10.0.0.0/24"))
    assert found.missing


@pytest.mark.parametrize(
    ("a_routes", "b_routes", "expected"),
    [(TO_B, TO_A, True), (TO_B, {}, False), ({}, TO_A, False), ({}, {}, False)],
)
def test_a_connection_carries_what_has_a_way_there_and_back(
    a_routes: Mapping[str, str], b_routes: Mapping[str, str], expected: bool
) -> None:
    seen = network_of(two_vpcs(a_routes=a_routes, b_routes=b_routes))
    assert carries(seen, seen.peerings["pcx-1"]) is expected


def test_a_near_side_without_routes_carries_nothing_whoever_sees_the_far_side() -> None:
    seen = network_of(half_seen(a_routes={A_BLOCK.replace("172.16", "192.168"): "pcx-1"}))
    assert carries(seen, seen.peerings["pcx-1"]) is not False
    seen = network_of(half_seen(a_routes={}))
    assert carries(seen, seen.peerings["pcx-1"]) is False
