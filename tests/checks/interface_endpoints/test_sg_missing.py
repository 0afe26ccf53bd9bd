from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends

from auditor.findings import Operation, Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.interface_endpoints.sg_missing import interface_endpoint_sg_missing
from tests.carrying_out import cured
from tests.hooked_aws import HookedAws
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, ACCOUNT, REGION, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"


def world(**members: Any) -> World:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.interface_endpoint("vpce-1", vpc, "sqs", [made.subnet("subnet-a", vpc, "10.0.0.0/24")])
    if members:
        made.change(ENDPOINTS, "vpce-1", **members)
    return made


def group(group_id: str) -> dict[str, str]:
    return {"GroupId": group_id, "GroupName": group_id}


def test_an_endpoint_with_a_group_that_exists_passes() -> None:
    findings = judged(world(), interface_endpoint_sg_missing)
    assert passes(findings) == findings != []


def test_an_endpoint_without_a_group_lets_nothing_in() -> None:
    (finding,) = faults(judged(world(Groups=[]), interface_endpoint_sg_missing))
    assert (finding.severity, finding.key, finding.remedy) == (Severity.HIGH, "", ())
    assert finding.message == (
        "vpce-1 to com.amazonaws.eu-west-1.sqs in vpc-a has no security group, so it lets nothing in"
    )


def test_a_group_that_is_not_there_is_named() -> None:
    (finding,) = faults(judged(world(Groups=[group("sg-gone")]), interface_endpoint_sg_missing))
    assert (finding.severity, finding.key, finding.remedy) == (Severity.HIGH, "sg-gone", ())
    assert "names the security group sg-gone, which account 111111111111 does not have" in finding.message


def test_a_group_that_is_not_there_can_be_taken_from_beside_another() -> None:
    both = [group("sg-gone"), group("sg-a-default")]
    (finding,) = faults(judged(world(Groups=both), interface_endpoint_sg_missing))
    assert finding.remedy == (
        Operation(
            "ec2:ModifyVpcEndpoint",
            {"VpcEndpointId": "vpce-1", "RemoveSecurityGroupIds": ["sg-gone"]},
            Target(ACCOUNT, REGION),
        ),
    )


def test_an_endpoint_that_aws_looks_after_is_a_fact() -> None:
    (finding,) = faults(judged(world(Groups=[], RequesterManaged=True), interface_endpoint_sg_missing))
    assert finding.severity is Severity.INFO


@pytest.mark.parametrize("kind", ["Resource", "ServiceNetwork", "Tunnel"])
def test_every_type_with_network_interfaces_has_groups(kind: str) -> None:
    (finding,) = faults(
        judged(world(Groups=[], VpcEndpointType=kind, ServiceName=ABSENT), interface_endpoint_sg_missing)
    )
    assert f"vpce-1 to {kind} in vpc-a has no security group" in finding.message


def test_types_without_groups_are_not_judged() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.gateway_endpoint("vpce-1", vpc, "s3")
    made.load_balancer_endpoint("vpce-2", made.subnet("subnet-a", vpc, "10.0.0.0/24"))
    assert judged(made, interface_endpoint_sg_missing) == []


@pytest.mark.parametrize("state", ["deleting", "deleted", "failed", "rejected", "expired"])
def test_an_endpoint_that_is_gone_is_not_judged(state: str) -> None:
    assert judged(world(Groups=[], State=state), interface_endpoint_sg_missing) == []


def test_groups_that_aws_left_out_are_unknown() -> None:
    (finding,) = unknowns(judged(world(Groups=ABSENT), interface_endpoint_sg_missing))
    assert finding.missing
    assert [cause.kind for cause in finding.missing.causes] == [Kind.ABSENT_FIELD]


def test_a_group_that_aws_names_without_an_id_is_a_group() -> None:
    findings = judged(world(Groups=[{"GroupName": "to-sqs"}]), interface_endpoint_sg_missing)
    assert passes(findings) == findings != []


def test_whether_a_group_exists_is_unknown_where_the_groups_were_refused() -> None:
    seen = world()
    seen.refuse("ec2:DescribeSecurityGroups")
    (finding,) = unknowns(judged(seen, interface_endpoint_sg_missing))
    assert (finding.key, finding.resource.id) == ("sg-a-default", "vpce-1")


def test_no_group_at_all_is_proven_where_the_groups_were_refused() -> None:
    seen = world(Groups=[])
    seen.refuse("ec2:DescribeSecurityGroups")
    assert len(faults(judged(seen, interface_endpoint_sg_missing))) == 1


def test_endpoints_that_were_refused_are_unknown() -> None:
    seen = world()
    seen.refuse(ENDPOINTS)
    assert [finding.resource.type for finding in unknowns(judged(seen, interface_endpoint_sg_missing))] == ["target"]


def test_the_rule_reads_what_it_says() -> None:
    seen = world(Groups=[group("sg-gone")])
    assert judged_on_reads(seen, interface_endpoint_sg_missing) == judged(seen, interface_endpoint_sg_missing)


def test_an_endpoint_of_moto_without_a_group_fails() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        group_id = ec2.create_security_group(GroupName="to-sqs", Description="to SQS", VpcId=vpc_id)["GroupId"]
        made = [
            ec2.create_vpc_endpoint(
                VpcId=vpc_id,
                ServiceName=f"com.amazonaws.{REGION}.sqs",
                VpcEndpointType="Interface",
                SecurityGroupIds=[group_id],
            )["VpcEndpoint"]["VpcEndpointId"]
            for _ in range(2)
        ]
        ec2_backends[DEFAULT_ACCOUNT_ID][REGION].vpc_end_points[made[0]].security_group_ids = []
        findings = judged(collected(), interface_endpoint_sg_missing)
    assert [finding.resource.id for finding in faults(findings)] == [made[0]]
    assert [finding.resource.id for finding in passes(findings)] == [made[1]]


def test_a_group_that_is_gone_is_taken_off_an_endpoint_of_moto(aws: HookedAws) -> None:
    aws.default = None
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        groups = [
            ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc_id)["GroupId"] for name in ("a", "b")
        ]
        ec2.create_vpc_endpoint(
            VpcId=vpc_id,
            ServiceName=f"com.amazonaws.{REGION}.sqs",
            VpcEndpointType="Interface",
            SecurityGroupIds=groups,
        )
        # moto leaves a group that is deleted out of the endpoint's.
        left = ec2.describe_security_groups(GroupIds=groups[:1])["SecurityGroups"]
        aws.replies["DescribeSecurityGroups"] = {"SecurityGroups": left}
        (finding,) = cured(interface_endpoint_sg_missing)
    assert finding.key == groups[1]
