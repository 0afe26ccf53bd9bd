from moto import mock_aws

from auditor.findings import Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.peering.route_blackhole import peering_route_blackhole
from checks.peering.route_missing_side import peering_route_missing_side
from checks.peering.route_orphan_table import peering_route_orphan_table
from checks.peering.unused import peering_unused
from tests.carrying_out import cured
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, TO_A, TO_B, two_vpcs
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ACCOUNT, REGION, World, blackhole


def with_orphan() -> World:
    """``two_vpcs``, which works, and a table of ``vpc-b`` that no subnet sends by."""
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    world.route_table("rtb-orphan", world.vpcs["vpc-b"], routes=TO_A, name="left over")
    return world


def test_a_table_that_no_subnet_sends_by_is_low() -> None:
    world = with_orphan()
    (fault,) = faults(judged(world, peering_route_orphan_table))
    assert (fault.severity, fault.key) == (Severity.LOW, "")
    assert (fault.resource.type, fault.resource.id, fault.resource.name) == ("route-table", "rtb-orphan", "left over")
    assert (fault.account, fault.region) == (OTHER_ACCOUNT, REGION)
    assert fault.message == (
        "rtb-orphan of vpc-b routes 172.16.0.0/16 over pcx-1, but no subnet sends by it; associate it with the subnets "
        "that need them, or delete them"
    )
    assert fault.evidence == {"main": False, "routes": [{"destination": A_BLOCK, "connection": "pcx-1"}]}
    assert fault.related == ("vpc-b", "pcx-1")
    assert [(step.operation, step.parameters, step.at) for step in fault.remedy] == [
        (
            "ec2:DeleteRoute",
            {"RouteTableId": "rtb-orphan", "DestinationCidrBlock": A_BLOCK},
            Target(OTHER_ACCOUNT, REGION),
        )
    ]
    assert judged_on_reads(world, peering_route_orphan_table) == judged(world, peering_route_orphan_table)


def test_tables_that_subnets_send_by_pass() -> None:
    findings = judged(two_vpcs(), peering_route_orphan_table)
    assert passes(findings) == findings
    assert {finding.resource.id for finding in findings} == {"rtb-a1", "rtb-b1"}


def test_a_main_table_that_a_subnet_sends_by_passes() -> None:
    world = two_vpcs()
    b = world.vpcs["vpc-b"]
    world.main_routes(b, TO_A)
    world.subnet("subnet-b2", b, "10.0.2.0/24")
    assert faults(judged(world, peering_route_orphan_table)) == []


def test_a_main_table_for_new_subnets_alone_is_low_and_is_left_as_it_is() -> None:
    world = two_vpcs()
    world.main_routes(world.vpcs["vpc-b"], TO_A)
    (fault,) = faults(judged(world, peering_route_orphan_table))
    assert (fault.resource.id, fault.severity, fault.remedy) == ("rtb-b-main", Severity.LOW, ())
    assert fault.message.endswith("; as the main table it has them ready for new subnets alone")
    assert judged_on_reads(world, peering_route_orphan_table) == judged(world, peering_route_orphan_table)


def test_all_routes_of_a_table_are_one_finding() -> None:
    world = two_vpcs(b_routes={**TO_A, "192.168.0.0/16": "pcx-2"})
    b, c = world.vpcs["vpc-b"], world.vpc("vpc-c", "192.168.0.0/16")
    world.peering("pcx-2", b, c)
    world.route_table("rtb-orphan", b, routes={**TO_A, "192.168.0.0/16": "pcx-2", "192.168.9.0/24": "pcx-2"})
    (fault,) = faults(judged(world, peering_route_orphan_table))
    assert len(fault.evidence["routes"]) == 3
    assert fault.related == ("vpc-b", "pcx-1", "pcx-2")


def test_the_only_route_of_a_side_is_another_rules_to_report() -> None:
    world = two_vpcs(b_routes={})
    world.route_table("rtb-orphan", world.vpcs["vpc-b"], routes=TO_A)
    assert faults(judged(world, peering_route_orphan_table)) == []
    (fault,) = faults(judged(world, peering_route_missing_side))
    assert fault.evidence["routes_without_subnets"] == ["rtb-orphan"]


