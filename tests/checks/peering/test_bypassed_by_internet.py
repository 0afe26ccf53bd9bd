import pytest
from moto import mock_aws

from auditor.findings import Confidence, Severity
from auditor.network.missing import Kind
from checks.peering.bypassed_by_internet import peering_bypassed_by_internet
from checks.peering.route_missing_side import peering_route_missing_side
from checks.peering.route_one_way import peering_route_one_way
from checks.peering.route_subnet_gap import peering_route_subnet_gap
from tests.carrying_out import cured
from tests.checks.peering.test_route_subnet_gap import NARROW, in_moto, with_second_subnet
from tests.checks.peering.two_vpcs import A_BLOCK, OTHER_ACCOUNT, TO_A, TO_B, Routes, half_seen, two_vpcs
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import REGION, World, propagated

ENIS = "ec2:DescribeNetworkInterfaces"


def out_by_nat(*, sibling_too: bool = True, a_block: str = A_BLOCK) -> World:
    """``subnet-b2`` leads all to a NAT gateway; ``subnet-b1`` has a part, and with ``sibling_too`` the same way out."""
    world = World()
    a, b = world.vpc("vpc-a", a_block, name="front"), world.vpc("vpc-b", "10.0.0.0/16", name="back")
    world.peering("pcx-1", a, b)
    a1 = world.subnet("subnet-a1", a, a_block.replace("/16", "/24"))
    world.route_table("rtb-a1", a, [a1], NARROW)
    nat = world.nat_gateway("nat-1", b)
    out: Routes = {"0.0.0.0/0": nat}
    b1, b2 = world.subnet("subnet-b1", b, "10.0.0.0/24"), world.subnet("subnet-b2", b, "10.0.2.0/24")
    world.route_table("rtb-b1", b, [b1], {a_block: "pcx-1", **(out if sibling_too else {})})
    world.route_table("rtb-b2", b, [b2], out)
    return world


def test_a_subnet_in_use_that_sends_to_a_nat_gateway_is_low() -> None:
    world = out_by_nat()
    (fault,) = faults(judged(world, peering_bypassed_by_internet))
    assert (fault.severity, fault.confidence, fault.key) == (Severity.LOW, Confidence.CERTAIN, "rtb-b2|ipv4")
    assert (fault.resource.id, fault.region) == ("pcx-1", REGION)
    assert fault.message == (
        "subnet-b2 of vpc-b (back) sends what is for vpc-a (front) to nat-1 (0.0.0.0/0) by rtb-b2, and not over pcx-1 "
        "as subnet-b1 does; what is for private addresses is dropped there"
    )
    assert fault.evidence == {
        "family": "ipv4",
        "route_table": "rtb-b2",
        "subnets": {"subnet-b2": 1},
        "routes": [{"destination": "0.0.0.0/0", "target": "nat-1", "kind": "natgateway"}],
        "subnets_with_part": ["subnet-b1"],
        "peer_sends_over": [],
    }
    assert fault.related == ("vpc-b", "vpc-a", "rtb-b2", "subnet-b2", "nat-1")
    assert [step.parameters["RouteTableId"] for step in fault.remedy] == ["rtb-b2", "rtb-a1"]
    assert judged_on_reads(world, peering_bypassed_by_internet) == judged(world, peering_bypassed_by_internet)


def test_a_peer_with_public_addresses_is_not_said_to_be_out_of_reach() -> None:
    (fault,) = faults(judged(out_by_nat(a_block="203.0.0.0/16"), peering_bypassed_by_internet))
    assert fault.message.endswith("; public addresses are reached from outside there, if at all")


def test_a_subnet_of_another_kind_than_its_siblings_is_but_a_fact() -> None:
    (fault,) = faults(judged(out_by_nat(sibling_too=False), peering_bypassed_by_internet))
    assert fault.severity is Severity.INFO


@pytest.mark.parametrize("target", ["igw-1", "vgw-1", "eni-1", "cagw-1"])
def test_every_way_out_counts(target: str) -> None:
    world = with_second_subnet({"0.0.0.0/0": target})
    b = world.vpcs["vpc-b"]
    world.internet_gateway("igw-1", b)
    world.vpn_gateway("vgw-1", b)
    world.network_interface("eni-1", world.subnets["subnet-b1"])
    (fault,) = faults(judged(world, peering_bypassed_by_internet))
    assert fault.evidence["routes"][0]["target"] == target
    assert faults(judged(world, peering_route_subnet_gap)) == []


def test_a_virtual_private_gateway_is_not_said_to_drop_anything() -> None:
    world = with_second_subnet()
    b = world.vpcs["vpc-b"]
    gateway = world.vpn_gateway("vgw-1", b)
    b3 = world.subnet("subnet-b3", b, "10.0.3.0/24")
    world.route_table("rtb-b3", b, [b3], [("172.16.0.0/12", propagated(gateway))])
    found = {fault.key: fault for fault in faults(judged(world, peering_bypassed_by_internet))}
    assert found.keys() == {"rtb-b3|ipv4"}
    assert found["rtb-b3|ipv4"].severity is Severity.LOW
    assert found["rtb-b3|ipv4"].message.endswith("leads to the peer VPC only if it was made to")


def test_a_transit_gateway_is_but_a_fact() -> None:
    world = with_second_subnet({"172.16.0.0/12": "tgw-1"})
    world.transit_gateway_attachment("tgw-1", world.vpcs["vpc-b"])
    (fault,) = faults(judged(world, peering_bypassed_by_internet))
    assert (fault.severity, fault.remedy) == (Severity.INFO, ())
    assert fault.message.endswith("; which may be meant")


