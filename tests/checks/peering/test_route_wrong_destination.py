import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.snapshot import Target
from checks.peering.route_wrong_destination import peering_route_wrong_destination
from tests.carrying_out import cured
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_vpcs import B_BLOCK, OTHER_ACCOUNT, Routes, half_seen, two_vpcs
from tests.judging import faults, judged, passes, unknowns
from tests.world import ACCOUNT, REGION, World

TYPO = "10.100.0.0/16"
WRONG: Routes = {TYPO: "pcx-1"}


def test_a_destination_that_the_peer_does_not_have_is_a_fault() -> None:
    (fault,) = faults(judged(two_vpcs(a_routes=WRONG), peering_route_wrong_destination))
    assert (fault.severity, fault.key) == (Severity.HIGH, f"rtb-a1|{TYPO}")
    assert fault.message == (
        "rtb-a1 of vpc-a (front) routes 10.100.0.0/16 to vpc-b (back) over pcx-1 (front-to-back): vpc-b (back) has "
        "10.0.0.0/16; if 10.0.0.0/16 was meant, lead that block there instead"
    )
    assert fault.evidence["nearest"] == B_BLOCK
    create, delete = fault.remedy
    assert (create.operation, delete.operation) == ("ec2:CreateRoute", "ec2:DeleteRoute")
    assert create.parameters == {
        "RouteTableId": "rtb-a1",
        "DestinationCidrBlock": B_BLOCK,
        "VpcPeeringConnectionId": "pcx-1",
    }
    assert delete.parameters == {"RouteTableId": "rtb-a1", "DestinationCidrBlock": TYPO}
    assert {create.at, delete.at} == {Target(ACCOUNT, REGION)}


def test_only_the_end_of_the_route_is_left_to_do_where_the_peer_is_routed_already() -> None:
    (fault,) = faults(judged(two_vpcs(a_routes={**WRONG, B_BLOCK: "pcx-1"}), peering_route_wrong_destination))
    assert [step.operation for step in fault.remedy] == ["ec2:DeleteRoute"]
    assert fault.message.endswith("delete it, for 10.0.0.0/16 has its own route")


def test_a_former_block_of_the_peer_is_told() -> None:
    world = World()
    a, b = world.vpc("vpc-a", "172.16.0.0/16"), world.vpc("vpc-b", B_BLOCK, disassociated=[TYPO])
    world.peering("pcx-1", a, b)
    world.main_routes(a, WRONG)
    (fault,) = faults(judged(world, peering_route_wrong_destination))
    assert "vpc-b has 10.0.0.0/16, and 10.100.0.0/16 no longer" in fault.message


def test_a_secondary_block_of_the_peer_passes() -> None:
    world = World()
    a, b = world.vpc("vpc-a", "172.16.0.0/16"), world.vpc("vpc-b", B_BLOCK, TYPO)
    world.peering("pcx-1", a, b)
    world.main_routes(a, WRONG)
    findings = judged(world, peering_route_wrong_destination)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_only_the_entries_of_a_prefix_list_that_are_outside_the_peer_are_named() -> None:
    world = two_vpcs(a_routes={})
    world.prefix_list("pl-1", [B_BLOCK, TYPO, "10.101.0.0/16"])
    world.main_routes(world.vpcs["vpc-a"], {"pl-1": "pcx-1"})
    (fault,) = faults(judged(world, peering_route_wrong_destination))
    assert fault.key == "rtb-a-main|pl-1"
    assert "routes pl-1 (10.100.0.0/16, 10.101.0.0/16) to vpc-b" in fault.message
    assert [entry["block"] for entry in fault.evidence["entries"]] == [TYPO, "10.101.0.0/16"]
    assert fault.remedy == ()


def test_a_prefix_list_with_nothing_of_the_peer_can_go_altogether() -> None:
    world = two_vpcs(a_routes={})
    world.prefix_list("pl-1", [TYPO])
    world.main_routes(world.vpcs["vpc-a"], {"pl-1": "pcx-1"})
    (fault,) = faults(judged(world, peering_route_wrong_destination))
    assert fault.remedy[-1].parameters == {"RouteTableId": "rtb-a-main", "DestinationPrefixListId": "pl-1"}


