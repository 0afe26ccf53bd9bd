import boto3
import pytest
from moto import mock_aws

from auditor.config import Settings
from auditor.findings import Confidence, Finding, Operation, Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.gateway_endpoints.route_table_gap import gateway_endpoint_route_table_gap
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ACCOUNT, REGION, RouteTable, Vpc, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"
S3 = "com.amazonaws.eu-west-1.s3"


def world() -> tuple[World, Vpc, RouteTable]:
    """``subnet-a`` is served; a test adds what is not."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", name="shop")
    table = made.route_table("rtb-a", vpc, [made.subnet("subnet-a", vpc, "10.0.0.0/24")])
    return made, vpc, table


def with_gap(default: str = "") -> World:
    """``subnet-b`` sends by ``rtb-b``, which is not associated; its default route leads where a test says."""
    made, vpc, served = world()
    routes = {}
    if default == "nat":
        routes["0.0.0.0/0"] = made.nat_gateway("nat-1", vpc)
    elif default == "igw":
        routes["0.0.0.0/0"] = made.internet_gateway("igw-1", vpc)
    elif default == "tgw":
        made.transit_gateway_attachment("tgw-1", vpc)
        routes["0.0.0.0/0"] = "tgw-1"
    made.route_table("rtb-b", vpc, [made.subnet("subnet-b", vpc, "10.0.1.0/24")], routes)
    made.gateway_endpoint("vpce-1", vpc, "s3", [served])
    return made


def fault(seen: World) -> Finding:
    (finding,) = faults(judged(seen, gateway_endpoint_route_table_gap))
    return finding


def test_a_vpc_whose_tables_are_all_associated_passes() -> None:
    made, vpc, served = world()
    made.gateway_endpoint("vpce-1", vpc, "s3", [served])
    findings = judged(made, gateway_endpoint_route_table_gap)
    assert passes(findings) == findings != []


def test_subnets_without_a_way_out_that_are_left_out_are_worth_a_warning() -> None:
    finding = fault(with_gap())
    assert (finding.severity, finding.confidence) == (Severity.MEDIUM, Confidence.HEURISTIC)
    assert (finding.resource.id, finding.key) == ("vpc-a", "s3|rtb-b")
    assert finding.message == (
        f"rtb-b, by which subnet-b of vpc-a (shop) sends, has no route to vpce-1 for {S3}; associate vpce-1 with it"
    )
    assert finding.evidence["subnets_in_use"] == {"subnet-b": "isolated"}
    assert finding.remedy == (
        Operation(
            "ec2:ModifyVpcEndpoint",
            {"VpcEndpointId": "vpce-1", "AddRouteTableIds": ["rtb-b"]},
            Target(ACCOUNT, REGION),
        ),
    )


@pytest.mark.parametrize(
    ("default", "severity"), [("nat", Severity.MEDIUM), ("igw", Severity.LOW), ("tgw", Severity.LOW)]
)
def test_how_bad_a_gap_is_depends_on_where_the_traffic_goes_instead(default: str, severity: Severity) -> None:
    assert fault(with_gap(default)).severity is severity


def test_a_gap_is_proven_but_low_where_the_way_out_was_not_seen() -> None:
    seen = with_gap("nat")
    seen.refuse("ec2:DescribeNatGateways")
    finding = fault(seen)
    assert finding.severity is Severity.LOW
    assert finding.evidence["subnets_in_use"] == {"subnet-b": None}


def test_a_subnet_without_a_table_of_its_own_sends_by_the_main_table() -> None:
    made, vpc, served = world()
    made.subnet("subnet-b", vpc, "10.0.1.0/24")
    made.gateway_endpoint("vpce-1", vpc, "s3", [served])
    assert fault(made).key == "s3|rtb-a-main"


def test_two_endpoints_of_one_service_share_the_tables_among_them() -> None:
    made, vpc, first = world()
    second = made.route_table("rtb-b", vpc, [made.subnet("subnet-b", vpc, "10.0.1.0/24")])
    made.gateway_endpoint("vpce-1", vpc, "s3", [first])
    made.gateway_endpoint("vpce-2", vpc, "s3", [second])
    findings = judged(made, gateway_endpoint_route_table_gap)
    assert passes(findings) == findings != []


def test_each_service_is_judged_by_its_own_endpoints() -> None:
    made = with_gap()
    made.gateway_endpoint("vpce-2", made.vpcs["vpc-a"], "dynamodb", [made.route_tables["rtb-b"]])
    keys = {finding.key for finding in faults(judged(made, gateway_endpoint_route_table_gap))}
    assert keys == {"s3|rtb-b", "dynamodb|rtb-a"}


def test_a_table_of_a_subnet_that_is_not_in_use_is_no_gap() -> None:
    made, vpc, served = world()
    made.route_table("rtb-b", vpc, [made.subnet("subnet-b", vpc, "10.0.1.0/24", enis=False)])
    made.gateway_endpoint("vpce-1", vpc, "s3", [served])
    findings = judged(made, gateway_endpoint_route_table_gap)
    assert passes(findings) == findings != []
    (finding,) = faults(judged(made, gateway_endpoint_route_table_gap, Settings(treat_empty_vpcs=True)))
    assert finding.key == "s3|rtb-b"


def test_an_interface_endpoint_that_takes_the_traffic_makes_a_gap_low() -> None:
    seen = with_gap("nat")
    seen.interface_endpoint("vpce-2", seen.vpcs["vpc-a"], "s3", [seen.subnets["subnet-a"]])
    finding = fault(seen)
    assert finding.severity is Severity.LOW
    assert finding.message.endswith("; vpce-2 takes its traffic instead")


def test_an_interface_endpoint_for_clients_outside_alone_changes_nothing() -> None:
    seen = with_gap("nat")
    seen.interface_endpoint("vpce-2", seen.vpcs["vpc-a"], "s3", [seen.subnets["subnet-a"]], inbound_resolver_only=True)
    assert fault(seen).severity is Severity.MEDIUM


def test_a_pending_endpoint_gets_its_routes_later() -> None:
    made, vpc, served = world()
    made.gateway_endpoint("vpce-1", vpc, "s3", [served], state="pending")
    findings = judged(made, gateway_endpoint_route_table_gap)
    assert passes(findings) == findings != []


def test_an_association_without_its_route_is_a_contradiction() -> None:
    made, vpc, served = world()
    made.gateway_endpoint("vpce-1", vpc, "s3", [served])
    made.change("ec2:DescribeRouteTables", "rtb-a", Routes=[])
    (finding,) = unknowns(judged(made, gateway_endpoint_route_table_gap))
    assert (finding.key, finding.message) == (
        "s3|rtb-a",
        "vpce-1 is associated with rtb-a, which shows no route to it",
    )
    assert finding.missing
    assert [cause.kind for cause in finding.missing.causes] == [Kind.AMBIGUOUS]


@pytest.mark.parametrize(
    "action",
    [ENDPOINTS, "ec2:DescribeSubnets", "ec2:DescribeRouteTables", "ec2:DescribeNetworkInterfaces", "ec2:DescribeVpcs"],
)
def test_what_was_refused_makes_it_unknown(action: str) -> None:
    seen = with_gap()
    seen.refuse(action)
    findings = judged(seen, gateway_endpoint_route_table_gap)
    assert findings
    assert unknowns(findings) == findings


def test_a_gap_may_be_filled_by_an_endpoint_that_a_cut_list_lacks() -> None:
    seen = with_gap()
    seen.interface_endpoint("vpce-2", seen.vpcs["vpc-a"], "sqs", [seen.subnets["subnet-a"]])
    seen.cut(ENDPOINTS, keep=1)
    (finding,) = judged(seen, gateway_endpoint_route_table_gap)
    assert finding in unknowns([finding])
    assert finding.key == "s3|rtb-b"


def test_a_vpc_that_only_a_participant_shows_is_unknown() -> None:
    seen = with_gap()
    seen.share(seen.subnets["subnet-b"], "222222222222")
    seen.drop_shard(ACCOUNT, asked=False)
    (finding,) = unknowns(judged(seen, gateway_endpoint_route_table_gap))
    assert finding.missing
    assert [cause.kind for cause in finding.missing.causes] == [Kind.PARTICIPANT]


def test_a_vpc_without_a_gateway_endpoint_is_another_rules_matter() -> None:
    assert judged(world()[0], gateway_endpoint_route_table_gap) == []


def test_a_vpc_whose_gateway_endpoint_has_no_table_is_another_rules_matter() -> None:
    made, vpc, _ = world()
    made.gateway_endpoint("vpce-1", vpc, "s3")
    assert judged(made, gateway_endpoint_route_table_gap) == []


def test_a_vpc_in_which_nothing_runs_is_not_judged() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.subnet("subnet-a", vpc, "10.0.0.0/24", enis=False)
    made.gateway_endpoint("vpce-1", vpc, "s3", [made.route_table("rtb-a", vpc)])
    assert judged(made, gateway_endpoint_route_table_gap) == []


@pytest.mark.parametrize("bypass", [None, "54.123.165.0/24"], ids=["G26 a and c", "G26 b"])
def test_awss_own_example_of_a_gateway_endpoints_routes_is_no_gap(bypass: str | None) -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.aws_prefix_list("pl-1a2b3c4d", S3, ["54.123.160.0/19"])
    gateway = made.internet_gateway("igw-1", vpc)
    routes = {"0.0.0.0/0": gateway} | ({bypass: gateway} if bypass else {})
    table = made.route_table("rtb-a", vpc, [made.subnet("subnet-a", vpc, "10.0.0.0/24")], routes)
    made.gateway_endpoint("vpce-11bb22cc", vpc, "s3", [table])
    findings = judged(made, gateway_endpoint_route_table_gap)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("default", ["nat", "igw"])
def test_the_rule_reads_what_it_says(default: str) -> None:
    seen = with_gap(default)
    assert judged_on_reads(seen, gateway_endpoint_route_table_gap) == judged(seen, gateway_endpoint_route_table_gap)


def test_a_table_of_moto_that_is_not_associated_is_a_gap() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        tables = []
        for block in ("10.0.0.0/24", "10.0.1.0/24"):
            subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock=block)["Subnet"]["SubnetId"]
            tables.append(ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"])
            ec2.associate_route_table(RouteTableId=tables[-1], SubnetId=subnet)
            ec2.create_network_interface(SubnetId=subnet)
        ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=S3, VpcEndpointType="Gateway", RouteTableIds=tables[:1])
        findings = judged(collected(), gateway_endpoint_route_table_gap)
    assert [finding.key for finding in faults(findings)] == [f"s3|{tables[1]}"]
