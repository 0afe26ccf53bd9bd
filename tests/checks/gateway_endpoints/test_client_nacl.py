from collections.abc import Sequence
from typing import Any

import boto3
import pytest
from moto import mock_aws

from auditor.config import Settings
from auditor.findings import Confidence, Finding, Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.gateway_endpoints.client_nacl import gateway_endpoint_client_nacl
from tests.carrying_out import cured
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ABSENT, ACCOUNT, REGION, Subnet, Vpc, World, acl_rule
from tests.world_words import AclRule

S3 = "com.amazonaws.eu-west-1.s3"
FIRST, SECOND = "3.5.64.0/21", "52.218.0.0/17"
ENDPOINTS, INTERFACES, ACLS = "ec2:DescribeVpcEndpoints", "ec2:DescribeNetworkInterfaces", "ec2:DescribeNetworkAcls"
ANSWERS = acl_rule("ingress", 100, "allow", "0.0.0.0/0", protocol="tcp", ports=(1024, 65535))
REQUESTS = acl_rule("egress", 100, "allow", "0.0.0.0/0", protocol="tcp", ports=443)


def out(number: int, block: str) -> AclRule:
    return acl_rule("egress", number, "allow", block, protocol="tcp", ports=443)


def world(
    *rules: AclRule, default: bool = False, six: bool = False, workload: bool = True, state: str = "available"
) -> World:
    """``subnet-a`` holds a client of ``vpce-1`` and has the network ACL ``acl-1`` with ``rules``."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", *(["2001:db8::/56"] if six else []), name="shop")
    made.aws_prefix_list("pl-s3", S3, [SECOND, FIRST])
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24", *(["2001:db8::/64"] if six else []), enis=workload)
    routes = {made.prefix_list("pl-s3-ipv6", ["2600:1fa0::/36"]): "vpce-1"} if six else {}
    made.gateway_endpoint("vpce-1", vpc, "s3", [made.route_table("rtb-a", vpc, [subnet], routes)], state=state)
    if not default:
        made.network_acl("acl-1", vpc, [subnet], rules)
    return made


def place(seen: World) -> tuple[Vpc, Subnet]:
    return seen.vpcs["vpc-a"], seen.subnets["subnet-a"]


def assert_passes(seen: World) -> None:
    findings = judged(seen, gateway_endpoint_client_nacl)
    assert passes(findings) == findings != []


def fault(seen: World) -> Finding:
    (finding,) = judged(seen, gateway_endpoint_client_nacl)
    assert [finding] == faults([finding])
    return finding


def undecided(seen: World) -> Finding:
    (finding,) = judged(seen, gateway_endpoint_client_nacl)
    assert [finding] == unknowns([finding])
    return finding


def step(number: int, block: str, *, egress: bool) -> dict[str, Any]:
    return {
        "NetworkAclId": "acl-1",
        "RuleNumber": number,
        "RuleAction": "allow",
        "Egress": egress,
        "Protocol": "6",
        "PortRange": {"From": 443, "To": 443} if egress else {"From": 1024, "To": 65535},
        "Ipv6CidrBlock" if ":" in block else "CidrBlock": block,
    }


# --- What is let through


def test_the_default_network_acl_lets_everything_through() -> None:
    assert_passes(world(default=True))


@pytest.mark.parametrize(
    "rules",
    [
        (REQUESTS, ANSWERS),
        (out(100, FIRST), out(110, SECOND), ANSWERS),
        (REQUESTS, acl_rule("ingress", 100, "allow", "0.0.0.0/0", protocol="tcp", ports=(32768, 60999))),
        (acl_rule("egress", 50, "deny", "10.0.0.0/8"), REQUESTS, ANSWERS),
    ],
    ids=["HTTPS alone", "the entries alone", "the ports of Linux alone", "nothing to private addresses"],
)
def test_a_narrow_network_acl_that_works_passes(rules: Sequence[AclRule]) -> None:
    assert_passes(world(*rules))


def test_a_network_acl_without_rules_lets_nothing_through() -> None:
    finding = fault(world())
    assert (finding.severity, finding.confidence) == (Severity.MEDIUM, Confidence.HEURISTIC)
    assert (finding.resource.id, finding.key) == ("vpc-a", "s3|acl-1")
    assert finding.message == (
        "acl-1 of subnet-a in vpc-a (shop) lets no HTTPS through to com.amazonaws.eu-west-1.s3, by egress rule * and "
        "ingress rule *; let TCP 443 out there, and its answers in, so that vpce-1 can serve it"
    )
    assert finding.evidence == {
        "service": S3,
        "gateway_endpoints": ["vpce-1"],
        "prefix_lists": ["pl-s3"],
        "entries": [FIRST, SECOND],
        "entries_denied": [FIRST, SECOND],
        "network_acl": "acl-1",
        "subnets": ["subnet-a"],
        "requests_denied": [FIRST, SECOND],
        "answers_denied": [FIRST, SECOND],
        "rules": [{"direction": "egress", "rule_number": "*"}, {"direction": "ingress", "rule_number": "*"}],
    }
    assert finding.related == ("vpc-a", "acl-1", "vpce-1", "subnet-a")
    assert [(each.operation, each.at) for each in finding.remedy] == [
        ("ec2:CreateNetworkAclEntry", Target(ACCOUNT, REGION))
    ] * 4
    assert [each.parameters for each in finding.remedy] == [
        step(10, FIRST, egress=True),
        step(20, SECOND, egress=True),
        step(10, FIRST, egress=False),
        step(20, SECOND, egress=False),
    ]


def test_requests_without_answers_are_no_use() -> None:
    finding = fault(world(REQUESTS))
    assert finding.severity is Severity.MEDIUM
    assert (finding.evidence["requests_denied"], finding.evidence["answers_denied"]) == ([], [FIRST, SECOND])
    assert [each.parameters["Egress"] for each in finding.remedy] == [False, False]


def test_answers_without_requests_are_no_use() -> None:
    finding = fault(world(ANSWERS, acl_rule("egress", 100, "allow", "0.0.0.0/0", protocol="tcp", ports=80)))
    assert finding.severity is Severity.MEDIUM
    assert finding.evidence["answers_denied"] == []
    assert [each.parameters for each in finding.remedy] == [
        step(110, FIRST, egress=True),
        step(120, SECOND, egress=True),
    ]


def test_requests_to_one_entry_and_answers_from_another_are_no_use() -> None:
    answers = acl_rule("ingress", 100, "allow", SECOND, protocol="tcp", ports=(1024, 65535))
    finding = fault(world(out(100, FIRST), answers))
    assert finding.severity is Severity.MEDIUM
    assert finding.evidence["requests_denied"] == [SECOND]
    assert finding.evidence["answers_denied"] == [FIRST]


def test_a_list_of_entries_that_has_aged_is_a_lesser_fault() -> None:
    finding = fault(world(out(100, SECOND), ANSWERS))
    assert (finding.severity, finding.key) == (Severity.LOW, "s3|acl-1")
    assert finding.message == (
        "acl-1 of subnet-a in vpc-a (shop) lets HTTPS through to a part of com.amazonaws.eu-west-1.s3 alone, not to "
        "3.5.64.0/21, which leaves out 1 of the 2 entries of pl-s3, by egress rule *; let TCP 443 out there, and its "
        "answers in, so that vpce-1 can serve it"
    )
    assert finding.evidence["entries_denied"] == [FIRST]
    assert [each.parameters for each in finding.remedy] == [step(110, FIRST, egress=True)]


def test_a_rule_that_denies_stands_before_those_that_allow() -> None:
    finding = fault(world(acl_rule("egress", 50, "deny", FIRST), REQUESTS, ANSWERS))
    assert finding.severity is Severity.LOW
    assert finding.evidence["rules"] == [{"direction": "egress", "rule_number": "50"}]
    assert [each.parameters for each in finding.remedy] == [step(49, FIRST, egress=True)]


def test_a_network_acl_that_takes_no_more_rules_is_left_to_its_owner() -> None:
    full = [acl_rule("egress", number, "allow", f"10.{number}.0.0/16") for number in range(1, 39)]
    finding = fault(world(*full, ANSWERS))
    assert (finding.severity, finding.remedy) == (Severity.MEDIUM, ())
    no_number = fault(world(acl_rule("egress", 1, "deny", FIRST), REQUESTS, ANSWERS))
    assert (no_number.severity, no_number.remedy) == (Severity.LOW, ())


# --- IPv6


def test_ipv6_counts_where_subnet_and_endpoint_have_it() -> None:
    finding = fault(world(REQUESTS, ANSWERS, six=True))
    assert (finding.severity, finding.evidence["entries_denied"]) == (Severity.LOW, ["2600:1fa0::/36"])
    assert [each.parameters for each in finding.remedy] == [
        step(110, "2600:1fa0::/36", egress=True),
        step(110, "2600:1fa0::/36", egress=False),
    ]
    assert_passes(world(default=True, six=True))


def test_ipv6_does_not_count_for_a_subnet_without_it() -> None:
    seen = world(REQUESTS, ANSWERS, six=True)
    seen.change("ec2:DescribeSubnets", "subnet-a", Ipv6CidrBlockAssociationSet=[])
    assert_passes(seen)


# --- Who is asked


def test_subnets_of_one_network_acl_are_one_fault_and_services_two() -> None:
    seen = world(default=True)
    vpc, first = place(seen)
    second = seen.subnet("subnet-b", vpc, "10.0.1.0/24")
    table = seen.route_table("rtb-b", vpc, [second])
    seen.gateway_endpoint("vpce-2", vpc, "dynamodb", [table, seen.route_tables["rtb-a"]])
    seen.network_acl("acl-1", vpc, [first, second])
    found = {each.key: each for each in faults(judged(seen, gateway_endpoint_client_nacl))}
    assert found.keys() == {"s3|acl-1", "dynamodb|acl-1"}
    assert found["dynamodb|acl-1"].evidence["subnets"] == ["subnet-a", "subnet-b"]
    assert found["s3|acl-1"].evidence["subnets"] == ["subnet-a"]


def test_a_subnet_without_clients_is_not_asked_for() -> None:
    seen = world(workload=False)
    _, subnet = place(seen)
    seen.network_interface("eni-rds", subnet, description="RDSNetworkInterface", managed=True)
    seen.network_interface("eni-nlb", subnet, kind="network_load_balancer")
    assert judged(seen, gateway_endpoint_client_nacl) == []
    (finding,) = faults(judged(seen, gateway_endpoint_client_nacl, Settings(treat_empty_vpcs=True)))
    assert finding.key == "s3|acl-1"


def test_a_subnet_that_sends_elsewhere_is_not_asked_for() -> None:
    seen = world(default=True)
    vpc, _ = place(seen)
    seen.network_acl("acl-1", vpc, [seen.subnet("subnet-b", vpc, "10.0.1.0/24")])
    assert_passes(seen)


@pytest.mark.parametrize("state", ["pending", "failed"])
def test_an_endpoint_that_is_not_available_serves_nobody(state: str) -> None:
    assert judged(world(state=state), gateway_endpoint_client_nacl) == []


def test_a_network_acl_that_lets_through_to_an_interface_endpoint_is_passed_over() -> None:
    inside = acl_rule("egress", 100, "allow", "10.0.0.0/16", protocol="tcp", ports=443)
    seen = world(inside, ANSWERS)
    vpc, subnet = place(seen)
    seen.interface_endpoint("vpce-2", vpc, "s3", [subnet], inbound_resolver_only=True)
    assert_passes(seen)
    assert fault(world(inside, ANSWERS)).severity is Severity.MEDIUM


def test_where_the_services_name_resolves_to_an_interface_endpoint_no_network_acl_is_judged() -> None:
    seen = world()
    vpc, subnet = place(seen)
    seen.interface_endpoint("vpce-2", vpc, "s3", [subnet])
    assert judged(seen, gateway_endpoint_client_nacl) == []


# --- What was not seen


def unread(seen: World) -> World:
    """The entries of AWS's lists are in two answers."""
    seen.refuse("ec2:GetManagedPrefixListEntries")
    seen.refuse("ec2:DescribePrefixLists")
    return seen


