from collections.abc import Callable

import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends

from auditor.config import Settings
from auditor.findings import Confidence, Operation, Severity, Status
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.interface_endpoints.private_dns_off import interface_endpoint_private_dns_off
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, ACCOUNT, REGION, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"
SQS = "sqs.eu-west-1.amazonaws.com"
SWITCHED_ON = Operation(
    "ec2:ModifyVpcEndpoint", {"VpcEndpointId": "vpce-1", "PrivateDnsEnabled": True}, Target(ACCOUNT, REGION)
)
PROVIDED = "com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b"


def world(service: str = "sqs", *, private_dns: bool = False, workload: bool = True) -> World:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", name="shop")
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24", enis=workload)
    made.service("com.amazonaws.eu-west-1.nameless")
    made.interface_endpoint("vpce-1", vpc, service, [subnet], private_dns=private_dns)
    return made


def test_private_dns_that_is_on_is_not_judged() -> None:
    assert judged(world(private_dns=True), interface_endpoint_private_dns_off) == []


def test_a_name_that_resolves_past_the_endpoint_breaks_clients_without_a_default_route() -> None:
    (finding,) = faults(judged(world(), interface_endpoint_private_dns_off))
    assert (finding.severity, finding.confidence) == (Severity.MEDIUM, Confidence.CERTAIN)
    assert (finding.key, finding.resource.id) == ("", "vpce-1")
    assert finding.message == (
        f"vpce-1 has private DNS off, so {SQS} resolves to public addresses in vpc-a (shop), which subnet-a cannot "
        f"reach without a default route: no private DNS, hosted zone or Profile of vpc-a holds {SQS}; switch private "
        "DNS on"
    )
    assert finding.evidence == {
        "service": "com.amazonaws.eu-west-1.sqs",
        "private_names": [SQS],
        "subnets_in_use": ["subnet-a"],
        "subnets_isolated": ["subnet-a"],
    }
    assert finding.remedy == (SWITCHED_ON,)


def test_clients_with_a_default_route_reach_the_public_addresses() -> None:
    seen = with_a_way_out()
    (finding,) = faults(judged(seen, interface_endpoint_private_dns_off))
    assert (finding.severity, finding.confidence) == (Severity.LOW, Confidence.CERTAIN)
    assert finding.message == (
        f"vpce-1 has private DNS off, so {SQS} resolves to public addresses in vpc-a (shop): no private DNS, hosted "
        f"zone or Profile of vpc-a holds {SQS}; switch private DNS on"
    )
    seen.refuse("ec2:DescribeRouteTables")
    (finding,) = faults(judged(seen, interface_endpoint_private_dns_off))
    assert (finding.severity, finding.confidence) == (Severity.LOW, Confidence.CERTAIN)


@pytest.mark.parametrize("action", ["route53:ListHostedZonesByVPC", "route53profiles:ListProfileAssociations"])
def test_without_route_53_it_is_a_low_heuristic_fault_and_says_so(action: str) -> None:
    seen = world()
    seen.refuse(action)
    (finding,) = judged(seen, interface_endpoint_private_dns_off)
    assert (finding.status, finding.severity, finding.confidence) == (Status.FAIL, Severity.LOW, Confidence.HEURISTIC)
    assert finding.message == (
        f"vpce-1 has private DNS off, so {SQS} resolves to public addresses in vpc-a (shop), unless a private hosted "
        "zone or a Route 53 Profile stands in for it: Route 53 was not read"
    )


# --- What stands in for private DNS -----------------------------------------------------------------------------------


def with_a_way_out() -> World:
    seen = world()
    vpc = seen.vpcs["vpc-a"]
    seen.internet_gateway("igw-1", vpc)
    seen.route_table("rtb-a", vpc, [seen.subnets["subnet-a"]], {"0.0.0.0/0": "igw-1"})
    return seen


