import json
from typing import Any

import boto3
import pytest
from moto import mock_aws

from auditor.config import Settings
from auditor.findings import Finding, Severity, total_saving
from auditor.network.missing import Kind
from auditor.prices import PriceTable
from checks.interface_endpoints.could_be_gateway import interface_endpoint_could_be_gateway
from checks.interface_endpoints.duplicate import interface_endpoint_duplicate
from tests.judging import faults, judged, judged_backwards, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, REGION, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"
SQS = "com.amazonaws.eu-west-1.sqs"


def world(*endpoints_in: str, service: str = "sqs", name: str = "") -> World:
    """The zones of each endpoint to one service; the first has private DNS."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", name="shop")
    subnets = {
        zone: made.subnet(f"subnet-{zone}", vpc, f"10.0.{number}.0/24", az=f"{REGION}{zone}")
        for number, zone in enumerate("abc")
    }
    for number, zones in enumerate(endpoints_in, start=1):
        made.interface_endpoint(
            f"vpce-{number}",
            vpc,
            service,
            [subnets[zone] for zone in zones],
            private_dns=None if number == 1 else False,
            name=name,
        )
    return made


def changed(**members: Any) -> World:
    """Two endpoints, of which the second differs."""
    seen = world("ab", "ab")
    seen.security_group("sg-other", seen.vpcs["vpc-a"])
    seen.change(ENDPOINTS, "vpce-2", **members)
    return seen


def fault(seen: World, settings: Settings | None = None) -> Finding:
    (finding,) = faults(judged(seen, interface_endpoint_duplicate, settings or Settings()))
    return finding


def saved(finding: Finding) -> list[str]:
    return [saving.resource for saving in finding.savings]


def test_one_endpoint_for_each_service_passes() -> None:
    seen = world("ab")
    seen.interface_endpoint("vpce-9", seen.vpcs["vpc-a"], "sns", [seen.subnets["subnet-a"]])
    findings = judged(seen, interface_endpoint_duplicate)
    assert passes(findings) == findings != []


def test_two_endpoints_that_are_alike_are_one_too_many() -> None:
    finding = fault(world("ab", "ab"))
    assert (finding.severity, finding.key) == (Severity.LOW, f"{SQS}|eu-west-1")
    assert (finding.resource.type, finding.resource.id) == ("vpc", "vpc-a")
    assert finding.message == (
        "vpc-a (shop) has 2 interface endpoints to com.amazonaws.eu-west-1.sqs, vpce-1, vpce-2; vpce-1, vpce-2 are "
        "alike, so one of them is enough; that saves $16.06 a month"
    )
    assert finding.evidence == {
        "service": SQS,
        "endpoints": ["vpce-1", "vpce-2"],
        "alike": [["vpce-1", "vpce-2"]],
        "differing_in": [],
        "with_private_dns": ["vpce-1"],
        "savings": [
            {"resource": f"vpce-2/subnet-{zone}", "of": "hours", "quantity": 730, "price_usd": 0.011, "usd": 8.03}
            for zone in "ab"
        ],
    }
    assert finding.monthly_saving_usd == 16.06
    assert finding.related == ("vpce-1", "vpce-2")
    assert finding.remedy == ()


def test_a_third_endpoint_changes_nothing_in_the_identity_of_the_finding() -> None:
    assert fault(world("ab", "ab")).id == fault(world("ab", "ab", "c")).id


@pytest.mark.parametrize(
    ("members", "what"),
    [
        ({"PolicyDocument": json.dumps({"Statement": []})}, "policy"),
        ({"PolicyDocument": "{broken"}, "policy"),
        ({"Groups": [{"GroupId": "sg-other", "GroupName": "other"}]}, "security groups"),
        ({"Tags": [{"Key": "team", "Value": "payments"}]}, "tags"),
        ({"IpAddressType": "ipv6"}, "address family"),
    ],
)
def test_what_tells_two_endpoints_apart_may_be_meant(members: dict[str, Any], what: str) -> None:
    finding = fault(changed(**members))
    assert finding.severity is Severity.INFO
    assert finding.message.endswith(f"; they differ in {what}, which may be meant")


@pytest.mark.parametrize(
    "members",
    [
        {"Tags": [{"Key": "aws:cloudformation:stack-name", "Value": "queues"}]},
        {"PolicyDocument": '{ "Statement" : [{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}] }'},
    ],
)
def test_what_is_written_otherwise_and_means_the_same_is_no_difference(members: dict[str, Any]) -> None:
    assert fault(changed(**members)).severity is Severity.LOW


def test_endpoints_that_share_no_zone_may_be_meant_to() -> None:
    finding = fault(world("a", "b"))
    assert finding.severity is Severity.INFO
    assert finding.message.endswith("; they share no zone, which may be meant")
    assert fault(world("a", "b", "a")).evidence["alike"] == [["vpce-1", "vpce-3"]]


def test_two_that_are_alike_are_too_many_beside_one_that_differs() -> None:
    seen = world("ab", "ab", "ab")
    seen.change(ENDPOINTS, "vpce-2", Tags=[{"Key": "team", "Value": "payments"}])
    finding = fault(seen)
    assert finding.severity is Severity.LOW
    assert finding.message.endswith(
        "vpce-1, vpce-2, vpce-3; vpce-1, vpce-3 are alike, so one of them is enough; that saves $16.06 a month"
    )


def test_two_pairs_that_are_alike_are_told_apart() -> None:
    seen = world("ab", "ab", "ab", "ab")
    for endpoint in ("vpce-2", "vpce-4"):
        seen.change(ENDPOINTS, endpoint, Tags=[{"Key": "team", "Value": "payments"}])
    finding = fault(seen)
    assert finding.evidence["alike"] == [["vpce-1", "vpce-3"], ["vpce-2", "vpce-4"]]
    assert finding.message.endswith(
        "; vpce-1, vpce-3 are alike, so one of them is enough; vpce-2, vpce-4 are alike, so one of them is enough; "
        "that saves $32.12 a month"
    )
    assert saved(finding) == ["vpce-3/subnet-a", "vpce-3/subnet-b", "vpce-4/subnet-a", "vpce-4/subnet-b"]


def test_the_endpoint_with_private_dns_stays_though_another_stands_in_more_zones() -> None:
    assert saved(fault(world("a", "abc"))) == ["vpce-2/subnet-a", "vpce-2/subnet-b", "vpce-2/subnet-c"]


def test_of_endpoints_without_private_dns_the_one_in_most_zones_stays() -> None:
    seen = world("a", "abc", "ab")
    seen.change(ENDPOINTS, "vpce-1", PrivateDnsEnabled=False)
    assert saved(fault(seen)) == ["vpce-1/subnet-a", "vpce-3/subnet-a", "vpce-3/subnet-b"]


def test_endpoints_that_may_be_apart_on_purpose_save_nothing() -> None:
    finding = fault(changed(Tags=[{"Key": "team", "Value": "payments"}]))
    assert (finding.monthly_saving_usd, "$" in finding.message) == (None, False)


@pytest.mark.parametrize("refused", [False, True])
def test_what_the_endpoints_carried_costs_the_same_at_the_one_that_stays(refused: bool) -> None:
    seen = world("ab", "ab")
    seen.metrics({"vpce-1": 100, "vpce-2": 500})
    if refused:
        seen.refuse("cloudwatch:GetMetricData")
    assert fault(seen) == fault(world("ab", "ab"))


def test_without_prices_they_are_too_many_all_the_same() -> None:
    prices = PriceTable(as_of="2026-11-01", source="a test", regions={})
    finding = fault(world("ab", "ab"), Settings(prices=prices))
    assert finding.message.endswith("vpce-1, vpce-2 are alike, so one of them is enough")
    assert (finding.severity, finding.monthly_saving_usd) == (Severity.LOW, None)


def test_the_hours_of_an_endpoint_that_two_rules_would_delete_are_saved_once() -> None:
    seen = world("ab", "ab", service="s3")
    found = faults(judged(seen, [interface_endpoint_duplicate, interface_endpoint_could_be_gateway]))
    assert sorted(str(finding.monthly_saving_usd) for finding in found) == ["16.06", "16.06", "16.06"]
    assert total_saving(found) == 32.12


def test_an_endpoint_that_aws_looks_after_is_not_the_one_to_delete() -> None:
    finding = fault(changed(RequesterManaged=True))
    assert finding.severity is Severity.INFO
    assert finding.message.endswith("; AWS services look after vpce-2")


@pytest.mark.parametrize("state", ["pending", "pendingAcceptance", "failed", "rejected", "deleting"])
def test_only_available_endpoints_count(state: str) -> None:
    findings = judged(changed(State=state), interface_endpoint_duplicate)
    assert passes(findings) == findings != []


def test_a_service_of_another_region_is_another_service() -> None:
    findings = judged(changed(ServiceRegion="us-east-1"), interface_endpoint_duplicate)
    assert passes(findings) == findings != []


def test_a_region_that_aws_left_out_is_the_endpoints_own() -> None:
    assert fault(changed(ServiceRegion=ABSENT)).severity is Severity.LOW


def test_a_gateway_endpoint_beside_an_interface_endpoint_is_a_documented_design() -> None:
    seen = world("ab", service="s3")
    seen.gateway_endpoint("vpce-9", seen.vpcs["vpc-a"], "s3")
    findings = judged(seen, interface_endpoint_duplicate)
    assert passes(findings) == findings != []


def test_services_of_other_customers_count_as_well() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16")
    subnet = seen.subnet("subnet-a", vpc, "10.0.0.0/24")
    service = seen.service("com.amazonaws.vpce.eu-west-1.vpce-svc-0a", owner="999999999999")
    for number in (1, 2):
        seen.interface_endpoint(f"vpce-{number}", vpc, service, [subnet])
    assert fault(seen).severity is Severity.LOW


def test_endpoints_in_two_vpcs_are_no_duplicates() -> None:
    seen = world("ab")
    other = seen.vpc("vpc-b", "10.1.0.0/16")
    seen.interface_endpoint("vpce-9", other, "sqs", [seen.subnet("subnet-9", other, "10.1.0.0/24")])
    findings = judged(seen, interface_endpoint_duplicate)
    assert passes(findings) == findings != []


def test_a_vpc_without_interface_endpoints_is_not_judged() -> None:
    seen = world()
    seen.gateway_endpoint("vpce-9", seen.vpcs["vpc-a"], "s3")
    assert judged(seen, interface_endpoint_duplicate) == []


@pytest.mark.parametrize("action", [ENDPOINTS, "ec2:DescribeSubnets", "ec2:DescribeVpcs"])
def test_what_was_refused_makes_it_unknown(action: str) -> None:
    seen = world("ab", "ab")
    seen.refuse(action)
    findings = judged(seen, interface_endpoint_duplicate)
    assert findings
    assert unknowns(findings) == findings


def test_endpoints_that_differ_need_no_zones() -> None:
    seen = changed(Tags=[{"Key": "team", "Value": "payments"}])
    seen.refuse("ec2:DescribeSubnets")
    assert fault(seen).severity is Severity.INFO


def test_endpoints_beyond_a_cut_are_unknown_beside_those_before_it() -> None:
    seen = world("ab", "ab", "ab")
    seen.cut(ENDPOINTS, keep=2)
    findings = [finding for finding in judged(seen, interface_endpoint_duplicate) if finding.resource.id == "vpc-a"]
    assert [finding.key for finding in faults(findings)] == [f"{SQS}|eu-west-1"]
    assert [finding.key for finding in unknowns(findings)] == [""]


def test_a_participant_does_not_see_the_endpoints() -> None:
    seen = world("ab", "ab")
    seen.share(seen.subnets["subnet-a"], "222222222222")
    seen.drop_shard("111111111111", asked=False)
    (finding,) = unknowns(judged(seen, interface_endpoint_duplicate))
    assert finding.missing
    assert {cause.kind for cause in finding.missing.causes} == {Kind.PARTICIPANT}


def test_the_order_of_aws_answers_changes_no_identity() -> None:
    seen = world("ab", "ab", "bc")
    assert [(each.id, each.message) for each in judged_backwards(seen, interface_endpoint_duplicate)] == [
        (each.id, each.message) for each in judged(seen, interface_endpoint_duplicate)
    ]


@pytest.mark.parametrize("zones", [("ab",), ("ab", "ab"), ("a", "b")])
def test_the_rule_reads_what_it_says(zones: tuple[str, ...]) -> None:
    seen = world(*zones)
    assert judged_on_reads(seen, interface_endpoint_duplicate) == judged(seen, interface_endpoint_duplicate)


def test_two_endpoints_of_moto_to_one_service_fail() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        for service in ("sqs", "sqs", "sns"):
            ec2.create_vpc_endpoint(
                VpcId=vpc_id,
                ServiceName=f"com.amazonaws.{REGION}.{service}",
                VpcEndpointType="Interface",
                SubnetIds=[subnet],
            )
        (finding,) = faults(judged(collected(), interface_endpoint_duplicate))
    assert (finding.resource.id, finding.key, finding.severity) == (vpc_id, f"{SQS}|eu-west-1", Severity.LOW)
