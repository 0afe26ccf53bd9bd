"""Anyone can ask an endpoint service for a connection.

Whoever knows the name of a service that allows all principals can send it requests. They wait until a person accepts
them, so that one careless acceptance lets a stranger in.

## Verdicts
* **fail**, medium: `*` is among the allowed principals, and requests wait for their acceptance.
* **fail**, info: the same, and the service manages its endpoints itself, so that nobody else can make one.
* **unknown**: the allowed principals were not all seen.
* **not applicable**: requests need no acceptance (`endpoint-service-public-auto-accept` judges that), or the service
  failed or is being deleted.

## Finding key
Empty: a service is open to everyone or not.

## Remediation
Allow the accounts that are to connect by their ARNs, and remove `*`. Connections that were accepted stay.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.endpoint_services import allowed_at
from auditor.network.entities import EndpointService
from auditor.network.network import Network
from auditor.remedies import disallow
from auditor.verdicts import GONE, at_service


@check(
    id="endpoint-service-public-manual",
    severities=(Severity.MEDIUM, Severity.INFO),
    of=EndpointService,
    reads=(model.VpcEndpointServicePermissions,),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html",
)
def endpoint_service_public_manual(service: EndpointService, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a service whose requests wait by whether everyone may send one."""
    if not service.stands:
        yield GONE
        return
    if not service.record.acceptance_required:
        yield NotApplicable("requests are not known to wait, and endpoint-service-public-auto-accept judges that")
        return
    principals = allowed_at(network, service)
    everyone = [principal for principal in principals if principal.everyone]
    if everyone:
        yield Fault(
            severity=at_service(service, Severity.MEDIUM),
            message=f"{service.label_with_owner} lets every AWS account ask for a connection, which "
            f"a person then accepts; allow the accounts that are meant, and remove {everyone[0].text}",
            evidence={**service.shown, "principals": [principal.text for principal in principals]},
            remedy=disallow(service, everyone),
        )
    elif principals.missing:
        yield Unknown(principals.missing, message=f"who may connect to {service.label} was not all seen")
