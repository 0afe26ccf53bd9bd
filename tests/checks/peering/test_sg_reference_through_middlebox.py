import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.snapshot import Target
from checks.peering.sg_reference_through_middlebox import peering_sg_reference_through_middlebox
from tests.carrying_out import cured
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_groups import Rules, names_b, nobody, two_groups
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, TO_A, TO_B, Routes, half_seen
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ABSENT, ACCOUNT, REGION, World, allow

KEY = "ingress|tcp|443|sg-b|pcx-1"


def inspected(
    a_rules: Rules = names_b,
    *,
    routes: Routes | None = None,
    side: str = "a",
    in_use: bool = True,
) -> World:
    """The subnet of one side sends by ``routes``: by default to the other through a firewall in a subnet of its own."""
    own: Routes = {B_BLOCK: "eni-firewall"} if side == "a" else {A_BLOCK: "eni-firewall"}
    chosen = own if routes is None else routes
    world = two_groups(
        a_rules,
        a_routes=chosen if side == "a" else TO_B,
        b_routes=chosen if side == "b" else TO_A,
        in_use=in_use,
    )
    vpc, block, to = ("vpc-a", "172.16.9.0/24", TO_B) if side == "a" else ("vpc-b", "10.0.9.0/24", TO_A)
    firewalls = world.subnet("subnet-firewall", world.vpcs[vpc], block, enis=False)
    world.network_interface("eni-firewall", firewalls, source_dest_check=False)
    world.route_table("rtb-firewall", world.vpcs[vpc], [firewalls], to)
    return world


def test_a_reference_to_a_group_behind_a_firewall_is_a_fault() -> None:
    (fault,) = faults(judged(inspected(), peering_sg_reference_through_middlebox))
    assert (fault.severity, fault.resource.id, fault.key) == (Severity.MEDIUM, "sg-a", KEY)
    assert fault.message == (
        "sg-a (web) lets tcp 443 in from sg-b in vpc-b over pcx-1 (front-to-back), but rtb-a1 of vpc-a (front) sends "
        "10.0.0.0/16 to eni-firewall, and behind a middlebox the rule matches nothing; name 10.0.0.0/24 instead"
    )
    assert fault.evidence["routes"] == [
        {
            "route_table": "rtb-a1",
            "destination": "10.0.0.0/16",
            "target": "eni-firewall",
            "addresses": ["10.0.0.0/16"],
        }
    ]
    assert fault.related == ("vpc-a", "sg-b", "vpc-b", "pcx-1", "rtb-a1", "eni-firewall")
    authorize, revoke = fault.remedy
    assert (authorize.operation, authorize.at) == ("ec2:AuthorizeSecurityGroupIngress", Target(ACCOUNT, REGION))
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/24"}]}
    assert authorize.parameters == {"GroupId": "sg-a", "IpPermissions": [permission]}
    assert revoke.operation == "ec2:RevokeSecurityGroupIngress"


def test_a_firewall_on_the_way_back_is_enough() -> None:
    (fault,) = faults(judged(inspected(side="b"), peering_sg_reference_through_middlebox))
    assert "but rtb-b1 of vpc-b (back) sends 172.16.0.0/16 to eni-firewall" in fault.message


def test_a_gateway_load_balancer_endpoint_is_a_middlebox() -> None:
    world = inspected(routes={B_BLOCK: "vpce-inspect"})
    world.load_balancer_endpoint("vpce-inspect", world.subnets["subnet-firewall"])
    assert len(faults(judged(world, peering_sg_reference_through_middlebox))) == 1


def test_a_route_of_some_members_is_enough_and_of_other_addresses_is_not() -> None:
    some = {**TO_B, "10.0.0.0/28": "eni-firewall"}
    others = {**TO_B, "10.0.7.0/24": "eni-firewall"}
    assert len(faults(judged(inspected(routes=some), peering_sg_reference_through_middlebox))) == 1
    findings = judged(inspected(routes=others), peering_sg_reference_through_middlebox)
    assert passes(findings) == findings != []


@pytest.mark.parametrize(
    "routes", [TO_B, {**TO_B, "0.0.0.0/0": "eni-firewall"}, {**TO_B, "192.168.0.0/16": "eni-firewall"}]
)
def test_a_direct_way_passes(routes: Routes) -> None:
    findings = judged(inspected(routes=routes), peering_sg_reference_through_middlebox)
    assert passes(findings) == findings
    assert [finding.resource.id for finding in findings] == ["sg-a"]


def test_a_default_route_to_a_nat_instance_is_no_middlebox() -> None:
    findings = judged(inspected(routes={"0.0.0.0/0": "eni-firewall"}), peering_sg_reference_through_middlebox)
    assert passes(findings) == findings != []


def test_a_group_that_nothing_carries_is_on_no_way() -> None:
    findings = judged(inspected(in_use=False), peering_sg_reference_through_middlebox)
    assert passes(findings) == findings != []


