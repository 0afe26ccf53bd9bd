from typing import Any

import pytest

from auditor.findings import Severity
from checks.endpoint_services.no_notification import endpoint_service_no_notification
from tests.checks.endpoint_services.provider import (
    CONFIGURATIONS,
    GONE,
    NOTIFICATIONS,
    SERVICE,
    provided,
)
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ABSENT, World


def test_a_service_whose_requests_nobody_hears_of_is_told_of() -> None:
    (finding,) = faults(judged(provided(), endpoint_service_no_notification))
    assert (finding.severity, finding.key, finding.remedy) == (Severity.INFO, "", ())
    assert finding.message == (
        "requests to vpce-svc-1 (shop) of account 111111111111 wait for their acceptance, and no notification tells of "
        "them; create one for the event Connect"
    )
    assert finding.evidence["notifications"] == []


def told(**notification: Any) -> World:
    seen = provided()
    seen.connection_notification("vpce-nfn-1", SERVICE, **notification)
    return seen


def test_a_service_with_a_notification_passes() -> None:
    findings = judged(told(), endpoint_service_no_notification)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("notification", [{"events": ["Accept", "Delete"]}, {"state": "Disabled"}])
def test_a_notification_that_is_off_or_tells_of_other_events_is_none(notification: dict[str, object]) -> None:
    (finding,) = faults(judged(told(**notification), endpoint_service_no_notification))
    assert finding.related == ("vpce-nfn-1",)
    assert [each["id"] for each in finding.evidence["notifications"]] == ["vpce-nfn-1"]


def test_a_notification_of_another_service_is_none() -> None:
    seen = told()
    seen.change(NOTIFICATIONS, "vpce-nfn-1", ServiceId="vpce-svc-other")
    assert len(faults(judged(seen, endpoint_service_no_notification))) == 1


@pytest.mark.parametrize("member", ["ConnectionEvents", "ConnectionNotificationState"])
def test_a_notification_of_which_aws_left_something_out_is_unknown(member: str) -> None:
    seen = told()
    left_out: dict[str, Any] = {member: ABSENT}
    seen.change(NOTIFICATIONS, "vpce-nfn-1", **left_out)
    (finding,) = unknowns(judged(seen, endpoint_service_no_notification))
    assert finding.message == "whether somebody is told of requests to vpce-svc-1 (shop) was not seen"


def test_notifications_that_were_refused_are_unknown() -> None:
    seen = provided()
    seen.refuse(NOTIFICATIONS)
    assert len(unknowns(judged(seen, endpoint_service_no_notification))) == 1


def test_one_notification_of_a_list_that_was_cut_is_enough() -> None:
    seen = told()
    seen.connection_notification("vpce-nfn-2", SERVICE)
    seen.cut(NOTIFICATIONS, keep=1)
    findings = judged(seen, endpoint_service_no_notification)
    assert passes(findings) == findings != []


def test_a_service_behind_a_gateway_load_balancer_can_have_none() -> None:
    assert judged(provided(balancer={"kind": "gateway"}), endpoint_service_no_notification) == []


def test_a_service_whose_requests_do_not_wait_needs_none() -> None:
    assert judged(provided(acceptance=False), endpoint_service_no_notification) == []


@pytest.mark.parametrize("state", GONE)
def test_a_service_that_failed_or_goes_is_another_rules_matter(state: str) -> None:
    assert judged(provided(state=state), endpoint_service_no_notification) == []


def test_services_that_were_refused_are_unknown() -> None:
    seen = provided()
    seen.refuse(CONFIGURATIONS)
    assert [finding.resource.type for finding in unknowns(judged(seen, endpoint_service_no_notification))] == ["target"]


def test_the_rule_reads_what_it_says() -> None:
    seen = provided()
    assert (
        judged_on_reads(seen, endpoint_service_no_notification) == judged(seen, endpoint_service_no_notification) != []
    )
