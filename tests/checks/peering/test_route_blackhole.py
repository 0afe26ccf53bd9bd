import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends

from auditor.config import Settings
from auditor.findings import Severity
from auditor.snapshot import Target
from checks.peering.route_blackhole import peering_route_blackhole
from tests.carrying_out import cured
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, STRANGER, Routes, half_seen, two_vpcs
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ACCOUNT, REGION, Via, World, blackhole


def test_routes_over_an_active_connection_pass() -> None:
    findings = judged(two_vpcs(), peering_route_blackhole)
    assert passes(findings) == findings
    assert {finding.resource.id for finding in findings} == {"rtb-a1", "rtb-b1"}


def test_a_table_without_routes_over_connections_is_no_question() -> None:
    findings = judged(two_vpcs(a_routes={}, b_routes={}), peering_route_blackhole)
    assert findings == []


def test_a_route_over_a_connection_that_is_gone_is_medium() -> None:
    world = two_vpcs(a_routes={B_BLOCK: blackhole("pcx-gone")}, b_routes={})
    (fault,) = faults(judged(world, peering_route_blackhole))
    assert (fault.resource.id, fault.severity, fault.key) == ("rtb-a1", Severity.MEDIUM, f"pcx-gone|{B_BLOCK}")
    assert (fault.account, fault.region) == (ACCOUNT, REGION)
    assert fault.message == ("rtb-a1 routes 10.0.0.0/16 to pcx-gone, which AWS no longer lists; delete the route")
    assert fault.evidence["subnets_in_use"] == ["subnet-a1"]
    assert fault.evidence["connection_status"] == "not listed"
    assert fault.related == ("pcx-gone", "subnet-a1")
    (step,) = fault.remedy
    assert step.operation == "ec2:DeleteRoute"
    assert step.parameters == {"RouteTableId": "rtb-a1", "DestinationCidrBlock": B_BLOCK}
    assert step.at == Target(ACCOUNT, REGION)


def test_a_route_over_a_deleted_connection_names_its_state() -> None:
    (fault,) = faults(judged(two_vpcs("deleted", b_routes={}), peering_route_blackhole))
    assert "pcx-1, which is deleted" in fault.message
    assert fault.evidence["connection_status"] == "deleted"


def test_a_connection_of_which_the_list_was_refused_is_not_said_to_be_gone() -> None:
    world = two_vpcs("deleted", b_routes={})
    world.refuse("ec2:DescribeVpcPeeringConnections")
    (fault,) = faults(judged(world, peering_route_blackhole))
    assert fault.message.endswith("pcx-1, which was not seen; look at the connection first")
    assert (fault.evidence["connection_status"], fault.remedy) == (None, ())


def test_a_route_over_a_request_that_waits_is_low_and_expected() -> None:
    world = two_vpcs("pending-acceptance", b_routes={}, b_account=OTHER_ACCOUNT)
    (fault,) = faults(judged(world, peering_route_blackhole))
    assert fault.severity is Severity.LOW
    assert "which is pending-acceptance; have account 222222222222 accept it" in fault.message
    (step,) = fault.remedy
    assert (step.operation, step.at) == ("ec2:AcceptVpcPeeringConnection", Target(OTHER_ACCOUNT, REGION))


def with_two_ways(first: str, second: str, *, enis: bool = True) -> World:
    """``rtb-a1`` routes ``first`` to a connection that is gone and ``second`` to a live one."""
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK), world.vpc("vpc-b", B_BLOCK)
    world.peering("pcx-live", a, b)
    subnet = world.subnet("subnet-a1", a, "172.16.0.0/24", enis=enis)
    routes: Routes = {first: blackhole("pcx-gone"), second: "pcx-live"}
    world.route_table("rtb-a1", a, [subnet], routes)
    return world


def test_a_blackhole_that_hides_a_live_way_from_a_subnet_in_use_is_high() -> None:
    (fault,) = faults(judged(with_two_ways("10.0.1.0/24", B_BLOCK), peering_route_blackhole))
    assert fault.severity is Severity.HIGH
    assert "and so drops what subnet-a1 would send over pcx-live" in fault.message
    assert fault.evidence["alternative"] == "pcx-live"


def test_a_blackhole_that_hides_a_live_way_from_nobody_is_medium() -> None:
    (fault,) = faults(judged(with_two_ways("10.0.1.0/24", B_BLOCK, enis=False), peering_route_blackhole))
    assert fault.severity is Severity.MEDIUM


def test_a_more_specific_live_route_is_not_hidden_by_a_blackhole() -> None:
    (fault,) = faults(judged(with_two_ways("10.0.0.0/8", "10.0.1.0/24"), peering_route_blackhole))
    assert (fault.severity, fault.evidence["alternative"]) == (Severity.MEDIUM, None)


def test_a_default_route_is_no_way_to_the_peer() -> None:
    world = two_vpcs("deleted", a_routes={B_BLOCK: "pcx-1", "0.0.0.0/0": "igw-1"}, b_routes={})
    world.internet_gateway("igw-1", world.vpcs["vpc-a"])
    (fault,) = faults(judged(world, peering_route_blackhole))
    assert fault.severity is Severity.MEDIUM


