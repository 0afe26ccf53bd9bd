import boto3
import pytest
from moto import mock_aws

from auditor.config import Settings
from auditor.findings import Finding, Operation, Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.interface_endpoints.nacl import interface_endpoint_nacl
from tests.carrying_out import cured
from tests.judging import faults, judged, judged_backwards, judged_on_reads, passes, unknowns
from tests.world import ABSENT, ACCOUNT, REGION, World, acl_rule
from tests.world_words import AclRule

ENDPOINTS = "ec2:DescribeVpcEndpoints"
ACLS = "ec2:DescribeNetworkAcls"

OPEN = (acl_rule("ingress", 100, "allow", "0.0.0.0/0"), acl_rule("egress", 100, "allow", "0.0.0.0/0"))

# What a network ACL for the endpoint's subnet, and one for its clients', should have.
SERVES = (
    acl_rule("ingress", 100, "allow", "10.0.0.0/16", protocol="tcp", ports=443),
    acl_rule("egress", 100, "allow", "10.0.0.0/16", protocol="tcp", ports=(1024, 65535)),
)
CALLS = (
    acl_rule("egress", 100, "allow", "10.0.0.0/16", protocol="tcp", ports=443),
    acl_rule("ingress", 100, "allow", "10.0.0.0/16", protocol="tcp", ports=(1024, 65535)),
)


