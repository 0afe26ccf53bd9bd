import boto3
import pytest
from moto import mock_aws

from auditor.findings import Finding, Operation, Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.interface_endpoints.sg_no_443 import interface_endpoint_sg_no_443
from tests.carrying_out import cured
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, ACCOUNT, REGION, Permission, World, allow, reference

ENDPOINTS = "ec2:DescribeVpcEndpoints"
GROUPS = "ec2:DescribeSecurityGroups"
CUSTOMERS = "com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b"


def world(*rules: Permission, service: str = "sqs", six: bool = False) -> World:
    """Clients in two subnets, those of ``subnet-b`` with the group ``sg-app``; the endpoint's group has the rules."""
    made = World()
    blocks = ["2001:db8::/56"] if six else []
    vpc = made.vpc("vpc-a", "10.0.0.0/16", *blocks, name="shop")
    made.security_group("sg-app", vpc)
    made.subnet("subnet-a", vpc, "10.0.0.0/24", *(["2001:db8::/64"] if six else []))
    made.subnet("subnet-b", vpc, "10.0.1.0/24", *(["2001:db8:0:1::/64"] if six else []), groups=["sg-app"])
    made.security_group("sg-vpce", vpc, rules, name="endpoints")
    for name in ("cassandra", "email-smtp", "iot.data", "transfer.server", "mail-manager-smtp.open"):
        made.service(f"com.amazonaws.eu-west-1.{name}")
    made.service(CUSTOMERS, owner="999999999999")
    made.interface_endpoint("vpce-1", vpc, service, [made.subnets["subnet-a"]], groups=["sg-vpce"])
    return made


def fault(seen: World) -> Finding:
    (finding,) = faults(judged(seen, interface_endpoint_sg_no_443))
    return finding


@pytest.mark.parametrize(
    "rule",
    [
        allow("tcp", 443, "10.0.0.0/16"),
        allow("tcp", (400, 500), "0.0.0.0/0"),
        allow("all", None, "10.0.0.0/16"),
        allow("tcp", 443, "10.0.0.0/24", "10.0.1.0/24"),
        allow("tcp", 443, "10.0.0.0/24", "sg-app"),
    ],
    ids=["the VPC", "a range of ports", "everything", "both subnets", "a subnet and a group"],
)
def test_rules_that_let_all_subnets_in_pass(rule: Permission) -> None:
    findings = judged(world(rule), interface_endpoint_sg_no_443)
    assert passes(findings) == findings != []


def test_a_prefix_list_lets_in_what_it_holds() -> None:
    seen = world(allow("tcp", 443, "pl-own"))
    seen.prefix_list("pl-own", ["10.0.0.0/16"])
    findings = judged(seen, interface_endpoint_sg_no_443)
    assert passes(findings) == findings != []


def test_rules_that_let_no_client_in_break_the_endpoint() -> None:
    finding = fault(world(allow("tcp", 80, "10.0.0.0/16")))
    assert (finding.severity, finding.key, finding.resource.id) == (Severity.HIGH, "", "vpce-1")
    assert finding.message == (
        "vpce-1 to com.amazonaws.eu-west-1.sqs in vpc-a (shop) lets no subnet of clients in at TCP 443, by "
        "sg-vpce (endpoints); left out: subnet-a (10.0.0.0/24), subnet-b (10.0.1.0/24)"
    )
    assert finding.evidence["subnets_denied"] == {"subnet-a": ["10.0.0.0/24"], "subnet-b": ["10.0.1.0/24"]}
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "IpRanges": [{"CidrIp": "10.0.0.0/24"}, {"CidrIp": "10.0.1.0/24"}],
    }
    assert finding.remedy == (
        Operation(
            "ec2:AuthorizeSecurityGroupIngress",
            {"GroupId": "sg-vpce", "IpPermissions": [permission]},
            Target(ACCOUNT, REGION),
        ),
    )


