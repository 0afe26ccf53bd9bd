from collections.abc import Sequence

import pytest
from moto import mock_aws

from auditor.findings import Confidence, Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.peering.bypassed_by_internet import peering_bypassed_by_internet
from checks.peering.return_misroute import peering_return_misroute
from checks.peering.route_missing_side import peering_route_missing_side
from checks.peering.route_one_way import peering_route_one_way
from checks.peering.route_subnet_gap import peering_route_subnet_gap
from checks.peering.route_wrong_destination import peering_route_wrong_destination
from tests.carrying_out import cured
from tests.checks.peering.peered_in_moto import Peered, peered
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, TO_A, TO_B, Routes, half_seen, two_vpcs
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ACCOUNT, REGION, World, blackhole

ENIS = "ec2:DescribeNetworkInterfaces"
NARROW: Routes = {"10.0.0.0/24": "pcx-1"}
"""From ``vpc-a`` to ``subnet-b1`` alone."""


def with_second_subnet(
    b_routes: Routes | None = None,
    *,
    a_routes: Routes = NARROW,
    enis: bool | Sequence[str] = True,
    b_account: str = OTHER_ACCOUNT,
) -> World:
    """``two_vpcs``, and a ``subnet-b2`` that ``vpc-a`` does not send to. It sends by ``rtb-b2``."""
    world = two_vpcs(a_routes=a_routes, b_account=b_account)
    b = world.vpcs["vpc-b"]
    world.route_table("rtb-b2", b, [world.subnet("subnet-b2", b, "10.0.2.0/24", enis=enis)], b_routes or {})
    return world


def test_a_subnet_in_use_without_a_part_is_low() -> None:
    world = with_second_subnet(enis=["10.0.2.7", "10.0.2.8"])
    (fault,) = faults(judged(world, peering_route_subnet_gap))
    assert (fault.severity, fault.confidence, fault.key) == (Severity.LOW, Confidence.HEURISTIC, "rtb-b2|ipv4")
    assert (fault.resource.id, fault.account, fault.region) == ("pcx-1", OTHER_ACCOUNT, REGION)
    assert fault.message == (
        "subnet-b2 of vpc-b (back) has no part in pcx-1 (front-to-back): rtb-b2 has no route to vpc-a (front), from "
        "where none leads back, while subnet-b1 has both; where they need it, add routes both ways"
    )
    assert fault.evidence == {
        "family": "ipv4",
        "route_table": "rtb-b2",
        "subnets_without_part": {"subnet-b2": 2},
        "default_route": "isolated",
        "subnets_with_part": ["subnet-b1"],
        "peer_sends_over": [],
    }
    assert fault.related == ("vpc-b", "vpc-a", "rtb-b2", "subnet-b2")
    assert judged_on_reads(world, peering_route_subnet_gap) == judged(world, peering_route_subnet_gap)


def test_the_steps_are_for_each_side_what_the_other_subnets_have() -> None:
    (fault,) = faults(judged(with_second_subnet(), peering_route_subnet_gap))
    assert [(step.operation, step.parameters, step.at) for step in fault.remedy] == [
        (
            "ec2:CreateRoute",
            {"RouteTableId": "rtb-b2", "DestinationCidrBlock": A_BLOCK, "VpcPeeringConnectionId": "pcx-1"},
            Target(OTHER_ACCOUNT, REGION),
        ),
        (
            "ec2:CreateRoute",
            {"RouteTableId": "rtb-a1", "DestinationCidrBlock": "10.0.2.0/24", "VpcPeeringConnectionId": "pcx-1"},
            Target(ACCOUNT, REGION),
        ),
    ]


def test_routes_for_every_subnet_pass() -> None:
    findings = judged(two_vpcs(), peering_route_subnet_gap)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_a_subnet_on_the_main_table_is_judged_by_it() -> None:
    world = two_vpcs(a_routes=NARROW)
    world.subnet("subnet-b2", world.vpcs["vpc-b"], "10.0.2.0/24")
    (fault,) = faults(judged(world, peering_route_subnet_gap))
    assert fault.key == "rtb-b-main|ipv4"


