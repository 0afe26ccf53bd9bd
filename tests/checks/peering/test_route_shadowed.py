from collections.abc import Iterable

import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.peering.route_blackhole import peering_route_blackhole
from checks.peering.route_shadowed import peering_route_shadowed
from checks.peering.route_wrong_connection import peering_route_wrong_connection
from tests.carrying_out import cured
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_vpcs import (
    A_BLOCK,
    B_BLOCK,
    OTHER_ACCOUNT,
    STRANGER,
    TO_A,
    TO_B,
    Routes,
    half_seen,
    two_vpcs,
)
from tests.golden import golden_world
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ACCOUNT, REGION, Via, World, blackhole, propagated

PART = "10.0.1.0/24"


def shadowing(routes: Iterable[tuple[str, str | Via]], *, account: str = ACCOUNT) -> World:
    """``rtb-a1`` leads to ``vpc-b``, and has more routes, to gateways that are there."""
    world = World()
    a = world.vpc("vpc-a", A_BLOCK, name="front", account=account)
    b = world.vpc("vpc-b", B_BLOCK, name="back")
    world.peering("pcx-1", a, b, name="front-to-back")
    world.route_table("rtb-a1", a, [world.subnet("subnet-a1", a, "172.16.0.0/24")], [(B_BLOCK, "pcx-1"), *routes])
    world.route_table("rtb-b1", b, [world.subnet("subnet-b1", b, "10.0.0.0/24")], TO_A)
    world.internet_gateway("igw-1", a)
    world.vpn_gateway("vgw-1", a)
    world.transit_gateway_attachment("tgw-1", a)
    world.network_interface("eni-fw", world.subnets["subnet-a1"])
    world.load_balancer_endpoint("vpce-fw", world.subnet("subnet-fw", a, "172.16.9.0/24", enis=False))
    return world


def test_a_propagated_route_that_is_more_specific_is_medium() -> None:
    world = shadowing([(PART, propagated("vgw-1"))], account=OTHER_ACCOUNT)
    (fault,) = faults(judged(world, peering_route_shadowed))
    assert (fault.severity, fault.key) == (Severity.MEDIUM, f"rtb-a1|{B_BLOCK}")
    assert (fault.resource.id, fault.account, fault.region) == ("pcx-1", OTHER_ACCOUNT, REGION)
    assert fault.message == (
        "rtb-a1 of vpc-a (front) routes 10.0.0.0/16 to vpc-b (back) over pcx-1 (front-to-back), but leads 10.0.1.0/24 "
        "to vgw-1 (10.0.1.0/24, propagated); lead them over pcx-1 if they are meant to go there"
    )
    assert fault.evidence == {
        "route_table": "rtb-a1",
        "destination": B_BLOCK,
        "taken": [
            {
                "addresses": [PART],
                "destination": PART,
                "target": "vgw-1",
                "kind": "vpn-gateway",
                "origin": "propagated",
                "state": "active",
                "may_be_meant": False,
            }
        ],
    }
    assert fault.related == ("rtb-a1", "vpc-a", "vpc-b", "vgw-1")
    assert [(step.operation, step.parameters, step.at) for step in fault.remedy] == [
        (
            "ec2:CreateRoute",
            {"RouteTableId": "rtb-a1", "DestinationCidrBlock": PART, "VpcPeeringConnectionId": "pcx-1"},
            Target(OTHER_ACCOUNT, REGION),
        )
    ]
    assert judged_on_reads(world, peering_route_shadowed) == judged(world, peering_route_shadowed)


@pytest.mark.parametrize("target", ["igw-1", "vgw-1", "tgw-1", "eigw-1", "lgw-1"])
def test_a_static_route_to_anything_that_is_no_peer_is_medium_and_is_replaced(target: str) -> None:
    (fault,) = faults(judged(shadowing([(PART, target)]), peering_route_shadowed))
    assert (fault.severity, fault.evidence["taken"][0]["target"]) == (Severity.MEDIUM, target)
    assert [(step.operation, step.parameters["DestinationCidrBlock"]) for step in fault.remedy] == [
        ("ec2:ReplaceRoute", PART)
    ]


def test_a_blackhole_to_a_gateway_takes_what_it_drops() -> None:
    (fault,) = faults(judged(shadowing([(PART, blackhole("nat-gone"))]), peering_route_shadowed))
    assert (fault.severity, fault.evidence["taken"][0]["state"]) == (Severity.MEDIUM, "blackhole")