def test_an_ipv6_former_block_needs_an_ipv6_route() -> None:
    world = World()
    a = world.vpc("vpc-a", "172.16.0.0/16", "2001:db8:a::/56")
    b = world.vpc("vpc-b", B_BLOCK)
    world.peering("pcx-1", a, b)
    world.main_routes(a, {"fd00::/56": "pcx-1"})
    (fault,) = faults(judged(world, peering_route_wrong_destination))
    assert fault.evidence["nearest"] is None
    assert [step.parameters["DestinationIpv6CidrBlock"] for step in fault.remedy] == ["fd00::/56"]


@pytest.mark.parametrize("destination", ["0.0.0.0/0", "8.8.8.0/24", "pl-s3"])
def test_a_way_to_the_internet_or_a_service_is_not_this_rules(destination: str) -> None:
    findings = judged(two_vpcs(a_routes={destination: "pcx-1"}), peering_route_wrong_destination)
    assert passes(findings) == findings != []


def test_a_destination_past_an_unaudited_peer_is_wrong_and_what_is_behind_it_is_said_to_be_unseen() -> None:
    findings = judged(half_seen(a_routes=WRONG), peering_route_wrong_destination)
    (fault,) = faults(findings)
    assert "a network behind it, which was not seen, could not be reached over peering either" in fault.message
    assert [finding.key for finding in unknowns(findings)] == ["vpc-b"]


def test_a_peer_of_which_not_all_blocks_are_known_may_have_the_destination() -> None:
    world = half_seen(a_routes=WRONG)
    side = {"VpcId": "vpc-b", "OwnerId": "888888888888", "Region": REGION, "CidrBlock": B_BLOCK}
    world.change("ec2:DescribeVpcPeeringConnections", "pcx-1", AccepterVpcInfo=side)
    findings = judged(world, peering_route_wrong_destination)
    assert faults(findings) == []
    (finding, _) = unknowns(findings)
    assert finding.key == f"rtb-a1|{TYPO}"
    assert finding.missing is not None
    assert {cause.kind.value for cause in finding.missing.causes} == {"absent-field"}


@pytest.mark.parametrize(
    "action",
    ["ec2:DescribeVpnGateways", "ec2:DescribeVpnConnections", "ec2:DescribeTransitGatewayVpcAttachments"],
)
def test_where_an_answer_of_the_peer_was_refused_another_rule_may_have_the_cause(action: str) -> None:
    world = two_vpcs(a_routes=WRONG, b_account=OTHER_ACCOUNT)
    world.refuse(action, account=OTHER_ACCOUNT)
    (finding,) = judged(world, peering_route_wrong_destination)
    assert (finding.status.value, finding.key) == ("unknown", f"rtb-a1|{TYPO}")


@pytest.mark.parametrize("account", [ACCOUNT, OTHER_ACCOUNT])
def test_refused_route_tables_are_unknown_for_their_side(account: str) -> None:
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeRouteTables", account=account)
    (finding,) = judged(world, peering_route_wrong_destination)
    assert (finding.status.value, finding.key) == ("unknown", "vpc-a" if account == ACCOUNT else "vpc-b")


def test_an_unreadable_prefix_list_is_unknown() -> None:
    world = two_vpcs(a_routes={})
    world.prefix_list("pl-1", readable=False)
    world.main_routes(world.vpcs["vpc-a"], {"pl-1": "pcx-1"})
    (finding,) = judged(world, peering_route_wrong_destination)
    assert (finding.status.value, finding.key) == ("unknown", "rtb-a-main|pl-1")


def test_a_connection_that_is_not_active_is_no_question() -> None:
    assert judged(two_vpcs("deleted", a_routes=WRONG), peering_route_wrong_destination) == []


@mock_aws
def test_a_wrong_destination_is_found_in_moto() -> None:
    moto = peered()
    moto.route(moto.a_table, TYPO)
    moto.route(moto.b_table, "172.16.0.0/16")
    (fault,) = cured(peering_route_wrong_destination)
    assert (fault.resource.id, fault.key) == (moto.peering, f"{moto.a_table}|{TYPO}")