def world(
    *,
    endpoints: tuple[AclRule, ...] = OPEN,
    clients: tuple[AclRule, ...] = OPEN,
    service: str = "sqs",
    six: bool = False,
) -> World:
    """Clients in two subnets, and an endpoint in a third, without clients; each side has a network ACL of its own."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", *(["2001:db8::/56"] if six else []), name="shop")
    first, second, third = (
        made.subnet(
            f"subnet-{letter}",
            vpc,
            f"10.0.{number}.0/24",
            *([f"2001:db8:0:{number + 1}::/64"] if six else []),
            enis=letter != "e",
        )
        for number, letter in ((1, "a"), (2, "b"), (0, "e"))
    )
    made.network_acl("acl-clients", vpc, [first, second], clients)
    made.network_acl("acl-endpoints", vpc, [third], endpoints)
    for name in ("email-smtp", "vpce.vpce-svc-0a1b"):
        made.service(f"com.amazonaws.eu-west-1.{name}")
    made.interface_endpoint("vpce-1", vpc, service, [third])
    if six:
        made.change(ENDPOINTS, "vpce-1", IpAddressType="dualstack", DnsOptions={"DnsRecordIpType": "dualstack"})
    return made


def fault(seen: World, settings: Settings | None = None) -> Finding:
    (finding,) = faults(judged(seen, interface_endpoint_nacl, settings or Settings()))
    return finding


def assert_passes(seen: World) -> None:
    findings = judged(seen, interface_endpoint_nacl)
    assert passes(findings) == findings != []


@pytest.mark.parametrize(
    ("endpoints", "clients"), [(OPEN, OPEN), (SERVES, OPEN), (OPEN, CALLS), (SERVES, CALLS)], ids=str
)
def test_network_acls_that_let_requests_and_answers_through_pass(
    endpoints: tuple[AclRule, ...], clients: tuple[AclRule, ...]
) -> None:
    assert_passes(world(endpoints=endpoints, clients=clients))


def test_the_default_network_acl_passes() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.subnet("subnet-a", vpc, "10.0.1.0/24")
    made.interface_endpoint("vpce-1", vpc, "sqs", [made.subnet("subnet-e", vpc, "10.0.0.0/24", enis=False)])
    assert_passes(made)


def test_a_network_acl_of_the_endpoints_subnet_without_rules_shuts_all_clients_out() -> None:
    finding = fault(world(endpoints=()))
    assert (finding.severity, finding.key, finding.resource.id) == (Severity.MEDIUM, "", "vpce-1")
    assert finding.message == (
        "vpce-1 to com.amazonaws.eu-west-1.sqs in vpc-a (shop) is cut off at TCP 443 from subnet-a (10.0.1.0/24), "
        "subnet-b (10.0.2.0/24) and shut to the rest of the VPC at its interface in subnet-e, by network ACLs: "
        "acl-endpoints of subnet-e does not let TCP 443 in from 10.0.1.0/24, 10.0.2.0/24 (rule *); "
        "acl-endpoints of subnet-e does not let the answers out to 10.0.1.0/24, 10.0.2.0/24 (rule *)"
    )
    assert finding.evidence == {
        "service": "com.amazonaws.eu-west-1.sqs",
        "ports": [443],
        "subnets_cut_off": {"subnet-a": ["10.0.1.0/24"], "subnet-b": ["10.0.2.0/24"]},
        "subnets_reached": [],
        "endpoint_subnets_shut": ["subnet-e"],
        "denials": [
            {
                "network_acl": "acl-endpoints",
                "subnets": ["subnet-e"],
                "direction": "ingress",
                "what": "requests",
                "addresses": ["10.0.1.0/24", "10.0.2.0/24"],
                "rules": ["*"],
            },
            {
                "network_acl": "acl-endpoints",
                "subnets": ["subnet-e"],
                "direction": "egress",
                "what": "answers at 1024-65535",
                "addresses": ["10.0.1.0/24", "10.0.2.0/24"],
                "rules": ["*"],
            },
        ],
    }
    assert finding.related == ("vpc-a", "acl-endpoints", "subnet-a", "subnet-b", "subnet-e")
    rule = {"NetworkAclId": "acl-endpoints", "RuleAction": "allow", "Protocol": "6"}
    https, answers = {"From": 443, "To": 443}, {"From": 1024, "To": 65535}
    assert finding.remedy == tuple(
        Operation(
            "ec2:CreateNetworkAclEntry",
            {**rule, "RuleNumber": number, "Egress": egress, "PortRange": ports, "CidrBlock": block},
            Target(ACCOUNT, REGION),
        )
        for egress, ports in ((False, https), (True, answers))
        for number, block in ((10, "10.0.1.0/24"), (20, "10.0.2.0/24"))
    )


@pytest.mark.parametrize("missing", [0, 1], ids=["requests", "answers"])
def test_either_half_of_an_exchange_is_enough_to_cut_the_clients_off(missing: int) -> None:
    denials = fault(world(endpoints=(SERVES[1 - missing],))).evidence["denials"]
    assert [denial["direction"] for denial in denials] == [["ingress", "egress"][missing]]


def test_a_rule_that_denies_is_named_and_the_steps_stand_before_it() -> None:
    rules = (
        acl_rule("ingress", 90, "deny", "10.0.0.0/16", protocol="tcp", ports=443),
        *OPEN,
        acl_rule("ingress", 89, "allow", "10.9.0.0/16"),
    )
    finding = fault(world(endpoints=rules))
    assert (
        "acl-endpoints of subnet-e does not let TCP 443 in from 10.0.1.0/24, 10.0.2.0/24 (rule 90)" in finding.message
    )
    assert [step.parameters["RuleNumber"] for step in finding.remedy] == [88, 87]


def test_there_are_no_steps_where_no_number_is_left() -> None:
    assert fault(world(endpoints=(acl_rule("ingress", 1, "deny", "0.0.0.0/0"), *OPEN))).remedy == ()


def test_a_network_acl_that_shuts_one_subnet_out_is_named_with_it() -> None:
    rules = (acl_rule("ingress", 90, "deny", "10.0.2.0/24"), *OPEN)
    finding = fault(world(endpoints=rules))
    assert finding.evidence["subnets_cut_off"] == {"subnet-b": ["10.0.2.0/24"]}
    assert finding.evidence["subnets_reached"] == ["subnet-a"]
    assert finding.evidence["endpoint_subnets_shut"] == []


def test_the_network_acl_of_the_clients_counts_as_well() -> None:
    finding = fault(world(clients=(CALLS[0],)))
    assert finding.evidence["subnets_cut_off"] == {"subnet-a": ["10.0.1.0/24"], "subnet-b": ["10.0.2.0/24"]}
    assert finding.message.endswith(
        "by network ACLs: acl-clients of subnet-a, subnet-b does not let the answers in from 10.0.0.0/24 (rule *)"
    )


def test_clients_that_may_call_others_but_not_the_endpoint_are_cut_off() -> None:
    rules = (acl_rule("egress", 90, "deny", "10.0.0.0/24"), *OPEN)
    assert fault(world(clients=rules)).evidence["denials"][0]["rules"] == ["90"]


@pytest.mark.parametrize(
    "rules",
    [
        (),
        (acl_rule("ingress", 100, "allow", "10.0.1.0/24", protocol="tcp", ports=5432), OPEN[1]),
        (
            acl_rule("ingress", 100, "allow", "10.0.1.0/24", protocol="tcp", ports=5432),
            acl_rule("egress", 100, "allow", "10.0.1.0/24", protocol="tcp", ports=(1024, 65535)),
        ),
    ],
    ids=["nothing", "a server's port, and everything out", "a server's port, and its answers"],
)
def test_a_subnet_whose_network_acl_lets_it_be_nobodys_client_is_none(rules: tuple[AclRule, ...]) -> None:
    seen = world()
    subnet = seen.subnet("subnet-db", seen.vpcs["vpc-a"], "10.0.3.0/24")
    seen.network_acl("acl-db", seen.vpcs["vpc-a"], [subnet], rules)
    assert_passes(seen)
    assert judged(world(clients=rules), interface_endpoint_nacl) == []


def test_clients_in_the_endpoints_own_subnet_pass_no_network_acl() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24")
    made.network_acl("acl-shut", vpc, [subnet])
    made.interface_endpoint("vpce-1", vpc, "sqs", [subnet])
    assert_passes(made)


def zones(*, rules_b: tuple[AclRule, ...], clients_in_b: bool) -> World:
    """An endpoint in a subnet of its own in each of two zones, and clients beside the first, or both."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.subnet("subnet-a", vpc, "10.0.1.0/24")
    first = made.subnet("subnet-e1", vpc, "10.0.0.0/25", enis=False)
    second = made.subnet("subnet-e2", vpc, "10.0.0.128/25", az="eu-west-1b", enis=clients_in_b)
    made.network_acl("acl-b", vpc, [second], rules_b)
    made.interface_endpoint("vpce-1", vpc, "sqs", [first, second])
    return made