def test_a_group_without_rules_lets_no_client_in() -> None:
    assert fault(world()).severity is Severity.HIGH


def test_some_subnets_that_are_left_out_are_worth_a_warning() -> None:
    finding = fault(world(allow("tcp", 443, "10.0.0.0/24")))
    assert finding.severity is Severity.MEDIUM
    assert finding.evidence["subnets_denied"] == {"subnet-b": ["10.0.1.0/24"]}
    assert finding.evidence["subnets_let_in"] == ["subnet-a"]
    assert "lets not every subnet of clients in" in finding.message


def test_a_reference_lets_in_the_members_of_the_group_alone() -> None:
    assert fault(world(allow("tcp", 443, "sg-app"))).evidence["subnets_denied"] == {"subnet-a": ["10.0.0.0/24"]}


def test_a_subnet_with_one_client_that_is_let_in_is_let_in() -> None:
    seen = world(allow("tcp", 443, "10.0.0.0/24", "sg-app"))
    seen.network_interface("eni-other", seen.subnets["subnet-b"], "10.0.1.77")
    findings = judged(seen, interface_endpoint_sg_no_443)
    assert passes(findings) == findings != []


def test_a_rule_for_others_alone_lets_no_client_in() -> None:
    assert fault(world(allow("tcp", 443, "10.99.0.0/16"))).severity is Severity.HIGH


def test_an_endpoint_that_aws_looks_after_is_a_fact() -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", RequesterManaged=True)
    assert fault(seen).severity is Severity.INFO


@pytest.mark.parametrize(
    ("service", "port"),
    [
        ("cassandra", 9142),
        ("email-smtp", 587),
        ("email-smtp", 2465),
        ("iot.data", 8883),
        ("iot.data", 443),
        ("transfer.server", 22),
        ("mail-manager-smtp.open", 25),
    ],
)
def test_a_service_with_ports_of_its_own_needs_any_one_of_them(service: str, port: int) -> None:
    findings = judged(world(allow("tcp", port, "10.0.0.0/16"), service=service), interface_endpoint_sg_no_443)
    assert passes(findings) == findings != []


def test_https_is_no_use_to_a_service_with_ports_of_its_own() -> None:
    finding = fault(world(allow("tcp", 443, "10.0.0.0/16"), service="email-smtp"))
    assert "at TCP 25 or 465 or 587 or 2465 or 2587" in finding.message


def test_another_customers_service_has_ports_that_nobody_shows() -> None:
    (finding,) = unknowns(
        judged(world(allow("tcp", 443, "10.0.0.0/16"), service=CUSTOMERS), interface_endpoint_sg_no_443)
    )
    assert finding.missing
    assert [(cause.kind, cause.resource) for cause in finding.missing.causes] == [(Kind.ABSENT_FIELD, CUSTOMERS)]


def test_who_is_let_in_at_no_port_is_shut_out_of_another_customers_service_too() -> None:
    finding = fault(world(allow("tcp", 443, "10.9.0.0/16"), service=CUSTOMERS))
    assert (finding.severity, finding.remedy) == (Severity.HIGH, ())
    assert finding.message == (
        f"vpce-1 to {CUSTOMERS} in vpc-a (shop) lets no subnet of clients in at any port, by sg-vpce (endpoints); left "
        "out: subnet-a (10.0.0.0/24), subnet-b (10.0.1.0/24)"
    )
    some = fault(world(allow("tcp", 443, "10.0.0.0/24"), service=CUSTOMERS))
    assert (some.severity, some.evidence["subnets_denied"]) == (Severity.MEDIUM, {"subnet-b": ["10.0.1.0/24"]})


def test_who_is_let_in_at_every_port_gets_to_another_customers_service() -> None:
    findings = judged(world(allow("all", None, "10.0.0.0/16"), service=CUSTOMERS), interface_endpoint_sg_no_443)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("kind", ["Resource", "ServiceNetwork", "Tunnel"])
