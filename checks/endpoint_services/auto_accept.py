"""An endpoint service connects those it trusts without asking.

Where only trusted principals are allowed, to accept their requests by itself is a documented choice. It is shown
because whoever may make endpoints in one of these accounts is connected to the service at once.

## Verdicts
* **fail**, info: requests need no acceptance, and all who are allowed are trusted.
* **unknown**: the allowed principals were not all seen, or whether all of them are trusted is not known.
* **not applicable**: requests wait for their acceptance; nobody is allowed but AWS's own services; everyone is, or an
  account that nobody trusts (`endpoint-service-public-auto-accept` and `endpoint-service-foreign-principal` say so); or
  the service failed or is being deleted.

## Finding key
Empty: a service accepts by itself or not.

## Remediation
Nothing needs to be done. To decide on each connection, let requests wait for their acceptance; connections that exist
are not touched.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.endpoint_services import allowed_at, is_foreign
from auditor.network.entities import EndpointService
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import modify_service
from auditor.verdicts import GONE


@check(
    id="endpoint-service-auto-accept",
    severities=(Severity.INFO,),
    of=EndpointService,
    reads=(model.VpcEndpointServicePermissions, model.Account),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html",
)
def endpoint_service_auto_accept(service: EndpointService, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a service that accepts by itself by whether all who are allowed are trusted."""
    if not service.stands:
        yield GONE
        return
    if not service.accepts_by_itself:
        yield NotApplicable("requests are not known to be accepted without being asked")
        return
    trust = settings.trusted_accounts, settings.organization_id
    principals = allowed_at(network, service)
    allowed = [principal for principal in principals if not principal.of_aws]
    foreign = [each.everyone or is_foreign(network, service, each, *trust) for each in allowed]
    if True in foreign:
        yield NotApplicable("not only trusted accounts are allowed, and other rules say so")
        return
    missing = Missing.union([principals.missing, *(each for each in foreign if isinstance(each, Missing))])
    if missing:
        yield Unknown(missing, message=f"whether all who may connect to {service.label} are trusted is not known")
    elif not allowed:
        yield NotApplicable("nobody is allowed but AWS's own services")
    else:
        owners = sorted({each.owner for each in allowed})
        yield Fault(
            message=f"{service.label_with_owner} accepts every request of {', '.join(owners)} by itself; let requests "
            "wait if each is to be looked at",
            evidence={**service.shown, "principals": [each.text for each in principals]},
            remedy=[modify_service(service, AcceptanceRequired=True)],
        )
