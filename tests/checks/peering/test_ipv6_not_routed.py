import boto3
import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.peering.ipv6_not_routed import peering_ipv6_not_routed
from checks.peering.route_missing_side import peering_route_missing_side
from checks.peering.route_one_way import peering_route_one_way
from checks.peering.unused import peering_unused
from tests.carrying_out import cured
from tests.checks.peering.peered_in_moto import Peered, connect
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, STRANGER, TO_A, TO_B, Routes, two_vpcs
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ACCOUNT, REGION, World

V6_A, V6_B = "2600:1f18:0:a00::/56", "2600:1f18:0:b00::/56"
V6_A1, V6_B1 = "2600:1f18:0:a00::/64", "2600:1f18:0:b00::/64"


def dual_stack(
    a_routes: Routes | None = None,
    b_routes: Routes | None = None,
    *,
    a_blocks: tuple[str, ...] = (A_BLOCK, V6_A),
    b_blocks: tuple[str, ...] = (B_BLOCK, V6_B),
    enis: bool = True,
) -> World:
    """As ``two_vpcs``, with the given routes beside those of IPv4, and IPv6 on both sides."""
    world = World()
    a = world.vpc("vpc-a", *a_blocks, name="front")
    b = world.vpc("vpc-b", *b_blocks, name="back", account=OTHER_ACCOUNT)
    world.peering("pcx-1", a, b, name="front-to-back")
    a1 = world.subnet("subnet-a1", a, "172.16.0.0/24", *([V6_A1] if V6_A in a_blocks else []), enis=enis)
    world.route_table("rtb-a1", a, [a1], {**TO_B, **(a_routes or {})})
    b1 = world.subnet("subnet-b1", b, "10.0.0.0/24", *([V6_B1] if V6_B in b_blocks else []))
    world.route_table("rtb-b1", b, [b1], {**TO_A, **(b_routes or {})})
    return world


def test_ipv6_on_both_sides_without_routes_is_a_fact() -> None:
    world = dual_stack()
    (fault,) = faults(judged(world, peering_ipv6_not_routed))
    assert (fault.severity, fault.key, fault.resource.id) == (Severity.INFO, "", "pcx-1")
    assert fault.message == (
        f"vpc-a (front) has {V6_A} and vpc-b (back) {V6_B}, but only IPv4 is routed over pcx-1 (front-to-back); add "
        "IPv6 routes on both sides"
    )
    assert fault.evidence == {"ipv6_blocks": {"vpc-a": [V6_A], "vpc-b": [V6_B]}, "ipv6_leaves_by": []}
    assert fault.related == ("vpc-a", "vpc-b")
    assert [(step.operation, step.parameters, step.at) for step in fault.remedy] == [
        (
            "ec2:CreateRoute",
            {"RouteTableId": "rtb-a1", "DestinationIpv6CidrBlock": V6_B, "VpcPeeringConnectionId": "pcx-1"},
            Target(ACCOUNT, REGION),
        ),
        (
            "ec2:CreateRoute",
            {"RouteTableId": "rtb-b1", "DestinationIpv6CidrBlock": V6_A, "VpcPeeringConnectionId": "pcx-1"},
            Target(OTHER_ACCOUNT, REGION),
        ),
    ]
    assert judged_on_reads(world, peering_ipv6_not_routed) == judged(world, peering_ipv6_not_routed)


@pytest.mark.parametrize("target", ["igw-1", "eigw-1"])
def test_ipv6_that_leaves_by_the_internet_is_medium(target: str) -> None:
    world = dual_stack({"::/0": target})
    world.internet_gateway("igw-1", world.vpcs["vpc-a"])
    (fault,) = faults(judged(world, peering_ipv6_not_routed))
    assert fault.severity is Severity.MEDIUM
    assert f"; subnet-a1 sends what is for vpc-b (back) to {target}; add IPv6" in fault.message
    assert fault.evidence["ipv6_leaves_by"] == [
        {"route_table": "rtb-a1", "subnets": ["subnet-a1"], "destination": "::/0", "target": target}
    ]
    assert fault.related == ("vpc-a", "vpc-b", "rtb-a1", "subnet-a1")


def test_a_subnet_that_nobody_uses_lets_nothing_leave() -> None:
    (fault,) = faults(judged(dual_stack({"::/0": "eigw-1"}, enis=False), peering_ipv6_not_routed))
    assert fault.severity is Severity.INFO


def test_a_subnet_whose_use_was_not_seen_is_not_said_to_let_anything_leave() -> None:
    world = dual_stack({"::/0": "eigw-1"})
    world.refuse("ec2:DescribeNetworkInterfaces")
    (fault,) = faults(judged(world, peering_ipv6_not_routed))
    assert fault.severity is Severity.INFO


def test_private_ipv6_does_not_leave() -> None:
    world = dual_stack({"::/0": "eigw-1"}, b_blocks=(B_BLOCK, "fd00:ec2:0:b00::/56"))
    (fault,) = faults(judged(world, peering_ipv6_not_routed))
    assert fault.severity is Severity.INFO


def test_ipv6_routed_both_ways_passes() -> None:
    findings = judged(dual_stack({V6_B: "pcx-1"}, {V6_A: "pcx-1"}), peering_ipv6_not_routed)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_ipv6_routed_by_one_side_is_another_rules_to_report() -> None:
    world = dual_stack({V6_B: "pcx-1"})
    assert faults(judged(world, peering_ipv6_not_routed)) == []
    assert [fault.key for fault in faults(judged(world, peering_route_one_way))] == ["rtb-b1|ipv6"]


