"""A connection to an endpoint service has waited too long for its acceptance.

Until a request is accepted, the consumer's endpoint carries no traffic. A request that is not wanted should be
rejected, so that nobody accepts it by mistake.

## Verdicts
* **fail**, low: a connection has waited for `pending_age_days` days or more.
* **fail**, info: the same, and the service manages its endpoints itself.
* **unknown**: the connections were not all seen; AWS did not say since when one waits; or whether its endpoint is in an
  account that was audited, where `endpoint-state` judges it, was not seen.
* **not applicable**: the service failed or is being deleted.

A connection whose endpoint an audited account shows is left to `endpoint-state`, which names the same step.

## Finding key
The id of the endpoint or the transit gateway attachment; of an unknown for all of them, empty.

## Remediation
Accept the connection if its owner is known to need it, or else reject it.
"""

from collections.abc import Iterator
from datetime import timedelta

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, Operation, Severity, Unknown, Verdict
from auditor.network.coverage import age
from auditor.network.diagnosis.trust import is_stranger
from auditor.network.endpoint_services import CONNECTIONS, Connection, absent_of, connections_of, endpoint_of, is_of_aws
from auditor.network.entities import EndpointService
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import accept_connection, reject_connection
from auditor.verdicts import GONE, at_service


@check(
    id="endpoint-service-pending-connections",
    severities=(Severity.LOW, Severity.INFO),
    of=EndpointService,
    reads=(model.VpcEndpointConnection, model.VpcEndpoint, model.Account),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html",
)
def endpoint_service_pending_connections(
    service: EndpointService, network: Network, settings: Settings
) -> Iterator[Verdict]:
    """Judge each connection that waits by how long it had waited when it was collected."""
    if not service.stands:
        yield GONE
        return
    connections = connections_of(network, service)
    for connection in connections:
        if connection.waits:
            yield from _waiting(service, connection, network, settings)
    if connections.missing:
        yield Unknown(connections.missing, message=f"what waits to be connected to {service.label} was not all seen")


def _waiting(
    service: EndpointService, connection: Connection, network: Network, settings: Settings
) -> Iterator[Verdict]:
    endpoint, created = endpoint_of(network, service, connection), connection.record.creation_timestamp
    if isinstance(endpoint, Missing):
        message = f"whether {connection.label} waits at {service.label} was not seen from its own account"
        yield Unknown(endpoint, connection.id, message)
    elif endpoint is not None:
        return
    elif created is None:
        message = f"{connection.label} waits to be connected to {service.label}, and AWS does not say since when"
        yield Unknown(absent_of(service, CONNECTIONS, connection.id), connection.id, message)
    else:
        waited = age(created, network.coverage.collected_at(service.home))
        if waited >= timedelta(days=settings.thresholds.pending_age_days):
            stranger = _whose(service, connection, network, settings)
            yield _fault(service, connection, waited, stranger)


def _whose(service: EndpointService, connection: Connection, network: Network, settings: Settings) -> bool | Missing:
    """Whether a stranger's it is."""
    if not connection.owner:
        return absent_of(service, CONNECTIONS, connection.id)
    if is_of_aws(connection.owner, service.home.region):
        return False
    return is_stranger(network, connection.owner, settings.trusted_accounts, settings.organization_id)


def _fault(service: EndpointService, connection: Connection, waited: timedelta, stranger: bool | Missing) -> Fault:
    remedy: list[Operation] = []
    if not isinstance(stranger, Missing):
        remedy = [reject_connection(service, connection) if stranger else accept_connection(service, connection)]
    created = connection.record.creation_timestamp
    advice = "accept it, or reject it" if stranger is False else "reject it, unless its account is known to need it"
    return Fault(
        key=connection.id,
        severity=at_service(service, Severity.LOW),
        message=f"{connection.label} has waited {waited.days} days to be connected to {service.label} of account "
        f"{service.home.account}; {advice}",
        evidence={
            **service.shown,
            "owner": connection.owner,
            "owner_is_trusted": None if isinstance(stranger, Missing) else not stranger,
            "age_days": waited.days,
            "created": created.isoformat() if created else None,
        },
        related=[connection.id],
        remedy=remedy,
    )
