import boto3
import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.peering.return_misroute import peering_return_misroute
from checks.peering.route_missing_side import peering_route_missing_side
from checks.peering.route_one_way import peering_route_one_way
from tests.carrying_out import cured
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, TO_B, half_seen, two_vpcs
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import REGION, World, blackhole

ENIS = "ec2:DescribeNetworkInterfaces"
ELSEWHERE = {"172.16.9.0/24": "pcx-1"}
"""A route over the connection that leads back to nobody who sends."""


def with_second_subnet(routes: dict[str, str], *, enis: bool = True, b_account: str = OTHER_ACCOUNT) -> World:
    """``two_vpcs``, which works, and a ``subnet-b2`` that sends by ``rtb-b2``."""
    world = two_vpcs(b_account=b_account)
    b = world.vpcs["vpc-b"]
    world.route_table("rtb-b2", b, [world.subnet("subnet-b2", b, "10.0.2.0/24", enis=enis)], routes)
    return world


def test_a_connection_with_routes_both_ways_passes() -> None:
    findings = judged(two_vpcs(), peering_route_one_way)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_routes_of_which_none_leads_back_are_high() -> None:
    world = two_vpcs(b_routes=ELSEWHERE, b_account=OTHER_ACCOUNT)
    (fault,) = faults(judged(world, peering_route_one_way))
    assert (fault.severity, fault.key) == (Severity.HIGH, "rtb-b1|ipv4")
    assert (fault.account, fault.region) == (OTHER_ACCOUNT, REGION)
    assert fault.message == (
        "vpc-a (front) sends to subnet-b1 of vpc-b (back) over pcx-1 (front-to-back) by rtb-a1 (10.0.0.0/16), but "
        "rtb-b1 there has no route back; add 172.16.0.0/24 over pcx-1 to it"
    )
    (step,) = fault.remedy
    assert step.operation == "ec2:CreateRoute"
    assert step.parameters == {
        "RouteTableId": "rtb-b1",
        "DestinationCidrBlock": "172.16.0.0/24",
        "VpcPeeringConnectionId": "pcx-1",
    }
    assert step.at == Target(OTHER_ACCOUNT, REGION)


def test_a_subnet_in_use_without_a_route_is_medium() -> None:
    (fault,) = faults(judged(with_second_subnet({}), peering_route_one_way))
    assert (fault.severity, fault.key) == (Severity.MEDIUM, "rtb-b2|ipv4")
    assert fault.evidence["receivers_in_use"] == ["subnet-b2"]
    assert fault.evidence["table_uses_connection"] is False


def test_a_subnet_that_nobody_uses_needs_no_route() -> None:
    findings = judged(with_second_subnet({}, enis=False), peering_route_one_way)
    assert passes(findings) == findings != []


def test_a_subnet_without_a_route_is_unknown_where_its_use_was_not_seen() -> None:
    world = with_second_subnet({})
    world.refuse(ENIS, account=OTHER_ACCOUNT)
    (finding,) = unknowns(judged(world, peering_route_one_way))
    assert finding.key == "rtb-b2|ipv4"
    assert "whether its subnets are in use was not seen" in finding.message
    assert finding.missing is not None
    assert [cause.action for cause in finding.missing.causes] == [ENIS]


def test_a_table_that_serves_other_subnets_of_the_peer_is_low() -> None:
    (fault,) = faults(judged(with_second_subnet(ELSEWHERE), peering_route_one_way))
    assert fault.severity is Severity.LOW
    assert fault.evidence["table_uses_connection"] is True


def test_a_table_that_serves_other_subnets_of_the_peer_is_but_a_fact_without_workloads() -> None:
    (fault,) = faults(judged(with_second_subnet(ELSEWHERE, enis=False), peering_route_one_way))
    assert fault.severity is Severity.INFO
    assert fault.evidence["receivers_in_use"] == []


