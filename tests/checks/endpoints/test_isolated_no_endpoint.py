from typing import Any

import boto3
import pytest
from moto import mock_aws

from auditor.config import Settings
from auditor.findings import Confidence, Severity, Status
from checks.endpoints.isolated_no_endpoint import endpoint_isolated_no_endpoint
from tests.judging import faults, judged, judged_on_reads, unknowns
from tests.over_moto import collected
from tests.world import ACCOUNT, REGION, Subnet, Vpc, World, blackhole

OTHER = "222222222222"
EMPTY = Settings(treat_empty_vpcs=True)


def island(**options: Any) -> tuple[World, Vpc, Subnet]:
    """A VPC with one subnet, and no route but the local one."""
    world = World()
    vpc = world.vpc("vpc-a", "10.0.0.0/16", name="island")
    return world, vpc, world.subnet("subnet-a", vpc, "10.0.0.0/24", **options)


def test_a_vpc_that_leads_nowhere_and_has_no_endpoint_reaches_no_api() -> None:
    world, vpc, _ = island()
    world.subnet("subnet-b", vpc, "10.0.1.0/24")
    (fault,) = faults(judged(world, endpoint_isolated_no_endpoint))
    assert (fault.severity, fault.confidence) == (Severity.LOW, Confidence.HEURISTIC)
    assert (fault.resource.id, fault.key) == ("vpc-a", "")
    assert fault.message == (
        "vpc-a (island) has no endpoint, and subnet-a, subnet-b of it have no route out: nothing there reaches an AWS "
        "API; create endpoints for the services that it needs"
    )
    assert fault.evidence == {"subnets_in_use": ["subnet-a", "subnet-b"]}
    assert fault.related == ("subnet-a", "subnet-b")
    assert fault.remedy == ()
    assert judged_on_reads(world, endpoint_isolated_no_endpoint) == judged(world, endpoint_isolated_no_endpoint)


@pytest.mark.parametrize("kind", ["gateway", "interface"])
def test_any_endpoint_is_enough(kind: str) -> None:
    world, vpc, subnet = island()
    if kind == "gateway":
        world.gateway_endpoint("vpce-1", vpc, "s3")
    else:
        world.interface_endpoint("vpce-1", vpc, "sqs", [subnet])
    assert judged(world, endpoint_isolated_no_endpoint) == []


def test_an_endpoint_that_failed_is_none() -> None:
    world, vpc, subnet = island()
    world.interface_endpoint("vpce-1", vpc, "sqs", [subnet], state="failed")
    assert len(faults(judged(world, endpoint_isolated_no_endpoint))) == 1


@pytest.mark.parametrize("way", ["igw", "nat", "tgw", "vgw", "pcx", "eni"])
def test_a_route_out_of_the_vpc_may_lead_to_the_endpoints_or_the_proxy_of_another(way: str) -> None:
    world, vpc, subnet = island()
    destination = "192.168.0.0/16"
    if way == "igw":
        target = world.internet_gateway("igw-1", vpc)
    elif way == "nat":
        target = world.nat_gateway("nat-1", subnet)
    elif way == "tgw":
        target = "tgw-1"
        world.transit_gateway_attachment(target, vpc)
    elif way == "vgw":
        target = world.vpn_gateway("vgw-1", vpc)
    elif way == "pcx":
        peer = world.foreign_vpc("vpc-b", destination, account=OTHER)
        target = world.peering("pcx-1", vpc, peer)
    else:
        target = world.network_interface("eni-appliance", subnet)
    world.main_routes(vpc, {destination: target})
    assert judged(world, endpoint_isolated_no_endpoint) == []


def test_a_connection_that_nothing_is_routed_over_is_no_way_out() -> None:
    world, vpc, _ = island()
    world.peering("pcx-1", vpc, world.foreign_vpc("vpc-b", "10.1.0.0/16", account=OTHER))
    world.main_routes(vpc, {"0.0.0.0/0": blackhole("nat-gone")})
    assert len(faults(judged(world, endpoint_isolated_no_endpoint))) == 1


