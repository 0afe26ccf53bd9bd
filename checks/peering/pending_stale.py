"""A request for a peering connection has waited too long for its acceptance.

A request expires after seven days. Until then it carries no traffic, routes over it are blackholes, and the requester
VPC can be given no further block of addresses.

## Verdicts
* **fail**, medium: the request has waited for `pending_age_days` days or more.
* **unknown**: AWS did not say when the request expires, which tells its age; or whether the account that the request
  came from is one of yours is not known.
* **not applicable**: no request waits, or it came from an account that nobody trusts (`peering-unknown-account` says
  so).

A younger request is `peering-not-active`.

## Finding key
Empty: a request waits once.

## Remediation
Accept the request in the accepter's account and Region if the connection is wanted, or else reject it. The requester
can delete its own request.
"""

from collections.abc import Iterator
from datetime import timedelta

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.diagnosis.lifecycle import PENDING, pending_age
from auditor.network.diagnosis.trust import is_unwanted_request, stranger
from auditor.network.entities import Peering
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import accept_peering


@check(
    id="peering-pending-stale",
    severities=(Severity.MEDIUM,),
    of=Peering,
    reads=(model.Vpc, model.Account),
    source="https://docs.aws.amazon.com/vpc/latest/peering/accept-vpc-peering-connection.html",
)
def peering_pending_stale(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a request by how long it had waited when it was collected."""
    trust = settings.trusted_accounts, settings.organization_id
    if peering.status != PENDING:
        yield NotApplicable("no request waits")
        return
    unwanted = is_unwanted_request(network, peering, *trust)
    if isinstance(unwanted, Missing):
        yield Unknown(
            unwanted,
            message=f"whether account {peering.requester.owner} behind {peering.label} is one of yours is not known",
        )
        return
    if unwanted:
        yield NotApplicable("the request came from an unknown account, and peering-unknown-account says so")
        return
    age = pending_age(network, peering)
    if isinstance(age, Missing):
        yield Unknown(age, message=f"how long {peering.label} has waited cannot be told: AWS gave no time of expiry")
    elif age >= timedelta(days=settings.thresholds.pending_age_days):
        yield _fault(peering, network, age, accept=stranger(network, peering, *trust) is None)


def _fault(peering: Peering, network: Network, age: timedelta, *, accept: bool) -> Fault:
    requester, accepter, expires = peering.requester, peering.accepter, peering.record.expiration_time
    incoming = accepter.owner in network.coverage.accounts
    return Fault(
        at=accepter.home if incoming else None,
        message=f"{peering.label} from {requester.label} of account {requester.owner} has waited {age.days} days for "
        f"account {accepter.owner} to accept it for {accepter.label}; accept it in {accepter.region}, or "
        f"{'reject' if incoming else 'delete'} it",
        evidence={
            "age_days": age.days,
            "expires_at": expires.isoformat() if expires else None,
            "direction": "incoming" if incoming else "outgoing",
            "requester": requester.shown,
            "accepter": accepter.shown,
        },
        related=[side.vpc_id for side in peering.sides],
        remedy=[accept_peering(peering)] if accept else [],
    )