def test_a_table_that_serves_other_subnets_of_the_peer_is_a_fact_even_where_the_use_was_not_seen() -> None:
    world = with_second_subnet(ELSEWHERE)
    world.refuse(ENIS)
    (fault,) = faults(judged(world, peering_route_one_way))
    assert fault.severity is Severity.INFO
    assert fault.evidence["receivers_in_use"] is None


def test_answers_that_leave_to_the_internet_are_named() -> None:
    world = with_second_subnet({"0.0.0.0/0": "igw-1"})
    world.internet_gateway("igw-1", world.vpcs["vpc-b"])
    (fault,) = faults(judged(world, peering_route_one_way))
    assert "rtb-b2 there sends the answers to igw-1 (0.0.0.0/0); add 172.16.0.0/24 over pcx-1 to it" in fault.message
    assert {"destination": "0.0.0.0/0", "target": "igw-1", "state": "active"} in fault.evidence["return_routes"]


def test_a_route_to_just_the_senders_is_replaced() -> None:
    world = with_second_subnet({"172.16.0.0/24": "igw-1"})
    world.internet_gateway("igw-1", world.vpcs["vpc-b"])
    (fault,) = faults(judged(world, peering_route_one_way))
    assert [step.operation for step in fault.remedy] == ["ec2:ReplaceRoute"]


TGW = "ec2:DescribeTransitGatewayVpcAttachments"


def on_transit_gateway(*vpcs: str) -> World:
    """``two_vpcs`` and a ``subnet-b2`` that answers over a transit gateway, which the named VPCs are on."""
    world = two_vpcs()
    b = world.vpcs["vpc-b"]
    for vpc in vpcs:
        world.transit_gateway_attachment("tgw-1", world.vpcs[vpc])
    world.route_table("rtb-b2", b, [world.subnet("subnet-b2", b, "10.0.2.0/24")], {"172.16.0.0/12": "tgw-1"})
    return world


def test_answers_over_a_transit_gateway_that_both_vpcs_are_on_have_another_way() -> None:
    world = on_transit_gateway("vpc-a", "vpc-b")
    (fault,) = faults(judged(world, peering_route_one_way))
    assert (fault.severity, fault.key, fault.remedy) == (Severity.INFO, "rtb-b2|ipv4", ())
    assert fault.message.endswith(
        "rtb-b2 there sends the answers to tgw-1 (172.16.0.0/12); which may be meant: look whether they come back from "
        "there"
    )
    assert judged_on_reads(world, peering_route_one_way) == judged(world, peering_route_one_way)


def test_a_transit_gateway_that_the_senders_are_not_on_is_no_other_way() -> None:
    (fault,) = faults(judged(on_transit_gateway("vpc-b"), peering_route_one_way))
    assert (fault.severity, len(fault.remedy)) == (Severity.MEDIUM, 1)


def test_a_transit_gateway_of_which_the_attachments_were_not_seen_is_unknown() -> None:
    world = on_transit_gateway("vpc-a", "vpc-b")
    world.refuse(TGW)
    (finding,) = judged(world, peering_route_one_way)
    assert (unknowns([finding]), finding.key) == ([finding], "rtb-b2|ipv4")
    assert finding.missing is not None
    assert {cause.action for cause in finding.missing.causes} == {TGW}


def test_answers_through_an_appliance_are_a_fact_even_where_no_pair_has_a_way_back() -> None:
    world = two_vpcs(b_routes={})
    b = world.vpcs["vpc-b"]
    inspection = world.subnet("subnet-fw", b, "10.0.9.0/24", enis=False)
    world.load_balancer_endpoint("vpce-fw", inspection)
    world.network_interface("eni-fw", inspection)
    for number, target in ((3, "vpce-fw"), (4, "eni-fw")):
        subnet = world.subnet(f"subnet-b{number}", b, f"10.0.{number}.0/24")
        world.route_table(f"rtb-b{number}", b, [subnet], {**ELSEWHERE, A_BLOCK: target})
    found = {fault.key: fault for fault in faults(judged(world, peering_route_one_way))}
    assert found["rtb-b1|ipv4"].severity is Severity.HIGH
    for key in ("rtb-b3|ipv4", "rtb-b4|ipv4"):
        assert (found[key].severity, found[key].remedy) == (Severity.INFO, ())
        assert found[key].evidence["answers_have_another_way"] is True


