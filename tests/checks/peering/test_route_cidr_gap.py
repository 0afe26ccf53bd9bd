import boto3
import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.peering.bypassed_by_internet import peering_bypassed_by_internet
from checks.peering.ipv6_not_routed import peering_ipv6_not_routed
from checks.peering.route_cidr_gap import peering_route_cidr_gap
from checks.peering.route_missing_side import peering_route_missing_side
from checks.peering.route_subnet_gap import peering_route_subnet_gap
from checks.peering.route_wrong_destination import peering_route_wrong_destination
from tests.carrying_out import cured
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, STRANGER, TO_A, TO_B, Routes, two_vpcs
from tests.golden import golden_world
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ACCOUNT, REGION, World

SECOND = "10.1.0.0/16"
BOTH: Routes = {**TO_B, SECOND: "pcx-1"}


def grown(a_routes: Routes = TO_B, *, second: str = SECOND, enis: bool = True, account: str = OTHER_ACCOUNT) -> World:
    """``vpc-b`` has a second block, with ``subnet-b2`` in it, which sends as ``subnet-b1`` does."""
    world = World()
    a = world.vpc("vpc-a", A_BLOCK, name="front", account=account)
    b = world.vpc("vpc-b", B_BLOCK, second, name="back")
    world.peering("pcx-1", a, b, name="front-to-back")
    world.route_table("rtb-a1", a, [world.subnet("subnet-a1", a, "172.16.0.0/24")], a_routes)
    b1 = world.subnet("subnet-b1", b, "10.0.0.0/24")
    b2 = world.subnet("subnet-b2", b, second.replace("/16", "/24"), enis=enis)
    world.route_table("rtb-b1", b, [b1, b2], TO_A)
    return world


def test_a_block_in_use_without_a_route_is_medium() -> None:
    world = grown()
    (fault,) = faults(judged(world, peering_route_cidr_gap))
    assert (fault.severity, fault.key) == (Severity.MEDIUM, f"vpc-a|{SECOND}")
    assert (fault.resource.id, fault.account, fault.region) == ("pcx-1", OTHER_ACCOUNT, REGION)
    assert fault.message == (
        "vpc-a (front) has no route over pcx-1 (front-to-back) to 10.1.0.0/16 of vpc-b (back), where subnet-b2 is in "
        "use, but has one to 10.0.0.0/16; where it is needed, add it to rtb-a1"
    )
    assert fault.evidence == {
        "vpc": "vpc-a",
        "peer_vpc": "vpc-b",
        "block": SECOND,
        "routed_blocks": [B_BLOCK],
        "blocks_routed_in_full": [B_BLOCK],
        "subnets_in_use": ["subnet-b2"],
        "routes_elsewhere": [],
        "another_peer_has_the_block_alone": False,
    }
    assert fault.related == ("vpc-a", "vpc-b", "rtb-a1", "subnet-b2")
    assert [(step.operation, step.parameters, step.at) for step in fault.remedy] == [
        (
            "ec2:CreateRoute",
            {"RouteTableId": "rtb-a1", "DestinationCidrBlock": SECOND, "VpcPeeringConnectionId": "pcx-1"},
            Target(OTHER_ACCOUNT, REGION),
        )
    ]
    assert judged_on_reads(world, peering_route_cidr_gap) == judged(world, peering_route_cidr_gap)


@pytest.mark.parametrize("routes", [BOTH, {"10.0.0.0/15": "pcx-1"}, {**TO_B, "10.1.0.0/24": "pcx-1"}])
def test_a_route_to_every_block_or_to_a_part_of_each_passes(routes: Routes) -> None:
    findings = judged(grown(routes), peering_route_cidr_gap)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_a_prefix_list_with_every_block_passes() -> None:
    world = grown({"pl-1": "pcx-1"})
    world.prefix_list("pl-1", [B_BLOCK, SECOND])
    assert faults(judged(world, peering_route_cidr_gap)) == []


