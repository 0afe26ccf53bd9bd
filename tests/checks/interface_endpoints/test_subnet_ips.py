import boto3
import pytest
from moto import mock_aws

from auditor.findings import Finding, Severity
from auditor.network.missing import Kind
from checks.interface_endpoints.subnet_ips import interface_endpoint_subnet_ips
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, REGION, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"
SUBNETS = "ec2:DescribeSubnets"


def world(services: str = "sqs", block: str = "10.0.0.0/28") -> World:
    """A subnet without workloads, with an endpoint to each service."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", "2001:db8:aa::/56")
    subnet = made.subnet("subnet-a", vpc, block, name="narrow", enis=False)
    for number, service in enumerate(services.split(), start=1):
        made.interface_endpoint(f"vpce-{number}", vpc, service, [subnet])
    return made


def fault(seen: World) -> Finding:
    (finding,) = faults(judged(seen, interface_endpoint_subnet_ips))
    return finding


def test_eight_free_addresses_are_enough() -> None:
    findings = judged(world("sqs sns kms"), interface_endpoint_subnet_ips)
    assert passes(findings) == findings != []


def test_fewer_than_eight_free_addresses_are_few_and_one_finding_for_all_endpoints() -> None:
    finding = fault(world("sqs sns kms sts"))
    assert (finding.severity, finding.key) == (Severity.LOW, "")
    assert (finding.resource.type, finding.resource.id) == ("subnet", "subnet-a")
    assert finding.message == (
        "subnet-a (narrow) in vpc-a has 7 free addresses left, fewer than 8, and 4 endpoints have an interface there: "
        "vpce-1, vpce-2, vpce-3, vpce-4"
    )
    assert finding.evidence == {
        "vpc": "vpc-a",
        "free_addresses": 7,
        "cidr_block": "10.0.0.0/28",
        "endpoints": ["vpce-1", "vpce-2", "vpce-3", "vpce-4"],
    }
    assert finding.related == ("vpc-a", "vpce-1", "vpce-2", "vpce-3", "vpce-4")
    assert finding.remedy == ()


@pytest.mark.parametrize(("free", "words"), [(0, "no free address left"), (1, "one free address left")])
def test_the_message_counts_as_people_do(free: int, words: str) -> None:
    seen = world()
    seen.change(SUBNETS, "subnet-a", AvailableIpAddressCount=free)
    assert f"has {words}, fewer than 8, and an endpoint has its interface there: vpce-1" in fault(seen).message


@pytest.mark.parametrize("kind", ["Resource", "ServiceNetwork", "Tunnel"])
def test_every_type_behind_security_groups_needs_addresses(kind: str) -> None:
    seen = world()
    seen.change(SUBNETS, "subnet-a", AvailableIpAddressCount=3)
    seen.change(ENDPOINTS, "vpce-1", VpcEndpointType=kind)
    assert fault(seen).severity is Severity.LOW


def test_the_narrow_subnet_of_a_firewall_endpoint_is_a_documented_design() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/28", enis=False)
    made.load_balancer_endpoint("vpce-1", subnet)
    made.change(SUBNETS, "subnet-a", AvailableIpAddressCount=3)
    assert judged(made, interface_endpoint_subnet_ips) == []


def test_a_subnet_without_endpoints_is_not_judged() -> None:
    assert judged(world(""), interface_endpoint_subnet_ips) == []


@pytest.mark.parametrize("state", ["failed", "rejected", "expired", "deleted", "deleting"])
def test_an_endpoint_that_is_gone_needs_no_addresses(state: str) -> None:
    seen = world("sqs sns kms sts")
    for number in range(1, 5):
        seen.change(ENDPOINTS, f"vpce-{number}", State=state)
    assert judged(seen, interface_endpoint_subnet_ips) == []


def test_a_subnet_of_ipv6_alone_has_no_ipv4_address_to_run_out_of() -> None:
    seen = world("")
    vpc = seen.vpcs["vpc-a"]
    seen.interface_endpoint("vpce-1", vpc, "sqs", [seen.subnet("subnet-6", vpc, "2001:db8:aa:1::/64", enis=False)])
    assert judged(seen, interface_endpoint_subnet_ips) == []


def test_endpoints_that_aws_looks_after_are_a_fact_until_one_is_not() -> None:
    seen = world("sqs sns kms sts")
    for number in range(1, 4):
        seen.change(ENDPOINTS, f"vpce-{number}", RequesterManaged=True)
    assert fault(seen).severity is Severity.LOW
    seen.change(ENDPOINTS, "vpce-4", RequesterManaged=True)
    assert fault(seen).severity is Severity.INFO


def test_a_shared_subnet_is_the_owners_to_mend() -> None:
    seen = world("sqs sns kms sts")
    seen.share(seen.subnets["subnet-a"], "222222222222")
    assert fault(seen).account == "111111111111"


def test_a_participant_cannot_tell_the_endpoints_of_a_narrow_subnet() -> None:
    seen = world("sqs sns kms sts")
    seen.share(seen.subnets["subnet-a"], "222222222222")
    seen.drop_shard("111111111111", asked=False)
    (finding,) = unknowns(judged(seen, interface_endpoint_subnet_ips))
    assert finding.missing
    assert {cause.kind for cause in finding.missing.causes} == {Kind.PARTICIPANT}


@pytest.mark.parametrize("action", [ENDPOINTS, SUBNETS])
def test_what_was_refused_makes_it_unknown(action: str) -> None:
    seen = world("sqs sns kms sts")
    seen.refuse(action)
    findings = judged(seen, interface_endpoint_subnet_ips)
    assert findings
    assert unknowns(findings) == findings


def test_a_vpc_that_was_not_seen_hides_the_endpoints_of_its_subnets() -> None:
    seen = world("")
    seen.change(SUBNETS, "subnet-a", AvailableIpAddressCount=3)
    seen.refuse("ec2:DescribeVpcs")
    (finding,) = unknowns(judged(seen, interface_endpoint_subnet_ips))
    assert finding.missing
    assert {cause.action for cause in finding.missing.causes} == {"ec2:DescribeVpcs"}


def test_a_subnet_with_room_is_well_whatever_stands_in_it() -> None:
    seen = world(block="10.0.0.0/24")
    seen.refuse("ec2:DescribeVpcs")
    findings = judged(seen, interface_endpoint_subnet_ips)
    assert passes(findings) == findings != []
    seen.refuse(ENDPOINTS)
    assert [finding.resource.type for finding in judged(seen, interface_endpoint_subnet_ips)] == []


def test_endpoints_before_a_cut_are_proof_enough() -> None:
    seen = world("sqs sns kms sts")
    seen.cut(ENDPOINTS, keep=1)
    assert fault(seen).evidence["endpoints"] == ["vpce-1"]


def test_a_count_that_aws_left_out_is_unknown() -> None:
    seen = world()
    seen.change(SUBNETS, "subnet-a", AvailableIpAddressCount=ABSENT)
    (finding,) = unknowns(judged(seen, interface_endpoint_subnet_ips))
    assert finding.missing
    assert [(cause.kind, cause.resource) for cause in finding.missing.causes] == [(Kind.ABSENT_FIELD, "subnet-a")]


@pytest.mark.parametrize("services", ["", "sqs", "sqs sns kms sts"])
def test_the_rule_reads_what_it_says(services: str) -> None:
    seen = world(services)
    assert judged_on_reads(seen, interface_endpoint_subnet_ips) == judged(seen, interface_endpoint_subnet_ips)


def test_a_narrow_subnet_of_moto_fails() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        narrow, wide = (
            ec2.create_subnet(VpcId=vpc_id, CidrBlock=block)["Subnet"]["SubnetId"]
            for block in ("10.0.0.0/28", "10.0.1.0/24")
        )
        for service in ("sqs", "sns", "kms", "sts"):
            ec2.create_vpc_endpoint(
                VpcId=vpc_id,
                ServiceName=f"com.amazonaws.{REGION}.{service}",
                VpcEndpointType="Interface",
                SubnetIds=[narrow, wide],
            )
        findings = judged(collected(), interface_endpoint_subnet_ips)
    assert [(finding.resource.id, finding.evidence["free_addresses"]) for finding in faults(findings)] == [(narrow, 7)]
    assert [finding.resource.id for finding in passes(findings)] == [wide]
