import boto3
import pytest
from moto import mock_aws

from auditor.config import Settings, Thresholds
from auditor.findings import Severity, Status
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.peering.not_active import peering_not_active
from tests.carrying_out import HERE, cured, ec2_at
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, half_seen, two_vpcs
from tests.judging import faults, judged, passes, unknowns
from tests.world import ABSENT, ACCOUNT, REGION, NewValue, World, allow, reference

PEERINGS = "ec2:DescribeVpcPeeringConnections"


def test_an_active_connection_passes() -> None:
    (finding,) = judged(two_vpcs(), peering_not_active)
    assert passes([finding]) == [finding]


def test_a_young_request_is_a_fact_while_nothing_names_it() -> None:
    world = two_vpcs("pending-acceptance", a_routes={}, b_routes={}, b_account=OTHER_ACCOUNT)
    (fault,) = faults(judged(world, peering_not_active))
    assert (fault.severity, fault.key) == (Severity.INFO, "")
    assert (fault.account, fault.region) == (OTHER_ACCOUNT, REGION)
    assert "vpc-a (front) of account 111111111111" in fault.message
    assert f"have account {OTHER_ACCOUNT} accept it in eu-west-1 by 2026-11-29 12:00 UTC" in fault.message
    (step,) = fault.remedy
    assert step.operation == "ec2:AcceptVpcPeeringConnection"
    assert step.parameters == {"VpcPeeringConnectionId": "pcx-1"}
    assert step.at == Target(OTHER_ACCOUNT, REGION)


def test_a_young_request_that_a_route_names_already_is_medium() -> None:
    (fault,) = faults(judged(two_vpcs("pending-acceptance", b_routes={}), peering_not_active))
    assert fault.severity is Severity.MEDIUM
    assert "rtb-a1 routes 10.0.0.0/16 to it" in fault.message
    assert fault.evidence["routes"] == [{"route_table": "rtb-a1", "destination": B_BLOCK, "state": "blackhole"}]


def test_a_request_without_a_time_of_expiry_is_still_not_active() -> None:
    world = two_vpcs("pending-acceptance")
    world.change(PEERINGS, "pcx-1", ExpirationTime=ABSENT)
    (fault,) = faults(judged(world, peering_not_active))
    assert fault.severity is Severity.MEDIUM
    assert fault.evidence["expires_at"] is None


def test_a_stale_request_is_another_rules_to_report() -> None:
    settings = Settings(thresholds=Thresholds(pending_age_days=1))
    assert judged(two_vpcs("pending-acceptance"), peering_not_active, settings) == []


def test_a_request_from_an_unknown_account_is_another_rules_to_report() -> None:
    assert judged(half_seen("pending-acceptance", incoming=True), peering_not_active) == []


def test_nobody_is_told_to_accept_a_request_whose_sender_may_be_anyone() -> None:
    world = half_seen("pending-acceptance", incoming=True)
    world.refuse("organizations:ListAccounts")
    (finding,) = judged(world, peering_not_active)
    assert finding.status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("status", "severity"),
    [("expired", Severity.LOW), ("rejected", Severity.LOW), ("deleted", Severity.INFO)],
)
def test_an_ended_connection_that_a_route_names_is_a_fault(status: str, severity: Severity) -> None:
    (fault,) = faults(judged(two_vpcs(status, b_routes={}), peering_not_active))
    assert fault.severity is severity
    assert f"is {status} and carries no traffic, yet rtb-a1 routes 10.0.0.0/16 to it" in fault.message
    (step,) = fault.remedy
    assert step.operation == "ec2:DeleteRoute"
    assert step.parameters == {"RouteTableId": "rtb-a1", "DestinationCidrBlock": B_BLOCK}
    assert step.at == Target(ACCOUNT, REGION)


@pytest.mark.parametrize("status", ["failed", "expired", "rejected", "deleted"])
def test_an_ended_connection_that_nothing_names_is_history(status: str) -> None:
    assert judged(two_vpcs(status, a_routes={}, b_routes={}), peering_not_active) == []


def test_a_failed_connection_that_a_route_names_is_high() -> None:
    (fault,) = faults(judged(two_vpcs("failed"), peering_not_active))
    assert fault.severity is Severity.HIGH
    assert fault.evidence["status_message"].startswith("Failed due to")
    assert [step.parameters["RouteTableId"] for step in fault.remedy] == ["rtb-a1", "rtb-b1"]


def test_a_connection_that_failed_for_an_overlap_is_another_rules_to_report() -> None:
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK, B_BLOCK), world.vpc("vpc-b", B_BLOCK)
    world.peering("pcx-1", a, b, status="failed")
    world.route_table("rtb-b1", b, routes={A_BLOCK: "pcx-1"})
    assert judged(world, peering_not_active) == []


