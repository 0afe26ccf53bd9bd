"""Anyone can connect to an endpoint service, and is connected without being asked.

A service that allows all principals and accepts every request is open to every AWS customer: whoever knows its name
makes an endpoint to it, and the load balancer behind it is public even if it has no public IP address.

## Verdicts
* **fail**, critical: `*` is among the allowed principals, and requests need no acceptance.
* **fail**, info: the same, and the service manages its endpoints itself, so that nobody else can make one.
* **unknown**: the allowed principals were not all seen, or AWS did not say whether requests need acceptance.
* **not applicable**: the service failed or is being deleted.

## Finding key
Empty: a service is open to everyone or not.

## Remediation
Allow the accounts that are to connect by their ARNs, and remove `*`. If anybody may ask, as for an offer on AWS
Marketplace, let requests wait for your acceptance instead. Connections that were made in the meantime stay: look
through them, and reject those that nobody knows.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, Severity, Unknown, Verdict
from auditor.network.endpoint_services import absent_of, allowed_at, connections_of
from auditor.network.entities import EndpointService
from auditor.network.network import Network
from auditor.remedies import disallow
from auditor.verdicts import GONE, at_service


@check(
    id="endpoint-service-public-auto-accept",
    severities=(Severity.CRITICAL, Severity.INFO),
    of=EndpointService,
    reads=(model.VpcEndpointServicePermissions, model.VpcEndpointConnection),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html",
)
def endpoint_service_public_auto_accept(
    service: EndpointService, network: Network, settings: Settings
) -> Iterator[Verdict]:
    """Judge a service that accepts by itself by whether everyone is allowed."""
    if not service.stands:
        yield GONE
        return
    if service.record.acceptance_required:
        return
    principals = allowed_at(network, service)
    everyone = [principal for principal in principals if principal.everyone]
    if everyone and service.accepts_by_itself:
        connections = connections_of(network, service)
        connected = [each for each in connections if each.connected]
        yield Fault(
            severity=at_service(service, Severity.CRITICAL),
            message=f"{service.label_with_owner} lets every AWS account connect and accepts every "
            "request by itself, so its load balancer is public; allow the accounts that are meant, and remove "
            f"{everyone[0].text}",
            evidence={
                **service.shown,
                "principals": [principal.text for principal in principals],
                "connected_accounts": None if connections.missing else sorted({each.owner for each in connected}),
            },
            related=[each.id for each in connected],
            remedy=disallow(service, everyone),
        )
    elif everyone:
        yield Unknown(
            absent_of(service),
            message=f"{service.label} lets every AWS account ask for a connection; "
            "whether it accepts by itself was not seen",
        )
    elif principals.missing:
        yield Unknown(principals.missing, message=f"who may connect to {service.label} was not all seen")
