from typing import Any

import boto3
import pytest
from moto import mock_aws

from auditor.config import Settings
from auditor.findings import Confidence, Operation, Severity, Status
from auditor.snapshot import Target
from checks.interface_endpoints.missing_service import interface_endpoint_missing_service
from tests.carrying_out import carry_out
from tests.judging import DEFAULTS, faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ACCOUNT, REGION, Subnet, Vpc, World

OTHER = "222222222222"
ENDPOINTS, SERVICES = "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcEndpointServices"
BASELINE = Settings(required_services=("logs", "kms"))


def vpc_with(*services: str, way: str = "", **options: Any) -> tuple[World, Vpc, Subnet]:
    """A VPC in use with interface endpoints, whose subnet has a default route by ``nat`` or ``igw``, or none."""
    world = World()
    vpc = world.vpc("vpc-a", "10.0.0.0/16", name="app")
    subnet = world.subnet("subnet-a", vpc, "10.0.0.0/24", **options)
    if way == "nat":
        world.main_routes(vpc, {"0.0.0.0/0": world.nat_gateway("nat-1", subnet)})
    if way == "igw":
        world.main_routes(vpc, {"0.0.0.0/0": world.internet_gateway("igw-1", vpc)})
    for service in services:
        world.interface_endpoint(f"vpce-{service}", vpc, service, [subnet])
    return world, vpc, subnet


def said(seen: World, settings: Settings = DEFAULTS) -> set[tuple[str, str]]:
    """The faults: severity and key."""
    found = faults(judged(seen, interface_endpoint_missing_service, settings))
    return {(fault.severity.value, fault.key) for fault in found}


# --- Services that belong together


def test_images_cannot_be_pulled_with_one_of_two_endpoints() -> None:
    world, _, _ = vpc_with("ecr.dkr")
    (fault,) = faults(judged(world, interface_endpoint_missing_service))
    assert (fault.severity, fault.confidence) == (Severity.MEDIUM, Confidence.HEURISTIC)
    assert (fault.resource.id, fault.key) == ("vpc-a", "ecr.api")
    assert fault.message == (
        "vpc-a (app) has no endpoint for com.amazonaws.eu-west-1.ecr.api, nor is one within reach; vpce-ecr.dkr is "
        "there for pulling images from Amazon ECR, which needs it too, and subnet-a cannot reach it"
    )
    assert fault.evidence == {
        "service": "com.amazonaws.eu-west-1.ecr.api",
        "asked_for_by": {"vpce-ecr.dkr": "com.amazonaws.eu-west-1.ecr.dkr"},
        "required_services": False,
        "subnets_in_use": ["subnet-a"],
        "subnets_without_default_route": ["subnet-a"],
    }
    assert fault.related == ("vpce-ecr.dkr", "subnet-a")
    assert fault.remedy == (
        Operation(
            "ec2:CreateVpcEndpoint",
            {
                "VpcEndpointType": "Interface",
                "VpcId": "vpc-a",
                "ServiceName": "com.amazonaws.eu-west-1.ecr.api",
                "SubnetIds": ["subnet-a"],
                "SecurityGroupIds": ["sg-a-default"],
                "PrivateDnsEnabled": True,
            },
            Target(ACCOUNT, REGION),
        ),
    )
    expected = judged(world, interface_endpoint_missing_service)
    assert judged_on_reads(world, interface_endpoint_missing_service) == expected


@pytest.mark.parametrize("way", ["nat", "igw"])
def test_where_a_default_route_leads_there_anyway_it_is_low(way: str) -> None:
    world, _, _ = vpc_with("ecr.api", way=way)
    (fault,) = faults(judged(world, interface_endpoint_missing_service))
    assert (fault.severity, fault.key) == (Severity.LOW, "ecr.dkr")
    assert fault.message.endswith("and its subnets in use reach it past any endpoint")


