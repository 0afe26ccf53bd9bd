import pytest
from moto import mock_aws

from auditor.config import Settings
from auditor.findings import Operation, Severity
from auditor.network.missing import Kind
from checks.endpoint_services.foreign_principal import endpoint_service_foreign_principal
from tests.carrying_out import carry_out
from tests.checks.endpoint_services.provider import (
    ACCOUNTS,
    CONFIGURATIONS,
    CONSUMER,
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
from tests.over_moto import collected

TRUSTING = Settings(trusted_accounts={VENDOR: "a customer"})
ROLE = f"arn:aws:iam::{STRANGER}:role/reader"


def test_an_account_that_nobody_knows_is_to_be_removed() -> None:
    (finding,) = faults(judged(provided(STRANGER, ROLE), endpoint_service_foreign_principal))
    assert (finding.severity, finding.key) == (Severity.MEDIUM, STRANGER)
    assert finding.message == (
        f"vpce-svc-1 (shop) of account 111111111111 allows {ROLE}, {root(STRANGER)} of account 888888888888 and takes "
        "its requests, and that account is neither audited, nor of the organization, nor trusted; remove the "
        "permission, or add the account to trusted_accounts with the reason"
    )
    assert finding.evidence == {
        "service": "com.amazonaws.vpce.eu-west-1.vpce-svc-1",
        "acceptance_required": True,
        "manages_vpc_endpoints": False,
        "account": STRANGER,
        "principals": [ROLE, root(STRANGER)],
    }
    assert finding.remedy == (
        Operation(
            "ec2:ModifyVpcEndpointServicePermissions",
            {"ServiceId": SERVICE, "RemoveAllowedPrincipals": [ROLE, root(STRANGER)]},
            HOME,
        ),
    )


def test_an_account_that_nobody_knows_is_worse_where_it_is_connected_without_being_asked() -> None:
    (finding,) = faults(judged(provided(STRANGER, acceptance=False), endpoint_service_foreign_principal))
    assert finding.severity is Severity.HIGH
    assert "and accepts its requests without asking" in finding.message


def test_a_service_that_makes_its_endpoints_itself_opens_nothing() -> None:
    (finding,) = faults(judged(provided(STRANGER, managed=True), endpoint_service_foreign_principal))
    assert finding.severity is Severity.INFO


def test_each_foreign_account_is_a_finding_of_its_own() -> None:
    findings = faults(judged(provided(STRANGER, VENDOR), endpoint_service_foreign_principal))
    assert [finding.key for finding in findings] == [VENDOR, STRANGER]


def test_a_permission_for_transit_gateways_is_removed_as_such() -> None:
    gateway = {"Principal": root(STRANGER), "PermissionType": "transit-gateway-attachment"}
    (finding,) = faults(judged(provided(allow=[gateway]), endpoint_service_foreign_principal))
    assert [step.parameters for step in finding.remedy] == [
        {
            "ServiceId": SERVICE,
            "RemoveAllowedPrincipals": [root(STRANGER)],
            "PermissionType": "transit-gateway-attachment",
        }
    ]


def test_an_organization_is_foreign_where_it_is_not_ours() -> None:
    unit = f"arn:aws:organizations::{STRANGER}:ou/o-9876543210/ou-a1-b2"
    (finding,) = faults(judged(provided(unit), endpoint_service_foreign_principal))
    assert finding.key == "o-9876543210"
    assert "that organization is not yours; remove the permission, or add its management account" in finding.message
    assert finding.evidence["organization"] == "o-9876543210"
    ours = judged(provided(unit), endpoint_service_foreign_principal, Settings(organization_id="o-9876543210"))
    assert passes(ours) == ours != []


@pytest.mark.parametrize(
    "principal",
    [
        root("111111111111"),
        f"arn:aws:iam::{VENDOR}:role/reader",
        "appflow.amazonaws.com",
        root("631144002099"),
    ],
    ids=["its own account", "a trusted account", "a service of AWS", "API Gateway's VPC link"],
)
def test_a_principal_that_is_known_passes(principal: str) -> None:
    findings = judged(provided(principal, acceptance=False), endpoint_service_foreign_principal, TRUSTING)
    assert passes(findings) == findings != []


def test_members_of_the_organization_and_audited_accounts_pass() -> None:
    seen = provided(CONSUMER, "333333333333")
    seen.audit(CONSUMER)
    seen.organization("333333333333")
    findings = judged(seen, endpoint_service_foreign_principal)
    assert passes(findings) == findings != []


def test_the_account_of_another_regions_vpc_links_is_no_service_of_this_region() -> None:
    (finding,) = faults(judged(provided(root("392220576650")), endpoint_service_foreign_principal))
    assert finding.key == "392220576650"


def test_who_is_foreign_is_unknown_while_neither_an_organization_nor_trusted_accounts_are_known() -> None:
    seen = provided(STRANGER, VENDOR)
    seen.refuse(ACCOUNTS)
    (finding,) = unknowns(judged(seen, endpoint_service_foreign_principal))
    assert finding.key == ""
    assert finding.message.startswith(
        f"whether {root(VENDOR)}, {root(STRANGER)}, allowed at vpce-svc-1 (shop), is yours"
    )
    (finding,) = faults(judged(seen, endpoint_service_foreign_principal, TRUSTING))
    assert finding.key == STRANGER


def test_a_principal_whose_name_does_not_tell_whose_it_is_is_unknown_beside_one_that_is_foreign() -> None:
    findings = judged(provided(STRANGER, "AROAEXAMPLE"), endpoint_service_foreign_principal)
    assert [finding.key for finding in faults(findings)] == [STRANGER]
    (finding,) = unknowns(findings)
    assert finding.missing
    assert {cause.kind for cause in finding.missing.causes} == {Kind.AMBIGUOUS}


def test_who_may_connect_is_unknown_where_that_was_refused() -> None:
    seen = provided(STRANGER)
    seen.refuse(PERMISSIONS)
    (finding,) = unknowns(judged(seen, endpoint_service_foreign_principal))
    assert finding.message == "who may connect to vpce-svc-1 (shop) was not all seen"


def test_a_service_that_allows_everyone_is_another_rules_matter() -> None:
    assert judged(provided("*", STRANGER), endpoint_service_foreign_principal) == []


def test_a_service_of_moto_allows_the_trusted_account_alone_once_the_stranger_is_removed() -> None:
    with mock_aws():
        provided_in_moto(root(VENDOR), root(STRANGER), AcceptanceRequired=True)
        (finding,) = faults(judged(collected(), endpoint_service_foreign_principal, TRUSTING))
        assert finding.key == STRANGER
        carry_out(finding)
        findings = judged(collected(), endpoint_service_foreign_principal, TRUSTING)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("state", GONE)
def test_a_service_that_failed_or_goes_is_another_rules_matter(state: str) -> None:
    assert judged(provided(STRANGER, state=state), endpoint_service_foreign_principal) == []


def test_services_that_were_refused_are_unknown() -> None:
    seen = provided(STRANGER)
    seen.refuse(CONFIGURATIONS)
    assert [finding.resource.type for finding in unknowns(judged(seen, endpoint_service_foreign_principal))] == [
        "target"
    ]


def test_the_rule_reads_what_it_says() -> None:
    seen = provided(STRANGER)
    assert (
        judged_on_reads(seen, endpoint_service_foreign_principal)
        == judged(seen, endpoint_service_foreign_principal)
        != []
    )
