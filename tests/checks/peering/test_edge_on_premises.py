import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.snapshot import Target
from checks.peering.edge_on_premises import peering_edge_on_premises
from tests.carrying_out import cured
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, STRANGER, Routes, half_seen, two_vpcs
from tests.judging import faults, judged, passes, unknowns
from tests.world import ACCOUNT, REGION, World, propagated

OFFICE = "192.168.50.0/24"
TO_OFFICE: Routes = {OFFICE: "pcx-1"}
ASSOCIATIONS = "directconnect:DescribeDirectConnectGatewayAssociations"


def office_behind_b(a_routes: Routes = TO_OFFICE, *, b_account: str = ACCOUNT) -> World:
    """``vpc-b`` learns the office's block from its virtual private gateway."""
    world = two_vpcs(a_routes=a_routes, b_account=b_account)
    vgw = world.vpn_gateway("vgw-b", world.vpcs["vpc-b"])
    world.main_routes(world.vpcs["vpc-b"], {OFFICE: propagated(vgw)})
    return world


def direct_connect_in_b(*prefixes: str, b_account: str = ACCOUNT) -> World:
    world = two_vpcs(b_account=b_account)
    world.direct_connect(world.vpn_gateway("vgw-b", world.vpcs["vpc-b"]), prefixes)
    return world


# --- From a VPC to the network behind its peer


def test_a_route_to_the_network_behind_the_peer_is_a_fault() -> None:
    (fault,) = faults(judged(office_behind_b(), peering_edge_on_premises))
    assert (fault.severity, fault.key) == (Severity.HIGH, f"rtb-a1|{OFFICE}")
    assert fault.message == (
        "rtb-a1 of vpc-a (front) routes 192.168.50.0/24 to vpc-b (back) over pcx-1 (front-to-back): vpc-b (back) "
        "reaches 192.168.50.0/24 through vgw-b, which serves that VPC alone; delete it, and give vpc-a its own way "
        "there, or a transit gateway to both"
    )
    assert (fault.evidence["prefix"], fault.evidence["gateway"]) == (OFFICE, "vgw-b")
    assert [step.operation for step in fault.remedy] == ["ec2:DeleteRoute"]


def test_a_static_route_of_the_peers_vpn_is_enough() -> None:
    world = two_vpcs(a_routes=TO_OFFICE)
    b = world.vpcs["vpc-b"]
    world.vpn_connection("vpn-b", world.vpn_gateway("vgw-b", b), b, routes=["192.168.0.0/16"])
    (fault,) = faults(judged(world, peering_edge_on_premises))
    assert fault.evidence["prefix"] == "192.168.0.0/16"


def test_a_vpn_that_is_gone_leads_nowhere() -> None:
    world = two_vpcs(a_routes=TO_OFFICE)
    b = world.vpcs["vpc-b"]
    world.vpn_connection("vpn-b", world.vpn_gateway("vgw-b", b), b, routes=[OFFICE], state="deleted")
    assert faults(judged(world, peering_edge_on_premises)) == []


def test_what_no_vpc_on_the_peers_transit_gateway_holds_is_behind_it() -> None:
    world = two_vpcs(a_routes=TO_OFFICE)
    b = world.vpcs["vpc-b"]
    world.transit_gateway_attachment("tgw-1", b)
    world.main_routes(b, {OFFICE: "tgw-1"})
    (fault,) = faults(judged(world, peering_edge_on_premises))
    assert fault.evidence["gateway"] == "tgw-1"


def test_a_vpc_on_the_peers_transit_gateway_is_the_other_rules() -> None:
    world = two_vpcs(a_routes=TO_OFFICE)
    b = world.vpcs["vpc-b"]
    for vpc in (b, world.vpc("vpc-c", "192.168.0.0/16")):
        world.transit_gateway_attachment("tgw-1", vpc)
    world.main_routes(b, {"192.168.0.0/16": "tgw-1"})
    assert faults(judged(world, peering_edge_on_premises)) == []


def test_a_virtual_private_gateway_alone_is_no_fault() -> None:
    world = two_vpcs()
    world.vpn_gateway("vgw-b", world.vpcs["vpc-b"])
    findings = judged(world, peering_edge_on_premises)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_an_unaudited_peer_may_have_a_network_behind_it() -> None:
    findings = judged(half_seen(a_routes=TO_OFFICE), peering_edge_on_premises)
    assert faults(findings) == []
    assert {finding.key for finding in unknowns(findings)} == {f"rtb-a1|{OFFICE}", "vpc-b"}


@pytest.mark.parametrize(
    "action",
    [
        "ec2:DescribeRouteTables",
        "ec2:DescribeVpnGateways",
        "ec2:DescribeVpnConnections",
        "ec2:DescribeTransitGatewayVpcAttachments",
    ],
)
def test_a_peer_of_which_an_answer_was_refused_may_have_a_network_behind_it(action: str) -> None:
    world = two_vpcs(a_routes=TO_OFFICE, b_account=OTHER_ACCOUNT)
    world.refuse(action, account=OTHER_ACCOUNT)
    assert f"rtb-a1|{OFFICE}" in {finding.key for finding in unknowns(judged(world, peering_edge_on_premises))}


def test_a_connection_that_is_not_active_is_no_question() -> None:
    assert judged(two_vpcs("deleted", a_routes=TO_OFFICE), peering_edge_on_premises) == []


# --- From the network behind one side to the other


