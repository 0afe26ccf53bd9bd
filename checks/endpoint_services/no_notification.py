"""Nobody is told of requests to an endpoint service.

A request waits until somebody looks for it, unless AWS tells an SNS topic of it.

## Verdicts
* **fail**, info: requests wait for their acceptance, and no notification that is on tells of the event `Connect`.
* **unknown**: the notifications were not all seen, and none was seen that tells of requests; or AWS left out what one
  tells of, or whether it is on.
* **not applicable**: requests need no acceptance; a Gateway Load Balancer stands behind the service, for whose
  endpoints AWS has no notifications; or the service failed or is being deleted.

## Finding key
Empty: a service tells of its requests or not.

## Remediation
Create a notification of the service's event `Connect`, for an SNS topic that somebody reads. No step says so, for only
you know which topic that is.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.endpoint_services import NOTIFICATIONS, absent_of, notifications_of
from auditor.network.entities import EndpointService
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.verdicts import GONE


@check(
    id="endpoint-service-no-notification",
    severities=(Severity.INFO,),
    of=EndpointService,
    reads=(model.ConnectionNotification,),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/create-notification-endpoint-service.html",
)
def endpoint_service_no_notification(
    service: EndpointService, network: Network, settings: Settings
) -> Iterator[Verdict]:
    """Judge a service whose requests wait by whether somebody is told of them."""
    if not service.stands:
        yield GONE
        return
    if not service.record.acceptance_required:
        yield NotApplicable("requests are not known to wait")
        return
    if service.record.gateway_load_balancer_arns:
        yield NotApplicable("AWS has no notifications for Gateway Load Balancer endpoints")
        return
    notifications = notifications_of(network, service)
    tell = [_tells_of_requests(each, service) for each in notifications]
    if True in tell:
        return
    missing = Missing.union([notifications.missing, *(found for found in tell if isinstance(found, Missing))])
    if missing:
        yield Unknown(missing, message=f"whether somebody is told of requests to {service.label} was not seen")
        return
    yield Fault(
        message=f"requests to {service.label_with_owner} wait for their acceptance, and no "
        "notification tells of them; create one for the event Connect",
        evidence={
            **service.shown,
            "notifications": [
                {
                    "id": each.connection_notification_id,
                    "state": each.connection_notification_state,
                    "events": list(each.connection_events or ()),
                }
                for each in notifications
            ],
        },
        related=[each.connection_notification_id for each in notifications],
    )


def _tells_of_requests(notification: model.ConnectionNotification, service: EndpointService) -> bool | Missing:
    state, events = notification.connection_notification_state, notification.connection_events
    if state is None or events is None:
        return absent_of(service, NOTIFICATIONS, notification.connection_notification_id)
    return state == "Enabled" and "Connect" in events
