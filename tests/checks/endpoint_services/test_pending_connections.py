from typing import Any

import pytest

from auditor.config import Settings, Thresholds
from auditor.findings import Operation, Severity
from checks.endpoint_services.pending_connections import endpoint_service_pending_connections
from tests.checks.endpoint_services.provider import (
    ACCOUNTS,
    CONFIGURATIONS,
    CONNECTIONS,
    CONSUMER,
    GONE,
    HOME,
    SERVICE,
    STRANGER,
    VENDOR,
    provided,
)
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ABSENT, REGION, World

TRUSTING = Settings(trusted_accounts={VENDOR: "a customer"})
FOUR_DAYS_AGO, TWO_DAYS_AGO = "2026-11-19T11:00:00Z", "2026-11-21T12:00:00Z"
ENDPOINTS = "ec2:DescribeVpcEndpoints"


def waiting(connected: str = "vpce-1", owner: str = VENDOR, *, created: str = FOUR_DAYS_AGO, **service: Any) -> World:
    made = provided(VENDOR, **service)
    made.endpoint_connection(SERVICE, connected, owner, state="pendingAcceptance", created=created)
    return made


def test_a_connection_that_waits_is_to_be_accepted_where_its_owner_is_trusted() -> None:
    (finding,) = faults(judged(waiting(), endpoint_service_pending_connections, TRUSTING))
    assert (finding.severity, finding.key) == (Severity.LOW, "vpce-1")
    assert finding.message == (
        "endpoint vpce-1 of account 777777777777 has waited 4 days to be connected to vpce-svc-1 (shop) of account "
        "111111111111; accept it, or reject it"
    )
    assert finding.evidence == {
        "service": "com.amazonaws.vpce.eu-west-1.vpce-svc-1",
        "acceptance_required": True,
        "manages_vpc_endpoints": False,
        "owner": VENDOR,
        "owner_is_trusted": True,
        "age_days": 4,
        "created": "2026-11-19T11:00:00+00:00",
    }
    assert finding.related == ("vpce-1",)
    assert finding.remedy == (
        Operation("ec2:AcceptVpcEndpointConnections", {"ServiceId": SERVICE, "VpcEndpointIds": ["vpce-1"]}, HOME),
    )


def test_a_transit_gateway_of_a_stranger_that_waits_is_to_be_rejected() -> None:
    (finding,) = faults(judged(waiting("tgw-attach-1", STRANGER), endpoint_service_pending_connections))
    assert finding.key == "tgw-attach-1"
    assert "transit gateway attachment tgw-attach-1 of account 888888888888 has waited" in finding.message
    assert finding.remedy == (
        Operation(
            "ec2:RejectVpcEndpointConnections",
            {"ServiceId": SERVICE, "VpcEndpointIds": [], "TransitGatewayAttachmentIds": ["tgw-attach-1"]},
            HOME,
        ),
    )


def test_a_vpc_link_of_api_gateway_that_waits_is_to_be_accepted() -> None:
    (finding,) = faults(judged(waiting(owner="631144002099"), endpoint_service_pending_connections))
    assert finding.evidence["owner_is_trusted"] is True
    assert [step.operation for step in finding.remedy] == ["ec2:AcceptVpcEndpointConnections"]


def test_there_is_no_step_where_nobody_knows_whose_it_is() -> None:
    seen = waiting()
    seen.refuse(ACCOUNTS)
    (finding,) = faults(judged(seen, endpoint_service_pending_connections))
    assert (finding.remedy, finding.evidence["owner_is_trusted"]) == ((), None)
    seen = waiting()
    seen.change(CONNECTIONS, "vpce-con-svc-1-vpce-1", VpcEndpointOwner=ABSENT)
    (finding,) = faults(judged(seen, endpoint_service_pending_connections))
    assert (finding.remedy, finding.evidence["owner_is_trusted"]) == ((), None)
    assert finding.message.startswith("endpoint vpce-1 of account unknown has waited 4 days")


def test_a_service_that_makes_its_endpoints_itself_is_only_told_of() -> None:
    (finding,) = faults(judged(waiting(managed=True), endpoint_service_pending_connections))
    assert finding.severity is Severity.INFO


@pytest.mark.parametrize("days", [2, 3])
def test_the_age_from_which_a_connection_waits_too_long_is_set(days: int) -> None:
    settings = Settings(thresholds=Thresholds(pending_age_days=days))
    findings = judged(waiting(created=TWO_DAYS_AGO), endpoint_service_pending_connections, settings)
    assert len(faults(findings)) == (1 if days == 2 else 0)
    assert len(passes(findings)) == (0 if days == 2 else 1)


def test_a_connection_that_does_not_wait_passes() -> None:
    seen = provided(VENDOR)
    seen.endpoint_connection(SERVICE, "vpce-1", VENDOR)
    findings = judged(seen, endpoint_service_pending_connections)
    assert passes(findings) == findings != []


def consumed() -> World:
    seen = waiting("vpce-c", CONSUMER)
    vpc = seen.vpc("vpc-c", "10.1.0.0/16", account=CONSUMER)
    subnet = seen.subnet("subnet-c", vpc, "10.1.0.0/24")
    name = f"com.amazonaws.vpce.{REGION}.{SERVICE}"
    seen.interface_endpoint("vpce-c", vpc, name, [subnet], state="pendingAcceptance")
    return seen


def test_an_endpoint_that_its_owner_shows_is_another_rules_matter() -> None:
    findings = judged(consumed(), endpoint_service_pending_connections)
    assert passes(findings) == findings != []


def test_an_endpoint_that_an_audited_account_may_have_is_unknown() -> None:
    seen = consumed()
    seen.refuse(ENDPOINTS, account=CONSUMER)
    (finding,) = unknowns(judged(seen, endpoint_service_pending_connections))
    assert finding.key == "vpce-c"


def test_since_when_a_connection_waits_is_unknown_where_aws_does_not_say() -> None:
    seen = waiting()
    seen.change(CONNECTIONS, "vpce-con-svc-1-vpce-1", CreationTimestamp=ABSENT)
    (finding,) = unknowns(judged(seen, endpoint_service_pending_connections))
    assert finding.key == "vpce-1"
    assert finding.message.endswith("and AWS does not say since when")


def test_what_waits_is_unknown_where_the_connections_were_cut_beside_what_was_seen() -> None:
    seen = waiting()
    seen.endpoint_connection(SERVICE, "vpce-2", VENDOR, state="pendingAcceptance", created=FOUR_DAYS_AGO)
    seen.cut(CONNECTIONS, keep=1)
    findings = judged(seen, endpoint_service_pending_connections)
    assert [finding.key for finding in faults(findings)] == ["vpce-1"]
    assert [finding.key for finding in unknowns(findings)] == [""]


@pytest.mark.parametrize("state", GONE)
def test_a_service_that_failed_or_goes_is_another_rules_matter(state: str) -> None:
    assert judged(waiting(state=state), endpoint_service_pending_connections) == []


def test_services_that_were_refused_are_unknown() -> None:
    seen = waiting()
    seen.refuse(CONFIGURATIONS)
    assert [finding.resource.type for finding in unknowns(judged(seen, endpoint_service_pending_connections))] == [
        "target"
    ]


def test_the_rule_reads_what_it_says() -> None:
    seen = waiting()
    assert (
        judged_on_reads(seen, endpoint_service_pending_connections)
        == judged(seen, endpoint_service_pending_connections)
        != []
    )