def test_direct_connect_that_is_to_advertise_the_peer_is_a_fault() -> None:
    (fault,) = faults(judged(direct_connect_in_b(A_BLOCK, B_BLOCK, b_account=OTHER_ACCOUNT), peering_edge_on_premises))
    assert (fault.severity, fault.key, fault.account) == (Severity.MEDIUM, "inbound|vpc-b", OTHER_ACCOUNT)
    assert fault.message == (
        "the Direct Connect gateway of vgw-b in vpc-b (back) is to advertise 172.16.0.0/16, which vpc-a (front) has; "
        "no network behind it reaches that VPC over pcx-1 (front-to-back), so take it out, and associate vpc-a itself"
    )
    assert fault.evidence["prefixes"] == [A_BLOCK]
    (step,) = fault.remedy
    assert step.operation == "directconnect:UpdateDirectConnectGatewayAssociation"
    assert step.parameters == {
        "associationId": "dxgw-assoc-b",
        "removeAllowedPrefixesToDirectConnectGateway": [{"cidr": A_BLOCK}],
    }
    assert step.at == Target(OTHER_ACCOUNT, REGION)


@pytest.mark.parametrize("prefixes", [(B_BLOCK,), ("10.0.0.0/8", "192.168.0.0/16"), ()])
def test_an_entry_without_the_peers_blocks_is_no_fault(prefixes: tuple[str, ...]) -> None:
    findings = judged(direct_connect_in_b(*prefixes), peering_edge_on_premises)
    assert passes(findings) == findings != []


def test_an_entry_that_sums_up_both_sides_is_no_fault() -> None:
    world = World()
    a, b = world.vpc("vpc-a", "10.1.0.0/16"), world.vpc("vpc-b", B_BLOCK)
    world.peering("pcx-1", a, b)
    world.direct_connect(world.vpn_gateway("vgw-b", b), ["10.0.0.0/8"])
    findings = judged(world, peering_edge_on_premises)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_an_association_that_ended_is_no_fault() -> None:
    world = two_vpcs()
    world.direct_connect(world.vpn_gateway("vgw-b", world.vpcs["vpc-b"]), [A_BLOCK], state="disassociated")
    assert faults(judged(world, peering_edge_on_premises)) == []


def test_one_list_for_the_gateways_of_both_sides_is_no_fault() -> None:
    world = direct_connect_in_b(A_BLOCK, B_BLOCK)
    world.direct_connect(world.vpn_gateway("vgw-a", world.vpcs["vpc-a"]), [A_BLOCK, B_BLOCK])
    findings = judged(world, peering_edge_on_premises)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_an_unaudited_peer_may_have_the_prefix_on_a_gateway_of_its_own() -> None:
    world = half_seen()
    world.direct_connect(world.vpn_gateway("vgw-a", world.vpcs["vpc-a"]), [B_BLOCK])
    findings = judged(world, peering_edge_on_premises)
    assert faults(findings) == []
    found = next(finding for finding in unknowns(findings) if finding.key == "inbound|vpc-a")
    assert found.missing is not None
    assert {cause.account for cause in found.missing.causes} == {STRANGER}


@pytest.mark.parametrize("action", [ASSOCIATIONS, "ec2:DescribeVpnGateways"])
def test_a_direct_connect_gateway_that_was_not_seen_is_unknown(action: str) -> None:
    world = direct_connect_in_b(A_BLOCK, b_account=OTHER_ACCOUNT)
    world.refuse(action, account=OTHER_ACCOUNT)
    (finding,) = judged(world, peering_edge_on_premises)
    assert (finding.status.value, finding.key) == ("unknown", "inbound|vpc-b")
    assert "vpc-b (back)" in finding.message


def test_one_refused_gateway_is_unknown_for_its_vpc_alone() -> None:
    world = direct_connect_in_b(A_BLOCK)
    world.direct_connect(world.vpn_gateway("vgw-a", world.vpcs["vpc-a"]), [A_BLOCK])
    world.refuse_item(ASSOCIATIONS, "vgw-b", code="DirectConnectServerException")
    (finding,) = judged(world, peering_edge_on_premises)
    assert (finding.status.value, finding.key) == ("unknown", "inbound|vpc-b")


def test_refused_direct_connect_is_no_question_without_a_virtual_private_gateway() -> None:
    world = two_vpcs()
    world.unask(ASSOCIATIONS)
    findings = judged(world, peering_edge_on_premises)
    assert passes(findings) == findings != []


@mock_aws
def test_a_route_to_the_network_behind_the_peer_is_found_in_moto() -> None:
    moto = peered()
    gateway = moto.ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    moto.ec2.attach_vpn_gateway(VpcId=moto.b, VpnGatewayId=gateway)
    moto.route(moto.b_table, OFFICE, GatewayId=gateway)
    moto.route(moto.a_table, OFFICE)
    for table, block in ((moto.a_table, B_BLOCK), (moto.b_table, A_BLOCK)):
        moto.route(table, block)
    (fault,) = cured(peering_edge_on_premises)
    assert (fault.key, fault.evidence["gateway"]) == (f"{moto.a_table}|{OFFICE}", gateway)


def test_a_transit_gateway_is_not_said_to_serve_one_vpc() -> None:
    world = two_vpcs(a_routes={"192.168.50.0/24": "pcx-1"}, b_routes={})
    b = world.vpcs["vpc-b"]
    world.transit_gateway_attachment("tgw-1", b)
    world.main_routes(b, {"192.168.50.0/24": "tgw-1"})
    (fault,) = faults(judged(world, peering_edge_on_premises))
    assert "through tgw-1, which serves nobody over a peering connection;" in fault.message
