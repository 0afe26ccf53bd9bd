from auditor.network.diagnosis.endpoint_quotas import endpoint_usages_of_vpc, gateway_endpoints_of, policy_length_of
from auditor.snapshot import Target
from tests.networks import network_of
from tests.world import ABSENT, ACCOUNT, REGION, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"


def world_with_one_of_each() -> World:
    world = World()
    vpc = world.vpc("vpc-a", "10.0.0.0/16")
    world.load_balancer_endpoint("vpce-lb", world.subnet("subnet-a", vpc, "10.0.0.0/24"))
    world.gateway_endpoint("vpce-gw", vpc, "s3", policy='{"Statement": []}')
    for kind in ("Interface", "Resource", "ServiceNetwork", "Tunnel"):
        world.interface_endpoint(f"vpce-{kind}", vpc, "sqs", private_dns=False)
        world.change(ENDPOINTS, f"vpce-{kind}", VpcEndpointType=kind)
    return world


def test_each_type_of_endpoint_has_its_quota() -> None:
    network = network_of(world_with_one_of_each())
    usages = endpoint_usages_of_vpc(network, network.vpcs["vpc-a"])
    assert {usage.quota.key: (usage.used, usage.granted) for usage in usages} == {
        "interface-endpoints": (2, 50),
        "resource-endpoints": (1, 200),
        "service-network-endpoints": (1, 50),
        "gateway-endpoints": (1, 255),
    }


def test_gateway_endpoints_are_counted_by_account_and_region() -> None:
    world = world_with_one_of_each()
    world.gateway_endpoint("vpce-us", world.vpc("vpc-us", "10.1.0.0/16", region="us-east-1"), "s3")
    network = network_of(world)
    counted = {at.region: gateway_endpoints_of(network, at).used for at in network.coverage.targets}
    assert counted == {REGION: 1, "us-east-1": 1}
    assert gateway_endpoints_of(network, Target(ACCOUNT, "eu-west-3")).missing is not None


def test_a_policy_is_as_long_as_aws_gives_it() -> None:
    world = world_with_one_of_each()
    network = network_of(world)
    assert policy_length_of(network, network.endpoints["vpce-gw"]).used == len('{"Statement": []}')
    world.change(ENDPOINTS, "vpce-gw", PolicyDocument=ABSENT)
    network = network_of(world)
    assert policy_length_of(network, network.endpoints["vpce-gw"]).used == 0