def test_a_subnet_that_nobody_uses_needs_no_part() -> None:
    findings = judged(with_second_subnet(enis=False), peering_route_subnet_gap)
    assert passes(findings) == findings != []


def test_a_subnet_of_another_kind_than_its_siblings_is_but_a_fact() -> None:
    world = two_vpcs(a_routes=NARROW, b_routes={**TO_A, "0.0.0.0/0": "nat-1"})
    b = world.vpcs["vpc-b"]
    world.nat_gateway("nat-1", b)
    world.subnet("subnet-b2", b, "10.0.2.0/24")
    (fault,) = faults(judged(world, peering_route_subnet_gap))
    assert (fault.severity, fault.evidence["default_route"]) == (Severity.INFO, "isolated")
    assert judged_on_reads(world, peering_route_subnet_gap) == judged(world, peering_route_subnet_gap)


def test_a_subnet_of_the_kind_of_one_of_its_siblings_is_low() -> None:
    world = two_vpcs(a_routes={**NARROW, "10.0.1.0/24": "pcx-1"}, b_routes={**TO_A, "0.0.0.0/0": "nat-1"})
    b = world.vpcs["vpc-b"]
    world.nat_gateway("nat-1", b)
    world.route_table("rtb-b0", b, [world.subnet("subnet-b0", b, "10.0.1.0/24")], TO_A)
    world.subnet("subnet-b2", b, "10.0.2.0/24")
    assert [fault.severity for fault in faults(judged(world, peering_route_subnet_gap))] == [Severity.LOW]


def test_a_subnet_that_is_sent_to_is_another_rules_to_report() -> None:
    world = with_second_subnet(a_routes=TO_B)
    assert faults(judged(world, peering_route_subnet_gap)) == []
    assert [fault.key for fault in faults(judged(world, peering_route_one_way))] == ["rtb-b2|ipv4"]


def test_a_side_without_any_route_is_another_rules_to_report() -> None:
    world = two_vpcs(b_routes={})
    world.subnet("subnet-b2", world.vpcs["vpc-b"], "10.0.2.0/24")
    assert faults(judged(world, peering_route_subnet_gap)) == []
    assert [fault.key for fault in faults(judged(world, peering_route_missing_side))] == ["vpc-b"]


def test_a_connection_on_which_no_pair_has_a_way_back_has_nothing_to_compare_with() -> None:
    world = with_second_subnet(a_routes={"10.0.9.0/24": "pcx-1"})
    assert faults(judged(world, peering_route_subnet_gap)) == []


def test_a_table_whose_route_over_the_connection_is_wrong_is_another_rules_to_report() -> None:
    world = with_second_subnet({"172.17.0.0/16": "pcx-1"})
    assert faults(judged(world, peering_route_subnet_gap)) == []
    assert [fault.key for fault in faults(judged(world, peering_route_wrong_destination))] == ["rtb-b2|172.17.0.0/16"]


def test_a_route_to_a_part_of_the_peer_is_a_part() -> None:
    world = with_second_subnet({"172.16.9.0/24": "pcx-1"})
    assert faults(judged(world, peering_route_subnet_gap)) == []


@pytest.mark.parametrize("state", ["active", "blackhole"])
def test_a_table_that_leads_the_peers_addresses_over_another_connection_has_its_part_there(state: str) -> None:
    to_c: Routes = {A_BLOCK: "pcx-2" if state == "active" else blackhole("pcx-2")}
    world = with_second_subnet(to_c)
    c = world.vpc("vpc-c", A_BLOCK)
    world.peering("pcx-2", world.vpcs["vpc-b"], c, status="active" if state == "active" else "deleted")
    found = [fault for fault in faults(judged(world, peering_route_subnet_gap)) if fault.resource.id == "pcx-1"]
    assert found == []


