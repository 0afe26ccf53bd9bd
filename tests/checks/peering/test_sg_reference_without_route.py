import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.snapshot import Target
from checks.peering.sg_reference_without_route import peering_sg_reference_without_route
from tests.carrying_out import cured
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_groups import names_b, two_groups
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT, TO_A, TO_B, Routes, half_seen
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ABSENT, ACCOUNT, REGION, World, allow, reference

KEY = "ingress|tcp|443|sg-b|pcx-1"


def test_a_reference_over_a_connection_that_nothing_is_routed_to_is_a_fault() -> None:
    (fault,) = faults(judged(two_groups(names_b, a_routes={}, b_routes={}), peering_sg_reference_without_route))
    assert (fault.severity, fault.resource.id, fault.key) == (Severity.LOW, "sg-a", KEY)
    assert fault.message == (
        "sg-a (web) lets tcp 443 in from sg-b in vpc-b over pcx-1 (front-to-back), but vpc-a (front) and vpc-b (back) "
        "have no route to it, so the rule lets nobody through"
    )
    assert fault.evidence["vpcs_without_a_route"] == ["vpc-a", "vpc-b"]
    assert fault.related == ("vpc-a", "sg-b", "vpc-b", "pcx-1")
    assert [step.parameters for step in fault.remedy] == [
        {"RouteTableId": "rtb-a1", "DestinationCidrBlock": "10.0.0.0/16", "VpcPeeringConnectionId": "pcx-1"},
        {"RouteTableId": "rtb-b1", "DestinationCidrBlock": "172.16.0.0/16", "VpcPeeringConnectionId": "pcx-1"},
    ]


def test_the_side_that_lacks_the_routes_is_named_and_its_owner_acts() -> None:
    world = two_groups(names_b, b_routes={}, b_account=OTHER_ACCOUNT)
    (fault,) = faults(judged(world, peering_sg_reference_without_route))
    assert "but vpc-b (back) has no route to it" in fault.message
    (step,) = fault.remedy
    assert (step.operation, step.at) == ("ec2:CreateRoute", Target(OTHER_ACCOUNT, REGION))
    assert fault.account == ACCOUNT


def test_routes_that_do_not_answer_each_other_are_a_fault_of_which_the_routes_rule_knows_the_cure() -> None:
    world = two_groups(names_b, b_routes={"172.16.9.0/24": "pcx-1"})
    (fault,) = faults(judged(world, peering_sg_reference_without_route))
    assert "but no two subnets have a way there and back over it" in fault.message
    assert fault.remedy == ()


def test_an_egress_rule_is_judged_alike() -> None:
    world = two_groups(a_routes={})
    named = reference("sg-b", world.vpcs["vpc-b"], "pcx-1")
    world.security_group("sg-c", world.vpcs["vpc-a"], [], [allow("all", None, named)])
    (fault,) = faults(judged(world, peering_sg_reference_without_route))
    assert fault.key == "egress|-1|all|sg-b|pcx-1"


@pytest.mark.parametrize("a_routes", [TO_B, {"10.0.0.0/24": "pcx-1"}])
def test_a_way_there_and_back_passes(a_routes: Routes) -> None:
    findings = judged(two_groups(names_b, a_routes=a_routes), peering_sg_reference_without_route)
    assert passes(findings) == findings
    assert [finding.resource.id for finding in findings] == ["sg-a"]


def test_rules_without_a_connection_are_no_question() -> None:
    world = two_groups(lambda _: [allow("tcp", 443, "10.0.0.0/16", "sg-a")], a_routes={}, b_routes={})
    assert judged(world, peering_sg_reference_without_route) == []


