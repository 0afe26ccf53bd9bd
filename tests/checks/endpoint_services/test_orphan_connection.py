from typing import Any

import pytest

from auditor.findings import Operation, Severity
from checks.endpoint_services.orphan_connection import endpoint_service_orphan_connection
from tests.checks.endpoint_services.provider import (
    CONFIGURATIONS,
    CONNECTIONS,
    GONE,
    HOME,
    PERMISSIONS,
    SERVICE,
    STRANGER,
    VENDOR,
    provided,
    root,
)
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ABSENT, World

ATTACHING = "transit-gateway-attachment"


def connected(*allow: str, to: str = "vpce-1", owner: str = STRANGER, state: str = "available", **more: Any) -> World:
    made = provided(*allow, **more)
    made.endpoint_connection(SERVICE, to, owner, state=state)
    return made


@pytest.mark.parametrize("state", ["available", "Available", "Partial"])
def test_a_connection_of_an_account_that_is_not_allowed_any_more_is_to_be_rejected(state: str) -> None:
    (finding,) = faults(judged(connected(VENDOR, state=state), endpoint_service_orphan_connection))
    assert (finding.severity, finding.key) == (Severity.MEDIUM, "vpce-1")
    assert finding.message == (
        "endpoint vpce-1 of account 888888888888 is connected to vpce-svc-1 (shop) of account 111111111111, where that "
        "account is not allowed any more; reject the connection, or allow the account again"
    )
    assert finding.evidence == {
        "service": "com.amazonaws.vpce.eu-west-1.vpce-svc-1",
        "acceptance_required": True,
        "manages_vpc_endpoints": False,
        "owner": STRANGER,
        "state": state,
        "principals": [root(VENDOR)],
    }
    assert finding.related == ("vpce-1",)
    assert finding.remedy == (
        Operation("ec2:RejectVpcEndpointConnections", {"ServiceId": SERVICE, "VpcEndpointIds": ["vpce-1"]}, HOME),
    )


def test_a_service_that_makes_its_endpoints_itself_is_only_told_of() -> None:
    (finding,) = faults(judged(connected(managed=True), endpoint_service_orphan_connection))
    assert finding.severity is Severity.INFO


@pytest.mark.parametrize(
    "allowed",
    ["*", STRANGER, f"arn:aws:iam::{STRANGER}:role/reader", f"arn:aws:iam::{STRANGER}:user/somebody"],
)
def test_a_connection_of_an_account_that_is_allowed_passes(allowed: str) -> None:
    findings = judged(connected(allowed, "AROAEXAMPLE"), endpoint_service_orphan_connection)
    assert passes(findings) == findings != []


def test_the_providers_own_connection_passes() -> None:
    findings = judged(connected(owner="111111111111"), endpoint_service_orphan_connection)
    assert passes(findings) == findings != []


def test_a_vpc_link_of_api_gateway_passes() -> None:
    findings = judged(connected(root("631144002099"), owner="631144002099"), endpoint_service_orphan_connection)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("state", ["pendingAcceptance", "pending", "rejected", "expired", "deleted"])
def test_what_is_not_connected_passes(state: str) -> None:
    findings = judged(connected(state=state), endpoint_service_orphan_connection)
    assert passes(findings) == findings != []


@pytest.mark.parametrize(
    ("kind", "to", "orphan"),
    [
        ("vpc-endpoint", "tgw-attach-1", True),
        (ATTACHING, "tgw-attach-1", False),
        (ATTACHING, "vpce-1", True),
        ("vpc-endpoint", "vpce-1", False),
    ],
)
def test_a_transit_gateway_needs_a_permission_of_its_own_kind(kind: str, to: str, *, orphan: bool) -> None:
    permission = {"Principal": root(STRANGER), "PermissionType": kind}
    findings = judged(connected(to=to, allow=[permission]), endpoint_service_orphan_connection)
    assert [finding.key for finding in faults(findings)] == ([to] if orphan else [])
    assert len(findings) == 1


@pytest.mark.parametrize(
    "allowed",
    [f"arn:aws:organizations::{VENDOR}:ou/o-9876543210/ou-a1", "appflow.amazonaws.com", "AROAEXAMPLE"],
    ids=["a part of an organization", "a service of AWS", "an id"],
)
def test_an_account_that_may_be_allowed_in_another_way_is_unknown(allowed: str) -> None:
    (finding,) = unknowns(judged(connected(allowed), endpoint_service_orphan_connection))
    assert finding.key == "vpce-1"
    assert finding.message == (
        "whether endpoint vpce-1 of account 888888888888 is still allowed at vpce-svc-1 (shop) is not known"
    )


def test_who_is_allowed_or_connected_is_unknown_where_that_was_refused() -> None:
    seen = connected()
    seen.refuse(PERMISSIONS)
    assert [finding.key for finding in unknowns(judged(seen, endpoint_service_orphan_connection))] == ["vpce-1"]
    seen = connected()
    seen.refuse(CONNECTIONS)
    assert [finding.key for finding in unknowns(judged(seen, endpoint_service_orphan_connection))] == [""]


def test_a_connection_without_an_owner_is_unknown() -> None:
    seen = connected(VENDOR)
    seen.change(CONNECTIONS, "vpce-con-svc-1-vpce-1", VpcEndpointOwner=ABSENT)
    assert [finding.key for finding in unknowns(judged(seen, endpoint_service_orphan_connection))] == ["vpce-1"]


@pytest.mark.parametrize("state", GONE)
def test_a_service_that_failed_or_goes_is_another_rules_matter(state: str) -> None:
    seen = connected()
    seen.change(CONFIGURATIONS, SERVICE, ServiceState=state)
    assert judged(seen, endpoint_service_orphan_connection) == []


def test_services_that_were_refused_are_unknown() -> None:
    seen = connected()
    seen.refuse(CONFIGURATIONS)
    assert [finding.resource.type for finding in unknowns(judged(seen, endpoint_service_orphan_connection))] == [
        "target"
    ]


def test_the_rule_reads_what_it_says() -> None:
    seen = connected()
    assert (
        judged_on_reads(seen, endpoint_service_orphan_connection)
        == judged(seen, endpoint_service_orphan_connection)
        != []
    )
