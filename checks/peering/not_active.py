"""A peering connection exists but is not active.

Only an active connection carries traffic. AWS goes on listing connections that ended: failed ones for two hours, others
for up to two days. Nothing brings them back, so they matter only while something still names them. That a connection is
active does not prove that traffic flows.

## Verdicts
* **fail**, high: the connection failed, and a route or a security group rule still names it.
* **fail**, medium: the request waits for its acceptance, and a route or a security group rule names it already.
* **fail**, low: the request expired or was rejected, and a route or a security group rule still names it.
* **fail**, info: the connection was deleted and is still named; or the request waits and nothing names it yet; or the
  connection is passing through a state that AWS ends by itself.
* **unknown**: the connection has ended, and the route tables or security groups of an audited side were not seen; or
  AWS gives a state that this version does not know; or a request waits, and whether the account that it came from is
  one of yours is not known.
* **not applicable**: the connection has ended, and nothing that was audited names it. Also where another rule has the
  cause: `peering-pending-stale` a request older than `pending_age_days`, `peering-unknown-account` a request from an
  account that nobody trusts, `peering-cidr-overlap` a connection that failed because the VPCs overlap.

## Finding key
Empty: a connection has one state.

## Remediation
Have the owner of the accepter VPC accept a request that is wanted, in the accepter's Region, within seven days. Where
the connection has ended, delete the routes and the security group rules that name it; if the VPCs are still to be
connected, create a new connection and lead the routes over that one.
"""

from collections.abc import Iterator
from datetime import timedelta

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.diagnosis.lifecycle import HISTORY, PENDING, TRANSIENT, pending_age, references
from auditor.network.diagnosis.overlap import Overlap, overlap
from auditor.network.diagnosis.trust import is_unwanted_request, stranger
from auditor.network.entities import Peering
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.remedies import accept_peering, delete_route

_OF_HISTORY = {
    "failed": Severity.HIGH,
    "expired": Severity.LOW,
    "rejected": Severity.LOW,
    "deleted": Severity.INFO,
}


@check(
    id="peering-not-active",
    severities=(Severity.MEDIUM, Severity.HIGH, Severity.LOW, Severity.INFO),
    of=Peering,
    reads=(model.Vpc, model.RouteTable, model.SecurityGroup, model.Account),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",
)
def peering_not_active(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the connection by its state and by what still names it."""
    if peering.status == PENDING:
        yield _of_request(peering, network, settings)
    elif peering.status in HISTORY:
        yield _of_history(peering, network)
    elif peering.status in TRANSIENT:
        yield Fault(
            severity=Severity.INFO,
            message=f"{_between(peering)} is in the state {peering.status}, which AWS ends by itself; audit again",
            evidence=_evidence(peering),
            related=[side.vpc_id for side in peering.sides],
        )
    elif not peering.live:
        kind = Kind.AMBIGUOUS if peering.status else Kind.ABSENT_FIELD
        yield Unknown(
            Missing.of(
                kind,
                account=peering.home.account,
                region=peering.home.region,
                action="ec2:DescribeVpcPeeringConnections",
                resource=peering.id,
                code=peering.status,
            ),
            message=f"what the state {peering.status!r} of {_between(peering)} means is not known",
        )


def _of_request(peering: Peering, network: Network, settings: Settings) -> Verdict:
    trust = settings.trusted_accounts, settings.organization_id
    unwanted = is_unwanted_request(network, peering, *trust)
    if isinstance(unwanted, Missing):
        asking = peering.requester.owner
        return Unknown(
            unwanted, message=f"whether account {asking}, which {peering.label} came from, is one of yours is not known"
        )
    if unwanted:
        return NotApplicable("the request came from an unknown account, and peering-unknown-account says so")
    age = pending_age(network, peering)
    if isinstance(age, timedelta) and age >= timedelta(days=settings.thresholds.pending_age_days):
        return NotApplicable("the request is stale, and peering-pending-stale says so")
    named, accepter = references(network, peering), peering.accepter
    dropped = f", yet {named}" if named else ""
    expires = peering.record.expiration_time
    end = f" by {expires:%Y-%m-%d %H:%M} UTC" if expires else ""
    return Fault(
        severity=Severity.MEDIUM if named else Severity.INFO,
        at=accepter.home if accepter.owner in network.coverage.accounts else None,
        message=f"{_between(peering)} waits for its acceptance and carries no traffic{dropped}; "
        f"have account {accepter.owner} accept it in {accepter.region}{end}",
        evidence=_evidence(peering) | named.evidence,
        related=[*(side.vpc_id for side in peering.sides), *named.related],
        remedy=[accept_peering(peering)] if stranger(network, peering, *trust) is None else [],
    )


def _of_history(peering: Peering, network: Network) -> Verdict:
    if peering.status == "failed" and isinstance(overlap(network, peering), Overlap):
        return NotApplicable("the VPCs overlap, and peering-cidr-overlap says so")
    named = references(network, peering)
    if not named:
        if named.missing:
            return Unknown(named.missing, message=f"whether anything still names {_between(peering)} was not seen")
        return NotApplicable("the connection is history, and nothing names it")
    return Fault(
        severity=_OF_HISTORY[peering.status],
        message=f"{_between(peering)} is {peering.status} and carries no traffic, yet {named}; delete what names it, "
        "or create a new connection",
        evidence=_evidence(peering) | named.evidence,
        related=[*(side.vpc_id for side in peering.sides), *named.related],
        remedy=[delete_route(network.route_tables[route.route_table_id], route) for route in named.routes],
    )


def _between(peering: Peering) -> str:
    ends = [f"{side.label} of account {side.owner} in {side.region}" for side in peering.sides]
    return f"{peering.label} from {ends[0]} to {ends[1]}"


def _evidence(peering: Peering) -> dict[str, object]:
    status, expires = peering.record.status, peering.record.expiration_time
    return {
        "status": peering.status,
        "status_message": status.message if status else None,
        "requester": peering.requester.shown,
        "accepter": peering.accepter.shown,
        "expires_at": expires.isoformat() if expires else None,
    }
