from typing import Any

import boto3
import pytest
from moto import mock_aws

from auditor.config import Settings
from auditor.demo.amendments import Amendments
from auditor.findings import Confidence, Finding, Operation, Severity, Status
from auditor.prices import PriceTable, RegionPrices, Tier
from auditor.snapshot import Target
from checks.interface_endpoints.could_be_gateway import interface_endpoint_could_be_gateway
from tests.carrying_out import carry_out
from tests.judging import faults, judged, judged_on_reads, unknowns
from tests.over_moto import collected
from tests.world import ACCOUNT, REGION, Vpc, World

OTHER = "222222222222"
ENDPOINTS, SERVICES = "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcEndpointServices"
RESOLVERS = "route53resolver:ListResolverEndpoints"
CLIENT_VPNS, TARGETS = "ec2:DescribeClientVpnEndpoints", "ec2:DescribeClientVpnTargetNetworks"
S3 = "com.amazonaws.eu-west-1.s3"
HERE = Target(ACCOUNT, REGION)
METRICS = "cloudwatch:GetMetricData"
HOURS = {"resource": "vpce-1/subnet-a", "of": "hours", "quantity": 730, "price_usd": 0.011, "usd": 8.03}


def paid(service: str = "s3", *, enis: bool = True, **options: Any) -> tuple[World, Vpc]:
    """A VPC that nobody comes into, with an interface endpoint."""
    world = World()
    vpc = world.vpc("vpc-a", "10.0.0.0/16", name="shop")
    subnet = world.subnet("subnet-a", vpc, "10.0.0.0/24", enis=enis)
    world.route_table("rtb-a", vpc, [subnet])
    world.interface_endpoint("vpce-1", vpc, service, [subnet], **options)
    return world, vpc


def test_where_nobody_comes_in_a_gateway_endpoint_would_be_enough() -> None:
    world, _ = paid()
    (fault,) = faults(judged(world, interface_endpoint_could_be_gateway))
    assert (fault.severity, fault.confidence) == (Severity.LOW, Confidence.HEURISTIC)
    assert (fault.resource.id, fault.key) == ("vpce-1", "")
    assert fault.message == (
        "vpce-1 in vpc-a (shop) costs by the hour and by the byte, and nobody can come in from outside the VPC; a "
        f"gateway endpoint would serve subnet-a with {S3} for nothing; that saves $8.03 a month for its hours, and "
        "what it carries, which is not known"
    )
    assert fault.evidence == {
        "service": S3,
        "zones": 1,
        "subnets_in_use": ["subnet-a"],
        "savings": [HOURS],
    }
    assert fault.related == ("vpc-a", "subnet-a")
    created = {"VpcEndpointType": "Gateway", "VpcId": "vpc-a", "ServiceName": S3, "RouteTableIds": ["rtb-a"]}
    assert fault.remedy == (
        Operation("ec2:CreateVpcEndpoint", created, HERE),
        Operation("ec2:DeleteVpcEndpoints", {"VpcEndpointIds": ["vpce-1"]}, HERE),
    )
    assert fault.monthly_saving_usd == 8.03
    expected = judged(world, interface_endpoint_could_be_gateway)
    assert judged_on_reads(world, interface_endpoint_could_be_gateway) == expected


def told(world: World, prices: PriceTable | None = None) -> Finding:
    settings = Settings(prices=prices) if prices else Settings()
    (fault,) = faults(judged(world, interface_endpoint_could_be_gateway, settings))
    return fault


def test_with_metrics_what_it_carried_is_saved_as_well() -> None:
    world, _ = paid()
    world.metrics({"vpce-1": 500})
    fault = told(world)
    assert fault.message.endswith("; that saves $8.03 a month for its hours and $5.00 for the 500.00 GB of 30 days")
    gigabytes, hours = fault.evidence["savings"]
    assert hours == HOURS
    assert gigabytes == {
        "resource": "vpce-1",
        "of": "gigabytes",
        "quantity": pytest.approx(500),
        "price_usd": pytest.approx(0.01),
        "usd": 5.0,
    }
    assert fault.monthly_saving_usd == 13.03
    expected = judged(world, interface_endpoint_could_be_gateway)
    assert judged_on_reads(world, interface_endpoint_could_be_gateway) == expected


def test_refused_metrics_leave_out_but_the_amount_that_they_would_tell() -> None:
    world, _ = paid()
    world.metrics({"vpce-1": 500})
    world.refuse(METRICS)
    assert judged(world, interface_endpoint_could_be_gateway) == judged(paid()[0], interface_endpoint_could_be_gateway)


