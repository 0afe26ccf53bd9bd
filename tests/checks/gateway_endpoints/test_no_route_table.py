import boto3
import pytest
from moto import mock_aws

from auditor.config import Settings
from auditor.findings import Finding, Operation, Severity, Status
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.gateway_endpoints.no_route_table import gateway_endpoint_no_route_table
from checks.gateway_endpoints.route_table_gap import gateway_endpoint_route_table_gap
from tests.judging import DEFAULTS, faults, judged, judged_on_reads, passes, unknowns
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
    table = seen.route_table("rtb-a", vpc, [seen.subnet("subnet-a", vpc, "10.0.0.0/24")])
    seen.gateway_endpoint("vpce-1", vpc, "s3", [table])
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


def orphaned(*, served: bool = True, workload: bool = True) -> World:
    """``vpce-1`` is associated with ``rtb-old``, which no subnet sends by; ``vpce-2`` may serve the subnet in use."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", name="shop")
    table = made.route_table("rtb-a", vpc, [made.subnet("subnet-a", vpc, "10.0.0.0/24", enis=workload)])
    made.gateway_endpoint("vpce-1", vpc, "s3", [made.route_table("rtb-old", vpc)], name="to-s3")
    made.gateway_endpoint("vpce-2", vpc, "s3" if served else "dynamodb", [table])
    return made


def of_orphan(seen: World, settings: Settings = DEFAULTS) -> list[Finding]:
    findings = judged(seen, gateway_endpoint_no_route_table, settings)
    return [finding for finding in findings if finding.resource.id == "vpce-1"]


def test_an_endpoint_whose_tables_no_subnet_sends_by_serves_nobody() -> None:
    (finding,) = of_orphan(orphaned())
    assert (finding.status, finding.severity, finding.key) == (Status.FAIL, Severity.LOW, "orphan-tables")
    assert finding.message == (
        "vpce-1 (to-s3) to com.amazonaws.eu-west-1.s3 in vpc-a (shop) is associated with rtb-old alone, which no "
        "subnet sends by, and other endpoints serve the subnets in use; delete it, or associate it with the route "
        "tables that it is meant for"
    )
    assert finding.evidence == {
        "service": "com.amazonaws.eu-west-1.s3",
        "route_tables": ["rtb-old"],
        "route_tables_in_use": [],
    }
    assert finding.related == ("vpc-a", "rtb-old")
    assert [step.operation for step in finding.remedy] == ["ec2:DeleteVpcEndpoints"]


def test_where_subnets_in_use_lack_the_endpoint_the_gap_tells_it() -> None:
    seen = orphaned(served=False)
    assert of_orphan(seen) == []
    assert "s3|rtb-a" in [each.key for each in faults(judged(seen, gateway_endpoint_route_table_gap))]


def test_where_nothing_runs_an_endpoint_may_wait_for_subnets() -> None:
    seen = orphaned(workload=False)
    assert of_orphan(seen) == []
    (finding,) = of_orphan(seen, Settings(treat_empty_vpcs=True))
    assert finding.key == "orphan-tables"


def test_a_main_table_without_subnets_waits_for_those_to_come() -> None:
    seen = orphaned()
    main = seen.main_routes(seen.vpcs["vpc-a"], {})
    seen.gateway_endpoint("vpce-3", seen.vpcs["vpc-a"], "s3", [main])
    (finding,) = [each for each in judged(seen, gateway_endpoint_no_route_table) if each.resource.id == "vpce-3"]
    assert finding.status is Status.PASS


@pytest.mark.parametrize("action", ["ec2:DescribeRouteTables", "ec2:DescribeNetworkInterfaces", "ec2:DescribeVpcs"])
def test_whom_the_tables_serve_is_unknown_where_that_was_refused(action: str) -> None:
    seen = orphaned()
    seen.refuse(action)
    assert [finding.status for finding in of_orphan(seen)] == [Status.UNKNOWN]


def test_a_table_that_aws_does_not_list_is_unknown() -> None:
    seen = orphaned()
    seen.change(ENDPOINTS, "vpce-1", RouteTableIds=["rtb-gone"])
    (finding,) = of_orphan(seen)
    assert finding.missing
    assert [cause.kind for cause in finding.missing.causes] == [Kind.ABSENT_FIELD]


def test_one_table_with_a_subnet_is_enough_whatever_else_was_not_seen() -> None:
    seen = orphaned()
    seen.change(ENDPOINTS, "vpce-1", RouteTableIds=["rtb-gone", "rtb-a"])
    seen.refuse("ec2:DescribeNetworkInterfaces")
    assert [finding.status for finding in of_orphan(seen)] == [Status.PASS]


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
    for seen in (world(), orphaned()):
        assert judged_on_reads(seen, gateway_endpoint_no_route_table) == judged(seen, gateway_endpoint_no_route_table)


def test_an_endpoint_of_moto_without_a_route_table_fails() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        table = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
        name = f"com.amazonaws.{REGION}.s3"
        subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        kept = ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=name, VpcEndpointType="Gateway", RouteTableIds=[table])
        idle = ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=name, VpcEndpointType="Gateway", RouteTableIds=[])
        findings = judged(collected(), gateway_endpoint_no_route_table)
    assert [each.resource.id for each in passes(findings)] == [kept["VpcEndpoint"]["VpcEndpointId"]]
    assert [each.resource.id for each in faults(findings)] == [idle["VpcEndpoint"]["VpcEndpointId"]]