def test_one_subnet_in_use_with_a_way_out_is_enough() -> None:
    world, vpc, _ = island()
    other = world.subnet("subnet-b", vpc, "10.0.1.0/24")
    world.route_table("rtb-b", vpc, [other], {"0.0.0.0/0": world.internet_gateway("igw-1", vpc)})
    assert judged(world, endpoint_isolated_no_endpoint) == []


def test_a_vpc_without_workload_is_not_judged_unless_it_is_to_be() -> None:
    world, _, _ = island(enis=False)
    assert judged(world, endpoint_isolated_no_endpoint) == []
    assert len(faults(judged(world, endpoint_isolated_no_endpoint, EMPTY))) == 1


@pytest.mark.parametrize(
    ("kind", "description"),
    [
        ("interface", "RDSNetworkInterface"),
        ("network_load_balancer", "ELB net/door/1"),
        ("interface", "EFS mount target for fs-1"),
    ],
)
def test_what_only_answers_needs_no_api(kind: str, description: str) -> None:
    world, _, subnet = island(enis=False)
    world.network_interface("eni-1", subnet, kind=kind, description=description, managed=True)
    assert judged(world, endpoint_isolated_no_endpoint) == []


@pytest.mark.parametrize(
    ("kind", "description"),
    [("lambda", "AWS Lambda VPC ENI-f-1"), ("interface", "arn:aws:ecs:eu-west-1:111111111111:attachment/1")],
)
def test_functions_and_tasks_call(kind: str, description: str) -> None:
    world, _, subnet = island(enis=False)
    world.network_interface("eni-1", subnet, kind=kind, description=description, managed=True)
    assert len(faults(judged(world, endpoint_isolated_no_endpoint))) == 1


def test_where_it_is_said_which_endpoints_it_must_have_another_rule_names_them() -> None:
    assert judged(island()[0], endpoint_isolated_no_endpoint, Settings(required_services=("logs",))) == []


@pytest.mark.parametrize(
    "action",
    [
        "ec2:DescribeVpcEndpoints",
        "ec2:DescribeSubnets",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeRouteTables",
        "ec2:DescribeVpcs",
    ],
)
def test_what_was_refused_is_unknown(action: str) -> None:
    world, _, _ = island()
    world.refuse(action)
    findings = judged(world, endpoint_isolated_no_endpoint)
    assert findings
    assert unknowns(findings) == findings


def test_a_list_that_was_cut_may_lack_an_endpoint_or_a_subnet_with_a_way_out() -> None:
    for action in ("ec2:DescribeVpcEndpoints", "ec2:DescribeSubnets"):
        world, _, _ = island()
        world.cut(action, keep=1)
        assert [each.status for each in judged(world, endpoint_isolated_no_endpoint)] == [Status.UNKNOWN]


def test_a_route_to_a_list_that_cannot_be_read_may_be_a_default_route_to_a_dead_end_only() -> None:
    world, vpc, _ = island()
    world.prefix_list("pl-1", readable=False)
    world.main_routes(vpc, {"pl-1": blackhole("nat-gone")})
    assert [each.status for each in judged(world, endpoint_isolated_no_endpoint)] == [Status.UNKNOWN]


def test_a_vpc_that_only_a_participant_shows_is_unknown() -> None:
    world = World()
    vpc = world.vpc("vpc-a", "10.0.0.0/16", account=OTHER)
    world.share(world.subnet("subnet-a", vpc, "10.0.0.0/24"), ACCOUNT)
    world.drop_shard(OTHER, asked=False)
    findings = judged(world, endpoint_isolated_no_endpoint)
    assert unknowns(findings) == findings != []


def test_a_vpc_of_moto_without_routes_or_endpoints_is_an_island() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        ec2.create_network_interface(SubnetId=subnet)
        (fault,) = faults(judged(collected(), endpoint_isolated_no_endpoint))
        assert (fault.resource.id, fault.evidence["subnets_in_use"]) == (vpc, [subnet])
        service = f"com.amazonaws.{REGION}.s3"
        ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=service, VpcEndpointType="Gateway")
        assert faults(judged(collected(), endpoint_isolated_no_endpoint)) == []