def test_a_security_group_rule_that_names_a_deleted_connection_is_a_reference() -> None:
    world = two_vpcs("deleted", a_routes={}, b_routes={})
    source = reference("sg-b", world.vpcs["vpc-b"], "pcx-1")
    world.security_group("sg-b", world.vpcs["vpc-b"])
    world.security_group("sg-a", world.vpcs["vpc-a"], [allow("tcp", 443, source)], name="web")
    (fault,) = faults(judged(world, peering_not_active))
    assert "a rule of sg-a (web) names it" in fault.message
    assert fault.evidence["security_groups"] == ["sg-a"]
    assert "sg-a" in fault.related
    assert fault.remedy == ()


@pytest.mark.parametrize("action", ["ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups"])
def test_history_is_unknown_where_what_may_name_it_was_refused(action: str) -> None:
    world = two_vpcs("deleted", a_routes={}, b_routes={})
    world.refuse(action)
    (finding,) = judged(world, peering_not_active)
    assert finding.missing is not None
    (cause,) = finding.missing.causes
    assert (cause.kind, cause.action) == (Kind.REFUSED, action)


def test_a_reference_is_proven_even_where_others_were_refused() -> None:
    world = two_vpcs("rejected", b_account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeRouteTables", account=OTHER_ACCOUNT)
    (fault,) = faults(judged(world, peering_not_active))
    assert fault.severity is Severity.LOW


def test_what_an_account_outside_the_audit_still_routes_is_no_question() -> None:
    assert judged(half_seen("deleted", a_routes={}), peering_not_active) == []


@pytest.mark.parametrize("status", ["initiating-request", "provisioning", "deleting"])
def test_a_passing_state_is_no_more_than_a_fact(status: str) -> None:
    (fault,) = faults(judged(two_vpcs(status), peering_not_active))
    assert fault.severity is Severity.INFO
    assert f"in the state {status}" in fault.message


def test_a_state_that_aws_invents_tomorrow_is_unknown() -> None:
    world = two_vpcs()
    world.change(PEERINGS, "pcx-1", Status={"Code": NewValue("paused")})
    (finding,) = unknowns(judged(world, peering_not_active))
    assert "paused" in finding.message


def test_the_connections_of_a_target_that_were_refused_are_unknown() -> None:
    world = two_vpcs()
    world.refuse(PEERINGS)
    (finding,) = judged(world, peering_not_active)
    assert (finding.resource.type, unknowns([finding])) == ("target", [finding])


@mock_aws
def test_a_rejected_connection_that_is_still_routed_is_found_in_moto() -> None:
    ec2 = boto3.client("ec2", REGION)
    a, b = (ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in (A_BLOCK, B_BLOCK))
    peering = ec2.create_vpc_peering_connection(VpcId=a, PeerVpcId=b)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [a]}])["RouteTables"]
    table = tables[0]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock=B_BLOCK, VpcPeeringConnectionId=peering)
    ec2.reject_vpc_peering_connection(VpcPeeringConnectionId=peering)
    (fault,) = cured(peering_not_active)
    assert (fault.resource.id, fault.severity) == (peering, Severity.LOW)
    assert f"{table} routes {B_BLOCK} to it" in fault.message


@mock_aws
def test_a_request_that_is_routed_already_is_accepted_by_the_account_that_was_asked() -> None:
    there = Target(OTHER_ACCOUNT, "us-east-1")
    boto3.client("organizations", REGION).create_organization(FeatureSet="ALL")
    a, b = (ec2_at(at).create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for at, block in ((HERE, A_BLOCK), (there, B_BLOCK)))
    made = ec2_at(HERE).create_vpc_peering_connection(
        VpcId=a, PeerVpcId=b, PeerOwnerId=there.account, PeerRegion=there.region
    )
    peering = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    for at, vpc, block in ((HERE, a, B_BLOCK), (there, b, A_BLOCK)):
        of_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
        table = ec2_at(at).describe_route_tables(Filters=of_vpc)["RouteTables"][0]["RouteTableId"]
        ec2_at(at).create_route(RouteTableId=table, DestinationCidrBlock=block, VpcPeeringConnectionId=peering)
    settings = Settings(trusted_accounts={there.account: "ours"})
    # moto gives no time of expiry, so the request's age is not known.
    (fault,) = cured(peering_not_active, HERE, there, settings=settings, may_follow=["peering-inter-region"])
    assert (fault.resource.id, fault.account, fault.region) == (peering, there.account, there.region)
    assert [step.operation for step in fault.remedy] == ["ec2:AcceptVpcPeeringConnection"]
