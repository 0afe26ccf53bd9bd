import boto3
import pytest
from moto import mock_aws

from auditor.findings import Confidence, Finding, Operation, Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.interface_endpoints.sg_peer_not_allowed import interface_endpoint_sg_peer_not_allowed
from tests.carrying_out import cured
from tests.judging import faults, judged, judged_backwards, judged_on_reads, passes, unknowns
from tests.world import ABSENT, ACCOUNT, REGION, Permission, World, allow, propagated, reference

ENDPOINTS = "ec2:DescribeVpcEndpoints"
CUSTOMERS = "com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b"

OWN = allow("tcp", 443, "10.0.0.0/16")
OWN_AND_C = allow("tcp", 443, "10.0.0.0/16", "10.2.0.0/16")


def world(
    *rules: Permission, service: str = "sqs", isolated: bool = False, clients: bool = True, far_clients: bool = True
) -> World:
    """An endpoint in vpc-a, to and from which vpc-b and vpc-c are routed; the default route of both is an internet
    gateway's, but where vpc-b is to be isolated."""
    made = World()
    a = made.vpc("vpc-a", "10.0.0.0/16", name="central")
    subnet = made.subnet("subnet-a", a, "10.0.0.0/24", enis=clients)
    made.security_group("sg-vpce", a, rules, name="endpoints")
    made.service(CUSTOMERS, owner="999999999999")
    for letter, number in (("b", 1), ("c", 2)):
        far = made.vpc(f"vpc-{letter}", f"10.{number}.0.0/16", name=f"spoke-{letter}")
        made.security_group(f"sg-{letter}-app", far)
        made.subnet(f"subnet-{letter}", far, f"10.{number}.0.0/24", enis=far_clients, groups=[f"sg-{letter}-app"])
        made.peering(f"pcx-{letter}", a, far)
        made.main_routes(a, {f"10.{number}.0.0/16": f"pcx-{letter}"})
        made.main_routes(far, {"10.0.0.0/16": f"pcx-{letter}"})
        if not (isolated and letter == "b"):
            made.main_routes(far, {"0.0.0.0/0": made.internet_gateway(f"igw-{letter}", far)})
    made.interface_endpoint("vpce-1", a, service, [subnet], groups=["sg-vpce"])
    return made


def fault(seen: World) -> Finding:
    (finding,) = faults(judged(seen, interface_endpoint_sg_peer_not_allowed))
    return finding


def judged_1(seen: World) -> Finding:
    """The one finding of the endpoint that is judged."""
    (finding,) = [each for each in judged(seen, interface_endpoint_sg_peer_not_allowed) if each.resource.id == "vpce-1"]
    return finding


def assert_passes(seen: World) -> None:
    assert passes([judged_1(seen)])


def test_an_endpoint_for_its_own_vpc_alone_passes() -> None:
    assert_passes(world(OWN))


def test_a_peer_that_is_forgotten_beside_another_is_named() -> None:
    finding = fault(world(OWN_AND_C))
    assert (finding.severity, finding.confidence) == (Severity.INFO, Confidence.HEURISTIC)
    assert (finding.key, finding.resource.id) == ("vpc-b", "vpce-1")
    assert finding.message == (
        "vpce-1 to com.amazonaws.eu-west-1.sqs in vpc-a (central) lets nothing in at TCP 443 from vpc-b (spoke-b) "
        "(10.1.0.0/24), though pcx-b leads there and back, by sg-vpce (endpoints); it lets 1 other network in"
    )
    assert finding.evidence == {
        "service": "com.amazonaws.eu-west-1.sqs",
        "ports": [443],
        "security_groups": ["sg-vpce"],
        "connection": "pcx-b",
        "left_out": "vpc-b",
        "addresses": ["10.1.0.0/24"],
        "others_let_in": 1,
        "isolated": False,
    }
    assert finding.related == ("vpc-a", "vpc-b", "pcx-b", "sg-vpce")
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.1.0.0/24"}]}
    assert finding.remedy == (
        Operation(
            "ec2:AuthorizeSecurityGroupIngress",
            {"GroupId": "sg-vpce", "IpPermissions": [permission]},
            Target(ACCOUNT, REGION),
        ),
    )


