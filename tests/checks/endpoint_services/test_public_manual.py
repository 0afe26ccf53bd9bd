import pytest
from moto import mock_aws

from auditor.findings import Operation, Severity
from checks.endpoint_services.public_manual import endpoint_service_public_manual
from tests.carrying_out import cured
from tests.checks.endpoint_services.provider import (
    CONFIGURATIONS,
    GONE,
    HOME,
    PERMISSIONS,
    SERVICE,
    VENDOR,
    provided,
    provided_in_moto,
)
from tests.judging import faults, judged, judged_on_reads, passes, unknowns


def test_a_service_that_everybody_may_ask_is_to_be_closed() -> None:
    (finding,) = faults(judged(provided("*"), endpoint_service_public_manual))
    assert (finding.severity, finding.key) == (Severity.MEDIUM, "")
    assert finding.message == (
        "vpce-svc-1 (shop) of account 111111111111 lets every AWS account ask for a connection, which a person then "
        "accepts; allow the accounts that are meant, and remove *"
    )
    assert finding.evidence["principals"] == ["*"]
    assert finding.remedy == (
        Operation(
            "ec2:ModifyVpcEndpointServicePermissions", {"ServiceId": SERVICE, "RemoveAllowedPrincipals": ["*"]}, HOME
        ),
    )


def test_a_service_that_makes_its_endpoints_itself_opens_nothing() -> None:
    (finding,) = faults(judged(provided("*", managed=True), endpoint_service_public_manual))
    assert finding.severity is Severity.INFO


def test_a_service_that_allows_accounts_alone_passes() -> None:
    findings = judged(provided(VENDOR), endpoint_service_public_manual)
    assert passes(findings) == findings != []


def test_a_service_that_accepts_by_itself_is_another_rules_matter() -> None:
    assert judged(provided("*", acceptance=False), endpoint_service_public_manual) == []


def test_who_may_connect_is_unknown_where_that_was_refused() -> None:
    seen = provided("*")
    seen.refuse(PERMISSIONS)
    (finding,) = unknowns(judged(seen, endpoint_service_public_manual))
    assert finding.message == "who may connect to vpce-svc-1 (shop) was not all seen"


def test_a_service_of_moto_is_no_longer_public_once_everyone_is_removed() -> None:
    with mock_aws():
        service_id = provided_in_moto("*", AcceptanceRequired=True)
        (finding,) = cured(endpoint_service_public_manual)
    assert finding.resource.id == service_id


@pytest.mark.parametrize("state", GONE)
def test_a_service_that_failed_or_goes_is_another_rules_matter(state: str) -> None:
    assert judged(provided("*", state=state), endpoint_service_public_manual) == []


def test_services_that_were_refused_are_unknown() -> None:
    seen = provided("*")
    seen.refuse(CONFIGURATIONS)
    assert [finding.resource.type for finding in unknowns(judged(seen, endpoint_service_public_manual))] == ["target"]


def test_the_rule_reads_what_it_says() -> None:
    seen = provided("*")
    assert judged_on_reads(seen, endpoint_service_public_manual) == judged(seen, endpoint_service_public_manual) != []
