"""An endpoint service allows an account or organization that nobody trusts.

Trusted are the audited accounts, the accounts of the organization, and those under `trusted_accounts` in
`auditor.toml`, where a customer of the service belongs, with the reason. An organization, or a part of one, is trusted
if it is `organization_id`, or if its management account is trusted. AWS's own services are: a service principal such as
AppFlow's, and the account by which API Gateway uses the service that it makes for a VPC link.

## Verdicts
* **fail**, high: such a principal is allowed, and is connected without being asked.
* **fail**, medium: such a principal is allowed, and its requests wait for their acceptance.
* **fail**, info: such a principal is allowed, and the service manages its endpoints itself.
* **unknown**: the allowed principals were not all seen; neither the organization's accounts nor trusted ones are known;
  `organization_id` is set and the organization's accounts could not be listed; or the name of a principal does not tell
  whose it is, such as that of a role that was deleted.
* **not applicable**: everyone is allowed (`endpoint-service-public-auto-accept` and `endpoint-service-public-manual`
  say so), or the service failed or is being deleted.

## Finding key
The account's id or the organization's; of an unknown, empty.

## Remediation
Remove the permission. That ends no connection that exists: reject those as well. If the account is a known one, add it
to `trusted_accounts` with the reason.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.endpoint_services import Principal, allowed_at, is_foreign
from auditor.network.entities import EndpointService
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import disallow
from auditor.verdicts import GONE, at_service


@check(
    id="endpoint-service-foreign-principal",
    severities=(Severity.MEDIUM, Severity.HIGH, Severity.INFO),
    of=EndpointService,
    reads=(model.VpcEndpointServicePermissions, model.Account),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html",
)
def endpoint_service_foreign_principal(
    service: EndpointService, network: Network, settings: Settings
) -> Iterator[Verdict]:
    """Judge each allowed principal by whose it is."""
    if not service.stands:
        yield GONE
        return
    principals = allowed_at(network, service)
    if any(principal.everyone for principal in principals):
        yield NotApplicable("everyone is allowed, and the rules on public services say so")
        return
    trust = settings.trusted_accounts, settings.organization_id
    foreign: dict[str, list[Principal]] = {}
    undecided: list[Principal] = []
    causes = [principals.missing]
    for principal in principals:
        found = is_foreign(network, service, principal, *trust)
        if isinstance(found, Missing):
            undecided.append(principal)
            causes.append(found)
        elif found:
            foreign.setdefault(principal.owner, []).append(principal)
    for owner, its in foreign.items():
        yield _fault(service, owner, its)
    missing = Missing.union(causes)
    if missing:
        yield Unknown(missing, message=_not_known(service, undecided))


def _fault(service: EndpointService, owner: str, principals: list[Principal]) -> Fault:
    kind = "organization" if principals[0].organization else "account"
    severity, how = Severity.MEDIUM, "takes its requests"
    if service.accepts_by_itself:
        severity, how = Severity.HIGH, "accepts its requests without asking"
    which, whom = "neither audited, nor of the organization, nor trusted", "the account"
    if kind == "organization":
        which, whom = "not yours", "its management account"
    texts = [principal.text for principal in principals]
    return Fault(
        key=owner,
        severity=at_service(service, severity),
        message=f"{service.label_with_owner} allows {', '.join(texts)} of {kind} {owner} and {how}, and that {kind} is "
        f"{which}; remove the permission, or add {whom} to trusted_accounts with the reason",
        evidence={**service.shown, kind: owner, "principals": texts},
        remedy=disallow(service, principals),
    )


def _not_known(service: EndpointService, undecided: list[Principal]) -> str:
    if not undecided:
        return f"who may connect to {service.label} was not all seen"
    whose = ", ".join(principal.text for principal in undecided)
    return (
        f"whether {whose}, allowed at {service.label}, is yours is not known; add the account to trusted_accounts in "
        "auditor.toml, with the reason, if it is trusted"
    )