def test_a_peer_without_another_way_to_the_service_is_named() -> None:
    finding = fault(world(OWN, isolated=True))
    assert finding.key == "vpc-b"
    assert finding.message.endswith("; nothing in vpc-b (spoke-b) has another way to the service")


def test_where_more_are_left_out_than_let_in_those_are_chosen() -> None:
    seen = world(OWN_AND_C)
    another = seen.vpc("vpc-d", "10.3.0.0/16")
    seen.subnet("subnet-d", another, "10.3.0.0/24")
    seen.main_routes(another, {"0.0.0.0/0": seen.internet_gateway("igw-d", another)})
    seen.peering("pcx-d", seen.vpcs["vpc-a"], another)
    seen.main_routes(seen.vpcs["vpc-a"], {"10.3.0.0/16": "pcx-d"})
    seen.main_routes(another, {"10.0.0.0/16": "pcx-d"})
    assert_passes(seen)
    # One that has the service of its own is not left out.
    seen.interface_endpoint("vpce-2", another, "sqs", [seen.subnets["subnet-d"]])
    assert fault(seen).key == "vpc-b"


def test_a_central_endpoint_is_meant_for_all_who_are_connected() -> None:
    found = faults(judged(world(clients=False), interface_endpoint_sg_peer_not_allowed))
    assert [each.key for each in found] == ["vpc-b", "vpc-c"]
    assert found[0].message.endswith("; its VPC has no clients of its own")


@pytest.mark.parametrize(
    "rule",
    [
        allow("tcp", 443, "10.0.0.0/8"),
        allow("all", None, "0.0.0.0/0"),
        allow("tcp", 443, "10.1.0.0/28", "10.2.0.0/28"),
        allow("tcp", 443, "pl-all"),
    ],
)
def test_networks_of_which_somebody_is_let_in_pass(rule: Permission) -> None:
    seen = world(rule, clients=False)
    seen.prefix_list("pl-all", ["10.1.0.0/16", "10.2.0.0/16"])
    assert_passes(seen)


def test_a_rule_that_names_a_peers_group_lets_its_members_in() -> None:
    seen = world(isolated=True)
    rules = [allow("tcp", 443, reference("sg-b-app", seen.vpcs["vpc-b"], "pcx-b"))]
    seen.security_group("sg-two", seen.vpcs["vpc-a"], rules)
    seen.change(ENDPOINTS, "vpce-1", Groups=[{"GroupId": "sg-two", "GroupName": "two"}])
    # The rule for vpc-b's group makes it an endpoint for others, so vpc-c is the one that is forgotten.
    assert fault(seen).key == "vpc-c"


def test_a_peer_with_an_endpoint_of_its_own_needs_no_other() -> None:
    seen = world(OWN, isolated=True)
    seen.interface_endpoint("vpce-2", seen.vpcs["vpc-b"], "sqs", [seen.subnets["subnet-b"]])
    assert_passes(seen)


def test_a_peer_with_a_gateway_endpoint_of_its_own_needs_no_other() -> None:
    seen = world(OWN, isolated=True, service="s3")
    seen.gateway_endpoint("vpce-2", seen.vpcs["vpc-b"], "s3", [])
    assert_passes(seen)


@pytest.mark.parametrize(("blocks", "left_out"), [(["10.1.0.0/16"], []), (["10.9.0.0/16"], ["vpc-b"])])
def test_a_peer_that_another_endpoint_within_its_reach_lets_in_needs_no_other(
    blocks: list[str], left_out: list[str]
) -> None:
    seen = world(OWN, isolated=True)
    third = seen.vpc("vpc-d", "10.3.0.0/16")
    seen.peering("pcx-d", seen.vpcs["vpc-b"], third)
    seen.security_group("sg-d", third, [allow("tcp", 443, *blocks)])
    seen.interface_endpoint("vpce-2", third, "sqs", [seen.subnet("subnet-d", third, "10.3.0.0/24")], groups=["sg-d"])
    assert [each.key for each in faults(judged(seen, interface_endpoint_sg_peer_not_allowed))] == left_out