def test_a_route_of_any_subnet_is_a_route_of_the_side() -> None:
    world = grown()
    a = world.vpcs["vpc-a"]
    world.route_table("rtb-a2", a, [world.subnet("subnet-a2", a, "172.16.2.0/24")], {SECOND: "pcx-1"})
    assert faults(judged(world, peering_route_cidr_gap)) == []


def test_a_route_in_a_table_without_subnets_is_none() -> None:
    world = grown()
    world.route_table("rtb-orphan", world.vpcs["vpc-a"], routes={SECOND: "pcx-1"})
    (fault,) = faults(judged(world, peering_route_cidr_gap))
    assert [step.parameters["RouteTableId"] for step in fault.remedy] == ["rtb-a1"]


def test_a_block_that_nobody_uses_is_but_a_fact() -> None:
    (fault,) = faults(judged(grown(enis=False), peering_route_cidr_gap))
    assert (fault.severity, fault.evidence["subnets_in_use"]) == (Severity.INFO, [])
    assert "to 10.1.0.0/16 of vpc-b (back), but has" in fault.message


def test_a_block_of_which_the_use_was_not_seen_is_but_a_fact() -> None:
    world = grown()
    world.refuse("ec2:DescribeNetworkInterfaces")
    (fault,) = faults(judged(world, peering_route_cidr_gap))
    assert (fault.severity, fault.evidence["subnets_in_use"]) == (Severity.INFO, None)


def test_beside_routes_to_parts_of_other_blocks_it_is_but_a_fact() -> None:
    (fault,) = faults(judged(grown({"10.0.0.0/24": "pcx-1"}), peering_route_cidr_gap))
    assert (fault.severity, fault.evidence["blocks_routed_in_full"]) == (Severity.INFO, [])


def test_a_block_that_vpcs_keep_to_themselves_is_but_a_fact() -> None:
    (fault,) = faults(judged(grown(second="100.64.0.0/16"), peering_route_cidr_gap))
    assert fault.severity is Severity.INFO


@pytest.mark.parametrize(("destination", "severity"), [("10.1.0.0/16", "info"), ("0.0.0.0/0", "medium")])
def test_a_block_that_is_led_elsewhere_is_but_a_fact_unless_a_default_route_leads_it(
    destination: str, severity: str
) -> None:
    world = grown({**TO_B, destination: "tgw-1"})
    world.transit_gateway_attachment("tgw-1", world.vpcs["vpc-a"])
    (fault,) = faults(judged(world, peering_route_cidr_gap))
    assert (fault.severity.value, bool(fault.remedy)) == (severity, severity == "medium")


def third_peer(world: World, routes: Routes, account: str = ACCOUNT) -> None:
    """Another peer of ``vpc-b``, over ``pcx-2``."""
    c = world.vpc("vpc-c", "192.168.0.0/16", account=account)
    world.peering("pcx-2", c, world.vpcs["vpc-b"])
    world.route_table("rtb-c1", c, [world.subnet("subnet-c1", c, "192.168.0.0/24")], routes)


def severity_beside(routes: Routes) -> Severity:
    world = grown()
    third_peer(world, routes)
    found = {fault.resource.id: fault.severity for fault in faults(judged(world, peering_route_cidr_gap))}
    return found["pcx-1"]


def test_where_each_peer_has_a_block_of_its_own_it_is_but_a_fact() -> None:
    assert severity_beside({SECOND: "pcx-2"}) is Severity.INFO


def test_where_another_peer_has_all_blocks_it_is_medium() -> None:
    assert severity_beside({B_BLOCK: "pcx-2", SECOND: "pcx-2"}) is Severity.MEDIUM
    assert severity_beside({B_BLOCK: "pcx-2"}) is Severity.MEDIUM


def test_where_another_peer_was_not_seen_it_is_but_a_fact() -> None:
    world = grown()
    world.peering("pcx-2", world.vpcs["vpc-b"], world.foreign_vpc("vpc-c", "192.168.0.0/16", account=STRANGER))
    fault = next(each for each in faults(judged(world, peering_route_cidr_gap)) if each.resource.id == "pcx-1")
    assert (fault.severity, fault.evidence["another_peer_has_the_block_alone"]) == (Severity.INFO, None)


