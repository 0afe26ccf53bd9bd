import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends

from auditor.findings import Severity, Status
from checks import CHECKS
from checks.endpoints.s3_both_types import endpoint_s3_both_types
from checks.endpoints.s3_interface_shadows_gateway import endpoint_s3_interface_shadows_gateway
from tests.judging import faults, judged, judged_on_reads, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, REGION, Subnet, Vpc, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"
S3 = "com.amazonaws.eu-west-1.s3"


def with_gateway(service: str = "s3") -> tuple[World, Vpc, Subnet]:
    world = World()
    vpc = world.vpc("vpc-a", "10.0.0.0/16", name="hub")
    subnet = world.subnet("subnet-a", vpc, "10.0.0.0/24")
    world.gateway_endpoint("vpce-gw", vpc, service, [world.route_table("rtb-a", vpc, [subnet])])
    return world, vpc, subnet


def with_both(service: str = "s3", *, private_dns: bool | None = False, inbound_only: bool = False) -> World:
    world, vpc, subnet = with_gateway(service)
    world.interface_endpoint(
        "vpce-if", vpc, service, [subnet], private_dns=private_dns, inbound_resolver_only=inbound_only
    )
    return world


@pytest.mark.parametrize("inbound_only", [False, True])
def test_both_types_side_by_side_are_a_fact(inbound_only: bool) -> None:
    world = with_both(private_dns=inbound_only, inbound_only=inbound_only)
    (fault,) = faults(judged(world, endpoint_s3_both_types))
    assert (fault.severity, fault.resource.id, fault.key) == (Severity.INFO, "vpc-a", "s3")
    assert fault.message == (
        f"vpc-a (hub) has vpce-gw and vpce-if for {S3}: the gateway endpoint serves its own subnets for nothing, the "
        "interface endpoint by the hour whoever comes in from outside"
    )
    assert fault.evidence == {
        "service": S3,
        "gateway_endpoints": ["vpce-gw"],
        "interface_endpoints": ["vpce-if"],
    }
    assert fault.related == ("vpce-gw", "vpce-if")
    assert judged_on_reads(world, endpoint_s3_both_types) == judged(world, endpoint_s3_both_types)


def test_dynamodb_has_both_types_too() -> None:
    (fault,) = faults(judged(with_both("dynamodb"), endpoint_s3_both_types))
    assert fault.key == "dynamodb"


def test_documented_coexistence_raises_nothing_but_the_fact() -> None:
    on = [check for check in CHECKS if check.enabled]
    # The gateway endpoint for DynamoDB is another matter, and the policies and the group are AWS's default ones.
    others = ("gateway-endpoint-missing", "endpoint-policy-default", "interface-endpoint-sg-default")
    found = {each.rule for each in faults(judged(with_both(private_dns=True, inbound_only=True), on))}
    assert found - set(others) == {"endpoint-s3-both-types"}


def test_an_interface_endpoint_that_takes_the_vpcs_traffic_is_the_other_rules_matter() -> None:
    world = with_both(private_dns=True)
    assert judged(world, endpoint_s3_both_types) == []
    assert len(faults(judged(world, endpoint_s3_interface_shadows_gateway))) == 1


def test_one_type_alone_or_two_services_are_not_judged() -> None:
    alone, vpc, subnet = with_gateway()
    assert judged(alone, endpoint_s3_both_types) == []
    alone.interface_endpoint("vpce-if", vpc, "dynamodb", [subnet])
    assert judged(alone, endpoint_s3_both_types) == []


@pytest.mark.parametrize("endpoint", ["vpce-gw", "vpce-if"])
@pytest.mark.parametrize("state", ["failed", "deleting", "pending"])
def test_an_endpoint_that_is_not_available_is_none(endpoint: str, state: str) -> None:
    world = with_both()
    world.change(ENDPOINTS, endpoint, State=state)
    assert judged(world, endpoint_s3_both_types) == []


def test_an_interface_endpoint_to_another_region_is_another_service() -> None:
    world = with_both()
    world.change(ENDPOINTS, "vpce-if", ServiceRegion="us-east-1")
    assert judged(world, endpoint_s3_both_types) == []


def test_private_dns_that_aws_left_out_is_unknown() -> None:
    world = with_both()
    world.change(ENDPOINTS, "vpce-if", PrivateDnsEnabled=ABSENT)
    assert [(each.status, each.key) for each in judged(world, endpoint_s3_both_types)] == [(Status.UNKNOWN, "s3")]


def test_endpoints_that_were_refused_are_unknown_and_those_that_were_seen_are_proven() -> None:
    refused = with_both()
    refused.refuse(ENDPOINTS)
    findings = judged(refused, endpoint_s3_both_types)
    assert unknowns(findings) == findings != []
    cut = with_both()
    cut.cut(ENDPOINTS, keep=2)
    assert [each.key for each in faults(judged(cut, endpoint_s3_both_types))] == ["s3"]
    assert "" in {each.key for each in unknowns(judged(cut, endpoint_s3_both_types))}


def test_both_types_in_moto_are_a_fact() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        made = [
            ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=S3, VpcEndpointType=kind)["VpcEndpoint"]["VpcEndpointId"]
            for kind in ("Gateway", "Interface")
        ]
        # moto switches private DNS on, whatever is asked for.
        ec2_backends[DEFAULT_ACCOUNT_ID][REGION].vpc_end_points[made[1]].private_dns_enabled = False
        (fault,) = faults(judged(collected(), endpoint_s3_both_types))
    assert fault.related == tuple(made)