def test_a_blackhole_to_an_interface_is_no_appliance_any_more() -> None:
    (fault,) = faults(judged(shadowing([(PART, blackhole("eni-gone"))]), peering_route_shadowed))
    assert fault.severity is Severity.MEDIUM


@pytest.mark.parametrize("target", ["eni-fw", "vpce-fw"])
def test_a_route_to_an_appliance_is_meant(target: str) -> None:
    findings = judged(shadowing([(PART, target)]), peering_route_shadowed)
    assert passes(findings) == findings
    assert len(findings) == 1


@pytest.mark.parametrize(
    "routes",
    [
        pytest.param([("10.0.0.0/8", "tgw-1"), ("0.0.0.0/0", "igw-1")], id="less specific"),
        pytest.param([(B_BLOCK, propagated("vgw-1"))], id="as long and propagated"),
        pytest.param([("pl-1", "igw-1")], id="as long and a prefix list"),
        pytest.param([("10.1.0.0/24", "igw-1")], id="elsewhere"),
        pytest.param([(PART, "pcx-1")], id="over the same connection"),
    ],
)
def test_a_route_that_loses_or_leads_elsewhere_takes_nothing(routes: list[tuple[str, str | Via]]) -> None:
    world = shadowing(routes)
    world.prefix_list("pl-1", [B_BLOCK])
    findings = judged(world, peering_route_shadowed)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_a_prefix_list_with_a_more_specific_entry_takes_it() -> None:
    world = shadowing([("pl-1", "igw-1")])
    world.prefix_list("pl-1", [PART, "10.0.2.0/24"])
    (fault,) = faults(judged(world, peering_route_shadowed))
    assert fault.evidence["taken"][0]["addresses"] == [PART, "10.0.2.0/24"]
    # Routes of their own go before the list.
    assert [(step.operation, step.parameters["DestinationCidrBlock"]) for step in fault.remedy] == [
        ("ec2:CreateRoute", PART),
        ("ec2:CreateRoute", "10.0.2.0/24"),
    ]


def test_a_prefix_list_over_the_connection_loses_to_a_static_route() -> None:
    world = two_vpcs(a_routes={"pl-1": "pcx-1", B_BLOCK: "igw-1"})
    world.prefix_list("pl-1", [B_BLOCK])
    world.internet_gateway("igw-1", world.vpcs["vpc-a"])
    (fault,) = faults(judged(world, peering_route_shadowed))
    assert (fault.key, fault.severity) == ("rtb-a1|pl-1", Severity.MEDIUM)
    assert [step.operation for step in fault.remedy] == ["ec2:ReplaceRoute"]


def test_of_two_prefix_lists_nobody_knows_which_wins() -> None:
    world = two_vpcs(a_routes={"pl-1": "pcx-1", "pl-2": "igw-1"})
    world.prefix_list("pl-1", [B_BLOCK])
    world.prefix_list("pl-2", [PART])
    world.internet_gateway("igw-1", world.vpcs["vpc-a"])
    (finding,) = judged(world, peering_route_shadowed)
    assert (unknowns([finding]), finding.key) == ([finding], "rtb-a1|pl-1")
    assert finding.missing is not None
    assert [cause.kind for cause in finding.missing.causes] == [Kind.AMBIGUOUS] * 2


def test_of_two_routes_over_the_connection_the_more_specific_one_is_shadowed() -> None:
    world = shadowing([("10.0.0.0/20", "pcx-1"), (PART, "igw-1")])
    (fault,) = faults(judged(world, peering_route_shadowed))
    assert fault.key == "rtb-a1|10.0.0.0/20"


def test_of_a_route_and_a_prefix_list_of_one_length_the_route_is_shadowed() -> None:
    world = shadowing([("pl-1", "pcx-1"), (PART, "igw-1")])
    world.prefix_list("pl-1", [B_BLOCK])
    (fault,) = faults(judged(world, peering_route_shadowed))
    assert fault.key == f"rtb-a1|{B_BLOCK}"


def test_nested_takers_are_each_led_back() -> None:
    world = shadowing([(PART, "igw-1"), ("10.0.1.128/25", "vgw-1")])
    (fault,) = faults(judged(world, peering_route_shadowed))
    assert [(step.operation, step.parameters["DestinationCidrBlock"]) for step in fault.remedy] == [
        ("ec2:CreateRoute", "10.0.1.0/25"),
        ("ec2:ReplaceRoute", "10.0.1.128/25"),
    ]