def test_every_type_with_network_interfaces_is_behind_its_groups(kind: str) -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", VpcEndpointType=kind, ServiceName=ABSENT)
    assert f"vpce-1 to {kind} in vpc-a (shop) lets no subnet of clients in at any port" in fault(seen).message


def dual_stack(*rules: Permission) -> World:
    seen = world(*rules, six=True)
    seen.change(ENDPOINTS, "vpce-1", IpAddressType="dualstack", DnsOptions={"DnsRecordIpType": "dualstack"})
    return seen


def test_ipv6_clients_of_an_endpoint_with_ipv4_alone_need_no_ipv6_rule() -> None:
    findings = judged(world(allow("tcp", 443, "10.0.0.0/16"), six=True), interface_endpoint_sg_no_443)
    assert passes(findings) == findings != []


def test_an_endpoint_with_both_families_must_let_both_in() -> None:
    finding = fault(dual_stack(allow("tcp", 443, "10.0.0.0/16")))
    assert finding.severity is Severity.MEDIUM
    assert finding.evidence["subnets_denied"] == {"subnet-a": ["2001:db8::/64"], "subnet-b": ["2001:db8:0:1::/64"]}
    findings = judged(dual_stack(allow("tcp", 443, "10.0.0.0/16", "2001:db8::/56")), interface_endpoint_sg_no_443)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("records", ["ipv4", "service-defined"])
def test_an_endpoint_whose_names_resolve_to_ipv4_alone_needs_no_ipv6_rule(records: str) -> None:
    seen = world(allow("tcp", 443, "10.0.0.0/16"), six=True)
    seen.change(ENDPOINTS, "vpce-1", IpAddressType="dualstack", DnsOptions={"DnsRecordIpType": records})
    findings = judged(seen, interface_endpoint_sg_no_443)
    assert passes(findings) == findings != []


def test_an_endpoint_with_ipv6_alone_needs_no_ipv4_rule() -> None:
    seen = world(allow("tcp", 443, "2001:db8::/56"), six=True)
    seen.change(ENDPOINTS, "vpce-1", IpAddressType="ipv6", DnsOptions={"DnsRecordIpType": "ipv6"})
    findings = judged(seen, interface_endpoint_sg_no_443)
    assert passes(findings) == findings != []


def test_load_balancers_are_no_clients() -> None:
    seen = world(allow("tcp", 443, "10.0.0.0/24", "sg-app"))
    subnet = seen.subnet("subnet-c", seen.vpcs["vpc-a"], "10.0.2.0/24", enis=False)
    seen.network_interface("eni-nlb", subnet, kind="network_load_balancer")
    seen.network_interface("eni-alb", subnet, description="ELB app/front/0123456789abcdef", managed=True)
    findings = judged(seen, interface_endpoint_sg_no_443)
    assert passes(findings) == findings != []


def test_a_central_vpc_without_clients_of_its_own_is_not_judged() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.security_group("sg-vpce", vpc, [allow("tcp", 443, "10.1.0.0/16")])
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24", enis=False)
    made.interface_endpoint("vpce-1", vpc, "sqs", [subnet], groups=["sg-vpce"])
    assert judged(made, interface_endpoint_sg_no_443) == []


def test_an_endpoint_without_a_group_that_exists_is_another_rules_matter() -> None:
    for groups in ([], [{"GroupId": "sg-gone", "GroupName": "gone"}]):
        seen = world()
        seen.change(ENDPOINTS, "vpce-1", Groups=groups)
        assert judged(seen, interface_endpoint_sg_no_443) == []


def test_groups_that_aws_left_out_are_unknown() -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", Groups=ABSENT)
    (finding,) = unknowns(judged(seen, interface_endpoint_sg_no_443))
    assert finding.missing
    assert [cause.kind for cause in finding.missing.causes] == [Kind.ABSENT_FIELD]


