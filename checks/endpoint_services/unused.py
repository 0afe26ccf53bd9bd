"""An endpoint service has no connection.

A service that nobody uses costs nothing itself, but the load balancer behind it does, and whoever is allowed may still
connect.

## Verdicts
* **fail**, low: nothing is connected to the service, and nothing waits to be.
* **fail**, info: the same, and the service manages its endpoints itself.
* **unknown**: the connections were not all seen, and none was seen that counts.
* **not applicable**: the service failed or is being deleted.

Connections that were rejected, failed, expired or are being deleted do not count. A service is made before its first
consumer: AWS does not say when.

## Finding key
Empty: a service is used or not.

## Remediation
If nobody is to connect any more, delete the service, and its load balancer if that serves nothing else.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, Operation, Severity, Unknown, Verdict
from auditor.network.endpoint_services import connections_of, short_name
from auditor.network.entities import EndpointService
from auditor.network.network import Network
from auditor.verdicts import GONE, at_service


@check(
    id="endpoint-service-unused",
    severities=(Severity.LOW, Severity.INFO),
    of=EndpointService,
    reads=(model.VpcEndpointConnection,),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/delete-endpoint-service.html",
)
def endpoint_service_unused(service: EndpointService, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a service by whether anything is connected to it."""
    if not service.stands:
        yield GONE
        return
    connections = connections_of(network, service)
    if any(not connection.gone for connection in connections):
        return
    if connections.missing:
        yield Unknown(connections.missing, message=f"whether anything is connected to {service.label} was not seen")
        return
    names = [short_name(arn) for arn in service.load_balancers]
    behind = f"; {', '.join(names)} behind it may cost money for nothing" if names else ""
    yield Fault(
        severity=at_service(service, Severity.LOW),
        message=f"nothing is connected to {service.label_with_owner}{behind}; delete the service "
        "if nobody is to connect",
        evidence={
            **service.shown,
            "load_balancers": names,
            "past_connections": [connection.id for connection in connections],
        },
        related=names,
        remedy=[Operation("ec2:DeleteVpcEndpointServiceConfigurations", {"ServiceIds": [service.id]}, service.home)],
    )
