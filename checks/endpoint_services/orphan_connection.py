"""A connection to an endpoint service outlived its permission.

To remove a principal from those that are allowed ends no connection that was accepted before: the endpoint goes on
reaching the service until it is rejected or deleted.

## Verdicts
* **fail**, medium: a connection is available, and no principal of its account is allowed any more.
* **fail**, info: the same, and the service manages its endpoints itself.
* **unknown**: the connections or the allowed principals were not all seen; AWS did not say whose a connection is; or
  its account may be allowed as a part of an organization, as a service of AWS's own, or by a name that does not tell
  whose it is.
* **not applicable**: the service failed or is being deleted.

Where everyone is allowed, no connection is without permission. A connection of the provider's own account needs none. A
transit gateway attachment needs a permission of its own kind.

## Finding key
The id of the endpoint or the transit gateway attachment; of an unknown for all of them, empty.

## Remediation
Reject the connection; its owner's clients then lose the service. If it is to stay, allow its account again.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, Severity, Unknown, Verdict
from auditor.network.coverage import Listing
from auditor.network.endpoint_services import (
    CONNECTIONS,
    Connection,
    Principal,
    absent_of,
    allowed_at,
    connections_of,
    undecided,
)
from auditor.network.entities import EndpointService
from auditor.network.network import Network
from auditor.remedies import reject_connection
from auditor.verdicts import GONE, at_service


@check(
    id="endpoint-service-orphan-connection",
    severities=(Severity.MEDIUM, Severity.INFO),
    of=EndpointService,
    reads=(model.VpcEndpointServicePermissions, model.VpcEndpointConnection),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html",
)
def endpoint_service_orphan_connection(
    service: EndpointService, network: Network, settings: Settings
) -> Iterator[Verdict]:
    """Judge each connection that is accepted by whether its account is still allowed."""
    if not service.stands:
        yield GONE
        return
    principals, connections = allowed_at(network, service), connections_of(network, service)
    if any(principal.everyone for principal in principals):
        return
    for connection in connections:
        if connection.connected and connection.owner != service.home.account:
            yield from _judge(service, connection, principals)
    if connections.missing:
        yield Unknown(connections.missing, message=f"what is connected to {service.label} was not all seen")


def _judge(service: EndpointService, connection: Connection, principals: Listing[Principal]) -> Iterator[Verdict]:
    of_kind = [each for each in principals if each.for_attachments is connection.is_attachment]
    named = {each.account for each in of_kind if not each.organization}
    if connection.owner in named:
        return
    missing = principals.missing if connection.owner else absent_of(service, CONNECTIONS, connection.id)
    # Its account may be in the organization, or one by which AWS's service works.
    if any(each.organization or not each.account for each in of_kind):
        missing = undecided(service) | missing
    if missing:
        message = f"whether {connection.label} is still allowed at {service.label} is not known"
        yield Unknown(missing, connection.id, message)
    else:
        yield _fault(service, connection, principals)


def _fault(service: EndpointService, connection: Connection, principals: Listing[Principal]) -> Fault:
    return Fault(
        key=connection.id,
        severity=at_service(service, Severity.MEDIUM),
        message=f"{connection.label} is connected to {service.label_with_owner}, where that account "
        "is not allowed any more; reject the connection, or allow the account again",
        evidence={
            **service.shown,
            "owner": connection.owner,
            "state": connection.record.vpc_endpoint_state,
            "principals": [principal.text for principal in principals],
        },
        related=[connection.id],
        remedy=[reject_connection(service, connection)],
    )
