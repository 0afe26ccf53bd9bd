import boto3
import pytest
from moto import mock_aws

from auditor.findings import Finding, Severity
from auditor.network.missing import Kind
from checks.interface_endpoints.sg_too_open import interface_endpoint_sg_too_open
from tests.judging import faults, judged, judged_backwards, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, REGION, Permission, World, allow

ENDPOINTS = "ec2:DescribeVpcEndpoints"
GROUPS = "ec2:DescribeSecurityGroups"
CUSTOMERS = "com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b"


def world(*rules: Permission, service: str = "sqs", six: bool = False) -> World:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", *(["2001:db8::/56"] if six else []))
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24")
    made.security_group("sg-vpce", vpc, rules, name="endpoints")
    made.service("com.amazonaws.eu-west-1.email-smtp")
    made.service(CUSTOMERS, owner="999999999999")
    made.interface_endpoint("vpce-1", vpc, service, [subnet], groups=["sg-vpce"])
    return made


def fault(seen: World) -> Finding:
    (finding,) = faults(judged(seen, interface_endpoint_sg_too_open))
    return finding


def assert_passes(seen: World) -> None:
    findings = judged(seen, interface_endpoint_sg_too_open)
    assert passes(findings) == findings != []


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [allow("tcp", 443, "10.0.0.0/16")],
        [allow("tcp", 443, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")],
        [allow("tcp", 443, "sg-vpce")],
        [allow("all", None, "10.0.0.0/16")],
        [allow("tcp", 80, "0.0.0.0/0")],
        [allow("icmp", None, "0.0.0.0/0")],
    ],
)
def test_rules_for_those_who_are_meant_pass(rules: list[Permission]) -> None:
    assert_passes(world(*rules))


def test_https_from_everywhere_is_wider_than_it_need_be() -> None:
    finding = fault(world(allow("tcp", 443, "0.0.0.0/0", "10.0.0.0/16")))
    assert (finding.severity, finding.key, finding.resource.id) == (Severity.LOW, "sg-vpce", "vpce-1")
    assert finding.message == (
        "sg-vpce (endpoints) of vpce-1 to com.amazonaws.eu-west-1.sqs in vpc-a lets in tcp 443 from 0.0.0.0/0; nothing "
        "is connected with vpc-a now, but whatever is connected later gets in; name its clients instead"
    )
    assert finding.evidence == {
        "service": "com.amazonaws.eu-west-1.sqs",
        "ports": [443],
        "rules": ["tcp 443 from 0.0.0.0/0"],
        "sources": ["0.0.0.0/0"],
        "connections": [],
        "all_connections_seen": True,
    }
    assert (finding.related, finding.remedy) == (("vpc-a", "sg-vpce"), ())


def test_nobody_is_told_that_the_internet_gets_in() -> None:
    finding = fault(world(allow("all", None, "0.0.0.0/0")))
    assert "public" not in finding.message
    assert "internet" not in finding.message


@pytest.mark.parametrize("rule", [allow("all", None, "0.0.0.0/0"), allow("tcp", None, "0.0.0.0/0")])
def test_everything_from_everywhere_is_worse(rule: Permission) -> None:
    assert fault(world(rule)).severity is Severity.MEDIUM


def test_ipv6_from_everywhere_counts_alike() -> None:
    assert fault(world(allow("tcp", 443, "::/0"), six=True)).severity is Severity.LOW


@pytest.mark.parametrize("sources", [["0.0.0.0/1", "128.0.0.0/1"], ["128.0.0.0/1"], ["pl-all"]])
def test_halves_and_lists_that_hold_everybody_count_alike(sources: list[str]) -> None:
    seen = world(allow("tcp", 443, *sources))
    seen.prefix_list("pl-all", ["0.0.0.0/1", "128.0.0.0/1"])
    assert fault(seen).evidence["sources"] == sources


def test_the_connections_of_the_vpc_are_named() -> None:
    seen = world(allow("tcp", 443, "0.0.0.0/0"))
    peer = seen.vpc("vpc-b", "10.1.0.0/16")
    seen.peering("pcx-1", seen.vpcs["vpc-a"], peer)
    seen.vpn_gateway("vgw-1", seen.vpcs["vpc-a"])
    finding = fault(seen)
    assert finding.severity is Severity.LOW
    assert "; whoever comes into the VPC over pcx-1, vgw-1 gets in; " in finding.message
    assert finding.evidence["connections"] == ["pcx-1", "vgw-1"]


def test_connections_that_were_not_seen_leave_the_fault_as_it_is() -> None:
    seen = world(allow("tcp", 443, "0.0.0.0/0"))
    seen.refuse("ec2:DescribeVpnGateways")
    finding = fault(seen)
    assert "what is connected was not all seen" in finding.message
    assert finding.evidence["all_connections_seen"] is False


def test_each_group_is_a_finding_of_its_own() -> None:
    seen = world(allow("tcp", 443, "0.0.0.0/0"))
    seen.security_group("sg-two", seen.vpcs["vpc-a"], [allow("all", None, "0.0.0.0/0")])
    seen.interface_endpoint(
        "vpce-2", seen.vpcs["vpc-a"], "sns", [seen.subnets["subnet-a"]], groups=["sg-vpce", "sg-two", "sg-a-default"]
    )
    found = faults(judged(seen, interface_endpoint_sg_too_open))
    assert sorted((each.resource.id, each.key, each.severity.value) for each in found) == [
        ("vpce-1", "sg-vpce", "low"),
        ("vpce-2", "sg-two", "medium"),
        ("vpce-2", "sg-vpce", "low"),
    ]


