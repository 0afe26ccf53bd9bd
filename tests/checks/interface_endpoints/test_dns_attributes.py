import boto3
import pytest
from moto import mock_aws

from auditor.findings import Operation, Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.interface_endpoints.dns_attributes import interface_endpoint_dns_attributes
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, ACCOUNT, REGION, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"
ATTRIBUTES = "ec2:DescribeVpcAttribute"


def world(*, support: bool = True, hostnames: bool = True, private_dns: bool = True) -> World:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", name="shop", dns_support=support, dns_hostnames=hostnames)
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24")
    made.interface_endpoint("vpce-1", vpc, "sqs", [subnet], private_dns=private_dns)
    return made


def test_a_vpc_with_both_attributes_on_passes() -> None:
    findings = judged(world(), interface_endpoint_dns_attributes)
    assert passes(findings) == findings != []


@pytest.mark.parametrize(
    ("support", "hostnames", "off"),
    [
        (False, True, ["EnableDnsSupport"]),
        (True, False, ["EnableDnsHostnames"]),
        (False, False, ["EnableDnsSupport", "EnableDnsHostnames"]),
    ],
)
def test_each_attribute_that_is_off_is_to_be_switched_on(support: bool, hostnames: bool, off: list[str]) -> None:
    (finding,) = faults(judged(world(support=support, hostnames=hostnames), interface_endpoint_dns_attributes))
    assert (finding.severity, finding.key, finding.resource.id) == (Severity.HIGH, "", "vpce-1")
    assert finding.remedy == tuple(
        Operation("ec2:ModifyVpcAttribute", {"VpcId": "vpc-a", name: {"Value": True}}, Target(ACCOUNT, REGION))
        for name in off
    )
    names = " and ".join(name[0].lower() + name[1:] for name in off)
    assert f"vpc-a (shop) has {names} off" in finding.message


def test_private_dns_that_is_off_needs_no_attributes() -> None:
    assert judged(world(support=False, private_dns=False), interface_endpoint_dns_attributes) == []


def test_an_attribute_that_is_off_is_proven_where_the_other_was_refused() -> None:
    seen = world(support=False)
    seen.refuse_item(ATTRIBUTES, "vpc-a", parameter="enableDnsHostnames")
    (finding,) = faults(judged(seen, interface_endpoint_dns_attributes))
    assert finding.evidence["enableDnsHostnames"] is None


def test_an_attribute_that_was_refused_is_unknown_where_the_other_is_on() -> None:
    seen = world()
    seen.refuse_item(ATTRIBUTES, "vpc-a", parameter="enableDnsHostnames")
    (finding,) = unknowns(judged(seen, interface_endpoint_dns_attributes))
    assert finding.missing
    assert [cause.kind for cause in finding.missing.causes] == [Kind.REFUSED]


@pytest.mark.parametrize("action", [ENDPOINTS, ATTRIBUTES, "ec2:DescribeVpcs"])
def test_what_was_refused_makes_it_unknown(action: str) -> None:
    seen = world(support=False)
    seen.refuse(action)
    findings = judged(seen, interface_endpoint_dns_attributes)
    assert findings
    assert unknowns(findings) == findings


def test_private_dns_that_aws_left_out_is_unknown() -> None:
    seen = world(support=False)
    seen.change(ENDPOINTS, "vpce-1", PrivateDnsEnabled=ABSENT)
    assert len(unknowns(judged(seen, interface_endpoint_dns_attributes))) == 1


def test_a_gateway_endpoint_has_no_private_dns_whatever_its_answer_says() -> None:
    made = World()
    made.gateway_endpoint("vpce-1", made.vpc("vpc-a", "10.0.0.0/16", dns_support=False), "s3")
    made.change(ENDPOINTS, "vpce-1", PrivateDnsEnabled=True)
    assert judged(made, interface_endpoint_dns_attributes) == []


def test_an_endpoint_that_is_gone_is_not_judged() -> None:
    seen = world(support=False)
    seen.change(ENDPOINTS, "vpce-1", State="deleted")
    assert judged(seen, interface_endpoint_dns_attributes) == []


def test_the_rule_reads_what_it_says() -> None:
    seen = world(hostnames=False)
    assert judged_on_reads(seen, interface_endpoint_dns_attributes) == judged(seen, interface_endpoint_dns_attributes)


def test_motos_vpcs_without_dns_host_names_fail() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        for switch in (True, False):
            vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
            ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": switch})
            ec2.create_vpc_endpoint(
                VpcId=vpc_id,
                ServiceName=f"com.amazonaws.{REGION}.sqs",
                VpcEndpointType="Interface",
                PrivateDnsEnabled=True,
            )
        findings = judged(collected(), interface_endpoint_dns_attributes)
    (finding,) = faults(findings)
    assert f"{vpc_id} has enableDnsHostnames off" in finding.message
    assert len(passes(findings)) == 1