def test_g10_gives_each_peer_a_block_of_its_own() -> None:
    found = faults(judged(golden_world("G10"), peering_route_cidr_gap))
    assert {(fault.severity, fault.key) for fault in found} == {
        (Severity.INFO, "vpc-B|172.17.0.0/16"),
        (Severity.INFO, "vpc-C|172.16.0.0/16"),
    }


def test_g03_with_one_block_routed_on_each_side_is_a_finding_for_each() -> None:
    world = World()
    a, b = world.vpc("vpc-A", A_BLOCK, "172.17.0.0/16"), world.vpc("vpc-B", B_BLOCK, SECOND)
    world.peering("pcx-1", a, b)
    for vpc, blocks, routes in ((a, ("172.16.0.0", "172.17.0.0"), TO_B), (b, ("10.0.0.0", "10.1.0.0"), TO_A)):
        for number, block in enumerate(blocks):
            world.subnet(f"subnet-{vpc.id}{number}", vpc, f"{block}/24")
        world.main_routes(vpc, routes)
    found = faults(judged(world, peering_route_cidr_gap))
    assert {(fault.severity, fault.key) for fault in found} == {
        (Severity.MEDIUM, "vpc-A|10.1.0.0/16"),
        (Severity.MEDIUM, "vpc-B|172.17.0.0/16"),
    }


@pytest.mark.parametrize("out", [{}, {"0.0.0.0/0": "igw-1"}], ids=["nowhere", "outside"])
def test_a_block_that_leads_back_no_more_than_it_is_led_to_is_one_finding_with_steps_for_both(out: Routes) -> None:
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK), world.vpc("vpc-b", B_BLOCK, SECOND)
    world.peering("pcx-1", a, b)
    world.route_table("rtb-a1", a, [world.subnet("subnet-a1", a, "172.16.0.0/24")], TO_B)
    world.route_table("rtb-b1", b, [world.subnet("subnet-b1", b, "10.0.0.0/24")], TO_A)
    world.internet_gateway("igw-1", b)
    world.main_routes(b, out)
    world.subnet("subnet-b2", b, "10.1.0.0/24")
    (fault,) = faults(judged(world, [peering_route_cidr_gap, peering_route_subnet_gap, peering_bypassed_by_internet]))
    assert [(step.parameters["RouteTableId"], step.parameters["DestinationCidrBlock"]) for step in fault.remedy] == [
        ("rtb-a1", SECOND),
        ("rtb-b-main", "172.16.0.0/24"),
    ]


def test_a_side_without_any_route_is_another_rules_to_report() -> None:
    world = grown({})
    assert faults(judged(world, peering_route_cidr_gap)) == []
    assert [fault.key for fault in faults(judged(world, peering_route_missing_side))] == ["vpc-a"]


def test_a_route_that_misses_the_block_is_another_rules_to_report() -> None:
    world = grown({**TO_B, "10.11.0.0/16": "pcx-1"})
    assert faults(judged(world, peering_route_cidr_gap)) == []
    assert len(faults(judged(world, peering_route_wrong_destination))) == 1


SIX_A, SIX_B, SIX_C = "2001:db8:0:a00::/56", "2001:db8:0:b00::/56", "2001:db8:0:c00::/56"