def test_a_way_that_is_more_specific_than_the_route_to_come_has_no_steps() -> None:
    world = with_second_subnet({"172.16.0.0/24": "vgw-1"})
    world.vpn_gateway("vgw-1", world.vpcs["vpc-b"])
    (fault,) = faults(judged(world, peering_bypassed_by_internet))
    assert fault.remedy == ()


def test_a_way_out_that_is_a_blackhole_takes_nothing() -> None:
    world = with_second_subnet({"0.0.0.0/0": "nat-1"})
    world.nat_gateway("nat-1", world.vpcs["vpc-b"], state="deleted")
    assert faults(judged(world, peering_bypassed_by_internet)) == []
    assert len(faults(judged(world, peering_route_subnet_gap))) == 1


def test_subnets_that_have_a_part_pass_whatever_their_default_route() -> None:
    world = two_vpcs(b_routes={**TO_A, "0.0.0.0/0": "igw-1"})
    world.internet_gateway("igw-1", world.vpcs["vpc-b"])
    findings = judged(world, peering_bypassed_by_internet)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_a_subnet_that_nobody_uses_passes() -> None:
    world = with_second_subnet({"0.0.0.0/0": "igw-1"}, enis=False)
    world.internet_gateway("igw-1", world.vpcs["vpc-b"])
    findings = judged(world, peering_bypassed_by_internet)
    assert passes(findings) == findings != []


def test_answers_that_leave_are_another_rules_to_report() -> None:
    world = with_second_subnet({"0.0.0.0/0": "igw-1"}, a_routes=TO_B)
    world.internet_gateway("igw-1", world.vpcs["vpc-b"])
    assert faults(judged(world, peering_bypassed_by_internet)) == []
    assert [fault.key for fault in faults(judged(world, peering_route_one_way))] == ["rtb-b2|ipv4"]


def test_a_side_without_any_route_is_another_rules_to_report() -> None:
    world = two_vpcs(b_routes={"0.0.0.0/0": "igw-1"})
    world.internet_gateway("igw-1", world.vpcs["vpc-b"])
    assert faults(judged(world, peering_bypassed_by_internet)) == []
    assert [fault.key for fault in faults(judged(world, peering_route_missing_side))] == ["vpc-b"]


def test_ipv6_that_leaves_by_an_egress_only_gateway_counts() -> None:
    six_a, six_b = "2600:1f18:0:a00::/56", "2600:1f18:0:b00::/56"
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK, six_a), world.vpc("vpc-b", "10.0.0.0/16", six_b)
    world.peering("pcx-1", a, b)
    a1 = world.subnet("subnet-a1", a, "172.16.0.0/24", "2600:1f18:0:a00::/64")
    world.route_table("rtb-a1", a, [a1], {**NARROW, "2600:1f18:0:b00::/64": "pcx-1"})
    b1 = world.subnet("subnet-b1", b, "10.0.0.0/24", "2600:1f18:0:b00::/64")
    world.route_table("rtb-b1", b, [b1], {**TO_A, six_a: "pcx-1", "::/0": "eigw-1"})
    b2 = world.subnet("subnet-b2", b, "2600:1f18:0:b02::/64")
    world.route_table("rtb-b2", b, [b2], {"::/0": "eigw-1"})
    (fault,) = faults(judged(world, peering_bypassed_by_internet))
    assert (fault.key, fault.severity) == ("rtb-b2|ipv6", Severity.LOW)


def test_whether_a_subnet_is_in_use_may_not_have_been_seen() -> None:
    world = with_second_subnet({"0.0.0.0/0": "igw-1"})
    world.internet_gateway("igw-1", world.vpcs["vpc-b"])
    world.refuse(ENIS, account=OTHER_ACCOUNT)
    (finding,) = judged(world, peering_bypassed_by_internet)
    assert (unknowns([finding]), finding.key) == ([finding], "rtb-b2|ipv4")


def test_nat_gateways_that_were_not_seen_leave_the_kind_open_and_the_fact_stands() -> None:
    world = out_by_nat()
    world.refuse("ec2:DescribeNatGateways")
    (fault,) = faults(judged(world, peering_bypassed_by_internet))
    assert fault.severity is Severity.INFO


def test_the_far_side_that_was_not_seen_leaves_all_unknown() -> None:
    (finding,) = judged(half_seen(), peering_bypassed_by_internet)
    assert finding.missing is not None
    assert [cause.kind for cause in finding.missing.causes] == [Kind.NOT_AUDITED]


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted"])
def test_a_connection_that_is_not_active_is_no_question(status: str) -> None:
    assert judged(two_vpcs(status), peering_bypassed_by_internet) == []


def test_a_connection_without_routes_is_no_question() -> None:
    assert judged(two_vpcs(a_routes={}, b_routes={}), peering_bypassed_by_internet) == []


@mock_aws
def test_the_steps_of_the_remedy_cure_it_in_moto() -> None:
    made = in_moto()
    gateway = made.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    made.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=made.b)
    tables = made.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [made.b]}])["RouteTables"]
    for table in tables:
        made.route(table["RouteTableId"], "0.0.0.0/0", GatewayId=gateway)
    (fault,) = cured(peering_bypassed_by_internet)
    assert (fault.resource.id, fault.severity, len(fault.remedy)) == (made.peering, Severity.LOW, 2)
