import boto3
import pytest
from moto import mock_aws

from auditor.findings import Operation, Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.gateway_endpoints.no_route_table import gateway_endpoint_no_route_table
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, ACCOUNT, REGION, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"


def world(*, workload: bool = True, state: str = "available") -> World:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.route_table("rtb-a", vpc, [made.subnet("subnet-a", vpc, "10.0.0.0/24", enis=workload)])
    made.gateway_endpoint("vpce-1", vpc, "s3", state=state, name="to-s3")
    return made


def test_an_endpoint_with_a_route_table_passes() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16")
    seen.gateway_endpoint("vpce-1", vpc, "s3", [seen.route_table("rtb-a", vpc)])
    findings = judged(seen, gateway_endpoint_no_route_table)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("state", ["available", "pending"])
def test_an_endpoint_without_a_route_table_is_to_be_given_those_in_use(state: str) -> None:
    (finding,) = faults(judged(world(state=state), gateway_endpoint_no_route_table))
    assert (finding.severity, finding.key, finding.resource.id) == (Severity.MEDIUM, "", "vpce-1")
    assert "vpce-1 (to-s3) to com.amazonaws.eu-west-1.s3 is associated with no route table of vpc-a" in finding.message
    assert finding.remedy == (
        Operation(
            "ec2:ModifyVpcEndpoint",
            {"VpcEndpointId": "vpce-1", "AddRouteTableIds": ["rtb-a"]},
            Target(ACCOUNT, REGION),
        ),
    )


def test_an_endpoint_that_nothing_could_use_is_to_be_deleted() -> None:
    (finding,) = faults(judged(world(workload=False), gateway_endpoint_no_route_table))
    assert [step.operation for step in finding.remedy] == ["ec2:DeleteVpcEndpoints"]


def test_an_endpoint_beside_one_that_serves_all_is_to_be_deleted() -> None:
    seen = world()
    seen.gateway_endpoint("vpce-2", seen.vpcs["vpc-a"], "s3", [seen.route_tables["rtb-a"]])
    (finding,) = faults(judged(seen, gateway_endpoint_no_route_table))
    assert (finding.resource.id, finding.remedy[0].operation) == ("vpce-1", "ec2:DeleteVpcEndpoints")


def test_the_fault_is_proven_where_use_was_not_seen() -> None:
    seen = world()
    seen.refuse("ec2:DescribeNetworkInterfaces")
    (finding,) = judged(seen, gateway_endpoint_no_route_table)
    assert finding.severity is Severity.MEDIUM


def test_route_tables_that_aws_left_out_are_unknown() -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", RouteTableIds=ABSENT)
    (finding,) = unknowns(judged(seen, gateway_endpoint_no_route_table))
    assert finding.missing
    assert [cause.kind for cause in finding.missing.causes] == [Kind.ABSENT_FIELD]


def test_endpoints_that_were_refused_are_unknown() -> None:
    seen = world()
    seen.refuse(ENDPOINTS)
    assert [finding.resource.type for finding in unknowns(judged(seen, gateway_endpoint_no_route_table))] == ["target"]


def test_an_endpoint_that_is_not_available_is_another_rules_matter() -> None:
    assert judged(world(state="failed"), gateway_endpoint_no_route_table) == []


def test_an_interface_endpoint_needs_no_route_table() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16")
    seen.interface_endpoint("vpce-1", vpc, "sqs", [seen.subnet("subnet-a", vpc, "10.0.0.0/24")])
    assert judged(seen, gateway_endpoint_no_route_table) == []


def test_the_rule_reads_what_it_says() -> None:
    seen = world()
    assert judged_on_reads(seen, gateway_endpoint_no_route_table) == judged(seen, gateway_endpoint_no_route_table)


def test_an_endpoint_of_moto_without_a_route_table_fails() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        table = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
        name = f"com.amazonaws.{REGION}.s3"
        kept = ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=name, VpcEndpointType="Gateway", RouteTableIds=[table])
        idle = ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=name, VpcEndpointType="Gateway", RouteTableIds=[])
        findings = judged(collected(), gateway_endpoint_no_route_table)
    assert [each.resource.id for each in passes(findings)] == [kept["VpcEndpoint"]["VpcEndpointId"]]
    assert [each.resource.id for each in faults(findings)] == [idle["VpcEndpoint"]["VpcEndpointId"]]