def test_an_interface_that_is_shut_to_the_whole_vpc_is_named_though_another_serves() -> None:
    finding = fault(zones(rules_b=(), clients_in_b=False))
    assert finding.evidence["endpoint_subnets_shut"] == ["subnet-e2"]
    assert finding.evidence["subnets_reached"] == ["subnet-a"]
    assert "is shut to the rest of the VPC at its interface in subnet-e2, by network ACLs: acl-b" in finding.message


def test_network_acls_that_keep_each_zone_to_itself_pass() -> None:
    own_zone = (acl_rule("ingress", 100, "allow", "10.0.2.0/24"), acl_rule("egress", 100, "allow", "10.0.2.0/24"))
    assert_passes(zones(rules_b=own_zone, clients_in_b=False))
    assert_passes(zones(rules_b=(), clients_in_b=True))


def test_a_client_that_reaches_one_of_two_interfaces_is_served() -> None:
    but_for_a = (acl_rule("ingress", 90, "deny", "10.0.1.0/24"), *OPEN)
    assert_passes(zones(rules_b=but_for_a, clients_in_b=False))


def test_one_client_of_a_subnet_is_enough() -> None:
    seen = world(endpoints=(acl_rule("ingress", 90, "deny", "10.0.1.0/28"), *OPEN))
    seen.network_interface("eni-other", seen.subnets["subnet-a"], "10.0.1.77")
    assert_passes(seen)


def test_load_balancers_are_no_clients() -> None:
    seen = world(endpoints=(acl_rule("ingress", 90, "deny", "10.0.3.0/24"), *OPEN))
    subnet = seen.subnet("subnet-lb", seen.vpcs["vpc-a"], "10.0.3.0/24", enis=False)
    seen.network_interface("eni-lb", subnet, kind="network_load_balancer")
    assert_passes(seen)