def test_a_default_route_to_an_interface_is_a_nat_instances_and_no_other_way() -> None:
    world = two_vpcs()
    b = world.vpcs["vpc-b"]
    world.network_interface("eni-nat", world.subnets["subnet-b1"])
    world.route_table("rtb-b2", b, [world.subnet("subnet-b2", b, "10.0.2.0/24")], {"0.0.0.0/0": "eni-nat"})
    (fault,) = faults(judged(world, peering_route_one_way))
    assert fault.severity is Severity.MEDIUM


def test_an_appliance_for_a_part_of_the_senders_is_no_other_way() -> None:
    world = with_second_subnet({})
    b = world.vpcs["vpc-b"]
    world.network_interface("eni-fw", world.subnets["subnet-b1"])
    world.route_table("rtb-b3", b, [world.subnet("subnet-b3", b, "10.0.3.0/24")], {"172.16.0.0/25": "eni-fw"})
    found = {fault.key: fault.severity for fault in faults(judged(world, peering_route_one_way))}
    assert found["rtb-b3|ipv4"] is Severity.MEDIUM


def test_answers_that_end_in_a_blackhole_over_a_connection_are_another_rules_to_report() -> None:
    world = with_second_subnet({A_BLOCK: "igw-1"})
    b = world.vpcs["vpc-b"]
    world.internet_gateway("igw-1", b)
    for number, block in ((3, A_BLOCK), (4, "172.16.0.0/25")):
        subnet = world.subnet(f"subnet-b{number}", b, f"10.0.{number}.0/24")
        world.route_table(f"rtb-b{number}", b, [subnet], {block: blackhole("pcx-gone")})
    # The last one drops but a half, and has no way for the rest.
    found = [fault.key for fault in faults(judged(world, peering_route_one_way))]
    assert found == ["rtb-b2|ipv4", "rtb-b4|ipv4"]


def test_a_side_without_any_route_is_another_rules_to_report() -> None:
    findings = judged(two_vpcs(b_routes={}), peering_route_one_way)
    assert passes(findings) == findings != []


def test_a_table_without_any_route_is_reported_where_another_one_of_its_vpc_sends_answers_astray() -> None:
    world = two_vpcs(b_routes={A_BLOCK: "pcx-2"})
    b, c = world.vpcs["vpc-b"], world.vpc("vpc-c", A_BLOCK)
    world.peering("pcx-2", b, c)
    world.route_table("rtb-b2", b, [world.subnet("subnet-b2", b, "10.0.2.0/24")])
    findings = [
        finding
        for finding in faults(
            judged(world, [peering_route_one_way, peering_route_missing_side, peering_return_misroute])
        )
        if finding.resource.id == "pcx-1"
    ]
    assert {(finding.rule, finding.key) for finding in findings} == {
        ("peering-return-misroute", "rtb-b1|ipv4"),
        ("peering-route-one-way", "rtb-b2|ipv4"),
    }


def test_answers_over_another_connection_are_another_rules_to_report() -> None:
    world = two_vpcs(b_routes={"172.16.9.0/24": "pcx-1", A_BLOCK: "pcx-2"})
    c = world.vpc("vpc-c", A_BLOCK)
    world.peering("pcx-2", world.vpcs["vpc-b"], c)
    findings = judged(world, peering_route_one_way)
    assert [finding for finding in faults(findings) if finding.resource.id == "pcx-1"] == []


