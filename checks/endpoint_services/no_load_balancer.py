"""An endpoint service has no load balancer.

A service hands what its endpoints bring to a Network Load Balancer or a Gateway Load Balancer. Without one it reaches
nothing.

## Verdicts
* **fail**, high: the service names no load balancer.
* **not applicable**: the service failed or is being deleted.

## Finding key
Empty: a service has a load balancer or none.

## Remediation
Add a load balancer to the service, or delete the service.
"""

from collections.abc import Iterator

from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, Severity, Verdict
from auditor.network.entities import EndpointService
from auditor.network.network import Network
from auditor.verdicts import GONE


@check(
    id="endpoint-service-no-load-balancer",
    severities=(Severity.HIGH,),
    of=EndpointService,
    reads=(),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html",
)
def endpoint_service_no_load_balancer(
    service: EndpointService, network: Network, settings: Settings
) -> Iterator[Verdict]:
    """Judge a service by whether it names a load balancer. AWS leaves out a list that is empty."""
    if not service.stands:
        yield GONE
    elif not service.load_balancers:
        yield Fault(
            message=f"{service.label_with_owner} has no Network Load Balancer and no Gateway Load "
            "Balancer, so its endpoints reach nothing; add one, or delete the service",
            evidence=service.shown,
        )
