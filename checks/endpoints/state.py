"""A VPC endpoint is not available.

An endpoint carries traffic only while it is available. An endpoint that failed, expired or was rejected stays listed,
and its names may still resolve. An endpoint to another customer's service waits until its provider accepts it.

## Verdicts
* **fail**, high: the endpoint failed, expired or was rejected, or only a part of it is available.
* **fail**, medium: it waits for the acceptance of its provider, or is pending for more than an hour. The age is
  measured against the time of collection.
* **fail**, info: it is being deleted.
* **unknown**: AWS left out its state, or the creation time of a pending one; or the state is one that this version does
  not know.
* **not applicable**: the endpoint is deleted.

## Finding key
Empty: an endpoint has one state.

## Remediation
Have the provider accept an endpoint that waits. Read the error in the finding of one that failed, then delete it and
create it again; delete one that expired or was rejected, and ask the provider before you create it again.
"""

from collections.abc import Iterator
from datetime import timedelta

from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Operation, Severity, Unknown, Verdict
from auditor.model import ServiceDetail
from auditor.network.coverage import age
from auditor.network.endpoints import absent_member, service_of
from auditor.network.entities import Endpoint
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.remedies import accept_endpoint, delete_endpoint, if_its_owners

_BROKEN = {
    "failed": "failed",
    "rejected": "was rejected by its provider",
    "expired": "expired before its provider accepted it",
    "partial": "is available only in part",
}
_LONGEST_CREATION = timedelta(hours=1)


@check(
    id="endpoint-state",
    severities=(Severity.HIGH, Severity.MEDIUM, Severity.INFO),
    of=Endpoint,
    reads=(ServiceDetail,),
    source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html",
)
def endpoint_state(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the state that AWS gives, whatever its case."""
    match endpoint.state:
        case "available":
            return
        case "deleted":
            yield NotApplicable("the endpoint is deleted")
        case "deleting":
            yield _fault(endpoint, "is being deleted", Severity.INFO)
        case "pendingacceptance":
            step = _acceptance(endpoint, network)
            yield _fault(endpoint, "waits for its provider to accept it", Severity.MEDIUM, step)
        case "pending":
            yield from _pending(endpoint, network)
        case "":
            yield Unknown(absent_member(endpoint))
        case state if state in _BROKEN:
            steps = [] if state == "partial" else if_its_owners(endpoint, [delete_endpoint(endpoint)])
            yield _fault(endpoint, _BROKEN[state], Severity.HIGH, steps)
        case _:
            yield _undocumented(endpoint)


def _pending(endpoint: Endpoint, network: Network) -> Iterator[Verdict]:
    created = endpoint.record.creation_timestamp
    if created is None:
        yield Unknown(absent_member(endpoint), message=f"{endpoint.label} is pending, and AWS does not say since when")
        return
    if age(created, network.coverage.collected_at(endpoint.seen_from)) > _LONGEST_CREATION:
        yield _fault(endpoint, f"is pending since {created:%Y-%m-%d %H:%M} UTC", Severity.MEDIUM)


def _undocumented(endpoint: Endpoint) -> Unknown:
    at = endpoint.home
    return Unknown(
        Missing.of(Kind.AMBIGUOUS, account=at.account, region=at.region, resource=endpoint.id),
        message=f"{endpoint.label} is in the state {endpoint.record.state}, which this version does not know",
    )


def _fault(endpoint: Endpoint, what: str, severity: Severity, remedy: list[Operation] | None = None) -> Fault:
    record = endpoint.record
    error = record.last_error
    because = (error.message or error.code if error else None) or record.failure_reason
    return Fault(
        severity=severity,
        message=f"{endpoint.label} to {endpoint.service_name or 'no service'} in {endpoint.vpc_id} {what}"
        + (f": {because}" if because else ""),
        evidence={
            "state": record.state,
            "service": record.service_name,
            "created": record.creation_timestamp.isoformat() if record.creation_timestamp else None,
            "error_code": error.code if error else None,
            "error_message": error.message if error else None,
            "failure_reason": record.failure_reason,
        },
        related=[endpoint.vpc_id],
        remedy=remedy or [],
    )


def _acceptance(endpoint: Endpoint, network: Network) -> list[Operation]:
    """The provider's step, where AWS names the provider's account."""
    service = service_of(network, endpoint)
    owner = "" if isinstance(service, Missing) else service.owner or ""
    return [accept_endpoint(endpoint, owner)] if owner.isdigit() else []
