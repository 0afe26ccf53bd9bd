from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends

from auditor.config import Settings, Thresholds
from auditor.findings import Severity, Status
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.peering.pending_stale import peering_pending_stale
from tests.carrying_out import cured
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, STRANGER, half_seen, two_vpcs
from tests.judging import faults, judged, passes, unknowns
from tests.world import ABSENT, ACCOUNT, REGION

PEERINGS = "ec2:DescribeVpcPeeringConnections"
FIVE_DAYS_OLD = "2026-11-25T12:00:00Z"
"""When a request expires that was five days old when it was collected."""


def test_a_request_of_five_days_is_stale() -> None:
    world = two_vpcs("pending-acceptance", b_account=OTHER_ACCOUNT, expires=FIVE_DAYS_OLD)
    (fault,) = faults(judged(world, peering_pending_stale))
    assert (fault.severity, fault.key) == (Severity.MEDIUM, "")
    assert (fault.account, fault.region) == (OTHER_ACCOUNT, REGION)
    assert "vpc-a (front) of account 111111111111 has waited 5 days for account 222222222222" in fault.message
    assert fault.evidence["age_days"] == 5
    assert fault.evidence["direction"] == "incoming"
    assert fault.evidence["requester"]["account"] == ACCOUNT
    (step,) = fault.remedy
    assert (step.operation, step.at) == ("ec2:AcceptVpcPeeringConnection", Target(OTHER_ACCOUNT, REGION))


def test_a_request_becomes_stale_on_the_very_day() -> None:
    at_three_days = two_vpcs("pending-acceptance", expires="2026-11-27T12:00:00Z")
    assert len(faults(judged(at_three_days, peering_pending_stale))) == 1
    a_second_younger = two_vpcs("pending-acceptance", expires="2026-11-27T12:00:01Z")
    findings = judged(a_second_younger, peering_pending_stale)
    assert passes(findings) == findings != []


def test_the_configuration_says_when_a_request_is_stale() -> None:
    world = two_vpcs("pending-acceptance", expires=FIVE_DAYS_OLD)
    patient = Settings(thresholds=Thresholds(pending_age_days=6))
    assert faults(judged(world, peering_pending_stale, patient)) == []
    impatient = Settings(thresholds=Thresholds(pending_age_days=0))
    assert len(faults(judged(two_vpcs("pending-acceptance"), peering_pending_stale, impatient))) == 1


def test_an_outgoing_request_is_for_us_to_delete() -> None:
    world = half_seen("pending-acceptance", expires=FIVE_DAYS_OLD, b_account=OTHER_ACCOUNT)
    world.organization(OTHER_ACCOUNT)
    (fault,) = faults(judged(world, peering_pending_stale))
    assert fault.evidence["direction"] == "outgoing"
    assert (fault.account, fault.region) == (ACCOUNT, REGION)
    assert fault.message.endswith("accept it in eu-west-1, or delete it")


def test_a_request_from_an_unknown_account_is_another_rules_to_report() -> None:
    world = half_seen("pending-acceptance", incoming=True, expires=FIVE_DAYS_OLD)
    assert judged(world, peering_pending_stale) == []


def test_nobody_is_told_to_accept_a_request_whose_sender_may_be_anyone() -> None:
    world = half_seen("pending-acceptance", incoming=True, expires=FIVE_DAYS_OLD)
    world.refuse("organizations:ListAccounts")
    (finding,) = judged(world, peering_pending_stale)
    assert finding.status is Status.UNKNOWN
    trusting = Settings(trusted_accounts={STRANGER: "a partner"})
    (fault,) = faults(judged(world, peering_pending_stale, trusting))
    assert [step.operation for step in fault.remedy] == ["ec2:AcceptVpcPeeringConnection"]


def test_the_age_is_unknown_where_aws_gives_no_time_of_expiry() -> None:
    world = two_vpcs("pending-acceptance")
    world.change(PEERINGS, "pcx-1", ExpirationTime=ABSENT)
    (finding,) = unknowns(judged(world, peering_pending_stale))
    assert finding.missing is not None
    assert [cause.kind for cause in finding.missing.causes] == [Kind.ABSENT_FIELD]


def test_a_time_of_expiry_without_a_zone_is_read_as_utc() -> None:
    snapshot = two_vpcs("pending-acceptance").snapshot()
    for item in snapshot.shards[Target(ACCOUNT, REGION)].items(PEERINGS):
        item["ExpirationTime"] = "2026-11-25T12:00:00"
    (fault,) = faults(judged(snapshot, peering_pending_stale))
    assert fault.evidence["age_days"] == 5


@pytest.mark.parametrize("status", ["active", "failed", "expired", "deleted", "provisioning"])
def test_only_a_waiting_request_can_be_stale(status: str) -> None:
    assert judged(two_vpcs(status, a_routes={}, b_routes={}), peering_pending_stale) == []


@mock_aws
def test_a_stale_request_is_found_in_moto() -> None:
    ec2 = boto3.client("ec2", REGION)
    a, b = (ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in (A_BLOCK, B_BLOCK))
    peering = ec2.create_vpc_peering_connection(VpcId=a, PeerVpcId=b)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    # moto gives no time of expiry unless its connection has one.
    in_moto: Any = ec2_backends[DEFAULT_ACCOUNT_ID][REGION].vpc_pcxs[peering]
    in_moto.expiration_time = "2026-11-25T12:00:00Z"
    # Its routes are there already.
    for vpc, block in ((a, B_BLOCK), (b, A_BLOCK)):
        (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
        ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock=block, VpcPeeringConnectionId=peering)
    (fault,) = cured(peering_pending_stale)
    assert (fault.resource.id, fault.evidence["age_days"]) == (peering, 5)
