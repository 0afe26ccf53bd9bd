from typing import Any, cast

import pytest

from auditor.network.coverage import Listing
from auditor.network.entities import Endpoint, Subnet
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.placement import (
    endpoints_in,
    lacking,
    offered_in,
    one_a_zone,
    stands_in,
    zone_names,
)
from auditor.snapshot import Target
from tests.networks import network_of
from tests.world import ABSENT, ACCOUNT, REGION, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"
SERVICES = "ec2:DescribeVpcEndpointServices"
RARE = "com.amazonaws.eu-west-1.rare"


def world() -> World:
    """An endpoint in zone a to a service that zones a and b have, in a VPC with two subnets in each of three zones."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.service(RARE, zones="ab")
    for number, name in enumerate(("a1", "a2", "b1", "b2", "c1", "c2")):
        made.subnet(f"subnet-{name}", vpc, f"10.0.{number}.0/24", az=f"{REGION}{name[0]}")
    made.interface_endpoint("vpce-1", vpc, RARE, [made.subnets["subnet-a1"]])
    return made


def seen(made: World) -> tuple[Network, Endpoint]:
    network = network_of(made)
    return network, network.endpoints["vpce-1"]


def own(network: Network, endpoint: Endpoint) -> tuple[Subnet, ...]:
    found = stands_in(network, endpoint)
    assert not isinstance(found, Missing)
    return found


def ids(subnets: Listing[Subnet] | tuple[Subnet, ...]) -> list[str]:
    return [subnet.id for subnet in subnets]


def test_an_endpoint_stands_in_the_subnets_that_it_was_given() -> None:
    assert ids(own(*seen(world()))) == ["subnet-a1"]


def test_where_an_endpoint_stands_is_unknown_where_its_subnets_were_not_seen() -> None:
    made = world()
    made.refuse("ec2:DescribeSubnets")
    found = stands_in(*seen(made))
    assert isinstance(found, Missing)
    assert {cause.kind for cause in found.causes} == {Kind.REFUSED}


@pytest.mark.parametrize("subnet_ids", [ABSENT, ["subnet-a1", "subnet-gone"]])
def test_where_an_endpoint_stands_is_unknown_where_aws_does_not_say(subnet_ids: object) -> None:
    made = world()
    made.change(ENDPOINTS, "vpce-1", SubnetIds=subnet_ids)
    found = stands_in(*seen(made))
    assert isinstance(found, Missing)
    assert {(cause.kind, cause.resource) for cause in found.causes} == {(Kind.ABSENT_FIELD, "vpce-1")}


def test_a_service_is_offered_in_the_zones_that_aws_lists() -> None:
    network, endpoint = seen(world())
    found = offered_in(network, endpoint, network.subnets.values())
    assert found.whole
    assert ids(found) == ["subnet-a1", "subnet-a2", "subnet-b1", "subnet-b2"]


@pytest.mark.parametrize("member", ["AvailabilityZones", "AvailabilityZoneIds"])
def test_aws_may_list_the_zones_of_a_service_by_name_or_by_id_alone(member: str) -> None:
    made, absent = world(), cast(dict[str, Any], {member: ABSENT})
    (service,) = [
        str(item["ServiceId"])
        for item in made.snapshot().shards[Target(ACCOUNT, REGION)].items(SERVICES)
        if item["ServiceName"] == RARE
    ]
    made.change(SERVICES, service, **absent)
    network, endpoint = seen(made)
    assert len(ids(offered_in(network, endpoint, network.subnets.values()))) == 4
    made.change(SERVICES, service, AvailabilityZones=ABSENT, AvailabilityZoneIds=ABSENT)
    network, endpoint = seen(made)
    assert not offered_in(network, endpoint, network.subnets.values()).whole


def test_what_has_no_service_is_offered_everywhere() -> None:
    made = world()
    made.change(ENDPOINTS, "vpce-1", VpcEndpointType="ServiceNetwork", ServiceName=ABSENT)
    made.refuse("ec2:DescribeVpcEndpointServices")
    network, endpoint = seen(made)
    assert len(ids(offered_in(network, endpoint, network.subnets.values()))) == 6


def test_the_zones_of_a_service_are_unknown_where_they_were_not_seen() -> None:
    made = world()
    made.refuse("ec2:DescribeVpcEndpointServices")
    network, endpoint = seen(made)
    assert not offered_in(network, endpoint, network.subnets.values()).whole
    assert offered_in(network, endpoint, ()).whole


def test_an_endpoint_lacks_a_subnet_for_each_zone_in_which_it_could_stand() -> None:
    network, endpoint = seen(world())
    found = lacking(network, endpoint, own(network, endpoint), network.subnets_of(network.vpcs["vpc-a"]))
    assert found.whole
    assert ids(found) == ["subnet-b1"]


def test_what_is_lacking_in_a_list_that_was_cut_is_not_all() -> None:
    made = world()
    made.cut("ec2:DescribeSubnets", keep=4)
    network, endpoint = seen(made)
    found = lacking(network, endpoint, own(network, endpoint), network.subnets_of(network.vpcs["vpc-a"]))
    assert (ids(found), found.whole) == (["subnet-b1"], False)


def test_one_subnet_of_each_zone_is_the_first() -> None:
    network, _ = seen(world())
    assert ids(one_a_zone(network.subnets.values())) == ["subnet-a1", "subnet-b1", "subnet-c1"]
    assert one_a_zone([]) == ()


def test_zones_go_by_their_names_once_each() -> None:
    made = world()
    made.change("ec2:DescribeSubnets", "subnet-c1", AvailabilityZone=ABSENT)
    network, _ = seen(made)
    assert zone_names(network.subnets.values()) == ["eu-west-1a", "eu-west-1b", "eu-west-1c", "euw1-az3"]


def test_the_endpoints_in_a_subnet_are_those_behind_security_groups_that_stand() -> None:
    made = world()
    subnet, vpc = made.subnets["subnet-a1"], made.vpcs["vpc-a"]
    made.interface_endpoint("vpce-2", vpc, "sqs", [subnet])
    made.interface_endpoint("vpce-3", vpc, "sns", [subnet], state="failed")
    made.load_balancer_endpoint("vpce-4", subnet)
    network, _ = seen(made)
    found = endpoints_in(network, network.subnets["subnet-a1"])
    assert ([endpoint.id for endpoint in found], found.whole) == (["vpce-1", "vpce-2"], True)
    assert not endpoints_in(network, network.subnets["subnet-b1"])


@pytest.mark.parametrize("action", [ENDPOINTS, "ec2:DescribeVpcs"])
def test_a_subnet_may_hold_endpoints_that_were_not_seen(action: str) -> None:
    made = world()
    made.refuse(action)
    network = network_of(made)
    assert not endpoints_in(network, network.subnets["subnet-b1"]).whole


def test_a_subnet_of_a_vpc_that_aws_left_out_may_hold_endpoints() -> None:
    made = world()
    made.change("ec2:DescribeSubnets", "subnet-b1", VpcId="vpc-gone")
    network = network_of(made)
    missing = endpoints_in(network, network.subnets["subnet-b1"]).missing
    assert missing
    assert {(cause.kind, cause.resource) for cause in missing.causes} == {(Kind.ABSENT_FIELD, "vpc-gone")}
