import pytest
from moto import mock_aws

from auditor.findings import Severity
from checks.peering.edge_internet_gateway import peering_edge_internet_gateway
from checks.peering.edge_nat import peering_edge_nat
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT, Routes, half_seen, two_vpcs
from tests.judging import faults, judged, passes, unknowns
from tests.over_moto import collected
from tests.world import World

DEFAULT: Routes = {"0.0.0.0/0": "pcx-1"}


def beside_nat(
    a_routes: Routes = DEFAULT, *, kind: str = "zonal", connectivity: str = "public", state: str = "available"
) -> World:
    """A private subnet of ``vpc-b`` leaves through a NAT device."""
    world = two_vpcs(a_routes=a_routes, b_account=OTHER_ACCOUNT)
    b = world.vpcs["vpc-b"]
    private = world.subnet("subnet-b2", b, "10.0.2.0/24")
    if kind == "instance":
        device = "eni-b1-0"
    else:
        place = b if kind == "regional" else world.subnets["subnet-b1"]
        device = world.nat_gateway("nat-b", place, connectivity=connectivity, state=state)
    world.route_table("rtb-b2", b, [private], {"0.0.0.0/0": device})
    return world


def test_a_default_route_to_a_peer_behind_nat_is_a_fault() -> None:
    world = beside_nat()
    world.internet_gateway("igw-b", world.vpcs["vpc-b"])
    (fault,) = faults(judged(world, peering_edge_nat))
    assert (fault.severity, fault.key) == (Severity.HIGH, "rtb-a1|0.0.0.0/0")
    assert fault.message == (
        "rtb-a1 of vpc-a (front) routes 0.0.0.0/0 to vpc-b (back) over pcx-1 (front-to-back): vpc-b (back) itself "
        "leaves through nat-b, which serves that VPC alone; delete it, and give vpc-a a NAT gateway of its own"
    )
    assert (fault.evidence["nat_gateways"], fault.evidence["internet_gateways"]) == (["nat-b"], ["igw-b"])
    assert [step.operation for step in fault.remedy] == ["ec2:DeleteRoute"]


def test_one_route_makes_one_finding() -> None:
    findings = faults(judged(beside_nat(), [peering_edge_nat, peering_edge_internet_gateway]))
    assert [finding.rule for finding in findings] == ["peering-edge-nat"]


@pytest.mark.parametrize(
    ("kind", "connectivity", "device"),
    [("regional", "public", "nat-b"), ("zonal", "private", "nat-b"), ("instance", "", "eni-b1-0")],
)
def test_every_kind_of_nat_device_is_out_of_reach(kind: str, connectivity: str, device: str) -> None:
    (fault,) = faults(judged(beside_nat(kind=kind, connectivity=connectivity), peering_edge_nat))
    assert fault.evidence["nat"] == device


def test_public_space_by_the_peers_nat_gateway_is_a_fault() -> None:
    (fault,) = faults(judged(beside_nat({"8.8.8.0/24": "pcx-1"}), peering_edge_nat))
    assert fault.key == "rtb-a1|8.8.8.0/24"


def test_a_nat_gateway_that_is_gone_is_not_meant() -> None:
    findings = judged(beside_nat(state="deleted"), peering_edge_nat)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_the_blocks_of_a_peer_behind_nat_pass() -> None:
    findings = judged(beside_nat({"10.0.0.0/16": "pcx-1"}), peering_edge_nat)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("action", ["ec2:DescribeRouteTables", "ec2:DescribeSubnets"])
def test_a_peer_of_which_an_answer_was_refused_may_have_nat(action: str) -> None:
    world = two_vpcs(a_routes=DEFAULT, b_account=OTHER_ACCOUNT)
    world.refuse(action, account=OTHER_ACCOUNT)
    findings = judged(world, peering_edge_nat)
    assert faults(findings) == []
    assert "rtb-a1|0.0.0.0/0" in {finding.key for finding in unknowns(findings)}


def test_an_unaudited_peer_may_have_nat() -> None:
    findings = judged(half_seen(a_routes=DEFAULT), peering_edge_nat)
    assert {finding.key for finding in unknowns(findings)} == {"rtb-a1|0.0.0.0/0", "vpc-b"}


def test_a_peer_without_nat_passes() -> None:
    findings = judged(two_vpcs(a_routes=DEFAULT), peering_edge_nat)
    assert passes(findings) == findings != []


def test_a_connection_that_is_not_active_is_no_question() -> None:
    assert judged(two_vpcs("deleted", a_routes=DEFAULT), peering_edge_nat) == []


@mock_aws
def test_a_way_out_through_the_peers_nat_gateway_is_found_in_moto() -> None:
    moto = peered()
    subnet = moto.ec2.create_subnet(VpcId=moto.b, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    address = moto.ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = moto.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    moto.route(moto.b_table, "0.0.0.0/0", NatGatewayId=nat)
    moto.route(moto.a_table, "0.0.0.0/0")
    (fault,) = faults(judged(collected(), peering_edge_nat))
    assert (fault.key, fault.evidence["nat"]) == (f"{moto.a_table}|0.0.0.0/0", nat)
