import pytest

from auditor.network.isolation import calling_subnets, calls, leads_nowhere
from auditor.network.missing import Missing
from tests.networks import network_of
from tests.world import Subnet, World, blackhole


def one_subnet() -> tuple[World, Subnet]:
    world = World()
    return world, world.subnet("subnet-a", world.vpc("vpc-a", "10.0.0.0/16"), "10.0.0.0/24", enis=False)


@pytest.mark.parametrize(
    ("kind", "description", "managed", "expected"),
    [
        ("interface", "", False, True),
        ("interface", "RDSNetworkInterface", True, False),
        ("interface", "arn:aws:ecs:eu-west-1:111111111111:attachment/1", True, True),
        ("lambda", "AWS Lambda VPC ENI-f-1", True, True),
        ("interface", "AWS Lambda VPC ENI-f-1", True, True),
        ("network_load_balancer", "ELB net/a/1", True, False),
        ("gateway_load_balancer", "", False, False),
    ],
)
def test_what_calls_is_what_runs_its_owners_code(kind: str, description: str, managed: bool, expected: bool) -> None:
    world, subnet = one_subnet()
    world.network_interface("eni-1", subnet, kind=kind, description=description, managed=managed)
    network = network_of(world)
    (interface,) = network.workloads(network.subnets["subnet-a"])
    assert calls(interface) is expected
    calling = calling_subnets(network, network.vpcs["vpc-a"], every_subnet=False)
    assert [each.id for each in calling] == (["subnet-a"] if expected else [])
    assert calling.whole


def test_every_subnet_can_be_asked_for() -> None:
    network = network_of(one_subnet()[0])
    assert [each.id for each in calling_subnets(network, network.vpcs["vpc-a"], every_subnet=True)] == ["subnet-a"]


def test_a_subnet_whose_interfaces_were_cut_may_hold_something_that_calls() -> None:
    world, subnet = one_subnet()
    world.network_interface("eni-1", subnet)
    other = world.subnet("subnet-b", world.vpcs["vpc-a"], "10.0.1.0/24")
    world.cut("ec2:DescribeNetworkInterfaces", keep=1)
    network = network_of(world)
    calling = calling_subnets(network, network.vpcs["vpc-a"], every_subnet=False)
    assert [each.id for each in calling] == ["subnet-a"]
    assert other.id == "subnet-b"
    assert not calling.whole


def test_routes_to_the_vpc_itself_to_gateway_endpoints_and_to_nothing_lead_nowhere() -> None:
    world, subnet = one_subnet()
    table = world.route_table("rtb-a", subnet.vpc, [subnet], {"0.0.0.0/0": blackhole("nat-gone")})
    world.gateway_endpoint("vpce-1", subnet.vpc, "s3", [table])
    network = network_of(world)
    assert leads_nowhere(network, network.subnets["subnet-a"]) is True


def test_any_other_route_that_works_leads_out() -> None:
    world, subnet = one_subnet()
    world.main_routes(subnet.vpc, {"10.9.0.0/16": world.internet_gateway("igw-1", subnet.vpc)})
    network = network_of(world)
    assert leads_nowhere(network, network.subnets["subnet-a"]) is False


def test_a_table_that_was_not_seen_may_lead_anywhere() -> None:
    world, _ = one_subnet()
    world.refuse("ec2:DescribeRouteTables")
    network = network_of(world)
    assert isinstance(leads_nowhere(network, network.subnets["subnet-a"]), Missing)