def test_where_nothing_is_routed_the_missing_routes_are_the_cause() -> None:
    world = two_groups(names_b, a_routes={B_BLOCK: "eni-b1"}, b_routes={})
    world.network_interface("eni-b1", world.subnets["subnet-a1"])
    findings = judged(world, peering_sg_reference_through_middlebox)
    assert passes(findings) == findings != []


def test_rules_without_a_connection_are_no_question() -> None:
    assert judged(inspected(lambda _: [allow("tcp", 443, B_BLOCK)]), peering_sg_reference_through_middlebox) == []
    assert judged(inspected(nobody), peering_sg_reference_through_middlebox) == []


def unaudited(a_routes: Routes) -> World:
    world = half_seen(a_routes={})
    a, b = world.vpcs["vpc-a"], world.vpcs["vpc-b"]
    world.security_group("sg-a", a, names_b(b))
    second = world.subnet("subnet-a2", a, "172.16.2.0/24", groups=["sg-a"])
    world.network_interface("eni-firewall", world.subnets["subnet-a1"])
    world.route_table("rtb-a2", a, [second], a_routes)
    third = world.subnet("subnet-a3", a, "172.16.3.0/24", enis=False)
    world.route_table("rtb-a3", a, [third], TO_B)
    return world


def test_a_near_side_that_sends_all_of_the_peer_through_a_firewall_is_a_fault_whoever_sees_the_far_side() -> None:
    world = unaudited({B_BLOCK: "eni-firewall"})
    (fault,) = faults(judged(world, peering_sg_reference_through_middlebox))
    assert "name the blocks of its subnets instead" in fault.message
    assert fault.remedy == ()


@pytest.mark.parametrize("a_routes", [TO_B, {**TO_B, "10.0.0.0/24": "eni-firewall"}])
def test_a_far_side_that_was_not_audited_is_unknown(a_routes: Routes) -> None:
    (finding,) = judged(unaudited(a_routes), peering_sg_reference_through_middlebox)
    assert (finding.status.value, finding.key) == ("unknown", KEY)


@pytest.mark.parametrize(
    "action",
    [
        "ec2:DescribeRouteTables",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "ec2:DescribeVpcPeeringConnections",
        "ec2:DescribeNetworkInterfaces",
    ],
)
def test_a_refused_answer_is_unknown_and_never_a_pass(action: str) -> None:
    world = inspected(routes={**TO_B, "10.0.0.0/28": "eni-firewall"})
    world.refuse(action)
    findings = judged(world, peering_sg_reference_through_middlebox)
    assert unknowns(findings) == findings != []


def test_rules_that_aws_left_out_are_unknown() -> None:
    world = inspected()
    world.change("ec2:DescribeSecurityGroups", "sg-a", IpPermissions=ABSENT)
    (finding,) = judged(world, peering_sg_reference_through_middlebox)
    assert (finding.status.value, finding.key) == ("unknown", "")


def test_no_answer_is_needed_but_those_that_the_rule_reads() -> None:
    check = peering_sg_reference_through_middlebox
    for world in (inspected(), inspected(routes=TO_B)):
        assert judged_on_reads(world, check) == judged(world, check)


@mock_aws
def test_the_steps_of_the_remedy_cure_it_in_moto() -> None:
    moto = peered()
    groups = {
        vpc: moto.ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        for vpc, name in ((moto.a, "web"), (moto.b, "store"))
    }
    pair = {"GroupId": groups[moto.b], "VpcPeeringConnectionId": moto.peering, "VpcId": moto.b}
    moto.ec2.authorize_security_group_ingress(
        GroupId=groups[moto.a],
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 443,
                "ToPort": 443,
                "UserIdGroupPairs": [pair],
            }
        ],
    )
    interfaces = {}
    for vpc, block in ((moto.a, "172.16.0.0/24"), (moto.b, "10.0.0.0/24"), (moto.a, "172.16.9.0/24")):
        subnet = moto.ec2.create_subnet(VpcId=vpc, CidrBlock=block)["Subnet"]["SubnetId"]
        carried = [] if block == "172.16.9.0/24" else [groups[vpc]]
        made = moto.ec2.create_network_interface(SubnetId=subnet, Groups=carried)["NetworkInterface"]
        interfaces[block] = (subnet, made["NetworkInterfaceId"])
    firewalls, firewall = interfaces["172.16.9.0/24"]
    moto.route(moto.a_table, B_BLOCK, NetworkInterfaceId=firewall)
    table = moto.ec2.create_route_table(VpcId=moto.a)["RouteTable"]["RouteTableId"]
    moto.ec2.associate_route_table(RouteTableId=table, SubnetId=firewalls)
    moto.route(table, B_BLOCK)
    moto.route(moto.b_table, A_BLOCK)
    (fault,) = cured(peering_sg_reference_through_middlebox)
    assert fault.resource.id == groups[moto.a]