def test_a_peer_without_clients_needs_no_endpoint() -> None:
    assert_passes(world(clients=False, far_clients=False))


def test_clients_in_another_region_have_the_service_there() -> None:
    seen = World()
    a = seen.vpc("vpc-a", "10.0.0.0/16")
    far = seen.vpc("vpc-b", "10.1.0.0/16", region="us-east-1")
    seen.subnet("subnet-b", far, "10.1.0.0/24")
    seen.peering("pcx-b", a, far)
    seen.main_routes(a, {"10.1.0.0/16": "pcx-b"})
    seen.main_routes(far, {"10.0.0.0/16": "pcx-b"})
    seen.security_group("sg-vpce", a)
    seen.interface_endpoint(
        "vpce-1", a, "sqs", [seen.subnet("subnet-a", a, "10.0.0.0/24", enis=False)], groups=["sg-vpce"]
    )
    assert_passes(seen)


def test_a_peer_without_a_way_there_and_back_is_left_out_by_its_routes() -> None:
    seen = World()
    a, b = seen.vpc("vpc-a", "10.0.0.0/16"), seen.vpc("vpc-b", "10.1.0.0/16")
    seen.subnet("subnet-b", b, "10.1.0.0/24")
    subnet = seen.subnet("subnet-a", a, "10.0.0.0/24", enis=False)
    seen.peering("pcx-b", a, b)
    seen.main_routes(b, {"10.0.0.0/16": "pcx-b"})
    seen.security_group("sg-vpce", a)
    seen.interface_endpoint("vpce-1", a, "sqs", [subnet], groups=["sg-vpce"])
    assert_passes(seen)


def on_transit(rule: Permission, *, routed: bool = True, clients: bool = True) -> World:
    """vpc-a, vpc-b and vpc-c on one transit gateway; nothing leads to vpc-b unless it is routed."""
    made = World()
    vpcs = [made.vpc(f"vpc-{letter}", f"10.{number}.0.0/16") for number, letter in enumerate("abc")]
    subnets = [
        made.subnet(f"subnet-{letter}", vpc, f"10.{number}.0.0/24", enis=clients or number > 0)
        for number, (letter, vpc) in enumerate(zip("abc", vpcs, strict=True))
    ]
    for vpc in vpcs:
        made.transit_gateway_attachment("tgw-1", vpc)
    made.main_routes(vpcs[0], {"10.2.0.0/16": "tgw-1"} | ({"10.1.0.0/16": "tgw-1"} if routed else {}))
    for vpc in vpcs[1:]:
        made.main_routes(vpc, {"10.0.0.0/16": "tgw-1"})
    made.security_group("sg-vpce", vpcs[0], [rule])
    made.interface_endpoint("vpce-1", vpcs[0], "sqs", [subnets[0]], groups=["sg-vpce"])
    return made


def test_a_central_endpoint_can_forget_a_vpc_on_its_transit_gateway() -> None:
    finding = fault(on_transit(OWN_AND_C, clients=False))
    assert (finding.key, finding.evidence["connection"]) == ("vpc-b", "tgw-1")
    found = faults(judged(on_transit(OWN, clients=False), interface_endpoint_sg_peer_not_allowed))
    assert [each.key for each in found] == ["vpc-b", "vpc-c"]


def test_over_a_transit_gateway_an_endpoint_must_be_central_and_routed() -> None:
    assert_passes(on_transit(OWN_AND_C))
    assert_passes(on_transit(OWN_AND_C, clients=False, routed=False))
    assert_passes(on_transit(allow("tcp", 443, "10.0.0.0/14"), clients=False))
    seen = on_transit(OWN_AND_C, clients=False)
    seen.transit_gateway_attachment("tgw-1", seen.vpc("vpc-d", "10.3.0.0/16"))
    # Two are left out, and one is let in.
    assert_passes(seen)


