from typing import Any

import pytest
from moto import mock_aws

from auditor.config import Settings
from auditor.findings import Operation, Severity
from checks.endpoint_services.remote_regions import endpoint_service_remote_regions
from tests.carrying_out import cured
from tests.checks.endpoint_services.provider import CONFIGURATIONS, GONE, HOME, SERVICE, provided, provided_in_moto
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, World

IN_EUROPE = Settings(allowed_service_regions=("eu-central-1", "eu-west-2"))


def remote(*regions: str, **service: Any) -> World:
    return provided(remote_regions=regions, **service)


def test_a_service_that_is_offered_elsewhere_is_a_fact() -> None:
    (finding,) = faults(judged(remote("us-east-1", "eu-central-1"), endpoint_service_remote_regions))
    assert (finding.severity, finding.key) == (Severity.INFO, "")
    assert finding.message == (
        "vpce-svc-1 (shop) of account 111111111111 in eu-west-1 is offered in eu-central-1, us-east-1; remove those "
        "Regions from the service if its data is to stay"
    )
    assert (finding.evidence["regions"], finding.evidence["allowed_regions"]) == (["eu-central-1", "us-east-1"], [])
    assert finding.remedy == (
        Operation(
            "ec2:ModifyVpcEndpointServiceConfiguration",
            {"ServiceId": SERVICE, "RemoveSupportedRegions": ["eu-central-1", "us-east-1"]},
            HOME,
        ),
    )


def test_each_region_that_is_not_allowed_is_a_finding_of_its_own() -> None:
    seen = remote("us-east-1", "eu-central-1", "ap-south-1")
    findings = faults(judged(seen, endpoint_service_remote_regions, IN_EUROPE))
    assert {(each.severity, each.key) for each in findings} == {
        (Severity.MEDIUM, "ap-south-1"),
        (Severity.MEDIUM, "us-east-1"),
    }
    assert findings[0].message == (
        "vpce-svc-1 (shop) of account 111111111111 in eu-west-1 is offered in ap-south-1, which "
        "allowed_service_regions lacks; remove that Region from the service if its data is to stay"
    )
    assert findings[0].evidence["allowed_regions"] == ["eu-central-1", "eu-west-2"]


def test_a_service_that_makes_its_endpoints_itself_is_only_told_of() -> None:
    (finding,) = faults(judged(remote("us-east-1", managed=True), endpoint_service_remote_regions, IN_EUROPE))
    assert finding.severity is Severity.INFO


@pytest.mark.parametrize("settings", [Settings(), IN_EUROPE], ids=["any", "others"])
def test_its_own_region_is_no_other_one(settings: Settings) -> None:
    findings = judged(provided(), endpoint_service_remote_regions, settings)
    assert passes(findings) == findings != []


def test_regions_that_are_allowed_pass() -> None:
    findings = judged(remote("eu-central-1", "eu-west-2"), endpoint_service_remote_regions, IN_EUROPE)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("state", ["Deleting", "Deleted", "Failed", "Closed"])
def test_a_region_in_which_the_service_is_not_offered_any_more_passes(state: str) -> None:
    seen = remote("us-east-1")
    seen.change(CONFIGURATIONS, SERVICE, SupportedRegions=[{"Region": "us-east-1", "ServiceState": state}])
    findings = judged(seen, endpoint_service_remote_regions)
    assert passes(findings) == findings != []


def test_regions_do_not_count_while_access_from_them_is_off() -> None:
    seen = remote("us-east-1")
    seen.change(CONFIGURATIONS, SERVICE, RemoteAccessEnabled=False)
    findings = judged(seen, endpoint_service_remote_regions)
    assert passes(findings) == findings != []


def test_regions_that_aws_left_out_are_unknown() -> None:
    seen = remote("us-east-1")
    seen.change(CONFIGURATIONS, SERVICE, SupportedRegions=ABSENT)
    (finding,) = unknowns(judged(seen, endpoint_service_remote_regions))
    assert finding.message == "in which Regions vpce-svc-1 (shop) is offered was not seen"


def test_a_gateway_load_balancer_serves_its_own_region_alone() -> None:
    seen = provided(balancer={"kind": "gateway"})
    seen.change(CONFIGURATIONS, SERVICE, SupportedRegions=ABSENT, RemoteAccessEnabled=ABSENT)
    assert judged(seen, endpoint_service_remote_regions) == []


def test_a_service_of_moto_is_offered_at_home_once_the_other_region_is_removed() -> None:
    with mock_aws():
        provided_in_moto(SupportedRegions=["eu-west-1", "us-east-1"])
        (finding,) = cured(endpoint_service_remote_regions)
        findings = judged(collected(), endpoint_service_remote_regions)
    assert finding.evidence["regions"] == ["us-east-1"]
    assert passes(findings) == findings != []


@pytest.mark.parametrize("state", GONE)
def test_a_service_that_failed_or_goes_is_another_rules_matter(state: str) -> None:
    assert judged(remote("us-east-1", state=state), endpoint_service_remote_regions) == []


def test_services_that_were_refused_are_unknown() -> None:
    seen = remote("us-east-1")
    seen.refuse(CONFIGURATIONS)
    assert [finding.resource.type for finding in unknowns(judged(seen, endpoint_service_remote_regions))] == ["target"]


def test_the_rule_reads_what_it_says() -> None:
    seen = remote("us-east-1")
    assert judged_on_reads(seen, endpoint_service_remote_regions) == judged(seen, endpoint_service_remote_regions) != []
