from typing import Any

import pytest
from moto import mock_aws

from auditor.findings import Operation, Severity
from auditor.network.missing import Kind
from checks.endpoint_services.public_auto_accept import endpoint_service_public_auto_accept
from tests.carrying_out import cured
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
    provided_in_moto,
    root,
)
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ABSENT, World


def public(**service: Any) -> World:
    return provided("*", VENDOR, **{"acceptance": False, **service})


def test_a_service_that_lets_everybody_in_is_critical() -> None:
    seen = public()
    seen.endpoint_connection(SERVICE, "vpce-1", STRANGER)
    (finding,) = faults(judged(seen, endpoint_service_public_auto_accept))
    assert (finding.severity, finding.key) == (Severity.CRITICAL, "")
    assert (finding.resource.type, finding.resource.id) == ("vpc-endpoint-service", SERVICE)
    assert finding.resource.arn == f"arn:aws:ec2:eu-west-1:111111111111:vpc-endpoint-service/{SERVICE}"
    assert finding.message == (
        "vpce-svc-1 (shop) of account 111111111111 lets every AWS account connect and accepts every request by itself, "
        "so its load balancer is public; allow the accounts that are meant, and remove *"
    )
    assert finding.evidence == {
        "service": "com.amazonaws.vpce.eu-west-1.vpce-svc-1",
        "acceptance_required": False,
        "manages_vpc_endpoints": False,
        "principals": ["*", root(VENDOR)],
        "connected_accounts": [STRANGER],
    }
    assert finding.related == ("vpce-1",)
    assert finding.remedy == (
        Operation(
            "ec2:ModifyVpcEndpointServicePermissions", {"ServiceId": SERVICE, "RemoveAllowedPrincipals": ["*"]}, HOME
        ),
    )


def test_a_service_that_makes_its_endpoints_itself_opens_nothing() -> None:
    (finding,) = faults(judged(public(managed=True), endpoint_service_public_auto_accept))
    assert finding.severity is Severity.INFO


@pytest.mark.parametrize("seen", [provided("*"), provided(STRANGER, acceptance=False)], ids=["asked", "not everyone"])
def test_a_service_that_asks_or_does_not_allow_everyone_passes(seen: World) -> None:
    findings = judged(seen, endpoint_service_public_auto_accept)
    assert passes(findings) == findings != []


def test_who_may_connect_need_not_be_seen_where_each_is_accepted_by_a_person() -> None:
    seen = provided("*")
    seen.refuse(PERMISSIONS)
    findings = judged(seen, endpoint_service_public_auto_accept)
    assert passes(findings) == findings != []


def test_who_may_connect_is_unknown_where_that_was_refused() -> None:
    seen = public()
    seen.refuse(PERMISSIONS)
    (finding,) = unknowns(judged(seen, endpoint_service_public_auto_accept))
    assert finding.message == "who may connect to vpce-svc-1 (shop) was not all seen"


def test_an_acceptance_that_aws_left_out_is_unknown_where_everyone_is_allowed() -> None:
    seen = public()
    seen.change(CONFIGURATIONS, SERVICE, AcceptanceRequired=ABSENT)
    (finding,) = unknowns(judged(seen, endpoint_service_public_auto_accept))
    assert finding.missing
    assert {cause.kind for cause in finding.missing.causes} == {Kind.ABSENT_FIELD}


def test_the_fault_is_proven_where_the_connections_were_refused_and_its_evidence_says_so() -> None:
    seen = public()
    seen.refuse(CONNECTIONS)
    (finding,) = faults(judged(seen, endpoint_service_public_auto_accept))
    assert finding.evidence["connected_accounts"] is None


def test_a_service_of_moto_is_no_longer_public_once_everyone_is_removed() -> None:
    with mock_aws():
        service_id = provided_in_moto("*", AcceptanceRequired=False)
        (finding,) = cured(endpoint_service_public_auto_accept)
    assert finding.resource.id == service_id


@pytest.mark.parametrize("state", GONE)
def test_a_service_that_failed_or_goes_is_another_rules_matter(state: str) -> None:
    assert judged(public(state=state), endpoint_service_public_auto_accept) == []


def test_services_that_were_refused_are_unknown() -> None:
    seen = public()
    seen.refuse(CONFIGURATIONS)
    assert [finding.resource.type for finding in unknowns(judged(seen, endpoint_service_public_auto_accept))] == [
        "target"
    ]


def test_the_rule_reads_what_it_says() -> None:
    seen = public()
    assert (
        judged_on_reads(seen, endpoint_service_public_auto_accept)
        == judged(seen, endpoint_service_public_auto_accept)
        != []
    )