def test_without_prices_no_saving_is_claimed() -> None:
    world, _ = paid()
    world.metrics({"vpce-1": 500})
    fault = told(world, PriceTable(as_of="2026-11-01", source="a test", regions={}))
    assert fault.message.endswith(f"with {S3} for nothing")
    assert (fault.monthly_saving_usd, "savings" in fault.evidence) == (None, False)


def test_where_the_price_of_an_hour_is_not_known_gigabytes_are_saved_alone() -> None:
    world, _ = paid()
    world.metrics({"vpce-1": 500})
    prices = RegionPrices(interface_endpoint_gb=(Tier(usd=0.01),))
    fault = told(world, PriceTable(as_of="2026-11-01", source="a test", regions={REGION: prices}))
    assert fault.message.endswith("; that saves $5.00 for the 500.00 GB of 30 days")
    assert fault.monthly_saving_usd == 5.0


@pytest.mark.parametrize(("service", "options"), [("s3", {"private_dns": False}), ("dynamodb", {})])
def test_an_endpoint_that_clients_know_by_its_own_names_is_not_deleted_first(service: str, options: Any) -> None:
    (fault,) = faults(judged(paid(service, **options)[0], interface_endpoint_could_be_gateway))
    assert [step.operation for step in fault.remedy] == ["ec2:CreateVpcEndpoint"]


@pytest.mark.parametrize(
    "service", ["sqs", "s3-global.accesspoint", "s3-outposts", "dynamodb-streams", "s3tables", "s3express"]
)
def test_a_service_that_the_region_offers_by_interface_endpoints_alone_is_not_judged(service: str) -> None:
    world = World()
    vpc = world.vpc("vpc-a", "10.0.0.0/16")
    subnet = world.subnet("subnet-a", vpc, "10.0.0.0/24")
    name = (
        "com.amazonaws.s3-global.accesspoint"
        if service.startswith("s3-global")
        else f"com.amazonaws.{REGION}.{service}"
    )
    if service == "s3express":
        del world._services[REGION, name]
    if service != "sqs":
        world.service(name)
    world.interface_endpoint("vpce-1", vpc, name, [subnet])
    assert judged(world, interface_endpoint_could_be_gateway) == []


def test_a_gateway_endpoint_beside_it_is_another_rules_matter() -> None:
    world, vpc = paid()
    world.gateway_endpoint("vpce-gw", vpc, "s3")
    assert judged(world, interface_endpoint_could_be_gateway) == []


def test_a_gateway_endpoint_that_failed_or_is_for_another_service_is_none() -> None:
    world, vpc = paid()
    world.gateway_endpoint("vpce-failed", vpc, "s3", state="failed")
    world.gateway_endpoint("vpce-ddb", vpc, "dynamodb")
    assert len(faults(judged(world, interface_endpoint_could_be_gateway))) == 1


@pytest.mark.parametrize(
    "way", ["peering", "transit gateway", "Cloud WAN", "VPN", "Client VPN", "its subnet", "Resolver"]
)
def test_whoever_comes_in_from_outside_needs_it(way: str) -> None:
    world, vpc = paid()
    if way == "peering":
        world.peering("pcx-1", vpc, world.foreign_vpc("vpc-x", "10.2.0.0/16", account=OTHER))
    elif way == "transit gateway":
        world.transit_gateway_attachment("tgw-1", vpc)
    elif way == "Cloud WAN":
        world.main_routes(vpc, {"10.9.0.0/16": "arn:aws:networkmanager::1:core-network/core-network-1"})
    elif way == "VPN":
        world.vpn_gateway("vgw-1", vpc)
    elif way == "Client VPN":
        world.client_vpn("cvpn-endpoint-1", vpc)
    elif way == "its subnet":
        hub = world.vpc("vpc-hub", "10.1.0.0/16")
        world.client_vpn("cvpn-endpoint-1", hub, [world.subnets["subnet-a"]])
    else:
        world.resolver_endpoint("rslvr-1", vpc)
    assert judged(world, interface_endpoint_could_be_gateway) == []


def test_ways_in_that_are_no_more_do_not_count() -> None:
    world, vpc = paid()
    peer = world.foreign_vpc("vpc-x", "10.2.0.0/16", account=OTHER)
    world.peering("pcx-1", vpc, peer, status="pending-acceptance")
    world.client_vpn("cvpn-endpoint-1", vpc, status="deleted")
    world.client_vpn("cvpn-endpoint-2", world.vpc("vpc-b", "10.3.0.0/16"))
    world.resolver_endpoint("rslvr-1", vpc, direction="OUTBOUND")
    assert len(faults(judged(world, interface_endpoint_could_be_gateway))) == 1