def test_one_subnet_without_a_default_route_is_enough_for_medium() -> None:
    world, vpc, _ = vpc_with("ecr.api", way="nat")
    world.route_table("rtb-b", vpc, [world.subnet("subnet-b", vpc, "10.0.1.0/24")])
    assert said(world) == {("medium", "ecr.dkr")}


@pytest.mark.parametrize(
    "services",
    [
        ("ecr.api", "ecr.dkr"),
        ("ecs", "ecs-agent", "ecs-telemetry"),
        ("ssm", "ssmmessages"),
        ("ssm", "ec2messages"),
        ("ssm", "ssmmessages", "ec2messages"),
        ("ecs",),
        ("sqs",),
        (),
    ],
)
@pytest.mark.parametrize("way", ["", "nat"])
def test_what_is_whole_or_of_use_alone_passes(services: tuple[str, ...], way: str) -> None:
    findings = judged(vpc_with(*services, way=way)[0], interface_endpoint_missing_service)
    assert passes(findings) == findings
    assert len(findings) == 1


@pytest.mark.parametrize(
    ("services", "lacking"),
    [
        (("ecs-agent",), {"ecs", "ecs-telemetry"}),
        (("ecs-telemetry", "ecs"), {"ecs-agent"}),
        (("ec2messages",), {"ssm"}),
        (("ec2messages", "ssmmessages"), {"ssm"}),
    ],
)
def test_a_part_of_what_belongs_together_asks_for_the_rest(services: tuple[str, ...], lacking: set[str]) -> None:
    assert said(vpc_with(*services)[0]) == {("medium", service) for service in lacking}


@pytest.mark.parametrize(("alone", "other"), [("ssm", "ssmmessages"), ("ssmmessages", "ssm")])
def test_half_of_systems_manager_counts_where_instances_lead_nowhere(alone: str, other: str) -> None:
    assert said(vpc_with(alone)[0]) == {("low", other)}
    assert said(vpc_with(alone, way="nat")[0]) == set()


@pytest.mark.parametrize("alone", ["ssm", "ssmmessages"])
def test_the_parameter_store_and_ecs_exec_need_one_of_them_alone(alone: str) -> None:
    world, _, subnet = vpc_with(alone, enis=False)
    world.network_interface("eni-task", subnet, description="arn:aws:ecs:eu-west-1:1:attachment/1", managed=True)
    assert said(world) == set()
    with_agents, _, _ = vpc_with(alone, "ecs", "ecs-agent", "ecs-telemetry")
    assert said(with_agents) == set()


def test_a_way_to_another_network_may_lead_to_a_proxy() -> None:
    world, vpc, _ = vpc_with("ssm")
    world.transit_gateway_attachment("tgw-1", vpc)
    world.main_routes(vpc, {"10.0.0.0/8": "tgw-1"})
    assert said(world) == set()


def test_nobody_is_told_to_create_ec2messages() -> None:
    assert said(vpc_with("ssm", "ssmmessages")[0]) == set()
    assert "ec2messages" not in {key for _, key in said(vpc_with("ssm")[0])}


def test_the_endpoint_of_a_services_fips_names_counts() -> None:
    world, vpc, subnet = vpc_with("ecr.dkr")
    world.service("com.amazonaws.eu-west-1.ecr.api-fips")
    world.interface_endpoint("vpce-fips", vpc, "ecr.api-fips", [subnet])
    assert said(world) == set()


def test_endpoints_that_are_gone_and_those_to_another_region_ask_for_nothing() -> None:
    gone, vpc, subnet = vpc_with()
    gone.interface_endpoint("vpce-1", vpc, "ecr.dkr", [subnet], state="failed")
    assert said(gone) == set()
    away, vpc, subnet = vpc_with()
    away.interface_endpoint("vpce-1", vpc, "ecr.dkr", [subnet], service_region="us-east-1")
    assert said(away) == set()


def test_a_service_that_the_region_does_not_offer_is_passed_over() -> None:
    world, _, _ = vpc_with("ecs-agent")
    services = world._services
    del services[REGION, "com.amazonaws.eu-west-1.ecs-telemetry"]
    assert said(world) == {("medium", "ecs")}