def test_a_blackhole_is_proven_though_its_users_were_not_seen() -> None:
    world = with_two_ways("10.0.1.0/24", B_BLOCK)
    world.refuse("ec2:DescribeNetworkInterfaces")
    (fault,) = faults(judged(world, peering_route_blackhole))
    assert (fault.severity, fault.evidence["subnets_in_use"]) == (Severity.MEDIUM, None)
    assert "; whether subnets in use send by it was not seen; delete the route" in fault.message


@pytest.mark.parametrize("action", ["ec2:DescribeSubnets", "ec2:DescribeVpcs"])
def test_users_that_were_not_seen_are_not_none_at_all(action: str) -> None:
    world = with_two_ways("10.0.1.0/24", B_BLOCK)
    world.refuse(action)
    (fault,) = faults(judged(world, peering_route_blackhole))
    assert fault.evidence["subnets_in_use"] is None
    assert "whether subnets in use send by it was not seen" in fault.message


def test_a_table_without_subnets_has_no_users() -> None:
    world = two_vpcs("deleted", a_routes={}, b_routes={})
    world.route_table("rtb-orphan", world.vpcs["vpc-a"], routes={B_BLOCK: "pcx-1"})
    (fault,) = faults(judged(world, peering_route_blackhole))
    assert fault.evidence["subnets_in_use"] == []


def test_a_route_in_a_state_that_is_not_documented_is_unknown() -> None:
    world = two_vpcs(a_routes={B_BLOCK: Via("pcx-1", state="filtered")})
    (finding,) = unknowns(judged(world, peering_route_blackhole))
    assert (finding.resource.id, finding.key) == ("rtb-a1", f"pcx-1|{B_BLOCK}")
    assert "'filtered'" in finding.message


@pytest.mark.parametrize(
    ("settings", "operations"),
    [
        (Settings(), ["ec2:DeleteRoute"]),
        (Settings(trusted_accounts={"777777777777": "ours"}), ["ec2:DeleteRoute"]),
        (Settings(trusted_accounts={STRANGER: "a vendor"}), ["ec2:AcceptVpcPeeringConnection"]),
    ],
)
def test_a_request_of_an_account_that_nobody_trusts_is_not_to_be_accepted(
    settings: Settings, operations: list[str]
) -> None:
    world = half_seen("pending-acceptance", incoming=True)
    (fault,) = faults(judged(world, peering_route_blackhole, settings))
    assert (fault.severity, [step.operation for step in fault.remedy]) == (Severity.LOW, operations)
    assert ("accept" in fault.message.partition(";")[2]) is (STRANGER in settings.trusted_accounts)
    assert judged_on_reads(world, peering_route_blackhole, settings) == judged(world, peering_route_blackhole, settings)


def test_a_request_of_an_account_of_the_organization_may_be_accepted() -> None:
    world = half_seen("pending-acceptance", incoming=True)
    world.organization(STRANGER)
    (fault,) = faults(judged(world, peering_route_blackhole))
    assert [step.operation for step in fault.remedy] == ["ec2:AcceptVpcPeeringConnection"]
    assert judged_on_reads(world, peering_route_blackhole) == judged(world, peering_route_blackhole)


def test_a_route_to_a_prefix_list_is_named_by_it() -> None:
    world = two_vpcs("deleted", a_routes={"pl-1": "pcx-1"}, b_routes={})
    world.prefix_list("pl-1", [B_BLOCK])
    (fault,) = faults(judged(world, peering_route_blackhole))
    assert fault.key == "pcx-1|pl-1"
    assert [step.parameters for step in fault.remedy] == [{"RouteTableId": "rtb-a1", "DestinationPrefixListId": "pl-1"}]


def test_refused_route_tables_leave_the_target_unknown() -> None:
    world = two_vpcs("deleted")
    world.refuse("ec2:DescribeRouteTables")
    findings = judged(world, peering_route_blackhole)
    assert unknowns(findings) == findings
    assert [finding.resource.id for finding in findings] == [f"{ACCOUNT}/{REGION}"]


@mock_aws
@pytest.mark.parametrize("deleted", [False, True], ids=["waiting", "deleted"])
def test_a_blackhole_that_moto_is_made_to_hold_is_found_and_cured(deleted: bool) -> None:
    ec2 = boto3.client("ec2", REGION)
    a, b = (ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in (A_BLOCK, B_BLOCK))
    peering = ec2.create_vpc_peering_connection(VpcId=a, PeerVpcId=b)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    table = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [a]}])["RouteTables"][0]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock=B_BLOCK, VpcPeeringConnectionId=peering)
    if deleted:
        ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    # moto calls every route active.
    routes = ec2_backends[DEFAULT_ACCOUNT_ID][REGION].route_tables[table].routes
    route = next(each for each in routes if each.vpc_pcx is not None)
    state = property(lambda self: "active" if self.vpc_pcx._status.code == "active" else "blackhole")
    route.__class__ = type("HonestRoute", (type(route),), {"state": state})
    (fault,) = cured(peering_route_blackhole)
    assert (fault.resource.id, fault.severity) == (table, Severity.MEDIUM if deleted else Severity.LOW)
