from moto import mock_aws

from auditor.findings import Severity
from auditor.snapshot import Target
from checks.peering.route_wrong_connection import peering_route_wrong_connection
from tests.carrying_out import cured
from tests.checks.peering.peered_in_moto import connect, peered
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, half_seen, two_vpcs
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ACCOUNT, REGION, World

C_BLOCK = "192.168.0.0/16"


def beside_c(block: str = C_BLOCK, *c_blocks: str) -> World:
    """``vpc-a`` is connected with ``vpc-b`` and ``vpc-c``, and routes a block to ``vpc-b``."""
    world = two_vpcs(a_routes={block: "pcx-1"})
    world.peering("pcx-2", world.vpcs["vpc-a"], world.vpc("vpc-c", *(c_blocks or (C_BLOCK,)), name="data"), name="data")
    return world


def test_a_route_over_the_connection_of_another_peer_is_a_fault() -> None:
    findings = judged(beside_c(), peering_route_wrong_connection)
    (fault,) = faults(findings)
    assert (fault.severity, fault.key, fault.resource.id) == (Severity.HIGH, f"rtb-a1|{C_BLOCK}", "pcx-1")
    assert "192.168.0.0/16 belongs to vpc-c (data), which is reached over pcx-2 (data)" in fault.message
    assert fault.message.endswith("lead it over pcx-2 (data) instead")
    (step,) = fault.remedy
    assert (step.operation, step.at) == ("ec2:ReplaceRoute", Target(ACCOUNT, REGION))
    assert step.parameters == {
        "RouteTableId": "rtb-a1",
        "DestinationCidrBlock": C_BLOCK,
        "VpcPeeringConnectionId": "pcx-2",
    }
    assert [finding.resource.id for finding in passes(findings)] == ["pcx-2"]


def test_a_peer_with_the_same_addresses_may_be_meant() -> None:
    world = two_vpcs(a_routes={"10.0.0.0/16": "pcx-1"})
    world.peering("pcx-2", world.vpcs["vpc-a"], world.vpc("vpc-c", "10.0.0.0/16"))
    findings = judged(world, peering_route_wrong_connection)
    assert passes(findings) == findings != []


def test_a_block_that_the_other_peer_holds_in_part_has_another_cause() -> None:
    assert faults(judged(beside_c("192.168.0.0/15"), peering_route_wrong_connection)) == []


def test_a_connection_that_is_not_active_is_not_judged() -> None:
    assert judged(two_vpcs("deleted", a_routes={}, b_routes={}), peering_route_wrong_connection) == []


def test_routes_that_were_refused_are_unknown() -> None:
    world = beside_c()
    world.refuse("ec2:DescribeRouteTables")
    findings = judged(world, peering_route_wrong_connection)
    assert unknowns(findings)
    assert faults(findings) == passes(findings) == []


def test_the_routes_of_a_side_that_was_not_audited_are_unknown() -> None:
    (finding,) = unknowns(judged(half_seen(), peering_route_wrong_connection))
    assert finding.resource.id == "pcx-1"


def test_the_rule_reads_what_it_says() -> None:
    world = beside_c()
    assert judged_on_reads(world, peering_route_wrong_connection) == judged(world, peering_route_wrong_connection)


@mock_aws
def test_a_wrong_connection_is_found_in_moto() -> None:
    moto = peered()
    right = connect(moto.ec2, moto.a, moto.ec2.create_vpc(CidrBlock=C_BLOCK)["Vpc"]["VpcId"])
    for table, block in ((moto.a_table, C_BLOCK), (moto.a_table, B_BLOCK), (moto.b_table, A_BLOCK)):
        moto.route(table, block)
    (fault,) = cured(peering_route_wrong_connection)
    assert (fault.resource.id, fault.key) == (moto.peering, f"{moto.a_table}|{C_BLOCK}")
    assert fault.evidence["right_connection"] == right