@pytest.mark.parametrize(("six", "keys"), [(False, []), (True, [f"vpc-a|{SIX_C}"])])
def test_an_ipv6_block_is_a_gap_where_another_one_is_routed(six: bool, keys: list[str]) -> None:
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK, SIX_A), world.vpc("vpc-b", B_BLOCK, SIX_B, SIX_C)
    world.peering("pcx-1", a, b)
    a1 = world.subnet("subnet-a1", a, "172.16.0.0/24", "2001:db8:0:a00::/64")
    world.route_table("rtb-a1", a, [a1], {**TO_B, **({SIX_B: "pcx-1"} if six else {})})
    b1 = world.subnet("subnet-b1", b, "10.0.0.0/24", "2001:db8:0:b00::/64")
    world.route_table("rtb-b1", b, [b1], {**TO_A, **({SIX_A: "pcx-1"} if six else {})})
    assert [fault.key for fault in faults(judged(world, peering_route_cidr_gap))] == keys
    assert len(faults(judged(world, peering_ipv6_not_routed))) == (0 if six else 1)


def test_an_ipv6_block_of_the_peer_is_no_gap_of_a_vpc_without_ipv6() -> None:
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK), world.vpc("vpc-b", B_BLOCK, SIX_B)
    world.peering("pcx-1", a, b)
    world.route_table("rtb-a1", a, [world.subnet("subnet-a1", a, "172.16.0.0/24")], TO_B)
    world.route_table("rtb-b1", b, [world.subnet("subnet-b1", b, "10.0.0.0/24")], TO_A)
    assert faults(judged(world, peering_route_cidr_gap)) == []


def test_the_blocks_of_a_peer_that_was_not_audited_are_judged_and_its_own_routes_are_unknown() -> None:
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK), world.foreign_vpc("vpc-b", B_BLOCK, SECOND, account=STRANGER)
    world.peering("pcx-1", a, b)
    world.route_table("rtb-a1", a, [world.subnet("subnet-a1", a, "172.16.0.0/24")], TO_B)
    findings = judged(world, peering_route_cidr_gap)
    (fault,) = faults(findings)
    assert (fault.key, fault.severity) == (f"vpc-a|{SECOND}", Severity.INFO)
    (unknown,) = unknowns(findings)
    assert unknown.key == "vpc-b"
    assert unknown.missing is not None
    assert [cause.kind for cause in unknown.missing.causes] == [Kind.NOT_AUDITED]


def test_a_prefix_list_that_cannot_be_read_may_hold_the_block() -> None:
    world = grown({**TO_B, "pl-1": "pcx-1"})
    world.prefix_list("pl-1", readable=False)
    findings = judged(world, peering_route_cidr_gap)
    assert faults(findings) == []
    assert [finding.key for finding in unknowns(findings)] == ["vpc-a"]


@pytest.mark.parametrize("action", ["ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeRouteTables"])
def test_a_side_of_which_routes_or_subnets_were_refused_is_unknown(action: str) -> None:
    world = grown()
    world.refuse(action, account=OTHER_ACCOUNT)
    findings = judged(world, peering_route_cidr_gap)
    assert faults(findings) == []
    assert [finding.key for finding in unknowns(findings)] == ["vpc-a"]


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted"])
def test_a_connection_that_is_not_active_is_no_question(status: str) -> None:
    assert judged(two_vpcs(status), peering_route_cidr_gap) == []


def test_a_connection_without_routes_is_no_question() -> None:
    assert judged(two_vpcs(a_routes={}, b_routes={}), peering_route_cidr_gap) == []


@mock_aws
def test_the_steps_of_the_remedy_cure_it_in_moto() -> None:
    ec2 = boto3.client("ec2", REGION)
    made = peered()
    ec2.associate_vpc_cidr_block(VpcId=made.b, CidrBlock="10.1.0.0/24")
    ec2.create_subnet(VpcId=made.a, CidrBlock="172.16.0.0/24")
    for block in ("10.0.0.0/24", "10.1.0.0/24"):
        subnet = ec2.create_subnet(VpcId=made.b, CidrBlock=block)["Subnet"]["SubnetId"]
    ec2.create_network_interface(SubnetId=subnet)
    made.route(made.a_table, B_BLOCK)
    made.route(made.b_table, A_BLOCK)
    (fault,) = cured(peering_route_cidr_gap)
    assert (fault.resource.id, fault.key, fault.severity) == (made.peering, f"{made.a}|10.1.0.0/24", Severity.MEDIUM)