def test_ipv6_is_judged_apart_from_ipv4() -> None:
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK, "2001:db8:0:a00::/56"), world.vpc("vpc-b", B_BLOCK, "2001:db8:0:b00::/56")
    world.peering("pcx-1", a, b)
    a1 = world.subnet("subnet-a1", a, "172.16.0.0/24", "2001:db8:0:a00::/64")
    b1 = world.subnet("subnet-b1", b, "10.0.0.0/24", "2001:db8:0:b00::/64")
    world.route_table("rtb-a1", a, [a1], {B_BLOCK: "pcx-1", "2001:db8:0:b00::/56": "pcx-1"})
    world.route_table("rtb-b1", b, [b1], {A_BLOCK: "pcx-1"})
    (fault,) = faults(judged(world, peering_route_one_way))
    assert (fault.key, fault.severity) == ("rtb-b1|ipv6", Severity.HIGH)
    assert [step.parameters["DestinationIpv6CidrBlock"] for step in fault.remedy] == ["2001:db8:0:a00::/64"]


def test_a_prefix_list_that_leads_back_is_a_way_back() -> None:
    world = two_vpcs(b_routes={"pl-1": "pcx-1"})
    world.prefix_list("pl-1", [A_BLOCK])
    findings = judged(world, peering_route_one_way)
    assert passes(findings) == findings != []


def test_a_prefix_list_that_cannot_be_read_may_lead_back() -> None:
    world = two_vpcs(b_routes={"pl-1": "pcx-1"})
    world.prefix_list("pl-1", readable=False)
    (finding,) = judged(world, peering_route_one_way)
    assert (unknowns([finding]), finding.key) == ([finding], "")


def test_a_connection_of_which_a_part_was_not_judged_is_not_wholly_broken() -> None:
    world = two_vpcs(b_routes=ELSEWHERE)
    world.prefix_list("pl-1", readable=False)
    b = world.vpcs["vpc-b"]
    world.route_table("rtb-b2", b, [world.subnet("subnet-b2", b, "10.0.2.0/24")], {"pl-1": "pcx-1"})
    findings = judged(world, peering_route_one_way)
    assert [(finding.key, finding.severity) for finding in faults(findings)] == [("rtb-b1|ipv4", Severity.LOW)]
    assert [finding.key for finding in unknowns(findings)] == [""]


def test_the_far_side_that_was_not_seen_leaves_the_way_back_unknown() -> None:
    (finding,) = unknowns(judged(half_seen(), peering_route_one_way))
    assert finding.missing is not None
    assert [cause.kind for cause in finding.missing.causes] == [Kind.NOT_AUDITED]


@pytest.mark.parametrize("action", ["ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeRouteTables"])
def test_nothing_passes_where_routes_or_subnets_were_refused(action: str) -> None:
    world = two_vpcs()
    world.refuse(action)
    findings = judged(world, peering_route_one_way)
    assert len(unknowns(findings)) == len(findings) == 1


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted"])
def test_a_connection_that_is_not_active_is_no_question(status: str) -> None:
    assert judged(two_vpcs(status), peering_route_one_way) == []


def test_a_connection_without_routes_is_no_question() -> None:
    assert judged(two_vpcs(a_routes={}, b_routes={}), peering_route_one_way) == []


@mock_aws
def test_a_way_without_return_is_found_in_moto() -> None:
    ec2 = boto3.client("ec2", REGION)
    a, b = (ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in (A_BLOCK, B_BLOCK))
    peering = ec2.create_vpc_peering_connection(VpcId=a, PeerVpcId=b)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    tables = {}
    for vpc, subnet, block in ((a, "172.16.0.0/24", *TO_B), (b, "10.0.0.0/24", *ELSEWHERE)):
        ec2.create_subnet(VpcId=vpc, CidrBlock=subnet)
        found = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
        tables[vpc] = found[0]["RouteTableId"]
        ec2.create_route(RouteTableId=tables[vpc], DestinationCidrBlock=block, VpcPeeringConnectionId=peering)
    (fault,) = cured(peering_route_one_way)
    assert (fault.resource.id, fault.severity, fault.key) == (peering, Severity.HIGH, f"{tables[b]}|ipv4")
