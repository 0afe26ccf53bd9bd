from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends

from auditor.config import Settings
from auditor.findings import Severity
from checks.endpoints.cross_region import endpoint_cross_region
from tests.judging import DEFAULTS, faults, judged, judged_on_reads
from tests.over_moto import collected
from tests.world import ABSENT, REGION, World

AWAY = "us-east-1"
ENDPOINTS = "ec2:DescribeVpcEndpoints"


def across(state: str = "available") -> World:
    world = World()
    vpc = world.vpc("vpc-a", "10.0.0.0/16")
    world.interface_endpoint("vpce-1", vpc, "kms", service_region=AWAY, name="keys", state=state)
    return world


def test_a_service_of_another_region_is_a_fact() -> None:
    world = across()
    (fault,) = faults(judged(world, endpoint_cross_region))
    assert (fault.severity, fault.resource.id, fault.key) == (Severity.INFO, "vpce-1", "")
    assert fault.message == (
        "vpce-1 (keys) in vpc-a leads from eu-west-1 to com.amazonaws.us-east-1.kms in us-east-1: data leaves its "
        "Region, and transfer between Regions is billed"
    )
    assert fault.evidence == {
        "service": "com.amazonaws.us-east-1.kms",
        "region": REGION,
        "service_region": AWAY,
        "allowed_service_regions": [],
    }
    assert fault.related == ("vpc-a",)
    assert judged_on_reads(world, endpoint_cross_region) == judged(world, endpoint_cross_region)


def test_a_region_that_is_not_allowed_is_medium_and_an_allowed_one_a_fact() -> None:
    (fault,) = faults(judged(across(), endpoint_cross_region, Settings(allowed_service_regions=("eu-west-1",))))
    assert fault.severity is Severity.MEDIUM
    assert "in us-east-1, which is not among the allowed eu-west-1: data" in fault.message
    (fact,) = faults(judged(across(), endpoint_cross_region, Settings(allowed_service_regions=(REGION, AWAY))))
    assert fact.severity is Severity.INFO


@pytest.mark.parametrize("region", [REGION, ABSENT])
@pytest.mark.parametrize("settings", [DEFAULTS, Settings(allowed_service_regions=(AWAY,))])
def test_a_service_of_the_endpoints_own_region_is_not_judged(region: object, settings: Settings) -> None:
    world = across()
    world.change(ENDPOINTS, "vpce-1", ServiceRegion=region)
    assert judged(world, endpoint_cross_region, settings) == []


@pytest.mark.parametrize("state", ["deleted", "failed", "rejected", "expired"])
def test_an_endpoint_that_is_gone_is_not_judged(state: str) -> None:
    assert judged(across(state), endpoint_cross_region) == []


def test_an_endpoint_of_moto_that_leads_to_another_region_is_a_fact() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{AWAY}.kms", VpcEndpointType="Interface")[
            "VpcEndpoint"
        ]["VpcEndpointId"]
        assert judged(collected(), endpoint_cross_region) == []
        in_moto: Any = ec2_backends[DEFAULT_ACCOUNT_ID][REGION].vpc_end_points[made]
        in_moto.service_region = AWAY
        (fault,) = faults(judged(collected(), endpoint_cross_region))
    assert (fault.resource.id, fault.evidence["service_region"]) == (made, AWAY)
