from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends

from auditor.findings import Finding, Operation, Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.endpoints.state import endpoint_state
from tests.carrying_out import cured
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, REGION, NewValue, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"
PROVIDER = "999999999999"
SERVICE = "com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b"


def world(state: str = "available", **members: Any) -> World:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.interface_endpoint("vpce-1", vpc, "sqs", [made.subnet("subnet-a", vpc, "10.0.0.0/24")])
    made.change(ENDPOINTS, "vpce-1", State=state, **members)
    return made


def fault(seen: World) -> Finding:
    (finding,) = faults(judged(seen, endpoint_state))
    return finding


def test_an_endpoint_that_is_available_passes_in_either_spelling() -> None:
    findings = judged(world("available"), endpoint_state)
    assert passes(findings) == findings != []
    findings = judged(world("Available"), endpoint_state)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("state", ["failed", "rejected", "expired", "Failed"])
def test_an_endpoint_that_will_not_work_again_is_to_be_deleted(state: str) -> None:
    finding = fault(world(state))
    assert (finding.severity, finding.key, finding.resource.id) == (Severity.HIGH, "", "vpce-1")
    assert finding.remedy == (
        Operation("ec2:DeleteVpcEndpoints", {"VpcEndpointIds": ["vpce-1"]}, Target("111111111111", REGION)),
    )
    assert "vpce-1 to com.amazonaws.eu-west-1.sqs in vpc-a" in finding.message


def test_an_endpoint_that_is_there_in_part_is_as_bad_but_not_to_be_deleted() -> None:
    finding = fault(world("Partial"))
    assert finding.severity is Severity.HIGH
    assert finding.remedy == ()


def test_the_error_that_aws_gives_stands_in_the_message_and_the_evidence() -> None:
    finding = fault(world("failed", LastError={"Code": "InvalidSubnet", "Message": "the subnet has no address left"}))
    assert finding.message.endswith("failed: the subnet has no address left")
    assert finding.evidence["error_code"] == "InvalidSubnet"


def test_the_reason_for_a_failure_does_where_there_is_no_error() -> None:
    assert fault(world("failed", FailureReason="no such service")).message.endswith("failed: no such service")


def provided(state: str, owner: str = PROVIDER) -> World:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.service(SERVICE, owner=owner)
    made.interface_endpoint("vpce-1", vpc, SERVICE, [made.subnet("subnet-a", vpc, "10.0.0.0/24")], state=state)
    return made


@pytest.mark.parametrize("state", ["pendingAcceptance", "PendingAcceptance"])
def test_an_endpoint_that_waits_for_its_provider_is_for_the_provider_to_accept(state: str) -> None:
    finding = fault(provided(state))
    assert finding.severity is Severity.MEDIUM
    assert finding.remedy == (
        Operation(
            "ec2:AcceptVpcEndpointConnections",
            {"ServiceId": "vpce-svc-0a1b", "VpcEndpointIds": ["vpce-1"]},
            Target(PROVIDER, REGION),
        ),
    )


def test_a_provider_that_aws_does_not_name_gets_no_step() -> None:
    assert fault(provided("pendingAcceptance", owner="amazon")).remedy == ()
    unseen = provided("pendingAcceptance")
    unseen.refuse("ec2:DescribeVpcEndpointServices")
    assert fault(unseen).remedy == ()


def test_an_endpoint_that_is_pending_for_more_than_an_hour_is_stuck() -> None:
    finding = fault(world("pending", CreationTimestamp="2026-11-23T10:59:59Z"))
    assert finding.severity is Severity.MEDIUM
    assert "is pending since 2026-11-23 10:59 UTC" in finding.message


def test_an_endpoint_that_is_pending_for_an_hour_may_still_become_available() -> None:
    findings = judged(world("pending", CreationTimestamp="2026-11-23T11:00:00Z"), endpoint_state)
    assert passes(findings) == findings != []


def test_how_long_an_endpoint_is_pending_is_unknown_where_aws_does_not_say() -> None:
    (finding,) = unknowns(judged(world("pending", CreationTimestamp=ABSENT), endpoint_state))
    assert finding.missing
    assert [cause.kind for cause in finding.missing.causes] == [Kind.ABSENT_FIELD]


def test_an_endpoint_that_is_being_deleted_is_a_fact() -> None:
    assert fault(world("deleting")).severity is Severity.INFO


def test_an_endpoint_that_is_deleted_is_nobodys_fault() -> None:
    assert judged(world("deleted"), endpoint_state) == []


def test_a_state_that_is_not_known_is_no_pass() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16")
    seen.gateway_endpoint("vpce-1", vpc, "s3")
    seen.change(ENDPOINTS, "vpce-1", State=NewValue("suspended"))
    (finding,) = unknowns(judged(seen, endpoint_state))
    assert "in the state suspended, which this version does not know" in finding.message
    assert finding.missing
    assert [cause.resource for cause in finding.missing.causes] == ["vpce-1"]


def test_a_state_that_is_absent_is_unknown() -> None:
    seen = World()
    seen.gateway_endpoint("vpce-1", seen.vpc("vpc-a", "10.0.0.0/16"), "s3")
    seen.change(ENDPOINTS, "vpce-1", State=ABSENT)
    findings = judged(seen, endpoint_state)
    assert {finding.resource.type for finding in unknowns(findings)} == {"vpc-endpoint", "target"}
    assert unknowns(findings) == findings


def test_endpoints_that_were_refused_are_unknown() -> None:
    seen = world("failed")
    seen.refuse(ENDPOINTS)
    (finding,) = judged(seen, endpoint_state)
    assert finding.resource.type == "target"


def test_the_rule_reads_what_it_says() -> None:
    seen = provided("pendingAcceptance")
    assert judged_on_reads(seen, endpoint_state) == judged(seen, endpoint_state)


def test_a_failed_endpoint_of_moto_is_cured_and_an_available_one_passes() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        made = [
            ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway")
            for _ in range(2)
        ]
        broken, sound = (each["VpcEndpoint"]["VpcEndpointId"] for each in made)
        ec2_backends[DEFAULT_ACCOUNT_ID][REGION].vpc_end_points[broken].state = "failed"
        findings = judged(collected(), endpoint_state)
        cured(endpoint_state)
    assert [finding.resource.id for finding in faults(findings)] == [broken]
    assert [finding.resource.id for finding in passes(findings)] == [sound]
    assert datetime.fromisoformat(findings[0].collected_at).tzinfo is UTC