# --- The baseline


def test_what_the_settings_ask_for_is_missed_in_every_vpc_in_use() -> None:
    world, _, _ = vpc_with("sqs", "logs")
    (fault,) = faults(judged(world, interface_endpoint_missing_service, BASELINE))
    assert (fault.severity, fault.key) == (Severity.MEDIUM, "kms")
    assert "; required_services names it, and subnet-a cannot reach it" in fault.message
    assert (fault.evidence["asked_for_by"], fault.evidence["required_services"]) == ({}, True)
    (step,) = fault.remedy
    assert step.parameters["ServiceName"] == "com.amazonaws.eu-west-1.kms"
    assert step.parameters["SubnetIds"] == ["subnet-a"]
    expected = judged(world, interface_endpoint_missing_service, BASELINE)
    assert judged_on_reads(world, interface_endpoint_missing_service, BASELINE) == expected


def test_an_endpoint_that_is_there_is_enough_whatever_the_region_was_seen_to_offer() -> None:
    world, _, _ = vpc_with("logs", "kms")
    world.refuse(SERVICES)
    findings = judged(world, interface_endpoint_missing_service, BASELINE)
    assert passes(findings) == findings != []


def test_whoever_asks_for_fips_is_not_served_by_the_other_names() -> None:
    world, vpc, subnet = vpc_with("kms")
    world.service("com.amazonaws.eu-west-1.kms-fips")
    fips = Settings(required_services=("kms-fips",))
    assert said(world, fips) == {("medium", "kms-fips")}
    world.interface_endpoint("vpce-fips", vpc, "kms-fips", [subnet])
    assert said(world, fips) == set()


def test_without_an_endpoint_to_go_by_there_are_no_steps() -> None:
    world, _, _ = vpc_with(way="nat")
    found = faults(judged(world, interface_endpoint_missing_service, BASELINE))
    assert [(each.severity.value, each.key, each.remedy) for each in found] == [
        ("low", "kms", ()),
        ("low", "logs", ()),
    ]


def test_a_service_that_is_asked_for_twice_is_missed_once() -> None:
    assert said(vpc_with("ecr.dkr")[0], Settings(required_services=("ecr.api", "ecr.api"))) == {("medium", "ecr.api")}


def test_of_services_with_gateway_endpoints_another_rule_tells() -> None:
    assert said(vpc_with()[0], Settings(required_services=("s3", "dynamodb"))) == set()


def test_a_service_that_no_region_offers_may_be_misspelt() -> None:
    world, _, _ = vpc_with()
    world.audit(region="us-east-1")
    (finding,) = [
        each
        for each in judged(world, interface_endpoint_missing_service, Settings(required_services=("log",)))
        if each.status is Status.UNKNOWN
    ]
    assert (finding.key, finding.message) == ("log", "required_services names log, which no audited Region offers")


def test_a_service_that_another_region_offers_is_passed_over() -> None:
    world, _, _ = vpc_with()
    world.audit(region="us-east-1")
    world.service("com.amazonaws.us-east-1.rare", region="us-east-1")
    findings = judged(world, interface_endpoint_missing_service, Settings(required_services=("rare",)))
    assert passes(findings) == findings != []


# --- Use


def test_a_vpc_in_which_nothing_calls_is_not_judged_unless_it_is_to_be() -> None:
    world, _, subnet = vpc_with("ecr.dkr", enis=False)
    world.network_interface("eni-db", subnet, description="RDSNetworkInterface", managed=True)
    assert judged(world, interface_endpoint_missing_service, BASELINE) == []
    assert said(world, Settings(treat_empty_vpcs=True)) == {("medium", "ecr.api")}


# --- Central endpoints


