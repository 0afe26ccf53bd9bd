import json

import boto3
import pytest
from moto import mock_aws

from auditor.config import Settings, Thresholds
from auditor.findings import Finding, Severity, Status
from auditor.snapshot import Snapshot
from checks.endpoints.quota import endpoint_quota
from tests.judging import DEFAULTS, faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ACCOUNT, REGION, World

INTERFACES, GATEWAYS, RESOURCES, NETWORKS = "L-29B6F2EB", "L-1B52E74A", "L-CA6CC422", "L-3B4E38D2"
QUOTAS, ENDPOINTS = "servicequotas:ListServiceQuotas", "ec2:DescribeVpcEndpoints"
HERE = f"{ACCOUNT}/{REGION}"
OTHER = "222222222222"


def said(seen: World | Snapshot, settings: Settings = DEFAULTS) -> set[tuple[str, str, str]]:
    """The faults: severity, resource and key."""
    found = faults(judged(seen, endpoint_quota, settings))
    return {(fault.severity.value, fault.resource.id, fault.key) for fault in found}


def only(findings: list[Finding]) -> Finding:
    (finding,) = findings
    return finding


def interfaces(number: int, *, quota: float | None = 10, state: str = "available") -> World:
    world = World()
    vpc = world.vpc("vpc-a", "10.0.0.0/16", name="hub")
    for each in range(number):
        world.interface_endpoint(f"vpce-{each}", vpc, "sqs", private_dns=False, state=state)
    if quota is not None:
        world.quota(INTERFACES, quota)
    return world


def gateways(number: int, *, quota: float | None = 10, region: str = REGION) -> World:
    """So many gateway endpoints, a few in each of several VPCs."""
    world = World()
    for each in range(number):
        vpc_id = f"vpc-{each // 3}"
        vpc = world.vpcs.get(vpc_id) or world.vpc(vpc_id, f"10.{each}.0.0/16", region=region)
        world.gateway_endpoint(f"vpce-{each}", vpc, "s3")
    if quota is not None:
        world.quota(GATEWAYS, quota)
    return world


def other_types(kind: str, number: int, quota: str) -> World:
    world = interfaces(number)
    for each in range(number):
        world.change(ENDPOINTS, f"vpce-{each}", VpcEndpointType=kind)
    world.quota(quota, 10)
    return world


# --- Of a VPC


def test_a_vpc_with_few_endpoints_passes() -> None:
    findings = judged(interfaces(3), endpoint_quota)
    assert passes(findings) == findings
    assert {finding.resource.id for finding in findings} == {HERE, "vpc-a", "vpce-0", "vpce-1", "vpce-2"}


def test_from_eighty_percent_of_the_interface_endpoints_on_it_is_low() -> None:
    world = interfaces(8)
    fault = only(faults(judged(world, endpoint_quota)))
    assert (fault.severity, fault.resource.id, fault.key) == (Severity.LOW, "vpc-a", "interface-endpoints")
    assert fault.message == (
        "vpc-a (hub) has 8 of 10 interface and Gateway Load Balancer endpoints (which Service Quotas gives), "
        "80 percent; delete what nobody uses, or ask for more"
    )
    assert fault.evidence == {
        "used": 8,
        "counted_all": True,
        "quota": 10,
        "quota_code": INTERFACES,
        "quota_source": "service-quotas",
        "percent": 80,
    }
    assert fault.remedy == ()
    assert judged_on_reads(world, endpoint_quota) == judged(world, endpoint_quota)


def test_all_of_a_quota_is_medium_and_less_than_the_threshold_passes() -> None:
    assert said(interfaces(10)) == {("medium", "vpc-a", "interface-endpoints")}
    assert said(interfaces(7)) == set()
    assert said(interfaces(3), Settings(thresholds=Thresholds(quota_warn_pct=30))) == {
        ("low", "vpc-a", "interface-endpoints")
    }


def test_load_balancer_endpoints_count_with_interface_endpoints() -> None:
    world = interfaces(7)
    world.load_balancer_endpoint("vpce-gwlb", world.subnet("subnet-a", world.vpcs["vpc-a"], "10.0.0.0/24"))
    assert said(world) == {("low", "vpc-a", "interface-endpoints")}


@pytest.mark.parametrize(
    ("kind", "quota", "key"),
    [("Resource", RESOURCES, "resource-endpoints"), ("ServiceNetwork", NETWORKS, "service-network-endpoints")],
)
def test_endpoints_of_vpc_lattice_have_quotas_of_their_own(kind: str, quota: str, key: str) -> None:
    assert said(other_types(kind, 9, quota)) == {("low", "vpc-a", key)}


@pytest.mark.parametrize("state", ["failed", "rejected", "expired", "deleted", "deleting"])
def test_endpoints_that_are_gone_do_not_count(state: str) -> None:
    assert said(interfaces(10, state=state)) == set()


