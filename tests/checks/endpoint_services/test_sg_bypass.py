from typing import Any

import pytest

from auditor.findings import Operation, Severity
from checks.endpoint_services.sg_bypass import endpoint_service_sg_bypass
from tests.checks.endpoint_services.provider import (
    BALANCERS,
    CONFIGURATIONS,
    GONE,
    HOME,
    PERMISSIONS,
    VENDOR,
    arn_of,
    provided,
)
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ABSENT, World

GROUPS = ["sg-p-default"]


def guarded(*allow: str, enforces: bool = False, **service: Any) -> World:
    return provided(*allow, balancer={"groups": GROUPS, "enforces": enforces}, **{"acceptance": False, **service})


def test_a_load_balancer_that_does_not_ask_its_groups_is_told_of() -> None:
    seen = guarded()
    name = arn_of(seen).rpartition(":loadbalancer/")[2]
    (finding,) = faults(judged(seen, endpoint_service_sg_bypass))
    assert (finding.severity, finding.key) == (Severity.LOW, name)
    assert finding.message == (
        f"{name} behind vpce-svc-1 (shop) of account 111111111111 does not ask sg-p-default of what comes over "
        "endpoints, so that consumers reach all its listeners; let the clients in by rule, and enforce them"
    )
    assert (finding.evidence["load_balancer"], finding.evidence["security_groups"]) == (arn_of(seen), GROUPS)
    assert finding.related == (name, "sg-p-default")
    assert finding.remedy == (
        Operation(
            "elbv2:SetSecurityGroups",
            {
                "LoadBalancerArn": arn_of(seen),
                "SecurityGroups": GROUPS,
                "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": "on",
            },
            HOME,
        ),
    )


@pytest.mark.parametrize("seen", [guarded(acceptance=True), guarded(managed=True)], ids=["asked", "managed"])
def test_it_is_a_fact_where_a_person_or_the_service_itself_decides_who_connects(seen: World) -> None:
    (finding,) = faults(judged(seen, endpoint_service_sg_bypass))
    assert finding.severity is Severity.INFO


@pytest.mark.parametrize("seen", [guarded(enforces=True), provided()], ids=["on", "no groups"])
def test_a_load_balancer_that_asks_or_has_nothing_to_ask_passes(seen: World) -> None:
    findings = judged(seen, endpoint_service_sg_bypass)
    assert passes(findings) == findings != []


def test_a_load_balancer_that_is_gone_is_another_rules_matter() -> None:
    seen = guarded()
    seen.change(BALANCERS, arn_of(seen), LoadBalancerArn="arn:aws:other")
    findings = judged(seen, endpoint_service_sg_bypass)
    assert passes(findings) == findings != []


def test_what_was_refused_or_left_out_is_unknown() -> None:
    seen = guarded()
    seen.refuse(BALANCERS)
    (finding,) = unknowns(judged(seen, endpoint_service_sg_bypass))
    assert finding.message == "whether the security groups behind vpce-svc-1 (shop) are asked was not seen"
    seen = guarded()
    seen.change(BALANCERS, arn_of(seen), EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic=ABSENT)
    assert len(unknowns(judged(seen, endpoint_service_sg_bypass))) == 1


VPC_LINK = "631144002099"
"""The account of API Gateway in the Region."""


def test_a_vpc_link_of_api_gateway_asks_for_it() -> None:
    assert judged(guarded(VPC_LINK), endpoint_service_sg_bypass) == []
    assert len(faults(judged(guarded(VPC_LINK, VENDOR), endpoint_service_sg_bypass))) == 1


def test_whether_it_is_a_vpc_link_is_unknown_where_who_may_connect_was_refused() -> None:
    seen = guarded(VPC_LINK)
    seen.refuse(PERMISSIONS)
    assert len(unknowns(judged(seen, endpoint_service_sg_bypass))) == 1
    seen = guarded(VENDOR, enforces=True)
    seen.refuse(PERMISSIONS)
    findings = judged(seen, endpoint_service_sg_bypass)
    assert passes(findings) == findings != []


def test_a_gateway_load_balancer_has_no_groups() -> None:
    assert judged(provided(balancer={"kind": "gateway"}), endpoint_service_sg_bypass) == []


@pytest.mark.parametrize("state", GONE)
def test_a_service_that_failed_or_goes_is_another_rules_matter(state: str) -> None:
    assert judged(guarded(state=state), endpoint_service_sg_bypass) == []


def test_services_that_were_refused_are_unknown() -> None:
    seen = guarded()
    seen.refuse(CONFIGURATIONS)
    assert [finding.resource.type for finding in unknowns(judged(seen, endpoint_service_sg_bypass))] == ["target"]


def test_the_rule_reads_what_it_says() -> None:
    seen = guarded()
    assert judged_on_reads(seen, endpoint_service_sg_bypass) == judged(seen, endpoint_service_sg_bypass) != []