@pytest.mark.parametrize("target", ["vpce-1", "10.9.9.9", "vpce-0abc123-x1y2z3.sqs.eu-west-1.vpce.amazonaws.com"])
def test_a_hosted_zone_that_leads_the_name_anywhere_stands_in_for_it(target: str) -> None:
    seen = world()
    seen.hosted_zone("Z1", SQS, [seen.vpcs["vpc-a"]], {SQS: target})
    assert passes(judged(seen, interface_endpoint_private_dns_off))
    assert faults(judged(seen, interface_endpoint_private_dns_off)) == []


def test_a_profile_that_brings_the_endpoint_stands_in_for_it() -> None:
    seen = world()
    seen.profile("rp-1", [seen.vpcs["vpc-a"]], ["vpce-1"])
    assert faults(judged(seen, interface_endpoint_private_dns_off)) == []
    assert passes(judged(seen, interface_endpoint_private_dns_off))


def test_a_zone_without_a_record_for_the_name_leads_it_nowhere() -> None:
    seen = with_a_way_out()
    seen.hosted_zone("Z1", "eu-west-1.amazonaws.com", [seen.vpcs["vpc-a"]], {"kms.eu-west-1.amazonaws.com": "vpce-1"})
    (finding,) = judged(seen, interface_endpoint_private_dns_off)
    assert (finding.status, finding.severity, finding.confidence) == (Status.FAIL, Severity.MEDIUM, Confidence.CERTAIN)
    assert finding.message == (
        f"vpce-1 has private DNS off, and hosted zone Z1 (eu-west-1.amazonaws.com) holds no record for {SQS}, so that "
        "name leads nowhere in vpc-a (shop): add a record, or delete the zone"
    )
    assert finding.remedy == ()


@pytest.mark.parametrize("owner", [ACCOUNT, "999999999999"])
def test_a_zone_whose_records_were_not_seen_makes_it_unknown(owner: str) -> None:
    seen = world()
    seen.hosted_zone("Z1", SQS, [seen.vpcs["vpc-a"]], {SQS: "vpce-1"}, account=owner)
    if owner == ACCOUNT:
        seen.refuse("route53:ListResourceRecordSets")
    (finding,) = judged(seen, interface_endpoint_private_dns_off)
    assert finding.status is Status.UNKNOWN
    assert finding.missing
    assert {cause.account for cause in finding.missing.causes} == {owner}


def test_a_profile_of_which_it_was_not_seen_what_it_brings_makes_it_unknown() -> None:
    seen = world()
    seen.profile("rp-1", [seen.vpcs["vpc-a"]], ["vpce-1"])
    seen.refuse("route53profiles:ListProfileResourceAssociations")
    (finding,) = judged(seen, interface_endpoint_private_dns_off)
    assert finding.status is Status.UNKNOWN


def test_the_dns_attributes_must_be_on_first() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16", dns_hostnames=False)
    subnet = seen.subnet("subnet-a", vpc, "10.0.0.0/24")
    seen.interface_endpoint("vpce-1", vpc, "sqs", [subnet], private_dns=False)
    seen.hosted_zone("Z1", SQS, [vpc], {SQS: "vpce-1"})
    (finding,) = judged(seen, interface_endpoint_private_dns_off)
    assert finding.message.endswith(": enableDnsHostnames of vpc-a is off; switch private DNS on")
    assert finding.remedy == (
        Operation(
            "ec2:ModifyVpcAttribute", {"VpcId": "vpc-a", "EnableDnsHostnames": {"Value": True}}, Target(ACCOUNT, REGION)
        ),
        SWITCHED_ON,
    )


# --- Who is asked -----------------------------------------------------------------------------------------------------


def test_an_endpoint_that_aws_looks_after_is_a_fact() -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", RequesterManaged=True)
    assert [each.severity for each in faults(judged(seen, interface_endpoint_private_dns_off))] == [Severity.INFO]


