from typing import Any

import pytest
from moto import mock_aws

from auditor.findings import Operation, Severity
from checks.endpoint_services.private_dns_unverified import endpoint_service_private_dns_unverified
from tests.checks.endpoint_services.provider import CONFIGURATIONS, GONE, HOME, SERVICE, provided, provided_in_moto
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, World


def named(verified: str = "failed", **service: Any) -> World:
    return provided(private_name="shop.example.com", verified=verified, **service)


@pytest.mark.parametrize(("state", "how"), [("failed", "failed"), ("pendingVerification", "waits")])
def test_a_name_that_is_not_verified_is_of_no_use(state: str, how: str) -> None:
    (finding,) = faults(judged(named(state), endpoint_service_private_dns_unverified))
    assert (finding.severity, finding.key) == (Severity.MEDIUM, "")
    assert finding.message == (
        "consumers of vpce-svc-1 (shop) of account 111111111111 cannot use shop.example.com: its verification "
        f"{how}; add the TXT record _vpce to the domain, and verify it"
    )
    assert finding.evidence == {
        "service": "com.amazonaws.vpce.eu-west-1.vpce-svc-1",
        "acceptance_required": True,
        "manages_vpc_endpoints": False,
        "private_dns_name": "shop.example.com",
        "state": state,
        "record_type": "TXT",
        "record_name": "_vpce",
        "record_value": "vpce:token",
    }
    assert finding.remedy == (
        Operation("ec2:StartVpcEndpointServicePrivateDnsVerification", {"ServiceId": SERVICE}, HOME),
    )


def test_a_name_that_is_verified_passes() -> None:
    findings = judged(named("verified"), endpoint_service_private_dns_unverified)
    assert passes(findings) == findings != []


def test_a_service_without_a_name_has_nothing_to_verify() -> None:
    assert judged(provided(), endpoint_service_private_dns_unverified) == []


def test_a_state_that_aws_left_out_is_unknown() -> None:
    seen = named()
    seen.change(CONFIGURATIONS, SERVICE, PrivateDnsNameConfiguration=ABSENT)
    (finding,) = unknowns(judged(seen, endpoint_service_private_dns_unverified))
    assert finding.message == "whether shop.example.com of vpce-svc-1 (shop) is verified was not seen"
    seen = named()
    seen.change(CONFIGURATIONS, SERVICE, PrivateDnsNameConfiguration={"Type": "TXT"})
    assert len(unknowns(judged(seen, endpoint_service_private_dns_unverified))) == 1


def test_a_name_of_moto_is_verified() -> None:
    with mock_aws():
        provided_in_moto(PrivateDnsName="shop.example.com")
        findings = judged(collected(), endpoint_service_private_dns_unverified)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("state", GONE)
def test_a_service_that_failed_or_goes_is_another_rules_matter(state: str) -> None:
    assert judged(named(state=state), endpoint_service_private_dns_unverified) == []


def test_services_that_were_refused_are_unknown() -> None:
    seen = named()
    seen.refuse(CONFIGURATIONS)
    assert [finding.resource.type for finding in unknowns(judged(seen, endpoint_service_private_dns_unverified))] == [
        "target"
    ]


def test_the_rule_reads_what_it_says() -> None:
    seen = named()
    assert (
        judged_on_reads(seen, endpoint_service_private_dns_unverified)
        == judged(seen, endpoint_service_private_dns_unverified)
        != []
    )