def with_vpn(*rules: Permission, clients: bool = True) -> World:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24", enis=clients)
    gateway = made.vpn_gateway("vgw-1", vpc)
    made.main_routes(vpc, {"192.168.0.0/16": propagated(gateway)})
    made.security_group("sg-vpce", vpc, rules)
    made.interface_endpoint("vpce-1", vpc, "sqs", [subnet], groups=["sg-vpce"])
    return made


def test_the_networks_behind_a_virtual_private_gateway_can_be_forgotten_too() -> None:
    finding = fault(with_vpn(clients=False))
    assert finding.key == "vgw-1"
    assert "from the networks behind vgw-1 (192.168.0.0/16), though vgw-1 leads there and back" in finding.message
    assert_passes(with_vpn(OWN))
    assert_passes(with_vpn(allow("tcp", 443, "192.168.7.0/24"), clients=False))


def foreign(*rules: Permission, routed: bool = True) -> World:
    made = World()
    a = made.vpc("vpc-a", "10.0.0.0/16")
    subnet = made.subnet("subnet-a", a, "10.0.0.0/24")
    made.peering("pcx-1", a, made.foreign_vpc("vpc-f", "10.5.0.0/16", account="999999999999"))
    if routed:
        made.main_routes(a, {"10.5.0.0/16": "pcx-1"})
    made.security_group("sg-vpce", a, rules)
    made.interface_endpoint("vpce-1", a, "sqs", [subnet], groups=["sg-vpce"])
    return made


def test_of_a_peer_that_was_not_audited_it_cannot_be_told_unless_it_is_let_in_or_not_routed() -> None:
    finding = judged_1(foreign(OWN))
    assert unknowns([finding])
    assert finding.missing
    assert [cause.kind for cause in finding.missing.causes] == [Kind.NOT_AUDITED]
    assert finding.message == "whether vpce-1 lets in the networks around vpc-a was not all seen"
    assert_passes(foreign(allow("tcp", 443, "10.0.0.0/8")))
    assert_passes(foreign(OWN, routed=False))


def test_another_customers_service_may_let_in_at_ports_that_nobody_shows() -> None:
    left_out = fault(world(OWN, isolated=True, service=CUSTOMERS))
    assert "lets nothing in at any port from vpc-b" in left_out.message
    assert left_out.remedy == ()
    assert unknowns([judged_1(world(allow("tcp", 443, "10.1.0.0/16"), isolated=True, service=CUSTOMERS))])
    assert_passes(world(allow("all", None, "10.0.0.0/8"), isolated=True, service=CUSTOMERS))


def test_ipv6_of_a_peer_is_no_matter_of_an_endpoint_with_ipv4_alone() -> None:
    seen = World()
    a = seen.vpc("vpc-a", "10.0.0.0/16", "2001:db8:a::/56")
    b = seen.vpc("vpc-b", "10.1.0.0/16", "2001:db8:b::/56")
    seen.subnet("subnet-b", b, "2001:db8:b::/64")
    subnet = seen.subnet("subnet-a", a, "10.0.0.0/24", "2001:db8:a::/64", enis=False)
    seen.peering("pcx-b", a, b)
    seen.main_routes(a, {"2001:db8:b::/56": "pcx-b"})
    seen.main_routes(b, {"2001:db8:a::/56": "pcx-b"})
    seen.security_group("sg-vpce", a)
    seen.interface_endpoint("vpce-1", a, "sqs", [subnet], groups=["sg-vpce"])
    assert_passes(seen)
    seen.change(ENDPOINTS, "vpce-1", IpAddressType="dualstack", DnsOptions={"DnsRecordIpType": "dualstack"})
    assert fault(seen).evidence["addresses"] == ["2001:db8:b::/64"]


