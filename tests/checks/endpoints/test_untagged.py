import boto3
import pytest
from moto import mock_aws

from auditor.config import Settings, select
from auditor.findings import Severity
from checks.endpoints.untagged import endpoint_untagged
from tests.judging import faults, judged, judged_on_reads, passes
from tests.over_moto import collected
from tests.world import ABSENT, REGION, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"


def endpoint(name: str = "", state: str = "available") -> World:
    world = World()
    world.gateway_endpoint("vpce-1", world.vpc("vpc-a", "10.0.0.0/16"), "s3", name=name, state=state)
    return world


def test_an_endpoint_without_a_name_or_an_owner_is_untagged() -> None:
    world = endpoint()
    (fault,) = faults(judged(world, endpoint_untagged))
    assert (fault.severity, fault.resource.id, fault.key) == (Severity.INFO, "vpce-1", "")
    assert fault.message == "vpce-1 to com.amazonaws.eu-west-1.s3 in vpc-a has no tag Name or Owner; tag it"
    assert fault.evidence == {"service": "com.amazonaws.eu-west-1.s3", "tags": []}
    assert judged_on_reads(world, endpoint_untagged) == judged(world, endpoint_untagged)


@pytest.mark.parametrize("key", ["Name", "name", "Owner", "OWNER"])
def test_a_name_or_an_owner_is_enough(key: str) -> None:
    world = endpoint()
    world.change(ENDPOINTS, "vpce-1", Tags=[{"Key": key, "Value": "network"}])
    (finding,) = judged(world, endpoint_untagged)
    assert passes([finding]) == [finding]


@pytest.mark.parametrize(
    ("tags", "shown"),
    [
        ([{"Key": "Name", "Value": ""}], ["Name"]),
        ([{"Key": "CostCenter", "Value": "7"}], ["CostCenter"]),
        (ABSENT, []),
    ],
)
def test_other_tags_empty_ones_and_none_tell_nothing(tags: object, shown: list[str]) -> None:
    world = endpoint()
    world.change(ENDPOINTS, "vpce-1", Tags=tags)
    (fault,) = faults(judged(world, endpoint_untagged))
    assert fault.evidence["tags"] == shown


def test_what_an_aws_service_looks_after_is_not_judged() -> None:
    world = endpoint()
    world.change(ENDPOINTS, "vpce-1", RequesterManaged=True)
    assert judged(world, endpoint_untagged) == []


@pytest.mark.parametrize("state", ["deleted", "deleting", "failed", "rejected", "expired"])
def test_an_endpoint_that_is_gone_is_not_judged(state: str) -> None:
    assert judged(endpoint(state=state), endpoint_untagged) == []


def test_the_rule_is_off_by_default() -> None:
    rules = [(endpoint_untagged.id, endpoint_untagged.enabled), ("endpoint-state", True)]
    chosen = select(rules, rule_patterns=(), skip_patterns=(), settings=Settings())
    assert chosen == {"endpoint-state"}


def test_an_endpoint_of_moto_is_untagged_until_it_is_tagged() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        service = f"com.amazonaws.{REGION}.s3"
        made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=service, VpcEndpointType="Gateway")
        endpoint_id = made["VpcEndpoint"]["VpcEndpointId"]
        assert [each.resource.id for each in faults(judged(collected(), endpoint_untagged))] == [endpoint_id]
        ec2.create_tags(Resources=[endpoint_id], Tags=[{"Key": "Owner", "Value": "network"}])
        assert faults(judged(collected(), endpoint_untagged)) == []