@pytest.mark.parametrize("port", [25, 587, 2465])
def test_any_one_of_a_services_ports_is_enough(port: int) -> None:
    rules = (acl_rule("ingress", 100, "allow", "10.0.0.0/16", protocol="tcp", ports=port), SERVES[1])
    assert_passes(world(endpoints=rules, service="email-smtp"))


def test_both_network_acls_must_let_the_same_port_through() -> None:
    rules = (acl_rule("ingress", 100, "allow", "10.0.0.0/16", protocol="tcp", ports=25), SERVES[1])
    calls = (acl_rule("egress", 100, "allow", "10.0.0.0/16", protocol="tcp", ports=587), CALLS[1])
    finding = fault(world(endpoints=rules, clients=calls, service="email-smtp"))
    assert [denial["network_acl"] for denial in finding.evidence["denials"]] == ["acl-clients", "acl-endpoints"]


def test_https_is_no_use_to_a_service_with_ports_of_its_own() -> None:
    finding = fault(world(endpoints=SERVES, service="email-smtp"))
    assert "cut off at TCP 25 or 465 or 587 or 2465 or 2587 from" in finding.message


def test_an_endpoint_with_both_families_needs_rules_for_both() -> None:
    both = (*OPEN, acl_rule("ingress", 101, "allow", "::/0"), acl_rule("egress", 101, "allow", "::/0"))
    finding = fault(world(clients=both, six=True))
    assert finding.evidence["subnets_cut_off"] == {
        "subnet-a": ["2001:db8:0:2::/64"],
        "subnet-b": ["2001:db8:0:3::/64"],
    }
    assert finding.evidence["subnets_reached"] == ["subnet-a", "subnet-b"]
    assert finding.remedy[0].parameters["Ipv6CidrBlock"] == "2001:db8:0:2::/63"
    assert_passes(world(endpoints=both, clients=both, six=True))
    # Clients that IPv6 takes nowhere use IPv4.
    assert_passes(world(six=True))


def test_an_endpoint_whose_names_resolve_to_ipv4_alone_needs_no_ipv6_rule() -> None:
    both = (*OPEN, acl_rule("ingress", 101, "allow", "::/0"), acl_rule("egress", 101, "allow", "::/0"))
    seen = world(clients=both, six=True)
    seen.change(ENDPOINTS, "vpce-1", DnsOptions={"DnsRecordIpType": "ipv4"})
    assert_passes(seen)


@pytest.mark.parametrize(("rules", "outcome"), [((), "fail"), (SERVES, "unknown"), (OPEN, "pass")], ids=str)
def test_of_a_service_whose_ports_are_not_shown_all_or_nothing_is_known(
    rules: tuple[AclRule, ...], outcome: str
) -> None:
    seen = world(endpoints=rules)
    seen.change(ENDPOINTS, "vpce-1", ServiceName="com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b")
    (finding,) = judged(seen, interface_endpoint_nacl)
    assert finding.status.value == outcome
    if outcome == "fail":
        assert "is cut off at all ports from subnet-a" in finding.message
        assert finding.remedy == ()


def test_an_endpoint_that_aws_looks_after_is_a_fact() -> None:
    seen = world(endpoints=())
    seen.change(ENDPOINTS, "vpce-1", RequesterManaged=True)
    assert fault(seen).severity is Severity.INFO


def test_a_central_vpc_without_clients_of_its_own_is_not_judged_unless_one_asks_for_it() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.subnet("subnet-a", vpc, "10.0.1.0/24", enis=False)
    subnet = made.subnet("subnet-e", vpc, "10.0.0.0/24", enis=False)
    made.network_acl("acl-shut", vpc, [subnet])
    made.interface_endpoint("vpce-1", vpc, "sqs", [subnet])
    assert judged(made, interface_endpoint_nacl) == []
    assert fault(made, Settings(treat_empty_vpcs=True)).evidence["subnets_cut_off"] == {"subnet-a": ["10.0.1.0/24"]}


