import pytest

from auditor.network.bundles import (
    interface_services,
    lacks,
    offered_anywhere,
    plain,
    present_services,
    within_reach,
)
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.snapshot import Target
from tests.networks import network_of
from tests.world import ACCOUNT, REGION, World

UNSEEN = Missing.of(Kind.REFUSED, action="ec2:DescribeRouteTables")


def with_endpoints(*services: str) -> Network:
    world = World()
    vpc = world.vpc("vpc-a", "10.0.0.0/16")
    for service in services:
        world.interface_endpoint(f"vpce-{service}", vpc, service)
    return network_of(world)


def lacking(network: Network, cut_off_instances: bool | Missing = False) -> list[tuple[str, bool, Missing | None]]:
    found = lacks(network, network.vpcs["vpc-a"], cut_off_instances)
    return [(lack.service, lack.certain, lack.unseen) for lack in found]


def test_a_sign_asks_for_the_rest_of_its_bundle() -> None:
    network = with_endpoints("ecr.api", "ecs-agent", "sqs")
    assert lacking(network) == [("ecr.dkr", True, None), ("ecs", True, None), ("ecs-telemetry", True, None)]
    (first, *_) = lacks(network, network.vpcs["vpc-a"], False)
    assert [endpoint.id for endpoint in first.present] == ["vpce-ecr.api"]


@pytest.mark.parametrize("unseen", [True, UNSEEN])
def test_a_hint_asks_only_where_instances_lead_nowhere(unseen: bool | Missing) -> None:
    network = with_endpoints("ssm")
    assert lacking(network) == []
    missing = unseen if isinstance(unseen, Missing) else None
    assert lacking(network, unseen) == [("ssmmessages", False, missing)]


def test_a_sign_needs_no_hint() -> None:
    assert lacking(with_endpoints("ec2messages"), UNSEEN) == [("ssm", True, None)]


def test_ecs_on_instances_explains_a_hint() -> None:
    services = ("ecs", "ecs-agent", "ecs-telemetry", "ssmmessages")
    assert lacking(with_endpoints(*services), True) == []


def test_any_one_of_several_services_is_enough() -> None:
    assert lacking(with_endpoints("ssm", "ec2messages"), True) == []
    assert lacking(with_endpoints("ssm", "ssmmessages"), True) == []


def test_present_are_the_interface_endpoints_that_stand_and_lead_to_the_region() -> None:
    world = World()
    vpc = world.vpc("vpc-a", "10.0.0.0/16")
    world.service("com.amazonaws.eu-west-1.kms-fips")
    world.interface_endpoint("vpce-1", vpc, "kms")
    world.interface_endpoint("vpce-2", vpc, "kms-fips")
    world.interface_endpoint("vpce-3", vpc, "sqs", state="rejected")
    world.interface_endpoint("vpce-4", vpc, "sns", service_region="us-east-1")
    world.gateway_endpoint("vpce-5", vpc, "s3")
    network = network_of(world)
    found = present_services(network, network.vpcs["vpc-a"])
    assert {service: [each.id for each in endpoints] for service, endpoints in found.items()} == {
        "kms": ["vpce-1", "vpce-2"]
    }
    assert (plain("kms-fips"), plain("kms")) == ("kms", "kms")


def test_within_reach_are_those_of_connected_vpcs_that_lead_to_the_same_region() -> None:
    world = World()
    a = world.vpc("vpc-a", "10.0.0.0/16")
    b = world.vpc("vpc-b", "10.1.0.0/16")
    c = world.vpc("vpc-c", "10.2.0.0/16", region="us-east-1")
    for number, peer in enumerate((b, c)):
        world.peering(f"pcx-{number}", a, peer)
        world.interface_endpoint(f"vpce-{peer.id}", peer, "kms")
    network = network_of(world)
    found = within_reach(network, network.vpcs["vpc-a"], "kms")
    assert [each.id for each in found] == ["vpce-vpc-b"]
    assert found.whole


def test_services_have_their_whole_names_by_region() -> None:
    world = World()
    world.vpc("vpc-a", "10.0.0.0/16")
    world.audit(region="us-east-1")
    world.service("com.amazonaws.us-east-1.rare", region="us-east-1")
    network = network_of(world)
    here = interface_services(network, Target(ACCOUNT, REGION))
    assert here["ecr.api"] == "com.amazonaws.eu-west-1.ecr.api"
    assert "s3express" not in here
    assert ("rare" in here, offered_anywhere(network, "rare"), offered_anywhere(network, "rarer")) == (
        False,
        True,
        False,
    )
