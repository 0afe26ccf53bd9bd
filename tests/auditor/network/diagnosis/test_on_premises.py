from auditor.network.addresses import Addresses
from auditor.network.coverage import Listing
from auditor.network.diagnosis.on_premises import Inbound, Prefix, inbound, prefixes_behind
from tests.networks import network_of
from tests.world import ACCOUNT, REGION, Vpc, World, blackhole

OFFICE = "192.168.50.0/24"


def behind(world: World) -> Listing[Prefix]:
    network = network_of(world)
    return prefixes_behind(network, network.vpcs["vpc-b"])


def one() -> tuple[World, Vpc]:
    world = World()
    return world, world.vpc("vpc-b", "10.0.0.0/16")


def into(world: World, side: str) -> Listing[Inbound]:
    network = network_of(world)
    peering = network.peerings["pcx-1"]
    return inbound(network, peering, next(each for each in peering.sides if each.vpc_id == side))


# --- What lies behind the gateways of a VPC


def test_a_route_to_a_virtual_private_gateway_names_a_network() -> None:
    world, b = one()
    world.main_routes(b, {OFFICE: world.vpn_gateway("vgw-1", b)})
    found = behind(world)
    assert [(prefix.block, prefix.gateway) for prefix in found] == [(OFFICE, "vgw-1")]
    assert found.whole


def test_a_route_that_is_not_active_names_none() -> None:
    world, b = one()
    world.main_routes(b, {OFFICE: blackhole("vgw-1")})
    assert not behind(world)


def test_default_routes_and_their_halves_name_none() -> None:
    world, b = one()
    vgw = world.vpn_gateway("vgw-1", b)
    world.vpn_connection("vpn-1", vgw, b, routes=["0.0.0.0/0"])
    world.main_routes(b, {"0.0.0.0/0": vgw, "0.0.0.0/1": vgw, "::/0": vgw})
    assert not behind(world)


def test_a_network_that_a_route_and_a_vpn_name_counts_once() -> None:
    world, b = one()
    vgw = world.vpn_gateway("vgw-1", b)
    world.vpn_connection("vpn-1", vgw, b, routes=[OFFICE])
    world.main_routes(b, {OFFICE: vgw})
    assert len(behind(world).items) == 1


def test_the_most_specific_network_comes_first_whatever_the_order_of_the_answers() -> None:
    blocks = ["192.168.0.0/16", "192.168.7.0/24", "10.9.0.0/16", "192.168.3.0/24"]
    for order in (blocks, blocks[::-1]):
        world, b = one()
        world.vpn_connection("vpn-1", world.vpn_gateway("vgw-1", b), b, routes=order)
        found = [prefix.block for prefix in behind(world)]
        assert found == ["192.168.3.0/24", "192.168.7.0/24", "10.9.0.0/16", "192.168.0.0/16"]


def test_the_vpn_of_a_gateway_that_is_not_attached_names_none() -> None:
    world, b = one()
    world.vpn_connection("vpn-1", world.vpn_gateway("vgw-1", b, attachment="detached"), b, routes=[OFFICE])
    assert not behind(world)


def test_of_a_transit_gateway_only_what_no_vpc_on_it_holds_lies_outside() -> None:
    world, b = one()
    for vpc in (b, world.vpc("vpc-c", "192.168.0.0/17")):
        world.transit_gateway_attachment("tgw-1", vpc)
    world.main_routes(b, {"192.168.0.0/16": "tgw-1"})
    (prefix,) = behind(world)
    assert prefix.addresses == Addresses.of("192.168.128.0/17")


def test_cloud_wan_leads_outside_as_well() -> None:
    world, b = one()
    core = f"arn:aws:networkmanager::{ACCOUNT}:core-network/core-network-1"
    world.main_routes(b, {OFFICE: core})
    assert [prefix.gateway for prefix in behind(world)] == [core]


def test_an_unreadable_list_to_a_gateway_leaves_more_possible() -> None:
    world, b = one()
    world.prefix_list("pl-1", readable=False)
    world.main_routes(b, {"pl-1": world.vpn_gateway("vgw-1", b)})
    assert not behind(world).whole


# --- What Direct Connect is to advertise


def two(*prefixes: str, own: tuple[str, ...] = ()) -> World:
    """The Direct Connect gateway of ``vpc-b`` advertises ``prefixes``, and that of ``vpc-a`` its ``own``."""
    world, b = one()
    a = world.vpc("vpc-a", "172.16.0.0/16", "172.17.0.0/16")
    world.peering("pcx-1", a, b)
    world.direct_connect(world.vpn_gateway("vgw-b", b), prefixes)
    if own:
        world.direct_connect(world.vpn_gateway("vgw-a", a), own)
    return world


def test_prefixes_of_the_far_side_alone_are_inbound() -> None:
    (found,) = into(two("10.0.0.0/16", "172.16.0.0/15", "192.168.0.0/16"), "vpc-b")
    assert (found.gateway, found.prefixes) == ("vgw-b", ("172.16.0.0/15",))


def test_the_other_side_has_nothing_inbound() -> None:
    assert into(two("172.16.0.0/16"), "vpc-a") == Listing(())


def test_what_the_far_side_does_not_allow_itself_stays_inbound() -> None:
    (found,) = into(two("172.16.0.0/16", "172.17.0.0/16", own=("172.16.0.0/16",)), "vpc-b")
    assert found.prefixes == ("172.17.0.0/16",)


def test_the_far_sides_own_gateway_decides_and_may_not_have_been_seen() -> None:
    world = two("172.16.0.0/16")
    world.refuse("ec2:DescribeVpnGateways")
    assert not into(world, "vpc-b").whole
    world, b = one()
    world.peering("pcx-1", world.foreign_vpc("vpc-a", "172.16.0.0/16", account="222222222222"), b)
    world.direct_connect(world.vpn_gateway("vgw-b", b), ["172.16.0.0/16"])
    found = into(world, "vpc-b")
    assert not found
    assert found.missing is not None
    assert {(cause.account, cause.region) for cause in found.missing.causes} == {("222222222222", REGION)}


def test_a_side_that_was_not_audited_has_nothing_to_show() -> None:
    world, b = one()
    world.peering("pcx-1", world.foreign_vpc("vpc-a", "172.16.0.0/16", account="222222222222"), b)
    assert not into(world, "vpc-a").whole