def with_third(destination: str, *blocks: str, audited: bool = True, status: str = "active") -> World:
    world = shadowing([(destination, "pcx-2" if status == "active" else blackhole("pcx-2"))])
    c = world.vpc("vpc-c", *blocks) if audited else world.foreign_vpc("vpc-c", *blocks, account=STRANGER)
    world.peering("pcx-2", world.vpcs["vpc-a"], c, status=status)
    return world


def of_first(world: World) -> list[tuple[str, str]]:
    found = [each for each in judged(world, peering_route_shadowed) if each.resource.id == "pcx-1"]
    return [(each.status.value, each.severity.value) for each in found]


@pytest.mark.parametrize("audited", [True, False])
def test_another_peer_with_the_addresses_may_be_meant(audited: bool) -> None:
    world = with_third(PART, B_BLOCK, audited=audited)
    (fault,) = [each for each in faults(judged(world, peering_route_shadowed)) if each.resource.id == "pcx-1"]
    assert (fault.severity, fault.remedy) == (Severity.INFO, ())
    assert fault.message.endswith("but leads 10.0.1.0/24 to pcx-2 (10.0.1.0/24, static); which may be meant")


def test_a_route_over_another_connection_to_what_its_peer_lacks_is_another_rules_to_report() -> None:
    world = with_third(PART, "192.168.0.0/16")
    assert of_first(world) == [("pass", "medium")]
    assert len(faults(judged(world, peering_route_wrong_connection))) == 1


def test_a_blackhole_over_another_connection_is_another_rules_to_report() -> None:
    world = with_third(PART, B_BLOCK, status="deleted")
    assert of_first(world) == [("pass", "medium")]
    assert len(faults(judged(world, peering_route_blackhole))) == 1


def test_a_connection_that_was_not_listed_may_lead_to_the_addresses() -> None:
    world = with_third(PART, B_BLOCK)
    snapshot = world.snapshot()
    (shard,) = snapshot.shards.values()
    answer = shard.answers["ec2:DescribeVpcPeeringConnections"]
    assert answer.items is not None
    answer.items[:] = [item for item in answer.items if item["VpcPeeringConnectionId"] != "pcx-2"]
    (finding,) = judged(snapshot, peering_route_shadowed)
    assert unknowns([finding]) == [finding]
    assert finding.missing is not None
    assert [(cause.kind, cause.resource) for cause in finding.missing.causes] == [(Kind.ABSENT_FIELD, "pcx-2")]


def test_a_transit_gateway_that_both_are_on_may_be_meant() -> None:
    world = shadowing([(PART, "tgw-1")])
    world.transit_gateway_attachment("tgw-1", world.vpcs["vpc-b"])
    (fault,) = faults(judged(world, peering_route_shadowed))
    assert (fault.severity, fault.remedy) == (Severity.INFO, ())
    assert judged_on_reads(world, peering_route_shadowed) == judged(world, peering_route_shadowed)


def test_a_transit_gateway_of_which_the_attachments_were_not_seen_is_unknown() -> None:
    world = shadowing([(PART, "tgw-1")])
    world.refuse("ec2:DescribeTransitGatewayVpcAttachments")
    (finding,) = judged(world, peering_route_shadowed)
    assert (unknowns([finding]), finding.key) == ([finding], f"rtb-a1|{B_BLOCK}")


def test_what_is_not_meant_is_told_with_what_may_be() -> None:
    world = shadowing([(PART, "tgw-1"), ("10.0.2.0/24", "igw-1")])
    world.transit_gateway_attachment("tgw-1", world.vpcs["vpc-b"])
    (fault,) = faults(judged(world, peering_route_shadowed))
    assert (fault.severity, len(fault.evidence["taken"])) == (Severity.MEDIUM, 2)
    assert [step.parameters["DestinationCidrBlock"] for step in fault.remedy] == ["10.0.2.0/24"]


def test_what_a_broad_route_takes_beyond_the_peer_is_no_loss() -> None:
    world = two_vpcs(a_routes={"10.0.0.0/8": "pcx-1", "10.9.0.0/16": "igw-1"})
    world.internet_gateway("igw-1", world.vpcs["vpc-a"])
    assert faults(judged(world, peering_route_shadowed)) == []


