from typing import Any

import pytest
from moto import mock_aws

from auditor.config import Settings
from auditor.findings import Operation, Severity
from checks.endpoint_services.auto_accept import endpoint_service_auto_accept
from tests.carrying_out import carry_out
from tests.checks.endpoint_services.provider import (
    ACCOUNTS,
    CONFIGURATIONS,
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
from tests.judging import faults, judged, judged_on_reads, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, World

TRUSTING = Settings(trusted_accounts={VENDOR: "a customer"})


def automatic(*allow: str, **service: Any) -> World:
    return provided(*allow, acceptance=False, **service)


def test_a_service_that_accepts_those_it_trusts_is_a_fact() -> None:
    seen = automatic(VENDOR, f"arn:aws:iam::{VENDOR}:role/reader", "111111111111")
    (finding,) = faults(judged(seen, endpoint_service_auto_accept, TRUSTING))
    assert (finding.severity, finding.key) == (Severity.INFO, "")
    assert finding.message == (
        "vpce-svc-1 (shop) of account 111111111111 accepts every request of 111111111111, 777777777777 by itself; let "
        "requests wait if each is to be looked at"
    )
    assert finding.evidence["principals"] == [root("111111111111"), f"arn:aws:iam::{VENDOR}:role/reader", root(VENDOR)]
    assert finding.remedy == (
        Operation(
            "ec2:ModifyVpcEndpointServiceConfiguration", {"ServiceId": SERVICE, "AcceptanceRequired": True}, HOME
        ),
    )


@pytest.mark.parametrize("principal", ["*", STRANGER], ids=["everyone", "a stranger"])
def test_a_service_that_lets_others_in_is_another_rules_matter(principal: str) -> None:
    assert judged(automatic(principal, VENDOR), endpoint_service_auto_accept, TRUSTING) == []


def test_a_service_for_nobody_but_aws_is_nobodys_choice() -> None:
    assert judged(automatic(), endpoint_service_auto_accept) == []
    assert judged(automatic("appflow.amazonaws.com", root("631144002099")), endpoint_service_auto_accept) == []


def test_a_service_that_asks_has_nothing_to_say() -> None:
    assert judged(provided(VENDOR), endpoint_service_auto_accept, TRUSTING) == []
    seen = automatic(VENDOR)
    seen.change(CONFIGURATIONS, SERVICE, AcceptanceRequired=ABSENT)
    assert judged(seen, endpoint_service_auto_accept, TRUSTING) == []


def test_whom_the_service_trusts_is_unknown_where_that_cannot_be_told() -> None:
    seen = automatic(VENDOR)
    seen.refuse(ACCOUNTS)
    (finding,) = unknowns(judged(seen, endpoint_service_auto_accept))
    assert finding.message == "whether all who may connect to vpce-svc-1 (shop) are trusted is not known"
    seen = automatic(VENDOR)
    seen.refuse(PERMISSIONS)
    assert len(unknowns(judged(seen, endpoint_service_auto_accept, TRUSTING))) == 1


def test_a_service_of_moto_says_no_more_once_requests_wait() -> None:
    with mock_aws():
        provided_in_moto(root(VENDOR), AcceptanceRequired=False)
        (finding,) = faults(judged(collected(), endpoint_service_auto_accept, TRUSTING))
        carry_out(finding)
        assert judged(collected(), endpoint_service_auto_accept, TRUSTING) == []


@pytest.mark.parametrize("state", GONE)
def test_a_service_that_failed_or_goes_is_another_rules_matter(state: str) -> None:
    assert judged(automatic("111111111111", state=state), endpoint_service_auto_accept) == []


def test_services_that_were_refused_are_unknown() -> None:
    seen = automatic("111111111111")
    seen.refuse(CONFIGURATIONS)
    assert [finding.resource.type for finding in unknowns(judged(seen, endpoint_service_auto_accept))] == ["target"]


def test_the_rule_reads_what_it_says() -> None:
    seen = automatic("111111111111")
    assert judged_on_reads(seen, endpoint_service_auto_accept) == judged(seen, endpoint_service_auto_accept) != []