@pytest.mark.parametrize("service", ["com.amazonaws.eu-west-1.nameless", "dynamodb"])
def test_a_service_without_a_private_name_has_none_to_switch_on(service: str) -> None:
    assert judged(world(service), interface_endpoint_private_dns_off) == []


def test_another_endpoint_of_the_vpc_may_own_the_name() -> None:
    seen = world()
    seen.interface_endpoint("vpce-2", seen.vpcs["vpc-a"], "sqs", [seen.subnets["subnet-a"]])
    assert judged(seen, interface_endpoint_private_dns_off) == []


def test_an_endpoint_that_is_gone_owns_no_name() -> None:
    seen = world()
    seen.interface_endpoint("vpce-2", seen.vpcs["vpc-a"], "sqs", [seen.subnets["subnet-a"]], state="deleted")
    assert len(faults(judged(seen, interface_endpoint_private_dns_off))) == 1


def test_s3_beside_a_gateway_endpoint_keeps_its_name_off_on_purpose() -> None:
    seen = world("s3")
    assert len(faults(judged(seen, interface_endpoint_private_dns_off))) == 1
    seen.gateway_endpoint("vpce-2", seen.vpcs["vpc-a"], "s3", [seen.main_routes(seen.vpcs["vpc-a"], {})])
    assert judged(seen, interface_endpoint_private_dns_off) == []


def beside_a_gateway_endpoint() -> World:
    """The gateway endpoint leads from a table of no subnet."""
    seen = world("s3")
    vpc = seen.vpcs["vpc-a"]
    seen.gateway_endpoint("vpce-2", vpc, "s3", [seen.route_table("rtb-idle", vpc)])
    return seen


def test_a_gateway_endpoint_that_no_subnet_in_use_leads_to_takes_no_traffic() -> None:
    assert len(faults(judged(beside_a_gateway_endpoint(), interface_endpoint_private_dns_off))) == 1


def test_a_gateway_endpoint_may_take_the_traffic_where_route_tables_were_not_seen() -> None:
    seen = beside_a_gateway_endpoint()
    seen.refuse("ec2:DescribeRouteTables")
    findings = judged(seen, interface_endpoint_private_dns_off)
    assert unknowns(findings) == findings
    assert [finding.resource.id for finding in findings] == ["vpce-1"]


def test_an_endpoint_of_which_neither_vpc_nor_service_was_seen_is_unknown_once() -> None:
    seen = world()
    seen.refuse("ec2:DescribeVpcs")
    seen.refuse("ec2:DescribeVpcEndpointServices")
    (finding,) = [each for each in judged(seen, interface_endpoint_private_dns_off) if each.resource.id == "vpce-1"]
    assert finding.missing
    assert {cause.action for cause in finding.missing.causes} == {
        "ec2:DescribeVpcs",
        "ec2:DescribeVpcEndpointServices",
    }


@pytest.mark.parametrize(("verified", "expected"), [("verified", 1), ("pendingVerification", 0), ("failed", 0)])
def test_a_providers_name_counts_once_it_is_verified(verified: str, expected: int) -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.service(PROVIDED, owner="999999999999", private_names=["api.example.com"], verified=verified)
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24")
    made.interface_endpoint("vpce-1", vpc, PROVIDED, [subnet], private_dns=False)
    assert len(judged(made, interface_endpoint_private_dns_off)) == expected


def test_a_central_vpc_without_clients_of_its_own_resolves_by_other_means() -> None:
    seen = world(workload=False)
    assert judged(seen, interface_endpoint_private_dns_off) == []
    assert len(faults(judged(seen, interface_endpoint_private_dns_off, Settings(treat_empty_vpcs=True)))) == 1


def test_a_service_of_another_region_is_not_listed_and_so_unknown() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24")
    made.interface_endpoint("vpce-1", vpc, "sqs", [subnet], private_dns=False, service_region="us-east-1")
    (finding,) = unknowns(judged(made, interface_endpoint_private_dns_off))
    assert finding.missing
    assert [cause.resource for cause in finding.missing.causes] == ["com.amazonaws.us-east-1.sqs"]


