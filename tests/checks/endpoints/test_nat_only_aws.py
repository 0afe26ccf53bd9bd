import pytest

from auditor.findings import Confidence, Severity
from auditor.network.missing import Kind
from checks.endpoints.nat_only_aws import endpoint_nat_only_aws
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ABSENT, World

HOME = "us-east-1"
NAT_GATEWAYS = "ec2:DescribeNatGateways"


def world(carried: float = 0.1, *, endpoint: bool = True) -> World:
    made = World(region=HOME)
    vpc = made.vpc("vpc-a", "10.0.0.0/16", name="shop")
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24")
    made.nat_gateway("nat-1", subnet)
    if endpoint:
        made.interface_endpoint("vpce-1", vpc, "sqs", [subnet])
    made.metrics({"nat-1": carried})
    return made


def test_a_nat_gateway_that_carries_next_to_nothing_beside_endpoints_is_told() -> None:
    (finding,) = faults(judged(world(), endpoint_nat_only_aws))
    assert (finding.severity, finding.confidence) == (Severity.INFO, Confidence.HEURISTIC)
    assert (finding.resource.id, finding.key) == ("vpc-a", "nat-1")
    assert finding.message == (
        "nat-1 of vpc-a (shop) carried 102.4 MB in 30 days and costs $32.85 a month for its hours, and AWS's services "
        "have vpce-1; the internet may still be needed for updates and for destinations that are not AWS's"
    )
    assert finding.monthly_saving_usd == 32.85


@pytest.mark.parametrize(("carried", "told"), [(0, True), (0.99, True), (1.01, False)])
def test_a_gigabyte_a_month_is_something(carried: float, told: bool) -> None:
    findings = judged(world(carried), endpoint_nat_only_aws)
    assert bool(faults(findings)) == told
    assert bool(passes(findings)) != told


def test_what_a_regional_nat_gateway_costs_is_not_known() -> None:
    made = world()
    made.nat_gateway("nat-2", made.vpcs["vpc-a"])
    of_each = {finding.key: finding for finding in faults(judged(made, endpoint_nat_only_aws))}
    assert of_each["nat-2"].monthly_saving_usd is None
    assert "$" not in of_each["nat-2"].message


def test_a_vpc_without_endpoints_is_not_judged() -> None:
    assert judged(world(endpoint=False), endpoint_nat_only_aws) == []


def test_a_private_nat_gateway_is_no_way_to_the_internet() -> None:
    made = World(region=HOME)
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24")
    made.nat_gateway("nat-1", subnet, connectivity="private")
    made.interface_endpoint("vpce-1", vpc, "sqs", [subnet])
    made.metrics()
    assert judged(made, endpoint_nat_only_aws) == []


@pytest.mark.parametrize("created", ["2026-11-22T12:00:00Z", "2026-10-24T12:00:00Z"])
def test_a_nat_gateway_that_is_younger_has_had_no_time_to_carry_much(created: str) -> None:
    made = world()
    made.change(NAT_GATEWAYS, "nat-1", CreateTime=created)
    assert judged(made, endpoint_nat_only_aws) == []


def test_a_nat_gateway_of_unknown_age_is_unknown() -> None:
    made = world()
    made.change(NAT_GATEWAYS, "nat-1", CreateTime=ABSENT)
    (finding,) = unknowns(judged(made, endpoint_nat_only_aws))
    assert finding.key == "nat-1"
    assert finding.missing
    assert {(cause.kind, cause.action) for cause in finding.missing.causes} == {(Kind.ABSENT_FIELD, NAT_GATEWAYS)}


def test_without_metrics_the_rule_says_nothing() -> None:
    made = world()
    made.unask("cloudwatch:GetMetricData")
    assert judged(made, endpoint_nat_only_aws) == []


def test_the_rule_is_off_by_default() -> None:
    assert not endpoint_nat_only_aws.enabled


@pytest.mark.parametrize("action", ["cloudwatch:GetMetricData", NAT_GATEWAYS, "ec2:DescribeVpcEndpoints"])
def test_what_was_refused_makes_it_unknown(action: str) -> None:
    made = world()
    made.refuse(action)
    findings = judged(made, endpoint_nat_only_aws)
    assert unknowns(findings) == findings != []


def test_the_rule_reads_what_it_says() -> None:
    assert judged_on_reads(world(), endpoint_nat_only_aws) == judged(world(), endpoint_nat_only_aws)
