import pytest

from auditor.findings import Operation, Severity
from checks.endpoint_services.unused import endpoint_service_unused
from tests.checks.endpoint_services.provider import (
    CONFIGURATIONS,
    CONNECTIONS,
    GONE,
    HOME,
    SERVICE,
    VENDOR,
    arn_of,
    provided,
)
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import World


def test_a_service_that_nothing_is_connected_to_is_told_of_with_what_stands_behind_it() -> None:
    seen = provided()
    name = arn_of(seen).rpartition(":loadbalancer/")[2]
    (finding,) = faults(judged(seen, endpoint_service_unused))
    assert (finding.severity, finding.key) == (Severity.LOW, "")
    assert finding.message == (
        f"nothing is connected to vpce-svc-1 (shop) of account 111111111111; {name} behind it may cost money for "
        "nothing; delete the service if nobody is to connect"
    )
    assert (finding.evidence["load_balancers"], finding.evidence["past_connections"]) == ([name], [])
    assert finding.related == (name,)
    assert finding.remedy == (Operation("ec2:DeleteVpcEndpointServiceConfigurations", {"ServiceIds": [SERVICE]}, HOME),)


def test_a_service_without_a_load_balancer_costs_nothing() -> None:
    seen = World()
    seen.endpoint_service(SERVICE)
    (finding,) = faults(judged(seen, endpoint_service_unused))
    assert finding.message == (
        "nothing is connected to vpce-svc-1 of account 111111111111; delete the service if nobody is to connect"
    )


def test_a_service_that_makes_its_endpoints_itself_is_only_told_of() -> None:
    (finding,) = faults(judged(provided(managed=True), endpoint_service_unused))
    assert finding.severity is Severity.INFO


@pytest.mark.parametrize("state", ["rejected", "failed", "expired", "deleting", "deleted", "Rejected"])
def test_a_connection_that_has_come_to_an_end_is_no_use(state: str) -> None:
    seen = provided()
    seen.endpoint_connection(SERVICE, "vpce-1", VENDOR, state=state)
    (finding,) = faults(judged(seen, endpoint_service_unused))
    assert finding.evidence["past_connections"] == ["vpce-1"]


@pytest.mark.parametrize("state", ["available", "pending", "pendingAcceptance", "Partial"])
@pytest.mark.parametrize("connected", ["vpce-1", "tgw-attach-1"])
def test_a_service_with_a_connection_passes(state: str, connected: str) -> None:
    seen = provided()
    seen.endpoint_connection(SERVICE, connected, VENDOR, state=state)
    findings = judged(seen, endpoint_service_unused)
    assert passes(findings) == findings != []


def test_whether_a_service_is_used_is_unknown_where_the_connections_were_refused() -> None:
    seen = provided()
    seen.refuse(CONNECTIONS)
    (finding,) = unknowns(judged(seen, endpoint_service_unused))
    assert finding.message == "whether anything is connected to vpce-svc-1 (shop) was not seen"


def test_one_connection_of_a_list_that_was_cut_is_enough() -> None:
    seen = provided()
    seen.endpoint_connection(SERVICE, "vpce-1", VENDOR)
    seen.endpoint_connection(SERVICE, "vpce-2", VENDOR)
    seen.cut(CONNECTIONS, keep=1)
    findings = judged(seen, endpoint_service_unused)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("state", GONE)
def test_a_service_that_failed_or_goes_is_another_rules_matter(state: str) -> None:
    assert judged(provided(state=state), endpoint_service_unused) == []


def test_services_that_were_refused_are_unknown() -> None:
    seen = provided()
    seen.refuse(CONFIGURATIONS)
    assert [finding.resource.type for finding in unknowns(judged(seen, endpoint_service_unused))] == ["target"]


def test_the_rule_reads_what_it_says() -> None:
    seen = provided()
    assert judged_on_reads(seen, endpoint_service_unused) == judged(seen, endpoint_service_unused) != []