def test_a_service_with_ports_of_its_own_is_judged_by_these() -> None:
    assert fault(world(allow("tcp", 587, "0.0.0.0/0"), service="email-smtp")).severity is Severity.LOW
    assert_passes(world(allow("tcp", 443, "0.0.0.0/0"), service="email-smtp"))


def test_of_another_customers_service_every_port_is_known_to_be_too_open() -> None:
    assert fault(world(allow("all", None, "0.0.0.0/0"), service=CUSTOMERS)).severity is Severity.MEDIUM
    (finding,) = unknowns(
        judged(world(allow("tcp", 8443, "0.0.0.0/0"), service=CUSTOMERS), interface_endpoint_sg_too_open)
    )
    assert finding.key == "sg-vpce"
    assert_passes(world(allow("tcp", 8443, "10.0.0.0/8"), service=CUSTOMERS))


def test_an_endpoint_that_aws_looks_after_is_a_fact() -> None:
    seen = world(allow("all", None, "0.0.0.0/0"))
    seen.change(ENDPOINTS, "vpce-1", RequesterManaged=True)
    assert fault(seen).severity is Severity.INFO


@pytest.mark.parametrize("kind", ["Resource", "ServiceNetwork", "Tunnel"])
def test_every_type_with_network_interfaces_has_groups(kind: str) -> None:
    seen = world(allow("all", None, "0.0.0.0/0"))
    seen.change(ENDPOINTS, "vpce-1", VpcEndpointType=kind, ServiceName=ABSENT)
    assert f"of vpce-1 to {kind} in vpc-a" in fault(seen).message


def test_an_endpoint_without_groups_or_that_is_gone_or_of_another_type_is_not_judged() -> None:
    seen = world(allow("all", None, "0.0.0.0/0"))
    seen.change(ENDPOINTS, "vpce-1", State="rejected")
    seen.gateway_endpoint("vpce-2", seen.vpcs["vpc-a"], "s3")
    assert judged(seen, interface_endpoint_sg_too_open) == []
    bare = world()
    bare.change(ENDPOINTS, "vpce-1", Groups=[])
    bare.refuse(GROUPS)
    assert judged(bare, interface_endpoint_sg_too_open) == []
    for groups in ([], [{"GroupId": "sg-gone", "GroupName": "gone"}]):
        seen = world(allow("all", None, "0.0.0.0/0"))
        seen.change(ENDPOINTS, "vpce-1", Groups=groups)
        assert judged(seen, interface_endpoint_sg_too_open) == []


@pytest.mark.parametrize("action", [ENDPOINTS, GROUPS])
def test_what_was_refused_makes_it_unknown(action: str) -> None:
    seen = world(allow("all", None, "0.0.0.0/0"))
    seen.refuse(action)
    findings = judged(seen, interface_endpoint_sg_too_open)
    assert findings
    assert unknowns(findings) == findings


def test_a_prefix_list_that_cannot_be_read_may_hold_everybody() -> None:
    seen = world(allow("tcp", 443, "pl-own"))
    seen.prefix_list("pl-own", readable=False)
    (finding,) = unknowns(judged(seen, interface_endpoint_sg_too_open))
    assert finding.message == "whether sg-vpce (endpoints) lets everybody in to vpce-1 was not all seen"


def test_what_aws_left_out_is_unknown() -> None:
    without_groups, without_rules = world(), world()
    without_groups.change(ENDPOINTS, "vpce-1", Groups=ABSENT)
    without_rules.change(GROUPS, "sg-vpce", IpPermissions=ABSENT)
    for seen in (without_groups, without_rules):
        (finding,) = unknowns(judged(seen, interface_endpoint_sg_too_open))
        assert finding.missing
        assert [cause.kind for cause in finding.missing.causes] == [Kind.ABSENT_FIELD]


@pytest.mark.parametrize("source", ["0.0.0.0/0", "10.0.0.0/8", "pl-all"])
def test_the_rule_reads_what_it_says_and_takes_lists_in_any_order(source: str) -> None:
    seen = world(allow("tcp", 443, source, "10.0.0.0/16"))
    seen.prefix_list("pl-all", ["0.0.0.0/0"])
    seen.vpn_gateway("vgw-1", seen.vpcs["vpc-a"])
    findings = judged(seen, interface_endpoint_sg_too_open)
    assert judged_on_reads(seen, interface_endpoint_sg_too_open) == findings
    assert judged_backwards(seen, interface_endpoint_sg_too_open) == findings


def test_an_endpoint_of_moto_is_too_open_until_the_rule_is_revoked() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName="to-sqs", Description="to SQS", VpcId=vpc_id)["GroupId"]
        everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=everything)
        ec2.create_vpc_endpoint(
            VpcId=vpc_id,
            ServiceName=f"com.amazonaws.{REGION}.sqs",
            VpcEndpointType="Interface",
            SubnetIds=[subnet],
            SecurityGroupIds=[group],
        )
        (finding,) = faults(judged(collected(), interface_endpoint_sg_too_open))
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=everything)
        mended = judged(collected(), interface_endpoint_sg_too_open)
    assert (finding.severity, finding.key) == (Severity.MEDIUM, group)
    assert passes(mended) == mended != []