def test_an_endpoint_without_groups_or_that_is_gone_or_of_another_type_is_not_judged() -> None:
    seen = world(isolated=True)
    seen.change(ENDPOINTS, "vpce-1", State="failed")
    seen.gateway_endpoint("vpce-2", seen.vpcs["vpc-a"], "s3")
    assert judged(seen, interface_endpoint_sg_peer_not_allowed) == []
    seen = world(isolated=True)
    seen.change(ENDPOINTS, "vpce-1", Groups=[])
    assert judged(seen, interface_endpoint_sg_peer_not_allowed) == []
    seen.refuse("ec2:DescribeSecurityGroups")
    assert judged(seen, interface_endpoint_sg_peer_not_allowed) == []


@pytest.mark.parametrize(
    "action",
    [
        ENDPOINTS,
        "ec2:DescribeVpcs",
        "ec2:DescribeSubnets",
        "ec2:DescribeRouteTables",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeVpcPeeringConnections",
    ],
)
def test_what_was_refused_makes_it_unknown(action: str) -> None:
    seen = world(OWN, isolated=True)
    seen.refuse(action)
    findings = judged(seen, interface_endpoint_sg_peer_not_allowed)
    assert findings
    assert unknowns(findings) == findings


@pytest.mark.parametrize("action", ["ec2:DescribeVpnGateways", "ec2:DescribeTransitGatewayVpcAttachments"])
def test_other_connections_that_were_refused_matter_to_an_endpoint_for_others_alone(action: str) -> None:
    seen = world(OWN)
    seen.refuse(action)
    assert_passes(seen)
    seen = world(allow("tcp", 443, "10.0.0.0/8"), clients=False)
    seen.refuse(action)
    assert unknowns([judged_1(seen)])


def test_groups_that_aws_left_out_are_unknown() -> None:
    seen = world(OWN, isolated=True)
    seen.change(ENDPOINTS, "vpce-1", Groups=ABSENT)
    assert unknowns([judged_1(seen)])


@pytest.mark.parametrize("seen", [world(OWN, isolated=True), world(OWN_AND_C), with_vpn(clients=False), foreign(OWN)])
def test_the_rule_reads_what_it_says_and_takes_lists_in_any_order(seen: World) -> None:
    findings = judged(seen, interface_endpoint_sg_peer_not_allowed)
    assert findings
    assert judged_on_reads(seen, interface_endpoint_sg_peer_not_allowed) == findings
    assert judged_backwards(seen, interface_endpoint_sg_peer_not_allowed) == findings


def test_the_steps_let_a_peer_of_moto_in_and_break_nothing() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpcs, tables, subnets = [], [], []
        for number in (0, 1):
            vpc_id = ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"]
            found = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["RouteTables"]
            vpcs.append(vpc_id)
            tables.append(found[0]["RouteTableId"])
            subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.{number}.0.0/24")["Subnet"]["SubnetId"]
            ec2.create_network_interface(SubnetId=subnet)
            subnets.append(subnet)
        peering = ec2.create_vpc_peering_connection(VpcId=vpcs[0], PeerVpcId=vpcs[1])
        peering_id = peering["VpcPeeringConnection"]["VpcPeeringConnectionId"]
        ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering_id)
        for number in (0, 1):
            ec2.create_route(
                RouteTableId=tables[number],
                DestinationCidrBlock=f"10.{1 - number}.0.0/16",
                VpcPeeringConnectionId=peering_id,
            )
        group = ec2.create_security_group(GroupName="to-sqs", Description="to SQS", VpcId=vpcs[0])["GroupId"]
        own = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[own])
        ec2.create_vpc_endpoint(
            VpcId=vpcs[0],
            ServiceName=f"com.amazonaws.{REGION}.sqs",
            VpcEndpointType="Interface",
            SubnetIds=subnets[:1],
            SecurityGroupIds=[group],
        )
        (finding,) = cured(interface_endpoint_sg_peer_not_allowed)
    assert finding.key == vpcs[1]
