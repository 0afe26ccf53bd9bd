import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.snapshot import Target
from checks.peering.transitive_route import peering_transitive_route
from tests.checks.peering.peered_in_moto import connect, peered
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT, half_seen, two_vpcs
from tests.judging import faults, judged, passes, unknowns
from tests.over_moto import collected
from tests.world import ACCOUNT, REGION, World

C_BLOCK = "192.168.0.0/16"


def through_b(*, c_account: str = ACCOUNT, direct: bool = False, b_account: str = ACCOUNT) -> World:
    """``vpc-a`` routes the block of ``vpc-c`` to ``vpc-b``, which is connected with it."""
    world = two_vpcs(a_routes={C_BLOCK: "pcx-1"}, b_account=b_account)
    c = world.vpc("vpc-c", C_BLOCK, name="data", account=c_account)
    world.peering("pcx-2", world.vpcs["vpc-b"], c)
    if direct:
        world.peering("pcx-3", world.vpcs["vpc-a"], c)
    return world


def test_a_route_through_the_peer_to_a_third_vpc_is_a_fault() -> None:
    findings = judged(through_b(), peering_transitive_route)
    (fault,) = faults(findings)
    assert (fault.severity, fault.key, fault.resource.id) == (Severity.HIGH, f"rtb-a1|{C_BLOCK}", "pcx-1")
    assert fault.message == (
        "rtb-a1 of vpc-a (front) routes 192.168.0.0/16 to vpc-b (back) over pcx-1 (front-to-back): 192.168.0.0/16 is "
        "in vpc-c (data), which vpc-b (back) reaches over pcx-2, and peering is not transitive; connect vpc-a with "
        "vpc-c directly, or both over a transit gateway"
    )
    assert fault.evidence["chain"] == ["vpc-a", "vpc-b", "vpc-c"]
    assert fault.evidence["destination"] == C_BLOCK
    assert {"rtb-a1", "vpc-c", "pcx-2"} <= set(fault.related)
    (step,) = fault.remedy
    assert (step.operation, step.at) == ("ec2:DeleteRoute", Target(ACCOUNT, REGION))
    assert step.parameters == {"RouteTableId": "rtb-a1", "DestinationCidrBlock": C_BLOCK}
    assert [finding.resource.id for finding in passes(findings)] == ["pcx-2"]


def test_the_fault_belongs_to_the_owner_of_the_route_table() -> None:
    world = two_vpcs(b_routes={C_BLOCK: "pcx-1"}, b_account=OTHER_ACCOUNT)
    world.peering("pcx-2", world.vpcs["vpc-a"], world.vpc("vpc-c", C_BLOCK))
    (fault,) = faults(judged(world, peering_transitive_route))
    assert (fault.account, fault.key) == (OTHER_ACCOUNT, f"rtb-b1|{C_BLOCK}")


def test_a_direct_connection_to_part_of_the_destination_is_offered() -> None:
    world = two_vpcs(a_routes={"192.0.0.0/8": "pcx-1"})
    c = world.vpc("vpc-c", C_BLOCK)
    world.peering("pcx-2", world.vpcs["vpc-b"], c)
    world.peering("pcx-3", world.vpcs["vpc-a"], c)
    (fault,) = faults(judged(world, peering_transitive_route))
    assert fault.message.endswith("lead it over pcx-3, which reaches vpc-c itself")


def test_a_destination_that_another_connection_holds_whole_is_not_transitive() -> None:
    assert faults(judged(through_b(direct=True), peering_transitive_route)) == []


def test_a_third_account_that_was_not_audited_is_known_by_its_connection() -> None:
    world = two_vpcs(a_routes={C_BLOCK: "pcx-1"})
    world.peering("pcx-2", world.vpcs["vpc-b"], world.foreign_vpc("vpc-c", C_BLOCK, account="333333333333"))
    (fault,) = faults(judged(world, peering_transitive_route))
    assert fault.evidence["chain"] == ["vpc-a", "vpc-b", "vpc-c"]


