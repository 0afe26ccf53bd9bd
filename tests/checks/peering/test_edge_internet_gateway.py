import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.snapshot import Target
from checks.peering.edge_internet_gateway import peering_edge_internet_gateway
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_vpcs import A_BLOCK, OTHER_ACCOUNT, Routes, half_seen, two_vpcs
from tests.judging import faults, judged, passes, unknowns
from tests.over_moto import collected
from tests.world import ACCOUNT, REGION, World

DEFAULT: Routes = {"0.0.0.0/0": "pcx-1"}


def test_a_default_route_to_a_peer_with_an_internet_gateway_is_a_fault() -> None:
    world = two_vpcs(a_routes=DEFAULT)
    world.internet_gateway("igw-b", world.vpcs["vpc-b"])
    (fault,) = faults(judged(world, peering_edge_internet_gateway))
    assert (fault.severity, fault.key) == (Severity.HIGH, "rtb-a1|0.0.0.0/0")
    assert fault.message == (
        "rtb-a1 of vpc-a (front) routes 0.0.0.0/0 to vpc-b (back) over pcx-1 (front-to-back): no gateway of vpc-b "
        "(back), igw-b among them, serves another VPC; delete it, and give vpc-a a way out of its own"
    )
    assert fault.evidence["internet_gateways"] == ["igw-b"]
    assert "igw-b" in fault.related
    (step,) = fault.remedy
    assert (step.operation, step.at) == ("ec2:DeleteRoute", Target(ACCOUNT, REGION))


def test_a_default_route_to_a_peer_without_one_is_a_fault_as_well() -> None:
    (fault,) = faults(judged(two_vpcs(a_routes=DEFAULT), peering_edge_internet_gateway))
    assert (fault.severity, fault.evidence["internet_gateways"]) == (Severity.HIGH, [])
    assert "no gateway of vpc-b (back) serves another VPC" in fault.message


def test_both_halves_of_the_default_route_are_faults() -> None:
    findings = judged(two_vpcs(a_routes={"0.0.0.0/1": "pcx-1", "128.0.0.0/1": "pcx-1"}), peering_edge_internet_gateway)
    assert [fault.key for fault in faults(findings)] == ["rtb-a1|0.0.0.0/1", "rtb-a1|128.0.0.0/1"]


def test_public_space_that_the_peer_does_not_have_is_a_fault() -> None:
    (fault,) = faults(judged(two_vpcs(a_routes={"8.8.8.0/24": "pcx-1"}), peering_edge_internet_gateway))
    assert "8.8.8.0/24 is public and not of vpc-b (back)" in fault.message


def test_public_blocks_of_the_peer_itself_pass() -> None:
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK, "2001:db8:a::/56"), world.vpc("vpc-b", "100.24.0.0/16", "2001:db8:b::/56")
    world.peering("pcx-1", a, b)
    world.main_routes(a, {"100.24.0.0/16": "pcx-1", "2001:db8:b::/56": "pcx-1"})
    findings = judged(world, peering_edge_internet_gateway)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_an_ipv6_default_route_is_a_fault() -> None:
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK, "2001:db8:a::/56"), world.vpc("vpc-b", "10.0.0.0/16", "2001:db8:b::/56")
    world.peering("pcx-1", a, b)
    world.main_routes(a, {"::/0": "pcx-1"})
    (fault,) = faults(judged(world, peering_edge_internet_gateway))
    assert fault.remedy[0].parameters == {"RouteTableId": "rtb-a-main", "DestinationIpv6CidrBlock": "::/0"}


def test_a_default_route_to_a_peer_with_a_nat_gateway_is_the_other_rules() -> None:
    world = two_vpcs(a_routes=DEFAULT, b_routes={})
    b = world.vpcs["vpc-b"]
    world.route_table(
        "rtb-b2",
        b,
        [world.subnet("subnet-b2", b, "10.0.2.0/24")],
        {"0.0.0.0/0": world.nat_gateway("nat-b", world.subnets["subnet-b1"])},
    )
    assert faults(judged(world, peering_edge_internet_gateway)) == []


def test_a_default_route_to_an_unaudited_peer_is_a_fault() -> None:
    findings = judged(half_seen(a_routes=DEFAULT), peering_edge_internet_gateway)
    assert [fault.key for fault in faults(findings)] == ["rtb-a1|0.0.0.0/0"]
    assert [finding.key for finding in unknowns(findings)] == ["vpc-b"]


def test_where_the_peers_subnets_were_refused_its_nat_gateway_may_be_meant() -> None:
    world = two_vpcs(a_routes=DEFAULT, b_account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeSubnets", account=OTHER_ACCOUNT)
    (finding,) = judged(world, peering_edge_internet_gateway)
    assert (finding.status.value, finding.key) == ("unknown", "rtb-a1|0.0.0.0/0")


def test_refused_internet_gateways_take_nothing_from_the_fault() -> None:
    world = two_vpcs(a_routes=DEFAULT)
    world.refuse("ec2:DescribeInternetGateways")
    assert len(faults(judged(world, peering_edge_internet_gateway))) == 1


def test_refused_route_tables_are_unknown_for_their_side() -> None:
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeRouteTables", account=ACCOUNT)
    (finding,) = judged(world, peering_edge_internet_gateway)
    assert (finding.status.value, finding.key) == ("unknown", "vpc-a")


def test_an_unreadable_prefix_list_is_unknown() -> None:
    world = two_vpcs()
    world.prefix_list("pl-1", readable=False)
    world.main_routes(world.vpcs["vpc-a"], {"pl-1": "pcx-1"})
    (finding,) = judged(world, peering_edge_internet_gateway)
    assert (finding.status.value, finding.key) == ("unknown", "rtb-a-main|pl-1")


@pytest.mark.parametrize("status", ["pending-acceptance", "rejected"])
def test_a_connection_that_is_not_active_is_no_question(status: str) -> None:
    assert judged(two_vpcs(status, a_routes=DEFAULT), peering_edge_internet_gateway) == []


@mock_aws
def test_a_default_route_over_peering_is_found_in_moto() -> None:
    moto = peered()
    gateway = moto.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    moto.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=moto.b)
    moto.route(moto.a_table, "0.0.0.0/0")
    moto.route(moto.b_table, "0.0.0.0/0", GatewayId=gateway)
    (fault,) = faults(judged(collected(), peering_edge_internet_gateway))
    assert (fault.key, fault.evidence["internet_gateways"]) == (f"{moto.a_table}|0.0.0.0/0", [gateway])
