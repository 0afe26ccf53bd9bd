import pytest

from auditor.config import Settings
from auditor.findings import Confidence, Severity
from auditor.prices import PriceTable, RegionPrices, Tier
from checks.interface_endpoints.nat_for_aws import interface_endpoint_nat_for_aws
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import World

HOME = "us-east-1"


def world(carried: float = 2000, *, out: str = "nat-1") -> World:
    made = World(region=HOME)
    vpc = made.vpc("vpc-a", "10.0.0.0/16", name="shop")
    subnets = [
        made.subnet(f"subnet-{zone}", vpc, f"10.0.{at}.0/24", az=f"{HOME}{zone}") for at, zone in enumerate("ab")
    ]
    made.nat_gateway("nat-1", vpc)
    made.internet_gateway("igw-1", vpc)
    made.route_table("rtb-a", vpc, subnets, {"0.0.0.0/0": out})
    made.metrics({"nat-1": carried})
    return made


def test_a_nat_gateway_that_carries_enough_makes_an_endpoint_pay() -> None:
    (finding,) = faults(judged(world(), interface_endpoint_nat_for_aws))
    assert (finding.severity, finding.confidence, finding.key) == (Severity.INFO, Confidence.HEURISTIC, "")
    assert finding.message == (
        "nat-1 of vpc-a (shop) carried 2,000 GB in 30 days; an interface endpoint in us-east-1a, us-east-1b is cheaper "
        "for a service that alone has 417 GB a month or more of that"
    )
    # 2 zones x 730 hours x $0.01, by the $0.045 - $0.01 that a gigabyte costs less.
    assert finding.evidence["break_even_gigabytes"] == 417.14
    assert finding.monthly_saving_usd is None


@pytest.mark.parametrize(("carried", "pays"), [(417, False), (418, True), (0, False)])
def test_it_pays_from_the_break_even_on(carried: float, pays: bool) -> None:
    findings = judged(world(carried), interface_endpoint_nat_for_aws)
    assert bool(faults(findings)) == pays
    assert bool(passes(findings)) != pays


def test_a_vpc_whose_subnets_leave_by_an_internet_gateway_is_not_judged() -> None:
    assert judged(world(out="igw-1"), interface_endpoint_nat_for_aws) == []


def test_where_an_endpoints_gigabyte_is_no_cheaper_it_never_pays() -> None:
    prices = RegionPrices(nat_gateway_gb=0.01, interface_endpoint_hour=0.01, interface_endpoint_gb=(Tier(usd=0.01),))
    table = PriceTable(as_of="2026-11-01", source="a test", regions={HOME: prices})
    findings = judged(world(), interface_endpoint_nat_for_aws, Settings(prices=table))
    assert passes(findings) == findings != []


def test_without_prices_or_metrics_the_rule_says_nothing() -> None:
    table = PriceTable(as_of="2026-11-01", source="a test", regions={})
    assert judged(world(), interface_endpoint_nat_for_aws, Settings(prices=table)) == []
    made = world()
    made.unask("cloudwatch:GetMetricData")
    assert judged(made, interface_endpoint_nat_for_aws) == []


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
    findings = judged(made, interface_endpoint_nat_for_aws)
    assert unknowns(findings) == findings != []


def test_the_rule_reads_what_it_says() -> None:
    assert judged_on_reads(world(), interface_endpoint_nat_for_aws) == judged(world(), interface_endpoint_nat_for_aws)
