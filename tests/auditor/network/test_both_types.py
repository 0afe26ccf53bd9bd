from auditor.network.both_types import both_types, in_own_region, served_by
from auditor.network.endpoints import clients
from auditor.network.network import Network
from tests.networks import network_of
from tests.world import ABSENT, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"


def world_with_both() -> World:
    world = World()
    vpc = world.vpc("vpc-a", "10.0.0.0/16")
    subnets = [world.subnet(f"subnet-{number}", vpc, f"10.0.{number}.0/24") for number in range(2)]
    table = world.route_table("rtb-0", vpc, subnets[:1])
    for service in ("s3", "dynamodb"):
        world.gateway_endpoint(f"vpce-gw-{service}", vpc, service, [table])
        world.interface_endpoint(f"vpce-if-{service}", vpc, service, subnets[:1], private_dns=False)
    world.interface_endpoint("vpce-sqs", vpc, "sqs", subnets[:1])
    return world


def pairs(network: Network) -> list[tuple[str, list[str], list[str]]]:
    return [
        (each.service_name, [gateway.id for gateway in each.gateways], [other.id for other in each.interfaces])
        for each in both_types(network, network.vpcs["vpc-a"])
    ]


def test_services_with_endpoints_of_both_types_are_found_in_the_order_of_their_names() -> None:
    assert pairs(network_of(world_with_both())) == [
        (f"com.amazonaws.eu-west-1.{service}", [f"vpce-gw-{service}"], [f"vpce-if-{service}"])
        for service in ("dynamodb", "s3")
    ]


def test_what_is_not_available_or_leads_to_another_region_is_not_among_them() -> None:
    world = world_with_both()
    world.change(ENDPOINTS, "vpce-gw-s3", State="deleting")
    world.change(ENDPOINTS, "vpce-if-dynamodb", ServiceRegion="us-east-1")
    assert pairs(network_of(world)) == []


def test_a_region_that_aws_leaves_out_is_the_endpoints_own() -> None:
    world = world_with_both()
    world.change(ENDPOINTS, "vpce-if-s3", ServiceRegion=ABSENT)
    world.change(ENDPOINTS, "vpce-sqs", ServiceRegion="us-east-1")
    network = network_of(world)
    assert in_own_region(network.endpoints["vpce-if-s3"])
    assert not in_own_region(network.endpoints["vpce-sqs"])


def test_a_list_that_was_cut_says_so() -> None:
    world = world_with_both()
    world.cut(ENDPOINTS, keep=2)
    network = network_of(world)
    found = both_types(network, network.vpcs["vpc-a"])
    assert [each.service_name for each in found] == ["com.amazonaws.eu-west-1.s3"]
    assert not found.whole


def test_subnets_are_served_by_whose_table_leads_to_the_gateway_endpoint() -> None:
    network = network_of(world_with_both())
    vpc = network.vpcs["vpc-a"]
    in_use = clients(network, vpc, every_subnet=False)
    served = served_by(network, [network.endpoints["vpce-gw-s3"]], in_use)
    assert [each.id for each in served.subnets] == ["subnet-0"]
    assert [each.id for each in served.others] == ["subnet-1"]
    assert served.missing is None


def test_subnets_whose_table_was_not_seen_are_neither() -> None:
    world = world_with_both()
    world.refuse("ec2:DescribeRouteTables")
    network = network_of(world)
    in_use = clients(network, network.vpcs["vpc-a"], every_subnet=False)
    served = served_by(network, [network.endpoints["vpce-gw-s3"]], in_use)
    assert (served.subnets, served.others) == ((), ())
    assert served.missing is not None