def test_an_endpoint_that_is_gone_or_of_another_type_is_not_judged() -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", State="deleted")
    seen.gateway_endpoint("vpce-2", seen.vpcs["vpc-a"], "s3")
    assert judged(seen, interface_endpoint_sg_no_443) == []


@pytest.mark.parametrize(
    "action", [ENDPOINTS, GROUPS, "ec2:DescribeSubnets", "ec2:DescribeNetworkInterfaces", "ec2:DescribeVpcs"]
)
def test_what_was_refused_makes_it_unknown(action: str) -> None:
    seen = world()
    seen.refuse(action)
    findings = judged(seen, interface_endpoint_sg_no_443)
    assert findings
    assert unknowns(findings) == findings


def test_a_prefix_list_that_cannot_be_read_may_let_the_clients_in() -> None:
    seen = world(allow("tcp", 443, "pl-own"))
    seen.prefix_list("pl-own", readable=False)
    (finding,) = unknowns(judged(seen, interface_endpoint_sg_no_443))
    assert finding.missing
    assert [cause.action for cause in finding.missing.causes] == ["ec2:GetManagedPrefixListEntries"]


def test_a_client_that_a_cut_list_lacks_may_be_let_in() -> None:
    seen = world(allow("tcp", 443, "10.0.0.128/25"))
    seen.cut("ec2:DescribeNetworkInterfaces", keep=1)
    findings = judged(seen, interface_endpoint_sg_no_443)
    assert unknowns(findings) == findings != []


def test_a_subnet_that_no_rule_lets_in_is_shut_out_whoever_else_is_in_it() -> None:
    seen = world(allow("tcp", 80, "10.0.0.0/16"))
    seen.cut("ec2:DescribeNetworkInterfaces", keep=1)
    assert fault(seen).evidence["subnets_denied"] == {"subnet-a": ["10.0.0.0/24"]}


def test_a_subnet_that_a_cut_list_lacks_may_be_let_in() -> None:
    seen = world(allow("tcp", 443, "10.0.1.0/24"))
    seen.cut("ec2:DescribeSubnets", keep=1)
    assert fault(seen).severity is Severity.MEDIUM


def test_a_group_across_a_peering_lets_no_client_in() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16")
    peer = seen.foreign_vpc("vpc-b", "10.1.0.0/16", account="222222222222")
    seen.peering("pcx-1", vpc, peer)
    seen.security_group("sg-vpce", vpc, [allow("tcp", 443, reference("sg-theirs", peer, "pcx-1"))])
    seen.interface_endpoint("vpce-1", vpc, "sqs", [seen.subnet("subnet-a", vpc, "10.0.0.0/24")], groups=["sg-vpce"])
    assert fault(seen).severity is Severity.HIGH


@pytest.mark.parametrize("source", ["10.0.0.0/24", "sg-app", "10.0.0.0/16"])
def test_the_rule_reads_what_it_says(source: str) -> None:
    seen = world(allow("tcp", 443, source))
    assert judged_on_reads(seen, interface_endpoint_sg_no_443) == judged(seen, interface_endpoint_sg_no_443)


def test_an_endpoint_of_moto_with_a_group_without_rules_fails_until_it_has_one() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        ec2.create_network_interface(SubnetId=subnet)
        group = ec2.create_security_group(GroupName="to-sqs", Description="to SQS", VpcId=vpc_id)["GroupId"]
        ec2.create_vpc_endpoint(
            VpcId=vpc_id,
            ServiceName=f"com.amazonaws.{REGION}.sqs",
            VpcEndpointType="Interface",
            SubnetIds=[subnet],
            SecurityGroupIds=[group],
        )
        (finding,) = cured(interface_endpoint_sg_no_443)
        mended = judged(collected(), interface_endpoint_sg_no_443)
    assert finding.severity is Severity.HIGH
    assert passes(mended) == mended != []
