import pytest

from auditor.network.diagnosis.pairs import Verdict
from auditor.network.matrix import READS, Extent, Matrix, Pair, matrix
from auditor.network.missing import Kind
from auditor.network.network import Network
from collectors import COLLECTORS
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT, half_seen, two_vpcs
from tests.golden import GOLDEN, expected_pairs, golden_world
from tests.networks import network_of
from tests.world import World

VERDICTS = {"ONEWAY": "one-way", "MISROUTE": "misrouted", "MISROUTE-PARTIAL": "partly-misrouted"}


def matrices(network: Network) -> list[Matrix]:
    return [matrix(network, peering) for peering in network.peerings.values()]


def pairs(world: World) -> list[Pair]:
    return [pair for found in matrices(network_of(world)) for pair in found.pairs]


def said(world: World) -> set[tuple[str, str, str, str, str]]:
    """Of each pair: the source, the destination, how much goes there and comes back, and the verdict."""
    return {
        (pair.source.id, pair.destination.id, pair.forward.extent, pair.back.extent, pair.verdict)
        for pair in pairs(world)
    }


@pytest.mark.parametrize("name", GOLDEN)
def test_the_matrix_of_a_documented_topology_is_the_documented_one(name: str) -> None:
    found = {
        (pair.peering.id, pair.source.id, pair.destination.id, pair.version): (
            pair.forward.extent.value,
            pair.back.extent.value,
            pair.verdict.value,
        )
        for pair in pairs(golden_world(name))
    }
    expected = {
        (each.peering, each.source, each.destination, each.family): (
            each.forward,
            each.back,
            VERDICTS.get(each.verdict, "routed" if each.forward == each.back == "full" else "partial"),
        )
        for each in expected_pairs(name)
    }
    assert {pair: found[pair] for pair in expected} == expected
    # The documentation tells of those alone of which something is sent.
    assert {forward for pair, (forward, *_) in found.items() if pair not in expected} <= {"none"}


def test_the_routes_that_decide_a_pair_stand_beside_it_those_that_lead_astray_too() -> None:
    (pair,) = (pair for pair in pairs(golden_world("G12")) if pair.verdict is Verdict.MISROUTED)
    assert [(route.destination, route.target) for route in pair.forward.routes] == [("172.16.0.0/24", "pcx-aaaabbbb")]
    assert [(route.destination, route.target) for route in pair.back.routes] == [("10.0.0.0/16", "pcx-aaaacccc")]
    assert (pair.source.id, pair.destination.id) == ("subnet-B-subB", "subnet-A1")
    assert pair.destination.table is not None
    assert pair.destination.table.id == "rtb-A1"


def test_pairs_come_from_the_requester_first_and_then_by_source_destination_and_family() -> None:
    found = matrices(network_of(golden_world("G16")))
    for each in found:
        requesters = [
            pair.source.subnet and pair.source.subnet.vpc_id == each.peering.requester.vpc_id for pair in each.pairs
        ]
        assert requesters == sorted(requesters, key=lambda is_requester: not is_requester)
    (one,) = (each for each in found if each.peering.id == "pcx-aaaacccc")
    ids = [(pair.source.id, pair.destination.id) for pair in one.pairs]
    assert ids == [
        ("subnet-A1", "subnet-C-subA"),
        ("subnet-A1", "subnet-C-subB"),
        ("subnet-C-subA", "subnet-A1"),
        ("subnet-C-subB", "subnet-A1"),
    ]


def test_a_connection_that_is_not_active_has_no_pairs() -> None:
    assert pairs(two_vpcs("pending-acceptance")) == []


def test_a_vpc_without_subnets_has_no_pairs_and_nothing_is_missing() -> None:
    world = World()
    a, b = world.vpc("vpc-a", "10.0.0.0/16"), world.vpc("vpc-b", "10.1.0.0/16")
    world.subnet("subnet-a", a, "10.0.0.0/24")
    world.peering("pcx-1", a, b)
    assert [(each.pairs, each.missing) for each in matrices(network_of(world))] == [((), None)]


def test_of_a_far_side_that_was_not_audited_the_near_sides_routes_are_told() -> None:
    world = half_seen(b_account=OTHER_ACCOUNT)
    assert said(world) == {
        ("subnet-a1", "", "full", "unknown", "unknown"),
        ("", "subnet-a1", "unknown", "full", "unknown"),
    }
    (found,) = matrices(network_of(world))
    assert found.missing is not None
    assert {cause.kind for cause in found.missing.causes} == {Kind.NOT_AUDITED}


def test_without_subnets_of_either_side_each_direction_is_one_unknown_pair() -> None:
    world = two_vpcs()
    world.refuse("ec2:DescribeSubnets")
    assert said(world) == {("", "", "unknown", "unknown", "unknown")}
    assert len(pairs(world)) == 2


def test_without_one_sides_route_tables_each_of_its_subnets_has_its_pairs_all_the_same() -> None:
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeRouteTables", account=OTHER_ACCOUNT)
    assert said(world) == {
        ("subnet-a1", "subnet-b1", "full", "unknown", "unknown"),
        ("subnet-b1", "subnet-a1", "unknown", "full", "unknown"),
    }
    (found,) = matrices(network_of(world))
    assert found.missing is not None
    assert {(cause.account, cause.action) for cause in found.missing.causes} == {
        (OTHER_ACCOUNT, "ec2:DescribeRouteTables")
    }


def test_a_cut_list_of_subnets_leaves_one_end_for_those_that_it_lacks() -> None:
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    world.subnet("subnet-b2", world.vpcs["vpc-b"], "10.0.1.0/24")
    world.cut("ec2:DescribeSubnets", keep=1, account=OTHER_ACCOUNT)
    assert said(world) == {
        ("subnet-a1", "subnet-b1", "full", "full", "routed"),
        ("subnet-b1", "subnet-a1", "full", "full", "routed"),
        ("subnet-a1", "", "full", "unknown", "unknown"),
        ("", "subnet-a1", "unknown", "full", "unknown"),
    }


def test_an_unreadable_prefix_list_makes_only_what_it_may_hold_unknown() -> None:
    world = two_vpcs(b_routes={"pl-1": "pcx-1"})
    world.prefix_list("pl-1", readable=False)
    by_source = {pair.source.id: pair for pair in pairs(world)}
    assert by_source["subnet-a1"].forward.extent is Extent.FULL
    assert by_source["subnet-a1"].back.extent is Extent.UNKNOWN
    assert by_source["subnet-a1"].verdict is Verdict.UNKNOWN


def test_the_matrix_needs_no_answers_but_those_that_it_declares() -> None:
    world = two_vpcs(b_routes={"pl-1": "pcx-1"})
    world.prefix_list("pl-1", ["172.16.0.0/16"])
    whole = said(world)
    assert whole == {
        (*ends, "full", "full", "routed") for ends in (("subnet-a1", "subnet-b1"), ("subnet-b1", "subnet-a1"))
    }
    snapshot = world.snapshot()
    read = {collector.action for collector in COLLECTORS if collector.record in READS}
    for shard in snapshot.shards.values():
        for action in shard.answers.keys() - read:
            del shard.answers[action]
    found = matrices(network_of(snapshot))
    assert {(pair.source.id, pair.destination.id, pair.verdict) for each in found for pair in each.pairs} == {
        (source, destination, verdict) for source, destination, *_, verdict in whole
    }
