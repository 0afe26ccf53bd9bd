from typing import Any

import pytest
from moto import mock_aws

from auditor.findings import Severity
from checks.endpoint_services.no_load_balancer import endpoint_service_no_load_balancer
from tests.checks.endpoint_services.provider import CONFIGURATIONS, GONE, SERVICE, provided, provided_in_moto
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import World


def bare(**service: Any) -> World:
    made = World()
    made.endpoint_service(SERVICE, name="shop", **service)
    return made


def test_a_service_without_a_load_balancer_reaches_nothing() -> None:
    (finding,) = faults(judged(bare(), endpoint_service_no_load_balancer))
    assert (finding.severity, finding.key) == (Severity.HIGH, "")
    assert finding.message == (
        "vpce-svc-1 (shop) of account 111111111111 has no Network Load Balancer and no Gateway Load Balancer, so its "
        "endpoints reach nothing; add one, or delete the service"
    )
    assert finding.evidence["service"] == "com.amazonaws.vpce.eu-west-1.vpce-svc-1"


def test_a_list_that_is_empty_holds_none_either() -> None:
    seen = provided()
    seen.change(CONFIGURATIONS, SERVICE, NetworkLoadBalancerArns=[], GatewayLoadBalancerArns=[])
    assert len(faults(judged(seen, endpoint_service_no_load_balancer))) == 1


@pytest.mark.parametrize("kind", ["network", "gateway"])
def test_a_service_with_a_load_balancer_passes(kind: str) -> None:
    findings = judged(provided(balancer={"kind": kind}), endpoint_service_no_load_balancer)
    assert passes(findings) == findings != []


def test_a_service_of_moto_has_one() -> None:
    with mock_aws():
        provided_in_moto()
        findings = judged(collected(), endpoint_service_no_load_balancer)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("state", GONE)
def test_a_service_that_failed_or_goes_is_another_rules_matter(state: str) -> None:
    assert judged(bare(state=state), endpoint_service_no_load_balancer) == []


def test_services_that_were_refused_are_unknown() -> None:
    seen = bare()
    seen.refuse(CONFIGURATIONS)
    assert [finding.resource.type for finding in unknowns(judged(seen, endpoint_service_no_load_balancer))] == [
        "target"
    ]


def test_the_rule_reads_what_it_says() -> None:
    seen = bare()
    assert (
        judged_on_reads(seen, endpoint_service_no_load_balancer)
        == judged(seen, endpoint_service_no_load_balancer)
        != []
    )