def test_without_the_entries_only_everything_and_nothing_can_be_told() -> None:
    assert_passes(unread(world(default=True)))
    finding = fault(unread(world()))
    assert (finding.severity, finding.evidence["entries"], finding.remedy) == (Severity.MEDIUM, [], ())
    assert undecided(unread(world(out(100, SECOND), ANSWERS))).key == "s3|acl-1"


@pytest.mark.parametrize(
    "action",
    [ACLS, INTERFACES, ENDPOINTS, "ec2:DescribeSubnets", "ec2:DescribeRouteTables", "ec2:DescribeVpcs"],
)
@pytest.mark.parametrize("default", [True, False])
def test_what_was_refused_makes_it_unknown(action: str, default: bool) -> None:
    seen = world(default=default)
    seen.refuse(action)
    assert undecided(seen).key == ""


def test_rules_that_aws_left_out_are_unknown() -> None:
    seen = world()
    seen.change(ACLS, "acl-1", Entries=ABSENT)
    missing = undecided(seen).missing
    assert missing
    assert [cause.kind for cause in missing.causes] == [Kind.ABSENT_FIELD]


def test_a_connected_vpc_that_was_not_seen_may_have_an_interface_endpoint() -> None:
    rules = (acl_rule("egress", 100, "allow", "10.1.0.0/16", protocol="tcp", ports=443), ANSWERS)
    seen = world(*rules)
    seen.peering("pcx-1", place(seen)[0], seen.foreign_vpc("vpc-hub", "10.1.0.0/16", account="222222222222"))
    finding = undecided(seen)
    assert (finding.key, finding.message) == (
        "s3|acl-1",
        "whether acl-1 of vpc-a (shop) lets clients reach com.amazonaws.eu-west-1.s3 was not seen",
    )


@pytest.mark.parametrize("rules", [(), (REQUESTS, ANSWERS)], ids=["shut", "open"])
def test_the_rule_reads_what_it_says(rules: Sequence[AclRule]) -> None:
    seen = world(*rules)
    assert judged_on_reads(seen, gateway_endpoint_client_nacl) == judged(seen, gateway_endpoint_client_nacl)


def test_carrying_out_the_remedy_lets_the_subnets_through() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
        subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        ec2.create_network_interface(SubnetId=subnet)
        table = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=S3, VpcEndpointType="Gateway", RouteTableIds=[table])
        acl = ec2.create_network_acl(VpcId=vpc_id)["NetworkAcl"]["NetworkAclId"]
        standing = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])
        (association,) = (
            each["NetworkAclAssociationId"]
            for each in standing["NetworkAcls"][0]["Associations"]
            if each["SubnetId"] == subnet
        )
        ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=acl)
        (found,) = cured(gateway_endpoint_client_nacl)
    assert found.key == f"s3|{acl}"