def test_a_table_that_leads_through_an_appliance_may_be_meant_to() -> None:
    world = with_second_subnet({"0.0.0.0/0": "vpce-fw"})
    b = world.vpcs["vpc-b"]
    world.load_balancer_endpoint("vpce-fw", world.subnet("subnet-fw", b, "10.0.9.0/24", enis=False))
    assert faults(judged(world, [peering_route_subnet_gap, peering_bypassed_by_internet])) == []


def test_a_table_that_leads_outside_is_another_rules_to_report() -> None:
    world = with_second_subnet({"0.0.0.0/0": "igw-1"})
    world.internet_gateway("igw-1", world.vpcs["vpc-b"])
    assert faults(judged(world, peering_route_subnet_gap)) == []
    assert len(faults(judged(world, peering_bypassed_by_internet))) == 1


def twins(*, with_third: bool = False) -> World:
    """``vpc-b`` and ``vpc-c`` have the same addresses; ``vpc-a`` sends to ``subnet-b1`` and ``subnet-c2``.

    ``with_third``: ``subnet-b2``, whose addresses are those of ``subnet-c2``, leads to a ``vpc-d``.
    """
    world = World()
    a, b, c = world.vpc("vpc-a", A_BLOCK), world.vpc("vpc-b", B_BLOCK), world.vpc("vpc-c", B_BLOCK)
    world.peering("pcx-1", a, b)
    world.peering("pcx-2", a, c)
    world.route_table("rtb-a1", a, [world.subnet("subnet-a1", a, "172.16.0.0/24")], {**NARROW, "10.0.2.0/24": "pcx-2"})
    world.route_table("rtb-b1", b, [world.subnet("subnet-b1", b, "10.0.0.0/24")], TO_A)
    world.route_table("rtb-c2", c, [world.subnet("subnet-c2", c, "10.0.2.0/24")], {A_BLOCK: "pcx-2"})
    routes: Routes = {}
    if with_third:
        d = world.vpc("vpc-d", "192.168.0.0/16")
        world.peering("pcx-3", b, d)
        routes = {"192.168.0.0/16": "pcx-3"}
        world.main_routes(d, {"10.0.2.0/24": "pcx-3"})
        world.subnet("subnet-d1", d, "192.168.0.0/24")
    world.route_table("rtb-b2", b, [world.subnet("subnet-b2", b, "10.0.2.0/24")], routes)
    return world


def test_a_subnet_whose_addresses_the_peer_sends_to_elsewhere_has_no_steps_to_take() -> None:
    (fault,) = faults(judged(twins(), peering_route_subnet_gap))
    assert (fault.resource.id, fault.key, fault.severity, fault.remedy) == ("pcx-1", "rtb-b2|ipv4", Severity.LOW, ())
    assert fault.message.endswith("; vpc-a sends to their addresses over pcx-2")
    assert fault.evidence["peer_sends_over"] == ["pcx-2"]


def test_of_peers_with_the_same_addresses_each_may_have_a_part_of_its_own() -> None:
    found = faults(judged(twins(with_third=True), [peering_route_subnet_gap, peering_return_misroute]))
    assert [fault for fault in found if fault.resource.id == "pcx-1"] == []