@pytest.mark.parametrize("by", ["peering", "transit gateway"])
def test_an_endpoint_of_a_connected_vpc_is_enough(by: str) -> None:
    world, vpc, _ = vpc_with("ecr.dkr")
    hub = world.vpc("vpc-hub", "10.1.0.0/16")
    if by == "peering":
        world.peering("pcx-1", vpc, hub)
    else:
        for each in (vpc, hub):
            world.transit_gateway_attachment("tgw-1", each)
    assert said(world) == {("medium", "ecr.api")}
    world.interface_endpoint("vpce-hub", hub, "ecr.api", [world.subnet("subnet-hub", hub, "10.1.0.0/24", enis=False)])
    assert said(world) == set()


def test_an_endpoint_of_a_peer_in_another_region_leads_to_another_region() -> None:
    world, vpc, _ = vpc_with("ecr.dkr")
    away = world.vpc("vpc-us", "10.1.0.0/16", region="us-east-1")
    world.peering("pcx-1", vpc, away)
    world.interface_endpoint("vpce-us", away, "ecr.api")
    assert said(world) == {("medium", "ecr.api")}


def test_a_peer_that_was_not_audited_may_have_an_endpoint() -> None:
    world, vpc, _ = vpc_with("ecr.dkr")
    world.peering("pcx-1", vpc, world.foreign_vpc("vpc-x", "10.2.0.0/16", account=OTHER))
    (finding,) = judged(world, interface_endpoint_missing_service)
    assert (finding.status, finding.key) == (Status.UNKNOWN, "ecr.api")
    assert finding.message == (
        "whether vpc-a (app) needs an endpoint for ecr.api, or has one within reach, was not seen"
    )


# --- What was not seen


@pytest.mark.parametrize(
    "action",
    [
        ENDPOINTS,
        SERVICES,
        "ec2:DescribeSubnets",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeVpcs",
        "ec2:DescribeVpcPeeringConnections",
    ],
)
def test_what_was_refused_is_unknown(action: str) -> None:
    world, _, _ = vpc_with("ecr.dkr")
    world.refuse(action)
    findings = judged(world, interface_endpoint_missing_service)
    assert unknowns(findings) == findings != []


def test_route_tables_that_were_refused_leave_a_part_low_and_a_hint_unknown() -> None:
    world, _, _ = vpc_with("ecr.dkr", "ssm")
    world.refuse("ec2:DescribeRouteTables")
    found = {
        (each.status.value, each.key, each.severity.value) for each in judged(world, interface_endpoint_missing_service)
    }
    assert found == {("fail", "ecr.api", "low"), ("unknown", "ssmmessages", "medium")}


def test_a_list_of_services_that_was_cut_is_unknown() -> None:
    world, _, _ = vpc_with("ecr.dkr")
    world.cut(SERVICES, keep=2)
    assert [(each.status, each.key) for each in judged(world, interface_endpoint_missing_service)] == [
        (Status.UNKNOWN, "ecr.api")
    ]


def test_endpoints_that_were_cut_are_unknown() -> None:
    world, _, _ = vpc_with("ecr.dkr", "sqs")
    world.cut(ENDPOINTS, keep=1)
    findings = judged(world, interface_endpoint_missing_service)
    assert unknowns(findings) == findings != []


def test_a_vpc_of_moto_that_lacks_one_of_two_endpoints_is_cured_by_the_other() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        ec2.create_network_interface(SubnetId=subnet)
        group = ec2.create_security_group(GroupName="door", Description="door", VpcId=vpc)["GroupId"]
        ranges = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}]
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ranges)
        service = f"com.amazonaws.{REGION}.ecr.dkr"
        made = ec2.create_vpc_endpoint(
            VpcId=vpc, ServiceName=service, VpcEndpointType="Interface", SubnetIds=[subnet], SecurityGroupIds=[group]
        )
        (fault,) = faults(judged(collected(), interface_endpoint_missing_service))
        carry_out(fault)
        assert faults(judged(collected(), interface_endpoint_missing_service)) == []
    assert fault.key == "ecr.api"
    assert fault.related == (made["VpcEndpoint"]["VpcEndpointId"], subnet)