def test_a_policy_that_restricts_anything_may_be_what_it_is_for() -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    assert judged(paid(policy={"Statement": [statement]})[0], interface_endpoint_could_be_gateway) == []
    assert judged(paid(policy="not a policy")[0], interface_endpoint_could_be_gateway) == []


def test_what_an_aws_service_looks_after_and_an_endpoint_to_another_region_are_not_judged() -> None:
    for members in ({"RequesterManaged": True}, {"ServiceRegion": "us-east-1"}, {"State": "deleting"}):
        world, _ = paid()
        world.change(ENDPOINTS, "vpce-1", **members)
        assert judged(world, interface_endpoint_could_be_gateway) == []


def test_a_vpc_without_workload_is_not_judged_unless_it_is_to_be() -> None:
    world, _ = paid(enis=False)
    assert judged(world, interface_endpoint_could_be_gateway) == []
    settings = Settings(treat_empty_vpcs=True)
    assert len(faults(judged(world, interface_endpoint_could_be_gateway, settings))) == 1


@pytest.mark.parametrize(
    "action",
    [
        ENDPOINTS,
        SERVICES,
        RESOLVERS,
        CLIENT_VPNS,
        TARGETS,
        "ec2:DescribeVpcs",
        "ec2:DescribeSubnets",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeVpcPeeringConnections",
        "ec2:DescribeTransitGatewayVpcAttachments",
        "ec2:DescribeVpnGateways",
        "ec2:DescribeRouteTables",
    ],
)
def test_what_was_refused_is_unknown(action: str) -> None:
    world, _ = paid()
    # A Client VPN endpoint elsewhere, of whose target networks AWS can be asked.
    world.client_vpn("cvpn-endpoint-1", world.vpc("vpc-b", "10.3.0.0/16"))
    world.refuse(action)
    findings = judged(world, interface_endpoint_could_be_gateway)
    assert unknowns(findings) == findings != []


def test_the_target_networks_of_one_client_vpn_endpoint_are_enough_to_be_unknown() -> None:
    world, _ = paid()
    other = world.vpc("vpc-b", "10.3.0.0/16")
    for number in range(2):
        world.client_vpn(f"cvpn-endpoint-{number}", other)
    world.refuse_item(TARGETS, "cvpn-endpoint-1")
    assert [each.status for each in judged(world, interface_endpoint_could_be_gateway)] == [Status.UNKNOWN]


def test_a_way_in_is_proven_whatever_else_was_refused() -> None:
    world, vpc = paid()
    world.vpn_gateway("vgw-1", vpc)
    world.refuse(RESOLVERS)
    assert judged(world, interface_endpoint_could_be_gateway) == []


def test_the_endpoint_of_another_service_is_not_judged_whatever_was_refused() -> None:
    world, _ = paid("sqs")
    world.refuse(RESOLVERS)
    assert judged(world, interface_endpoint_could_be_gateway) == []


def test_an_optional_call_that_was_refused_leaves_the_target_complete() -> None:
    for action in (RESOLVERS, CLIENT_VPNS):
        world, _ = paid()
        world.refuse(action)
        (finding,) = judged(world, interface_endpoint_could_be_gateway)
        assert finding.missing is not None
        assert {cause.action for cause in finding.missing.causes} <= {action, TARGETS}


def test_a_vpc_of_moto_needs_its_interface_endpoint_no_more_once_it_has_the_other() -> None:
    # moto has no Client VPN; the demo's amendments answer for it.
    with mock_aws(), Amendments(regions=(REGION,), accounts={}).applied():
        ec2 = boto3.client("ec2", REGION)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        ec2.create_network_interface(SubnetId=subnet, Description="workload")
        made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=S3, VpcEndpointType="Interface", SubnetIds=[subnet])
        (fault,) = faults(judged(collected(), interface_endpoint_could_be_gateway))
        assert fault.resource.id == made["VpcEndpoint"]["VpcEndpointId"]
        carry_out(fault)
        assert judged(collected(), interface_endpoint_could_be_gateway) == []
        left = [
            each["VpcEndpointType"]
            for each in ec2.describe_vpc_endpoints()["VpcEndpoints"]
            if "deleted" not in each["State"]
        ]
    assert left == ["Gateway"]


def test_without_an_answer_on_client_vpn_a_vpc_of_moto_is_unknown() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        ec2.create_network_interface(SubnetId=subnet)
        ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=S3, VpcEndpointType="Interface", SubnetIds=[subnet])
        (finding,) = judged(collected(), interface_endpoint_could_be_gateway)
    assert finding.status is Status.UNKNOWN
    assert finding.missing is not None
    assert CLIENT_VPNS in {cause.action for cause in finding.missing.causes}
