import boto3
import pytest
from moto import mock_aws

from auditor.config import Settings
from auditor.findings import Confidence, Operation, Severity, Status
from auditor.prices import PriceTable
from auditor.snapshot import Target
from checks.endpoints.s3_interface_shadows_gateway import endpoint_s3_interface_shadows_gateway
from checks.gateway_endpoints.missing import gateway_endpoint_missing
from checks.gateway_endpoints.route_table_gap import gateway_endpoint_route_table_gap
from tests.judging import faults, judged, judged_on_reads, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, ACCOUNT, REGION, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"
S3 = "com.amazonaws.eu-west-1.s3"


def shadowed(
    service: str = S3, *, inbound_only: bool = False, hostnames: bool = True, enis: bool = True, gateway: bool = True
) -> World:
    """A VPC whose one subnet leads to a gateway endpoint, and an interface endpoint with private DNS beside it."""
    world = World()
    world.service("com.amazonaws.eu-west-1.tables", kind="Gateway")
    world.service("com.amazonaws.eu-west-1.tables", private_names=["tables.eu-west-1.amazonaws.com"])
    vpc = world.vpc("vpc-a", "10.0.0.0/16", name="hub", dns_hostnames=hostnames)
    subnet = world.subnet("subnet-a", vpc, "10.0.0.0/24", enis=enis)
    table = world.route_table("rtb-a", vpc, [subnet])
    if gateway:
        if service != S3:
            world._service_lists[service] = world.prefix_list("pl-tables", ["18.36.0.0/24"])
        world.gateway_endpoint("vpce-gw", vpc, service, [table])
    world.interface_endpoint("vpce-if", vpc, service, [subnet], inbound_resolver_only=inbound_only, private_dns=True)
    return world


def test_an_interface_endpoint_that_takes_the_traffic_of_a_gateway_endpoint_costs_money() -> None:
    world = shadowed()
    (fault,) = faults(judged(world, endpoint_s3_interface_shadows_gateway))
    assert (fault.severity, fault.confidence) == (Severity.LOW, Confidence.HEURISTIC)
    assert (fault.resource.id, fault.key) == ("vpce-if", "")
    assert fault.message == (
        f"the name of {S3} resolves to vpce-if in vpc-a (hub), which pays for every byte, though subnet-a could take "
        "vpce-gw for nothing; keep private DNS to inbound queries"
    )
    assert fault.evidence == {
        "service": S3,
        "gateway_endpoints": ["vpce-gw"],
        "subnets_that_lead_there": ["subnet-a"],
        "subnets_that_do_not": [],
    }
    assert fault.related == ("vpc-a", "vpce-gw")
    assert fault.remedy == (
        Operation(
            "ec2:ModifyVpcEndpoint",
            {"VpcEndpointId": "vpce-if", "DnsOptions": {"PrivateDnsOnlyForInboundResolverEndpoint": True}},
            Target(ACCOUNT, REGION),
        ),
    )
    assert fault.monthly_saving_usd is None
    expected = judged(world, endpoint_s3_interface_shadows_gateway)
    assert judged_on_reads(world, endpoint_s3_interface_shadows_gateway) == expected


def test_with_metrics_what_the_interface_endpoint_carried_is_saved_at_most() -> None:
    world = shadowed()
    world.metrics({"vpce-if": 500})
    (fault,) = faults(judged(world, endpoint_s3_interface_shadows_gateway))
    assert fault.message.endswith(
        "; keep private DNS to inbound queries; that saves at most $5.00 a month, the price of all 500.00 GB of 30 days"
    )
    assert fault.evidence["savings"] == [
        {
            "resource": "vpce-if",
            "of": "gigabytes",
            "quantity": pytest.approx(500),
            "price_usd": pytest.approx(0.01),
            "at_most": True,
            "usd": 5.0,
        }
    ]
    assert fault.monthly_saving_usd == 5.0
    expected = judged(world, endpoint_s3_interface_shadows_gateway)
    assert judged_on_reads(world, endpoint_s3_interface_shadows_gateway) == expected


def test_refused_metrics_leave_out_but_the_amount() -> None:
    world = shadowed()
    world.metrics({"vpce-if": 500})
    world.refuse("cloudwatch:GetMetricData")
    expected = judged(shadowed(), endpoint_s3_interface_shadows_gateway)
    assert judged(world, endpoint_s3_interface_shadows_gateway) == expected


def test_without_prices_no_saving_is_claimed() -> None:
    world = shadowed()
    world.metrics({"vpce-if": 500})
    settings = Settings(prices=PriceTable(as_of="2026-11-01", source="a test", regions={}))
    expected = judged(shadowed(), endpoint_s3_interface_shadows_gateway)
    assert judged(world, endpoint_s3_interface_shadows_gateway, settings) == expected


def test_any_service_with_both_types_and_a_private_name_is_judged() -> None:
    (fault,) = faults(judged(shadowed("com.amazonaws.eu-west-1.tables"), endpoint_s3_interface_shadows_gateway))
    assert fault.evidence["service"] == "com.amazonaws.eu-west-1.tables"


def test_private_dns_kept_to_inbound_queries_is_as_documented() -> None:
    assert judged(shadowed(inbound_only=True), endpoint_s3_interface_shadows_gateway) == []


