from auditor.network.addresses import NOTHING, Addresses
from auditor.network.diagnosis.hubs import HubOverlap, hub_overlaps
from tests.golden import golden_world
from tests.networks import network_of
from tests.world import World


def overlaps(world: World, hub: str) -> tuple[HubOverlap, ...]:
    network = network_of(world)
    found = hub_overlaps(network, network.vpcs[hub])
    assert found.missing is None
    return found.items


def test_each_table_has_its_share_of_what_the_peers_have_in_common() -> None:
    (overlap,) = overlaps(golden_world("G11"), "vpc-A")
    assert overlap.key == "pcx-aaaabbbb|pcx-aaaacccc"
    assert [peer.vpc_id for peer in overlap.peers] == ["vpc-B", "vpc-C"]
    assert overlap.common == Addresses.of("10.0.0.0/16")
    (split,) = overlap.splits
    assert split.shares == (Addresses.of("10.0.0.0/24"), Addresses.of("10.0.1.0/24"))
    assert overlap.unrouted == Addresses.of("10.0.0.0/16") - Addresses.of("10.0.0.0/23")
    assert (split.undecided, overlap.undecided, overlap.missing, overlap.misrouted) == (NOTHING, (), None, False)


def test_answers_that_leave_for_the_other_peer_are_a_misroute_of_the_pair() -> None:
    assert [overlap.misrouted for overlap in overlaps(golden_world("G12"), "vpc-A")] == [True]


def test_routes_from_host_to_host_are_a_misroute_only_where_somebody_misses_answers() -> None:
    apart = golden_world("G14", {"B1": ["10.0.0.44"], "C1": ["10.0.0.55"]})
    assert [overlap.misrouted for overlap in overlaps(apart, "vpc-A")] == [False]
    missed = golden_world("G14", {"B1": ["10.0.0.44", "10.0.0.55"], "C1": ["10.0.0.55"]})
    assert [overlap.misrouted for overlap in overlaps(missed, "vpc-A")] == [True]
    unseen = golden_world("G14")
    unseen.refuse("ec2:DescribeNetworkInterfaces")
    assert [overlap.misrouted for overlap in overlaps(unseen, "vpc-A")] == [True]


def test_several_blocks_in_common_are_one_overlap() -> None:
    world = World()
    h = world.vpc("vpc-h", "172.16.0.0/16")
    world.peering("pcx-1", h, world.vpc("vpc-1", "10.0.0.0/16", "10.2.0.0/24"))
    world.peering("pcx-2", h, world.vpc("vpc-2", "10.0.0.0/24", "10.2.0.0/16"))
    (overlap,) = overlaps(world, "vpc-h")
    assert overlap.common == Addresses.of("10.0.0.0/24", "10.2.0.0/24")
