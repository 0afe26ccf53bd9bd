from auditor.network.endpoint_neighbours import left_out_neighbours
from tests.networks import network_of
from tests.world import World, allow


def world() -> World:
    """A central VPC, a peer whose clients are in two of its subnets, and an endpoint that lets in neither."""
    made = World()
    a, b = made.vpc("vpc-a", "10.0.0.0/16"), made.vpc("vpc-b", "10.1.0.0/16")
    own = made.subnet("subnet-a", a, "10.0.0.0/24", enis=False)
    made.subnet("subnet-b", b, "10.1.0.0/24")
    made.subnet("subnet-idle", b, "10.1.1.0/24", enis=False)
    made.peering("pcx-1", a, b)
    made.main_routes(a, {"10.1.0.0/16": "pcx-1"})
    made.main_routes(b, {"10.0.0.0/16": "pcx-1"})
    made.security_group("sg-vpce", a, [allow("tcp", 443, "10.0.0.0/16")])
    made.interface_endpoint("vpce-1", a, "sqs", [own], groups=["sg-vpce"])
    return made


def test_a_neighbour_is_told_with_its_clients_that_have_a_way() -> None:
    network = network_of(world())
    (found,) = left_out_neighbours(network, network.endpoints["vpce-1"], network.vpcs["vpc-a"])
    assert (found.neighbour.id, found.neighbour.way) == ("vpc-b", "pcx-1")
    assert [subnet.id for subnet in found.neighbour.clients] == ["subnet-b"]
    assert found.neighbour.addresses.cidrs() == ("10.1.0.0/24",)
    assert (found.others_let_in, found.isolated) == (0, True)


def test_a_vpc_that_is_both_peered_and_on_a_transit_gateway_is_one_neighbour() -> None:
    seen = world()
    for vpc in ("vpc-a", "vpc-b"):
        seen.transit_gateway_attachment("tgw-1", seen.vpcs[vpc])
    second = seen.subnet("subnet-b2", seen.vpcs["vpc-b"], "10.1.2.0/24")
    seen.route_table("rtb-b2", seen.vpcs["vpc-b"], [second], {"10.0.0.0/16": "tgw-1"})
    network = network_of(seen)
    found = left_out_neighbours(network, network.endpoints["vpce-1"], network.vpcs["vpc-a"])
    assert [each.neighbour.way for each in found] == ["pcx-1"]
    assert found.whole


def test_a_neighbour_whose_way_was_not_seen_whole_makes_the_listing_incomplete() -> None:
    seen = world()
    seen.prefix_list("pl-hidden", readable=False)
    seen.main_routes(seen.vpcs["vpc-b"], {"pl-hidden": "pcx-1"})
    network = network_of(seen)
    # What is known is enough: the hidden routes can only add to it.
    found = left_out_neighbours(network, network.endpoints["vpce-1"], network.vpcs["vpc-a"])
    assert [each.neighbour.id for each in found] == ["vpc-b"]
    seen = world()
    seen.refuse("ec2:DescribeRouteTables")
    network = network_of(seen)
    found = left_out_neighbours(network, network.endpoints["vpce-1"], network.vpcs["vpc-a"])
    assert not found
    assert found.missing