def test_a_table_without_subnets_is_no_question() -> None:
    world = two_vpcs()
    a = world.vpcs["vpc-a"]
    world.internet_gateway("igw-1", a)
    world.route_table("rtb-orphan", a, routes={**TO_B, PART: "igw-1"})
    findings = judged(world, peering_route_shadowed)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("name", ["G13a", "G13c", "G15"])
def test_the_longest_match_of_the_guide_is_but_a_fact(name: str) -> None:
    (fault,) = faults(judged(golden_world(name), peering_route_shadowed))
    assert (fault.severity, fault.resource.id, fault.key) == (Severity.INFO, "pcx-aaaacccc", "rtb-A1|10.0.0.0/16")


def test_g28_a_propagated_half_wins_over_the_static_whole() -> None:
    world = two_vpcs(b_routes={**TO_A}, a_routes={})
    a = world.vpcs["vpc-a"]
    gateway = world.vpn_gateway("vgw-1", a)
    for number, block in enumerate((B_BLOCK, "10.0.0.0/17")):
        subnet = world.subnet(f"subnet-v{number}", a, f"172.16.{number + 1}.0/24")
        world.route_table(f"rtb-v{number}", a, [subnet], [(B_BLOCK, "pcx-1"), (block, propagated(gateway))])
    (fault,) = faults(judged(world, peering_route_shadowed))
    assert (fault.key, fault.severity) == ("rtb-v1|10.0.0.0/16", Severity.MEDIUM)


HIDING: list[Routes] = [{**TO_B, "pl-1": "igw-1"}, {"pl-1": "pcx-1"}]


@pytest.mark.parametrize("routes", HIDING, ids=["of another route", "of the route itself"])
def test_a_prefix_list_that_cannot_be_read_may_take_or_lose_addresses(routes: Routes) -> None:
    world = two_vpcs(a_routes=routes)
    world.prefix_list("pl-1", readable=False)
    world.internet_gateway("igw-1", world.vpcs["vpc-a"])
    (finding,) = judged(world, peering_route_shadowed)
    assert (unknowns([finding]), finding.key) == ([finding], f"rtb-a1|{next(iter(routes))}")


def test_a_gateway_endpoints_list_that_cannot_be_read_is_no_doubt() -> None:
    world = two_vpcs()
    world.gateway_endpoint("vpce-s3", world.vpcs["vpc-a"], "s3", [world.route_tables["rtb-a1"]])
    world.refuse("ec2:DescribePrefixLists")
    world.refuse("ec2:DescribeManagedPrefixLists")
    findings = judged(world, peering_route_shadowed)
    assert passes(findings) == findings != []


def test_a_near_side_is_judged_though_the_far_one_was_not_seen() -> None:
    world = half_seen(a_routes={**TO_B, PART: "igw-1"})
    world.internet_gateway("igw-1", world.vpcs["vpc-a"])
    findings = judged(world, peering_route_shadowed)
    assert [fault.key for fault in faults(findings)] == [f"rtb-a1|{B_BLOCK}"]
    assert [finding.key for finding in unknowns(findings)] == ["vpc-b"]


@pytest.mark.parametrize("action", ["ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeRouteTables"])
def test_a_side_of_which_routes_or_subnets_were_refused_is_unknown(action: str) -> None:
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    world.refuse(action, account=OTHER_ACCOUNT)
    (finding,) = judged(world, peering_route_shadowed)
    assert (unknowns([finding]), finding.key) == ([finding], "vpc-b")


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted"])
def test_a_connection_that_is_not_active_is_no_question(status: str) -> None:
    assert judged(two_vpcs(status), peering_route_shadowed) == []


@mock_aws
def test_the_steps_of_the_remedy_cure_it_in_moto() -> None:
    made = peered()
    for vpc, block in ((made.a, "172.16.0.0/24"), (made.b, PART)):
        made.ec2.create_subnet(VpcId=vpc, CidrBlock=block)
    gateway = made.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    made.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=made.a)
    made.route(made.a_table, B_BLOCK)
    made.route(made.b_table, A_BLOCK)
    made.route(made.a_table, "10.0.9.0/24", GatewayId=gateway)
    (fault,) = cured(peering_route_shadowed)
    assert (fault.resource.id, fault.key, fault.severity) == (
        made.peering,
        f"{made.a_table}|{B_BLOCK}",
        Severity.MEDIUM,
    )
