import pytest

from auditor.network.coverage import Listing
from auditor.network.diagnosis.gateway_endpoints import Reliance, reliances
from tests.networks import network_of
from tests.world import REGION, World

OTHER_ACCOUNT = "222222222222"


def relying(world: World) -> Listing[Reliance]:
    network = network_of(world)
    peering = network.peerings["pcx-1"]
    return reliances(network, peering, peering.requester)


def confined(*, enis: bool = True) -> World:
    """``vpc-a`` sends to ``vpc-b`` alone, which has gateway endpoints for both services."""
    world = World()
    a, b = world.vpc("vpc-a", "172.16.0.0/16"), world.vpc("vpc-b", "10.0.0.0/16", account=OTHER_ACCOUNT)
    world.peering("pcx-1", a, b)
    subnet = world.subnet("subnet-a1", a, "172.16.0.0/24", enis=enis)
    world.route_table("rtb-a1", a, [subnet], {"10.0.0.0/16": "pcx-1"})
    world.gateway_endpoint("vpce-1", b, "s3")
    world.gateway_endpoint("vpce-2", b, "dynamodb")
    return world


def test_a_confined_vpc_may_count_on_every_gateway_endpoint_of_its_peer() -> None:
    found = relying(confined())
    assert [(each.service, each.endpoint.id) for each in found] == [
        (f"com.amazonaws.{REGION}.dynamodb", "vpce-2"),
        (f"com.amazonaws.{REGION}.s3", "vpce-1"),
    ]
    assert [subnet.id for subnet in found.items[0].subnets] == ["subnet-a1"]


def test_what_it_has_itself_it_does_not_count_on() -> None:
    world = confined()
    world.gateway_endpoint("vpce-3", world.vpcs["vpc-a"], "s3")
    assert [each.endpoint.id for each in relying(world)] == ["vpce-2"]


def test_a_vpc_in_which_nothing_runs_counts_on_nothing() -> None:
    assert relying(confined(enis=False)) == Listing(())


def test_a_vpc_without_a_route_to_the_peer_counts_on_nothing() -> None:
    world = confined()
    world.subnet("subnet-a2", world.vpcs["vpc-a"], "172.16.2.0/24")
    assert relying(world) == Listing(())


def test_a_gateway_endpoint_that_is_not_available_serves_nobody() -> None:
    world = World()
    a, b = world.vpc("vpc-a", "172.16.0.0/16"), world.vpc("vpc-b", "10.0.0.0/16")
    world.peering("pcx-1", a, b)
    subnet = world.subnet("subnet-a1", a, "172.16.0.0/24")
    world.route_table("rtb-a1", a, [subnet], {"10.0.0.0/16": "pcx-1"})
    world.gateway_endpoint("vpce-1", b, "s3", state="deleting")
    assert relying(world) == Listing(())


@pytest.mark.parametrize(
    "action",
    [
        "ec2:DescribeSubnets",
        "ec2:DescribeRouteTables",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeVpcEndpoints",
    ],
)
def test_what_was_refused_leaves_it_open(action: str) -> None:
    world = confined()
    world.refuse(action)
    found = relying(world)
    assert not found
    assert not found.whole


def test_refused_endpoints_are_no_question_where_the_vpc_has_another_way_out() -> None:
    world = confined()
    a = world.vpcs["vpc-a"]
    igw = world.internet_gateway("igw-1", a)
    world.route_table("rtb-a2", a, [world.subnet("subnet-a2", a, "172.16.2.0/24")], {"0.0.0.0/0": igw})
    world.refuse("ec2:DescribeVpcEndpoints")
    assert relying(world) == Listing(())


def test_the_vpcs_own_endpoints_are_no_question_where_the_peer_has_none() -> None:
    world = World()
    a, b = world.vpc("vpc-a", "172.16.0.0/16"), world.vpc("vpc-b", "10.0.0.0/16", account=OTHER_ACCOUNT)
    world.peering("pcx-1", a, b)
    subnet = world.subnet("subnet-a1", a, "172.16.0.0/24")
    world.route_table("rtb-a1", a, [subnet], {"10.0.0.0/16": "pcx-1"})
    world.interface_endpoint("vpce-a", a, "sqs", [subnet])
    world.refuse("ec2:DescribeVpcEndpoints", account=a.account)
    assert relying(world) == Listing(())


def test_a_gateway_endpoint_of_its_own_is_no_way_to_another_network() -> None:
    world = confined()
    world.gateway_endpoint("vpce-3", world.vpcs["vpc-a"], "dynamodb", [world.route_tables["rtb-a1"]])
    assert [each.endpoint.id for each in relying(world)] == ["vpce-1"]
    world.refuse("ec2:DescribeVpcEndpoints", account=world.vpcs["vpc-a"].account)
    assert not relying(world).whole


def test_a_load_balancer_endpoint_leads_elsewhere() -> None:
    world = confined()
    a = world.vpcs["vpc-a"]
    firewall = world.load_balancer_endpoint("vpce-fw", world.subnet("subnet-fw", a, "172.16.9.0/24", enis=False))
    world.route_table("rtb-a2", a, [world.subnet("subnet-a2", a, "172.16.2.0/24")], {"10.9.0.0/16": firewall})
    assert relying(world) == Listing(())
