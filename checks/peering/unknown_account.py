"""A peering connection leads to an account that nobody trusts.

Whoever owns the other VPC can send to every address that routes, security groups and network ACLs let it reach. AWS
warns of requests from unknown accounts: accepting one may hand an attacker the way in ("peer phishing").

Trusted are the audited accounts, the accounts of the organization, and those under `trusted_accounts` in
`auditor.toml`, where the connection of a vendor belongs, with its reason.

## Verdicts
* **fail**, high: the connection is active, or a request from such an account waits for its acceptance.
* **fail**, medium: a request to such an account waits for its acceptance.
* **unknown**: the other account was not audited, and neither the organization's accounts nor trusted ones are known; or
  `organization_id` is set and the organization's accounts could not be listed.
* **not applicable**: the connection is neither active nor waiting.

## Finding key
Empty: a connection has one other side.

## Remediation
Reject a request that nobody expects; there is no risk in that. Delete a connection that should not be, and remove the
routes and security group rules that name it. If the other account is a known one, add it to `trusted_accounts` with the
reason. Restrict `ec2:AcceptVpcPeeringConnection` by the condition key `ec2:RequesterVpc`.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.diagnosis.lifecycle import PENDING, references
from auditor.network.diagnosis.trust import stranger
from auditor.network.entities import Peering, Side
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import delete_peering, reject_peering


@check(
    id="peering-unknown-account",
    severities=(Severity.HIGH, Severity.MEDIUM),
    of=Peering,
    reads=(model.Account, model.Vpc, model.RouteTable, model.SecurityGroup),
    source="https://docs.aws.amazon.com/vpc/latest/peering/accept-vpc-peering-connection.html",
)
def peering_unknown_account(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge an active or waiting connection by who owns its other side."""
    if not peering.live and peering.status != PENDING:
        yield NotApplicable("the connection is neither active nor waiting")
        return
    far = stranger(network, peering, settings.trusted_accounts, settings.organization_id)
    if isinstance(far, Missing):
        owners = " and ".join(sorted({side.owner for side in peering.sides} - network.coverage.accounts))
        yield Unknown(
            far,
            message=f"whether account {owners} at the other end of {peering.label} is one of yours is not known; "
            "add it to trusted_accounts in auditor.toml, with the reason, if it is trusted",
        )
    elif far is not None:
        yield _fault(peering, far, network)


def _fault(peering: Peering, far: Side, network: Network) -> Fault:
    near = peering.other(far)
    named = references(network, peering)
    rules = [group.id for group in network.groups_naming(far.owner)]
    if peering.live:
        how, remedy = "is connected with", delete_peering(peering, near.home)
    elif far is peering.requester:
        how, remedy = "has a request waiting from", reject_peering(peering)
    else:
        how, remedy = "has sent a request to", delete_peering(peering, near.home)
    outgoing = not peering.live and far is peering.accepter
    return Fault(
        severity=Severity.MEDIUM if outgoing else Severity.HIGH,
        at=near.home,
        message=f"{near.label} of account {near.owner} {how} {far.label} of account {far.owner} in {far.region} over "
        f"{peering.label}, and that account is neither audited, nor of the organization, nor trusted; "
        f"{'reject' if remedy.operation == 'ec2:RejectVpcPeeringConnection' else 'delete'} it, or add the account to "
        "trusted_accounts with the reason",
        evidence={
            "status": peering.status,
            "account": far.owner,
            "vpc": far.vpc_id,
            "region": far.region,
            "cidrs": list(far.blocks),
            **named.evidence,
            "security_groups_naming_account": rules,
        },
        related=list(dict.fromkeys([near.vpc_id, far.vpc_id, *named.related, *rules])),
        remedy=[remedy],
    )