def test_a_blackhole_is_another_rules_to_report() -> None:
    world = two_vpcs()
    world.route_table("rtb-orphan", world.vpcs["vpc-b"], routes={"192.168.0.0/16": blackhole("pcx-gone")})
    assert [each for each in judged(world, peering_route_orphan_table) if each.resource.id == "rtb-orphan"] == []
    assert len(faults(judged(world, peering_route_blackhole))) == 1


def test_a_route_over_a_request_that_waits_is_no_question() -> None:
    assert judged(two_vpcs("pending-acceptance"), peering_route_orphan_table) == []


def test_a_vpc_without_subnets_is_not_at_fault() -> None:
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK), world.vpc("vpc-b", B_BLOCK)
    world.peering("pcx-1", a, b)
    world.main_routes(a, TO_B)
    world.main_routes(b, TO_A)
    assert faults(judged(world, [peering_route_orphan_table, peering_unused])) == []


def test_a_table_without_routes_over_peering_is_no_question() -> None:
    assert judged(two_vpcs(a_routes={}, b_routes={}), peering_route_orphan_table) == []


def test_whether_a_subnet_sends_by_the_main_table_may_not_have_been_seen() -> None:
    world = two_vpcs()
    world.main_routes(world.vpcs["vpc-b"], TO_A)
    world.refuse("ec2:DescribeSubnets")
    (finding,) = unknowns(judged(world, peering_route_orphan_table))
    assert (finding.resource.id, finding.key) == ("rtb-b-main", "")
    assert "whether a subnet sends by rtb-b-main" in finding.message


def test_what_the_other_tables_do_may_not_have_been_seen() -> None:
    world = with_orphan()
    world.refuse("ec2:DescribeSubnets")
    (finding,) = unknowns(judged(world, peering_route_orphan_table))
    assert finding.resource.id == "rtb-orphan"
    assert "whether other tables put the connections of rtb-orphan to use" in finding.message


def test_connections_that_were_not_listed_leave_the_table_unknown() -> None:
    world = with_orphan()
    world.refuse("ec2:DescribeVpcPeeringConnections")
    findings = judged(world, peering_route_orphan_table)
    assert [finding.resource.id for finding in unknowns(findings)] == ["rtb-orphan"]
    assert faults(findings) == []


def test_a_vpc_that_was_not_listed_leaves_its_main_table_unknown() -> None:
    world = two_vpcs()
    world.main_routes(world.vpcs["vpc-b"], TO_A)
    world.refuse("ec2:DescribeVpcs")
    findings = judged(world, peering_route_orphan_table)
    assert [finding.resource.id for finding in unknowns(findings)] == ["rtb-b-main"]
    assert faults(findings) == []


def test_a_participant_does_not_see_all_subnets() -> None:
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    b = world.vpcs["vpc-b"]
    world.main_routes(b, TO_A)
    shared = world.subnet("subnet-b2", b, "10.0.2.0/24")
    world.share(shared, ACCOUNT)
    world.drop_shard(account=OTHER_ACCOUNT, asked=False)
    findings = judged(world, peering_route_orphan_table)
    assert faults(findings) == []
    kinds = {cause.kind for each in unknowns(findings) if each.missing for cause in each.missing.causes}
    assert kinds == {Kind.PARTICIPANT}


def test_route_tables_that_were_refused_are_one_unknown() -> None:
    world = two_vpcs()
    world.refuse("ec2:DescribeRouteTables")
    (finding,) = judged(world, peering_route_orphan_table)
    assert (unknowns([finding]), finding.resource.type) == ([finding], "target")


@mock_aws
def test_the_steps_of_the_remedy_cure_it_in_moto() -> None:
    made = peered()
    for vpc, block in ((made.a, "172.16.0.0/24"), (made.b, "10.0.0.0/24")):
        made.ec2.create_subnet(VpcId=vpc, CidrBlock=block)
    orphan = made.ec2.create_route_table(VpcId=made.b)["RouteTable"]["RouteTableId"]
    made.route(made.a_table, B_BLOCK)
    for table in (made.b_table, orphan):
        made.route(table, A_BLOCK)
    (fault,) = cured(peering_route_orphan_table)
    assert (fault.resource.id, len(fault.remedy)) == (orphan, 1)