def test_private_dns_that_is_off_takes_nothing() -> None:
    world = shadowed()
    world.change(ENDPOINTS, "vpce-if", PrivateDnsEnabled=False)
    assert judged(world, endpoint_s3_interface_shadows_gateway) == []


def test_subnets_that_do_not_lead_to_the_gateway_endpoint_come_first() -> None:
    world = shadowed()
    world.subnet("subnet-b", world.vpcs["vpc-a"], "10.0.1.0/24")
    (fault,) = faults(judged(world, endpoint_s3_interface_shadows_gateway))
    assert fault.message.endswith(
        "keep private DNS to inbound queries, once the route tables of subnet-b lead there too"
    )
    assert fault.evidence["subnets_that_do_not"] == ["subnet-b"]
    assert fault.remedy == ()


@pytest.mark.parametrize("inbound_only", [False, True])
def test_that_the_gateway_endpoint_is_missing_is_another_rules_matter(inbound_only: bool) -> None:
    world = shadowed(gateway=False, inbound_only=inbound_only)
    assert judged(world, endpoint_s3_interface_shadows_gateway) == []
    assert "s3" in {each.key for each in faults(judged(world, gateway_endpoint_missing))}


@pytest.mark.parametrize("inbound_only", [False, True])
def test_that_no_subnet_in_use_leads_to_the_gateway_endpoint_is_another_rules_matter(inbound_only: bool) -> None:
    world = shadowed(inbound_only=inbound_only, enis=False)
    world.subnet("subnet-b", world.vpcs["vpc-a"], "10.0.1.0/24")
    assert judged(world, endpoint_s3_interface_shadows_gateway) == []
    assert len(faults(judged(world, gateway_endpoint_route_table_gap))) == 1


def test_a_vpc_without_workload_is_not_judged_unless_it_is_to_be() -> None:
    world = shadowed(enis=False)
    assert judged(world, endpoint_s3_interface_shadows_gateway) == []
    settings = Settings(treat_empty_vpcs=True)
    assert len(faults(judged(world, endpoint_s3_interface_shadows_gateway, settings))) == 1


def test_private_dns_that_does_not_work_takes_nothing() -> None:
    assert judged(shadowed(hostnames=False), endpoint_s3_interface_shadows_gateway) == []


def test_what_an_aws_service_looks_after_is_a_fact() -> None:
    world = shadowed()
    world.change(ENDPOINTS, "vpce-if", RequesterManaged=True)
    (fault,) = faults(judged(world, endpoint_s3_interface_shadows_gateway))
    assert fault.severity is Severity.INFO


@pytest.mark.parametrize("state", ["pending", "deleting", "failed"])
@pytest.mark.parametrize("endpoint", ["vpce-if", "vpce-gw"])
def test_endpoints_that_are_not_available_are_not_judged(endpoint: str, state: str) -> None:
    world = shadowed()
    world.change(ENDPOINTS, endpoint, State=state)
    assert judged(world, endpoint_s3_interface_shadows_gateway) == []


def test_an_endpoint_to_another_region_is_not_judged() -> None:
    world = shadowed()
    world.change(ENDPOINTS, "vpce-if", ServiceRegion="us-east-1")
    assert judged(world, endpoint_s3_interface_shadows_gateway) == []


def test_private_dns_that_aws_left_out_is_unknown_where_a_gateway_endpoint_is_there() -> None:
    for gateway, expected in ((True, [Status.UNKNOWN]), (False, [])):
        world = shadowed(gateway=gateway)
        world.change(ENDPOINTS, "vpce-if", PrivateDnsEnabled=ABSENT)
        found = [each.status for each in judged(world, endpoint_s3_interface_shadows_gateway)]
        assert found == expected


@pytest.mark.parametrize(
    "action",
    [
        "ec2:DescribeVpcs",
        "ec2:DescribeVpcAttribute",
        "ec2:DescribeSubnets",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeRouteTables",
        ENDPOINTS,
    ],
)
def test_what_was_refused_is_unknown(action: str) -> None:
    world = shadowed()
    world.refuse(action)
    findings = judged(world, endpoint_s3_interface_shadows_gateway)
    assert unknowns(findings) == findings != []


def test_a_gateway_endpoint_may_be_among_those_that_were_not_seen() -> None:
    world = shadowed(gateway=False)
    world.cut(ENDPOINTS, keep=1)
    found = [(each.status, each.resource.id) for each in judged(world, endpoint_s3_interface_shadows_gateway)]
    assert (Status.UNKNOWN, "vpce-if") in found


def test_both_types_in_moto_cost_money_while_private_dns_is_on() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        ec2.create_network_interface(SubnetId=subnet)
        [table] = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
        tables = [table["RouteTableId"]]
        ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=S3, VpcEndpointType="Gateway", RouteTableIds=tables)
        made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=S3, VpcEndpointType="Interface", SubnetIds=[subnet])
        (fault,) = faults(judged(collected(), endpoint_s3_interface_shadows_gateway))
    assert fault.resource.id == made["VpcEndpoint"]["VpcEndpointId"]
    assert fault.evidence["subnets_that_lead_there"] == [subnet]