def test_an_endpoint_that_is_gone_or_of_another_type_is_not_judged() -> None:
    seen = world(endpoints=())
    seen.change(ENDPOINTS, "vpce-1", State="deleted")
    seen.gateway_endpoint("vpce-2", seen.vpcs["vpc-a"], "s3")
    assert judged(seen, interface_endpoint_nacl) == []


@pytest.mark.parametrize(
    "action", [ENDPOINTS, ACLS, "ec2:DescribeSubnets", "ec2:DescribeNetworkInterfaces", "ec2:DescribeVpcs"]
)
def test_what_was_refused_makes_it_unknown(action: str) -> None:
    seen = world(endpoints=())
    seen.refuse(action)
    findings = judged(seen, interface_endpoint_nacl)
    assert findings
    assert unknowns(findings) == findings


def test_one_network_acl_that_was_seen_can_prove_it() -> None:
    seen = world(endpoints=())
    # The list ends before the network ACL of the endpoint, and in the other world before that of the clients.
    seen.cut(ACLS, keep=2)
    assert unknowns(judged(seen, interface_endpoint_nacl))
    closed = world(clients=(CALLS[0],))
    closed.cut(ACLS, keep=2)
    assert fault(closed).evidence["denials"][0]["network_acl"] == "acl-clients"


def test_clients_that_a_cut_list_lacks_may_get_through() -> None:
    seen = world(endpoints=(acl_rule("ingress", 90, "deny", "10.0.1.0/28"), *OPEN))
    seen.cut("ec2:DescribeNetworkInterfaces", keep=1)
    findings = judged(seen, interface_endpoint_nacl)
    assert unknowns(findings) == findings != []


def test_subnets_that_aws_left_out_are_unknown() -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", SubnetIds=ABSENT)
    (finding,) = unknowns(judged(seen, interface_endpoint_nacl))
    assert finding.missing
    assert [cause.kind for cause in finding.missing.causes] == [Kind.ABSENT_FIELD]


def test_entries_that_aws_left_out_are_unknown() -> None:
    seen = world(endpoints=())
    seen.change(ACLS, "acl-endpoints", Entries=ABSENT)
    assert unknowns(judged(seen, interface_endpoint_nacl))


@pytest.mark.parametrize("rules", [(), OPEN, (SERVES[0],)], ids=str)
def test_the_rule_reads_what_it_says_and_takes_lists_in_any_order(rules: tuple[AclRule, ...]) -> None:
    seen = world(endpoints=rules, clients=CALLS)
    findings = judged(seen, interface_endpoint_nacl)
    assert judged_on_reads(seen, interface_endpoint_nacl) == findings
    assert [each.id for each in judged_backwards(seen, interface_endpoint_nacl)] == [each.id for each in findings]


def test_the_steps_open_an_endpoint_of_moto_and_break_nothing() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        clients, own = (
            ec2.create_subnet(VpcId=vpc_id, CidrBlock=block, AvailabilityZone=f"{REGION}a")["Subnet"]["SubnetId"]
            for block in ("10.0.1.0/24", "10.0.0.0/24")
        )
        ec2.create_network_interface(SubnetId=clients)
        group = ec2.create_security_group(GroupName="to-sqs", Description="to SQS", VpcId=vpc_id)["GroupId"]
        ec2.authorize_security_group_ingress(
            GroupId=group,
            IpPermissions=[
                {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
            ],
        )
        ec2.create_vpc_endpoint(
            VpcId=vpc_id,
            ServiceName=f"com.amazonaws.{REGION}.sqs",
            VpcEndpointType="Interface",
            SubnetIds=[own],
            SecurityGroupIds=[group],
        )
        acl = ec2.create_network_acl(VpcId=vpc_id)["NetworkAcl"]["NetworkAclId"]
        held = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [own]}])["NetworkAcls"]
        (standing,) = (
            each["NetworkAclAssociationId"]
            for found in held
            for each in found["Associations"]
            if each["SubnetId"] == own
        )
        ec2.replace_network_acl_association(AssociationId=standing, NetworkAclId=acl)
        (finding,) = cured(interface_endpoint_nacl)
    assert finding.evidence["subnets_cut_off"] == {clients: ["10.0.1.0/24"]}