@pytest.mark.parametrize(
    ("a_blocks", "b_blocks"), [((A_BLOCK,), (B_BLOCK, V6_B)), ((A_BLOCK, V6_A), (B_BLOCK,)), ((A_BLOCK,), (B_BLOCK,))]
)
def test_a_side_without_ipv6_is_no_question(a_blocks: tuple[str, ...], b_blocks: tuple[str, ...]) -> None:
    assert judged(dual_stack(a_blocks=a_blocks, b_blocks=b_blocks), peering_ipv6_not_routed) == []


def test_a_side_without_any_route_is_another_rules_to_report() -> None:
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK, V6_A), world.vpc("vpc-b", B_BLOCK, V6_B)
    world.peering("pcx-1", a, b)
    world.route_table("rtb-a1", a, [world.subnet("subnet-a1", a, "172.16.0.0/24")], TO_B)
    world.subnet("subnet-b1", b, "10.0.0.0/24")
    assert faults(judged(world, peering_ipv6_not_routed)) == []
    assert len(faults(judged(world, peering_route_missing_side))) == 1


def test_a_connection_without_routes_is_another_rules_to_report() -> None:
    world = World()
    world.peering("pcx-1", world.vpc("vpc-a", A_BLOCK, V6_A), world.vpc("vpc-b", B_BLOCK, V6_B))
    assert faults(judged(world, peering_ipv6_not_routed)) == []
    assert len(faults(judged(world, peering_unused))) == 1


def test_ipv6_over_a_transit_gateway_passes() -> None:
    world = dual_stack({V6_B: "tgw-1"})
    world.transit_gateway_attachment("tgw-1", world.vpcs["vpc-a"])
    assert faults(judged(world, peering_ipv6_not_routed)) == []


def test_where_a_table_has_no_part_in_ipv4_the_steps_lead_to_the_others_subnets() -> None:
    world = dual_stack()
    b = world.vpcs["vpc-b"]
    world.route_table("rtb-b2", b, [world.subnet("subnet-b2", b, "10.0.2.0/24", "2600:1f18:0:b02::/64")])
    (fault,) = faults(judged(world, peering_ipv6_not_routed))
    assert [
        (step.parameters["RouteTableId"], step.parameters["DestinationIpv6CidrBlock"]) for step in fault.remedy
    ] == [
        ("rtb-a1", V6_B1),
        ("rtb-b1", V6_A),
    ]


def test_a_default_route_of_ipv6_is_not_replaced() -> None:
    (fault,) = faults(judged(dual_stack({"::/0": "eigw-1"}), peering_ipv6_not_routed))
    assert {step.operation for step in fault.remedy} == {"ec2:CreateRoute"}


def half_seen_dual_stack(*far_blocks: str) -> World:
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK, V6_A), world.foreign_vpc("vpc-b", *far_blocks, account=STRANGER)
    world.peering("pcx-1", a, b)
    world.route_table("rtb-a1", a, [world.subnet("subnet-a1", a, "172.16.0.0/24", V6_A1)], TO_B)
    return world


def test_a_far_side_that_was_not_audited_may_have_the_routes() -> None:
    (finding,) = judged(half_seen_dual_stack(B_BLOCK, V6_B), peering_ipv6_not_routed)
    assert unknowns([finding]) == [finding]
    assert finding.missing is not None
    assert [cause.kind for cause in finding.missing.causes] == [Kind.NOT_AUDITED]


def test_a_far_side_that_was_not_audited_and_has_no_ipv6_is_no_question() -> None:
    assert judged(half_seen_dual_stack(B_BLOCK), peering_ipv6_not_routed) == []


def test_a_far_side_of_which_the_blocks_were_not_given_may_have_ipv6() -> None:
    world = half_seen_dual_stack(B_BLOCK)
    world.change(
        "ec2:DescribeVpcPeeringConnections",
        "pcx-1",
        AccepterVpcInfo={"VpcId": "vpc-b", "OwnerId": STRANGER, "Region": REGION},
    )
    (finding,) = judged(world, peering_ipv6_not_routed)
    assert unknowns([finding]) == [finding]
    assert finding.message == "whether both VPCs of pcx-1 have IPv6 was not seen"


def test_a_prefix_list_that_cannot_be_read_may_hold_ipv6() -> None:
    world = dual_stack({"pl-1": "pcx-1"})
    world.prefix_list("pl-1", readable=False)
    (finding,) = judged(world, peering_ipv6_not_routed)
    assert unknowns([finding]) == [finding]


@pytest.mark.parametrize("action", ["ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeRouteTables"])
def test_nothing_passes_where_routes_or_subnets_were_refused(action: str) -> None:
    world = dual_stack()
    world.refuse(action)
    (finding,) = judged(world, peering_ipv6_not_routed)
    assert unknowns([finding]) == [finding]


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted"])
def test_a_connection_that_is_not_active_is_no_question(status: str) -> None:
    assert judged(two_vpcs(status), peering_ipv6_not_routed) == []


@mock_aws
def test_the_steps_of_the_remedy_cure_it_in_moto() -> None:
    ec2 = boto3.client("ec2", REGION)
    vpcs, tables = [], []
    for block in (A_BLOCK, B_BLOCK):
        vpc = ec2.create_vpc(CidrBlock=block, AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=block.replace("/16", "/24"))["Subnet"]["SubnetId"]
        ec2.create_network_interface(SubnetId=subnet)
        found = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
        vpcs.append(vpc)
        tables.append(found[0]["RouteTableId"])
    a, b = vpcs
    made = Peered(ec2, a, b, connect(ec2, a, b), *tables)
    made.route(made.a_table, B_BLOCK)
    made.route(made.b_table, A_BLOCK)
    (fault,) = cured(peering_ipv6_not_routed)
    assert (fault.resource.id, fault.severity, len(fault.remedy)) == (made.peering, Severity.INFO, 2)