@pytest.mark.parametrize(
    ("status", "deleted"), [("deleted", False), ("rejected", False), (None, True)], ids=["deleted", "rejected", "group"]
)
def test_a_stale_rule_has_a_cause_of_its_own(status: str | None, deleted: bool) -> None:
    world = two_groups(
        lambda b: [allow("tcp", 443, reference("sg-gone", b, "pcx-1", status=status, deleted=deleted or bool(status)))],
        a_routes={},
        b_routes={},
    )
    findings = judged(world, peering_sg_reference_without_route)
    assert passes(findings) == findings != []


def test_a_reference_across_regions_has_a_cause_of_its_own() -> None:
    world = two_groups(names_b, a_routes={}, b_routes={}, b_region="us-east-1")
    findings = judged(world, peering_sg_reference_without_route)
    assert passes(findings) == findings != []


def unaudited(a_routes: Routes) -> World:
    world = half_seen(a_routes=a_routes)
    world.security_group("sg-a", world.vpcs["vpc-a"], names_b(world.vpcs["vpc-b"]), name="web")
    return world


def test_a_near_side_without_a_route_is_enough_whoever_sees_the_far_side() -> None:
    (fault,) = faults(judged(unaudited({}), peering_sg_reference_without_route))
    assert fault.evidence["vpcs_without_a_route"] == ["vpc-a"]


def test_a_far_side_that_was_not_audited_is_unknown_where_the_near_side_has_routes() -> None:
    (finding,) = judged(unaudited(TO_B), peering_sg_reference_without_route)
    assert (finding.status.value, finding.key) == ("unknown", KEY)
    assert "whether anything is routed there and back was not seen" in finding.message


@pytest.mark.parametrize(
    "action",
    ["ec2:DescribeRouteTables", "ec2:DescribeSubnets", "ec2:DescribeVpcs", "ec2:DescribeVpcPeeringConnections"],
)
def test_a_refused_answer_is_unknown_and_never_a_fault(action: str) -> None:
    world = two_groups(names_b)
    world.refuse(action)
    findings = judged(world, peering_sg_reference_without_route)
    assert not faults(findings)
    assert not passes(findings)
    assert unknowns(findings)


def test_a_prefix_list_that_cannot_be_read_leaves_it_unknown() -> None:
    world = two_groups(names_b, b_routes={"pl-1": "pcx-1"})
    world.prefix_list("pl-1", readable=False)
    findings = [each for each in judged(world, peering_sg_reference_without_route) if each.resource.id == "sg-a"]
    assert unknowns(findings) == findings != []


def test_rules_that_aws_left_out_are_unknown() -> None:
    world = two_groups(names_b)
    world.change("ec2:DescribeSecurityGroups", "sg-a", IpPermissionsEgress=ABSENT)
    (finding,) = judged(world, peering_sg_reference_without_route)
    assert (finding.status.value, finding.key) == ("unknown", "")


@pytest.mark.parametrize("b_routes", [TO_A, {}])
def test_no_answer_is_needed_but_those_that_the_rule_reads(b_routes: Routes) -> None:
    world = two_groups(names_b, b_routes=b_routes)
    check = peering_sg_reference_without_route
    assert judged_on_reads(world, check) == judged(world, check)


@mock_aws
@pytest.mark.parametrize("sides", ["", "a", "b"])
def test_the_steps_of_the_remedy_cure_it_in_moto(sides: str) -> None:
    moto = peered()
    for vpc, block in ((moto.a, "172.16.0.0/24"), (moto.b, "10.0.0.0/24")):
        moto.ec2.create_subnet(VpcId=vpc, CidrBlock=block)
    if "a" in sides:
        moto.route(moto.a_table, "10.0.0.0/16")
    if "b" in sides:
        moto.route(moto.b_table, "172.16.0.0/16")
    group, named = (
        moto.ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        for name, vpc in (("web", moto.a), ("store", moto.b))
    )
    pair = {"GroupId": named, "VpcPeeringConnectionId": moto.peering, "VpcId": moto.b, "PeeringStatus": "active"}
    moto.ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [pair]}],
    )
    (fault,) = cured(peering_sg_reference_without_route)
    assert fault.resource.id == group