def test_a_vpc_on_the_peers_transit_gateway_is_a_third_one() -> None:
    world = two_vpcs(a_routes={C_BLOCK: "pcx-1"})
    world.transit_gateway_attachment("tgw-1", world.vpcs["vpc-b"])
    world.transit_gateway_attachment("tgw-1", world.vpc("vpc-c", C_BLOCK))
    (fault,) = faults(judged(world, peering_transitive_route))
    assert fault.evidence["through"] == "tgw-1"


def test_a_star_whose_spokes_route_only_the_hub_passes() -> None:
    world = two_vpcs()
    world.peering("pcx-2", world.vpcs["vpc-b"], world.vpc("vpc-c", C_BLOCK))
    findings = judged(world, peering_transitive_route)
    assert passes(findings) == findings
    assert len(findings) == 2


def test_a_proxy_in_the_peer_is_reached_by_its_own_address_and_passes() -> None:
    world = two_vpcs(a_routes={"10.0.0.10/32": "pcx-1"})
    world.peering("pcx-2", world.vpcs["vpc-b"], world.vpc("vpc-c", C_BLOCK))
    assert faults(judged(world, peering_transitive_route)) == []


def test_an_unaudited_peer_may_have_other_connections() -> None:
    findings = judged(half_seen(a_routes={C_BLOCK: "pcx-1"}), peering_transitive_route)
    assert faults(findings) == passes(findings) == []
    assert {finding.key for finding in unknowns(findings)} == {f"rtb-a1|{C_BLOCK}", "vpc-b"}


def test_an_unaudited_peer_leaves_its_own_routes_unknown() -> None:
    (finding,) = judged(half_seen(), peering_transitive_route)
    assert (finding.status.value, finding.key) == ("unknown", "vpc-b")
    assert finding.message == "the routes of vpc-b to vpc-a (front) over pcx-1 were not all seen"


@pytest.mark.parametrize(
    ("action", "key"),
    [
        ("ec2:DescribeRouteTables", "vpc-b"),
        ("ec2:DescribeVpcPeeringConnections", f"rtb-a1|{C_BLOCK}"),
        ("ec2:DescribeTransitGatewayVpcAttachments", f"rtb-a1|{C_BLOCK}"),
    ],
)
def test_a_refused_answer_of_the_peer_is_unknown(action: str, key: str) -> None:
    world = two_vpcs(a_routes={C_BLOCK: "pcx-1"}, b_account=OTHER_ACCOUNT)
    world.refuse(action, account=OTHER_ACCOUNT)
    assert key in {finding.key for finding in unknowns(judged(world, peering_transitive_route))}


def test_an_unreadable_prefix_list_is_unknown() -> None:
    world = two_vpcs(a_routes={})
    world.prefix_list("pl-1", readable=False)
    world.main_routes(world.vpcs["vpc-a"], {"pl-1": "pcx-1"})
    (finding,) = unknowns(judged(world, peering_transitive_route))
    assert (finding.key, finding.account) == ("rtb-a-main|pl-1", ACCOUNT)
    assert "rtb-a-main of vpc-a (front) routes pl-1" in finding.message


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted"])
def test_a_connection_that_is_not_active_is_no_question(status: str) -> None:
    assert judged(two_vpcs(status, a_routes={C_BLOCK: "pcx-1"}), peering_transitive_route) == []


@mock_aws
def test_a_transitive_route_is_found_in_moto() -> None:
    moto = peered()
    c = moto.ec2.create_vpc(CidrBlock=C_BLOCK)["Vpc"]["VpcId"]
    connect(moto.ec2, moto.b, c)
    moto.route(moto.a_table, C_BLOCK)
    (fault,) = faults(judged(collected(), peering_transitive_route))
    assert (fault.resource.id, fault.key) == (moto.peering, f"{moto.a_table}|{C_BLOCK}")
    assert fault.evidence["chain"] == [moto.a, moto.b, c]