def test_a_vpc_that_a_participant_shows_is_not_judged() -> None:
    world = World()
    vpc = world.vpc("vpc-a", "10.0.0.0/16", account=OTHER)
    world.share(world.subnet("subnet-a", vpc, "10.0.0.0/24"), ACCOUNT)
    world.drop_shard(OTHER, asked=False)
    assert [each.resource.id for each in judged(world, endpoint_quota)] == [HERE]


# --- Of an account in a Region


def test_gateway_endpoints_count_over_all_vpcs_of_a_region() -> None:
    fault = only(faults(judged(gateways(9), endpoint_quota)))
    assert (fault.severity, fault.resource.id, fault.key) == (Severity.LOW, HERE, "gateway-endpoints")
    assert fault.message.startswith(
        f"account {ACCOUNT} in {REGION} has 9 of 10 gateway endpoints (which Service Quotas gives), 90 percent; "
    )


def test_each_region_and_account_has_its_own() -> None:
    world = gateways(5, quota=6)
    elsewhere = world.vpc("vpc-us", "10.200.0.0/16", region="us-east-1")
    theirs = world.vpc("vpc-theirs", "10.201.0.0/16", account=OTHER)
    for vpc in (elsewhere, theirs):
        for number in range(3):
            world.gateway_endpoint(f"vpce-{vpc.id}-{number}", vpc, "s3")
    assert said(world) == {("low", HERE, "gateway-endpoints")}


@pytest.mark.parametrize("refused", [True, False])
def test_without_an_applied_value_the_default_holds_and_the_finding_says_so(refused: bool) -> None:
    world = gateways(16, quota=None)
    if refused:
        world.refuse(QUOTAS)
    fault = only(faults(judged(world, endpoint_quota)))
    assert "16 of 20 gateway endpoints (AWS's default), 80 percent" in fault.message
    assert (fault.evidence["quota_source"], fault.evidence["quota"]) == ("default", 20)


@pytest.mark.parametrize("refused", [True, False])
def test_more_than_the_default_shows_that_aws_granted_more(refused: bool) -> None:
    world = gateways(21, quota=None)
    if refused:
        world.refuse(QUOTAS)
    finding = only([each for each in judged(world, endpoint_quota) if each.status is not Status.PASS])
    assert (finding.status, finding.resource.id, finding.key) == (Status.UNKNOWN, HERE, "gateway-endpoints")
    assert finding.message == (
        f"account {ACCOUNT} in {REGION} has 21 of 20 gateway endpoints (AWS's default), so AWS granted more; how much "
        "was not seen"
    )
    assert finding.missing is not None
    assert {cause.action for cause in finding.missing.causes} == {QUOTAS}


# --- Of an endpoint


def with_policy(length: int) -> World:
    world = World()
    document = json.dumps({"Statement": []})
    world.gateway_endpoint("vpce-1", world.vpc("vpc-a", "10.0.0.0/16"), "s3", policy=document.ljust(length))
    return world


def test_the_policys_characters_count_white_space_among_them() -> None:
    fault = only(faults(judged(with_policy(18432), endpoint_quota)))
    assert (fault.severity, fault.resource.id, fault.key) == (Severity.LOW, "vpce-1", "policy-characters")
    assert fault.message == (
        "vpce-1 has 18432 of 20480 characters in its policy, white space among them (AWS's default), 90 percent; "
        "shorten it: AWS does not raise this"
    )
    assert said(with_policy(20480)) == {("medium", "vpce-1", "policy-characters")}
    assert said(with_policy(16000)) == set()


def test_an_endpoint_without_a_policy_is_not_judged() -> None:
    world = World()
    subnet = world.subnet("subnet-a", world.vpc("vpc-a", "10.0.0.0/16"), "10.0.0.0/24")
    world.load_balancer_endpoint("vpce-1", subnet)
    assert "vpce-1" not in {each.resource.id for each in judged(world, endpoint_quota)}


# --- What was not seen


def test_endpoints_that_were_refused_are_unknown() -> None:
    world = interfaces(3)
    world.refuse(ENDPOINTS)
    findings = judged(world, endpoint_quota)
    assert unknowns(findings) == findings
    assert {(each.resource.id, each.key) for each in findings} == {
        (HERE, ""),
        (HERE, "gateway-endpoints"),
        *(("vpc-a", f"{key}-endpoints") for key in ("gateway", "interface", "resource", "service-network")),
    }


def test_a_list_that_was_cut_counts_what_it_holds() -> None:
    world = interfaces(12)
    world.cut(ENDPOINTS, keep=9)
    fault = only(faults(judged(world, endpoint_quota)))
    assert "has at least 9 of 10 interface and Gateway Load Balancer endpoints" in fault.message
    assert fault.evidence["counted_all"] is False


def test_the_gateway_endpoints_of_a_region_of_moto_are_counted() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        for number in range(16):
            vpc = ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"]
            ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway")
        fault = only(faults(judged(collected(), endpoint_quota)))
    assert (fault.severity, fault.key, fault.evidence["used"]) == (Severity.LOW, "gateway-endpoints", 16)
