import pytest

from auditor.config import Settings, Thresholds
from auditor.findings import Confidence, Operation, Severity
from auditor.network.missing import Kind
from auditor.prices import PriceTable
from auditor.snapshot import Target
from checks.interface_endpoints.unused import interface_endpoint_unused
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ABSENT, ACCOUNT, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"
METRICS = "cloudwatch:GetMetricData"
HOME = "us-east-1"


def world(**carried: float) -> World:
    made = World(region=HOME)
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    subnets = [
        made.subnet(f"subnet-{zone}", vpc, f"10.0.{at}.0/24", az=f"{HOME}{zone}") for at, zone in enumerate("ab")
    ]
    made.interface_endpoint("vpce-1", vpc, "sqs", subnets, name="queue")
    made.metrics({name.replace("_", "-"): gigabytes for name, gigabytes in carried.items()})
    return made


def test_an_endpoint_that_carries_something_passes() -> None:
    findings = judged(world(vpce_1=0.001), interface_endpoint_unused)
    assert passes(findings) == findings != []


def test_an_endpoint_that_has_carried_nothing_is_unused_and_its_hours_are_reckoned() -> None:
    (finding,) = faults(judged(world(), interface_endpoint_unused))
    assert (finding.severity, finding.confidence, finding.key) == (Severity.LOW, Confidence.CERTAIN, "")
    assert finding.message == (
        "vpce-1 (queue) to com.amazonaws.us-east-1.sqs in vpc-a has carried nothing for 30 days, and costs $14.60 a "
        "month for its hours; delete it if nobody keeps it on purpose"
    )
    assert finding.monthly_saving_usd == 14.60
    assert finding.evidence["savings"] == [
        {"resource": f"vpce-1/subnet-{zone}", "of": "hours", "quantity": 730, "price_usd": 0.01, "usd": 7.3}
        for zone in "ab"
    ]
    assert finding.remedy == (
        Operation("ec2:DeleteVpcEndpoints", {"VpcEndpointIds": ["vpce-1"]}, Target(ACCOUNT, HOME)),
    )


def test_without_prices_it_is_unused_all_the_same_and_no_saving_is_claimed() -> None:
    settings = Settings(prices=PriceTable(as_of="2026-11-01", source="a test", regions={}))
    (finding,) = faults(judged(world(), interface_endpoint_unused, settings))
    assert finding.monthly_saving_usd is None
    assert "$" not in finding.message


def test_an_endpoint_with_open_connections_is_used_though_nothing_was_sent() -> None:
    made = world(vpce_1=1)
    made.change(METRICS, "vpce-1 BytesProcessed", Values=[0.0] * 30)
    findings = judged(made, interface_endpoint_unused)
    assert passes(findings) == findings != []


def test_an_endpoint_that_aws_looks_after_is_but_a_fact() -> None:
    made = world()
    made.change(ENDPOINTS, "vpce-1", RequesterManaged=True)
    (finding,) = faults(judged(made, interface_endpoint_unused))
    assert finding.severity is Severity.INFO
    assert finding.remedy == ()


@pytest.mark.parametrize(
    ("lost", "carried"),
    [("BytesProcessed", 1), ("ActiveConnections", 1), ("BytesProcessed", 0), ("ActiveConnections", 0)],
)
def test_what_was_seen_to_be_used_is_used_whatever_else_was_not_seen(lost: str, carried: float) -> None:
    made = world(vpce_1=carried)
    made.change(METRICS, f"vpce-1 {lost}", StatusCode="InternalError")
    findings = judged(made, interface_endpoint_unused)
    assert (passes(findings) if carried else unknowns(findings)) == findings != []


@pytest.mark.parametrize(("days", "unused"), [(14, True), (15, False)])
def test_only_the_last_days_are_looked_at(days: int, unused: bool) -> None:
    made = world(vpce_1=30)
    # The newest value is a day old, and the days before the last 14 carried something.
    for metric in ("BytesProcessed", "ActiveConnections"):
        made.change(METRICS, f"vpce-1 {metric}", Values=[0.0] * 14 + [1.0] * 16)
    settings = Settings(thresholds=Thresholds(unused_days=days))
    assert bool(faults(judged(made, interface_endpoint_unused, settings))) == unused


@pytest.mark.parametrize("created", ["2026-11-22T12:00:00Z", "2026-10-24T12:00:00Z"])
def test_an_endpoint_that_is_younger_is_not_judged(created: str) -> None:
    made = world()
    made.change(ENDPOINTS, "vpce-1", CreationTimestamp=created)
    assert judged(made, interface_endpoint_unused) == []


def test_without_metrics_the_rule_says_nothing() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.interface_endpoint("vpce-1", vpc, "sqs", [made.subnet("subnet-a", vpc, "10.0.0.0/24")])
    assert judged(made, interface_endpoint_unused) == []


@pytest.mark.parametrize("state", ["pending", "failed", "deleting", "pendingAcceptance"])
def test_an_endpoint_that_is_not_available_is_another_rules_matter(state: str) -> None:
    made = world()
    made.change(ENDPOINTS, "vpce-1", State=state)
    assert judged(made, interface_endpoint_unused) == []


def test_a_gateway_endpoint_has_no_metrics_and_is_not_judged() -> None:
    made = world(vpce_1=1)
    made.gateway_endpoint("vpce-2", made.vpcs["vpc-a"], "s3")
    assert [finding.resource.id for finding in judged(made, interface_endpoint_unused)] == ["vpce-1"]


def test_refused_metrics_make_it_unknown() -> None:
    made = world()
    made.refuse(METRICS)
    findings = judged(made, interface_endpoint_unused)
    assert unknowns(findings) == findings != []


def test_an_endpoint_of_unknown_age_is_unknown() -> None:
    made = world()
    made.change(ENDPOINTS, "vpce-1", CreationTimestamp=ABSENT)
    (finding,) = unknowns(judged(made, interface_endpoint_unused))
    assert finding.missing
    assert {cause.kind for cause in finding.missing.causes} == {Kind.ABSENT_FIELD}


def test_the_rule_reads_what_it_says() -> None:
    assert judged_on_reads(world(), interface_endpoint_unused) == judged(world(), interface_endpoint_unused) != []