@pytest.mark.parametrize(
    "action",
    [
        ENDPOINTS,
        "ec2:DescribeVpcEndpointServices",
        "ec2:DescribeSubnets",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeVpcs",
    ],
)
def test_what_was_refused_makes_it_unknown(action: str) -> None:
    seen = world()
    seen.refuse(action)
    findings = judged(seen, interface_endpoint_private_dns_off)
    assert findings
    assert unknowns(findings) == findings


def test_the_owner_of_the_name_may_be_what_a_cut_list_lacks() -> None:
    seen = world()
    seen.interface_endpoint("vpce-2", seen.vpcs["vpc-a"], "sqs", [seen.subnets["subnet-a"]])
    seen.cut(ENDPOINTS, keep=1)
    findings = judged(seen, interface_endpoint_private_dns_off)
    assert {finding.resource.id for finding in findings} == {"vpce-1", "111111111111/eu-west-1"}
    assert unknowns(findings) == findings


def test_private_dns_that_aws_left_out_is_unknown() -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", PrivateDnsEnabled=ABSENT)
    (finding,) = unknowns(judged(seen, interface_endpoint_private_dns_off))
    assert finding.missing
    assert [cause.kind for cause in finding.missing.causes] == [Kind.ABSENT_FIELD]


def test_a_gateway_endpoint_is_not_judged() -> None:
    made = World()
    made.gateway_endpoint("vpce-1", made.vpc("vpc-a", "10.0.0.0/16"), "s3")
    assert judged(made, interface_endpoint_private_dns_off) == []


def with_names() -> World:
    """A zone leads to another VPC's endpoint by its address, and a Profile brings another zone."""
    seen = with_a_way_out()
    vpc, far = seen.vpcs["vpc-a"], seen.vpc("vpc-b", "10.1.0.0/16")
    seen.peering("pcx-1", vpc, far)
    seen.interface_endpoint("vpce-far", far, "sqs", [seen.subnet("subnet-far", far, "10.1.0.0/24", enis=False)])
    seen.hosted_zone("Z1", "amazonaws.com", [], {SQS: "vpce-far"})
    seen.profile("rp-1", [vpc], ["Z1"])
    return seen


@pytest.mark.parametrize("make", [world, beside_a_gateway_endpoint, with_a_way_out, with_names])
def test_the_rule_reads_what_it_says(make: Callable[[], World]) -> None:
    seen = make()
    assert judged_on_reads(seen, interface_endpoint_private_dns_off) == judged(seen, interface_endpoint_private_dns_off)


def test_an_endpoint_of_moto_without_private_dns_fails_until_a_hosted_zone_stands_in_for_it() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        ec2.create_network_interface(SubnetId=subnet)
        name = f"com.amazonaws.{REGION}.sqs"
        made = ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=name, VpcEndpointType="Interface", SubnetIds=[subnet])
        endpoint_id = made["VpcEndpoint"]["VpcEndpointId"]
        ec2_backends[DEFAULT_ACCOUNT_ID][REGION].vpc_end_points[endpoint_id].private_dns_enabled = False
        (finding,) = faults(judged(collected(), interface_endpoint_private_dns_off))
        assert finding.resource.id == endpoint_id
        assert "sqs.eu-west-1.amazonaws.com" in finding.message
        route53 = boto3.client("route53")
        zone = route53.create_hosted_zone(
            Name=SQS,
            CallerReference="central",
            VPC={"VPCId": vpc_id, "VPCRegion": REGION},
            HostedZoneConfig={"PrivateZone": True},
        )["HostedZone"]["Id"]
        ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
        name = made["VpcEndpoint"]["DnsEntries"][0]["DnsName"]
        record = {"Name": SQS, "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": name}]}
        changes = [{"Action": "CREATE", "ResourceRecordSet": record}]
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
        assert faults(judged(collected(), interface_endpoint_private_dns_off)) == []
