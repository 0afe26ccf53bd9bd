from typing import Any

import pytest

from auditor.config import Settings
from auditor.findings import Confidence, Severity
from auditor.prices import PriceTable
from checks.endpoints.cost_nat_vs_endpoint import endpoint_cost_nat_vs_endpoint
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ABSENT, World

HOME = "us-east-1"
ENDPOINTS = "ec2:DescribeVpcEndpoints"


def world(carried: float = 10, *, out: str | None = "nat-1") -> World:
    made = World(region=HOME)
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    subnets = [
        made.subnet(f"subnet-{zone}", vpc, f"10.0.{at}.0/24", az=f"{HOME}{zone}") for at, zone in enumerate("ab")
    ]
    made.nat_gateway("nat-1", vpc)
    made.internet_gateway("igw-1", vpc)
    made.route_table("rtb-a", vpc, subnets, {"0.0.0.0/0": out} if out else {})
    made.interface_endpoint("vpce-1", vpc, "sqs", subnets, name="queue")
    made.metrics({"vpce-1": carried})
    return made


def test_an_endpoint_with_little_traffic_costs_more_than_nat() -> None:
    (finding,) = faults(judged(world(), endpoint_cost_nat_vs_endpoint))
    assert (finding.severity, finding.confidence, finding.key) == (Severity.INFO, Confidence.HEURISTIC, "")
    assert finding.message == (
        "vpce-1 (queue) to com.amazonaws.us-east-1.sqs in vpc-a carried 10.00 GB in 30 days and costs $14.70 a month, "
        "where the same through NAT is $0.45; what it gives beyond that is a private path and a policy"
    )
    # 2 zones x 730 hours x $0.01 + 10 GB x $0.01, beside 10 GB x $0.045.
    assert (finding.evidence["endpoint_usd"], finding.evidence["nat_usd"]) == (14.70, 0.45)
    assert finding.evidence["endpoint_hours"] == {"vpce-1/subnet-a": 730, "vpce-1/subnet-b": 730}
    assert finding.monthly_saving_usd is None


@pytest.mark.parametrize(("carried", "dearer"), [(417, True), (418, False)])
def test_from_the_break_even_on_the_endpoint_is_the_cheaper_way(carried: float, dearer: bool) -> None:
    findings = judged(world(carried), endpoint_cost_nat_vs_endpoint)
    assert bool(faults(findings)) == dearer
    assert bool(passes(findings)) != dearer


def test_an_endpoint_that_carried_nothing_is_another_rules_matter() -> None:
    assert judged(world(0), endpoint_cost_nat_vs_endpoint) == []


@pytest.mark.parametrize("created", ["2026-11-22T12:00:00Z", "2026-10-24T12:00:00Z"])
def test_an_endpoint_that_is_younger_has_not_yet_carried_a_month_of_traffic(created: str) -> None:
    made = world()
    made.change(ENDPOINTS, "vpce-1", CreationTimestamp=created)
    assert judged(made, endpoint_cost_nat_vs_endpoint) == []


def test_an_endpoint_of_unknown_age_is_unknown() -> None:
    made = world()
    made.change(ENDPOINTS, "vpce-1", CreationTimestamp=ABSENT)
    findings = judged(made, endpoint_cost_nat_vs_endpoint)
    assert unknowns(findings) == findings != []


@pytest.mark.parametrize("out", ["igw-1", None])
def test_an_endpoint_of_subnets_that_do_not_leave_by_nat_is_not_compared(out: str | None) -> None:
    assert judged(world(out=out), endpoint_cost_nat_vs_endpoint) == []


def test_an_endpoint_in_a_vpc_in_which_nothing_runs_serves_others() -> None:
    made = World(region=HOME)
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24", enis=False)
    made.nat_gateway("nat-1", vpc)
    made.main_routes(vpc, {"0.0.0.0/0": "nat-1"})
    made.interface_endpoint("vpce-1", vpc, "sqs", [subnet])
    made.metrics({"vpce-1": 5})
    assert judged(made, endpoint_cost_nat_vs_endpoint) == []


@pytest.mark.parametrize("members", [{"RequesterManaged": True}, {"State": "pending"}])
def test_an_endpoint_that_is_not_its_owners_to_judge_is_left_alone(members: dict[str, Any]) -> None:
    made = world()
    made.change(ENDPOINTS, "vpce-1", **members)
    assert judged(made, endpoint_cost_nat_vs_endpoint) == []


def test_without_prices_or_metrics_the_rule_says_nothing() -> None:
    table = PriceTable(as_of="2026-11-01", source="a test", regions={})
    assert judged(world(), endpoint_cost_nat_vs_endpoint, Settings(prices=table)) == []
    made = world()
    made.unask("cloudwatch:GetMetricData")
    assert judged(made, endpoint_cost_nat_vs_endpoint) == []


@pytest.mark.parametrize(
    "action",
    [
        "cloudwatch:GetMetricData",
        "ec2:DescribeNatGateways",
        "ec2:DescribeSubnets",
        "ec2:DescribeRouteTables",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeVpcs",
    ],
)
def test_what_was_refused_makes_it_unknown(action: str) -> None:
    made = world()
    made.refuse(action)
    findings = judged(made, endpoint_cost_nat_vs_endpoint)
    assert unknowns(findings) == findings != []


def test_the_rule_reads_what_it_says() -> None:
    assert judged_on_reads(world(), endpoint_cost_nat_vs_endpoint) == judged(world(), endpoint_cost_nat_vs_endpoint)