def test_ipv6_is_judged_apart_from_ipv4() -> None:
    six_a, six_b = "2001:db8:0:a00::/56", "2001:db8:0:b00::/56"
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK, six_a), world.vpc("vpc-b", B_BLOCK, six_b)
    world.peering("pcx-1", a, b)
    a1 = world.subnet("subnet-a1", a, "172.16.0.0/24", "2001:db8:0:a00::/64")
    world.route_table("rtb-a1", a, [a1], {**TO_B, "2001:db8:0:b00::/64": "pcx-1"})
    b1 = world.subnet("subnet-b1", b, "10.0.0.0/24", "2001:db8:0:b00::/64")
    world.route_table("rtb-b1", b, [b1], {**TO_A, six_a: "pcx-1"})
    b2 = world.subnet("subnet-b2", b, "10.0.2.0/24", "2001:db8:0:b02::/64")
    world.route_table("rtb-b2", b, [b2], {A_BLOCK: "pcx-1"})
    # A route of the other family is a route over the connection, and yet none to the peer's IPv6.
    (fault,) = faults(judged(world, peering_route_subnet_gap))
    assert (fault.key, fault.severity) == ("rtb-b2|ipv6", Severity.LOW)
    assert [
        (step.parameters["RouteTableId"], step.parameters["DestinationIpv6CidrBlock"]) for step in fault.remedy
    ] == [("rtb-b2", six_a), ("rtb-a1", "2001:db8:0:b02::/64")]


def test_whether_a_subnet_is_in_use_may_not_have_been_seen() -> None:
    world = with_second_subnet()
    world.refuse(ENIS, account=OTHER_ACCOUNT)
    (finding,) = judged(world, peering_route_subnet_gap)
    assert (unknowns([finding]), finding.key) == ([finding], "rtb-b2|ipv4")
    assert finding.missing is not None
    assert [cause.action for cause in finding.missing.causes] == [ENIS]


def test_a_prefix_list_that_cannot_be_read_may_lead_to_the_subnet_or_take_what_it_sends() -> None:
    one: tuple[Routes, Routes] = {**NARROW, "pl-1": "pcx-1"}, {}
    for a_routes, b_routes in (one, (NARROW, {"pl-1": "igw-1"}), (NARROW, {"pl-1": "pcx-1"})):
        world = with_second_subnet(b_routes, a_routes=a_routes)
        world.internet_gateway("igw-1", world.vpcs["vpc-b"])
        world.prefix_list("pl-1", readable=False)
        (finding,) = judged(world, peering_route_subnet_gap)
        assert (unknowns([finding]), finding.key) == ([finding], "")


def test_the_far_side_that_was_not_seen_leaves_all_unknown() -> None:
    (finding,) = judged(half_seen(), peering_route_subnet_gap)
    assert finding.missing is not None
    assert [cause.kind for cause in finding.missing.causes] == [Kind.NOT_AUDITED]


@pytest.mark.parametrize("action", ["ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeRouteTables"])
def test_nothing_passes_where_routes_or_subnets_were_refused(action: str) -> None:
    world = with_second_subnet()
    world.refuse(action, account=OTHER_ACCOUNT)
    (finding,) = judged(world, peering_route_subnet_gap)
    assert unknowns([finding]) == [finding]


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted"])
def test_a_connection_that_is_not_active_is_no_question(status: str) -> None:
    assert judged(two_vpcs(status), peering_route_subnet_gap) == []


def test_a_connection_without_routes_is_no_question() -> None:
    assert judged(two_vpcs(a_routes={}, b_routes={}), peering_route_subnet_gap) == []


def in_moto() -> Peered:
    """The subnets 10.0.0.0/24 and 10.0.2.0/24 with a workload each, of which the first has a part in the connection."""
    made = peered()
    made.ec2.create_subnet(VpcId=made.a, CidrBlock="172.16.0.0/24")
    for number in (0, 2):
        subnet = made.ec2.create_subnet(VpcId=made.b, CidrBlock=f"10.0.{number}.0/24")["Subnet"]["SubnetId"]
        made.ec2.create_network_interface(SubnetId=subnet)
    table = made.ec2.create_route_table(VpcId=made.b)["RouteTable"]["RouteTableId"]
    made.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    made.route(made.a_table, "10.0.0.0/24")
    made.route(made.b_table, A_BLOCK)
    return made


@mock_aws
def test_the_steps_of_the_remedy_cure_it_in_moto() -> None:
    made = in_moto()
    (fault,) = cured(peering_route_subnet_gap)
    assert (fault.resource.id, len(fault.remedy)) == (made.peering, 2)
