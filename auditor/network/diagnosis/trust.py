"""Whose VPCs a peering connection joins, and who is a stranger.

Source: https://docs.aws.amazon.com/vpc/latest/peering/accept-vpc-peering-connection.html
"""

from collections.abc import Collection

from auditor.network.diagnosis.lifecycle import PENDING
from auditor.network.entities import Peering, Side
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network


def is_stranger(
    network: Network, account: str, trusted: Collection[str], organization_id: str | None
) -> bool | Missing:
    """Whether an account is neither audited, nor trusted, nor of the organization.

    Missing while neither the accounts of an organization nor trusted ones are known, and where an organization is named
    whose accounts could not be listed.
    """
    members = network.organization_accounts
    if account in network.coverage.accounts or account in trusted or account in members:
        return False
    if members.missing is None or (trusted and organization_id is None):
        return True
    return members.missing


def stranger(
    network: Network, peering: Peering, trusted: Collection[str], organization_id: str | None
) -> Side | Missing | None:
    """The side whose owner is a stranger; None where there is none, Missing where that cannot be told."""
    undecided: Missing | None = None
    for side in peering.sides:
        found = is_stranger(network, side.owner, trusted, organization_id) if side.owner else _without_owner(peering)
        if isinstance(found, Missing):
            undecided = found | undecided
        elif found:
            return side
    return undecided


def is_unwanted_request(
    network: Network, peering: Peering, trusted: Collection[str], organization_id: str | None
) -> bool | Missing:
    """Whether a request waits that came from an account that nobody trusts; Missing where that cannot be told."""
    if peering.status != PENDING:
        return False
    found = stranger(network, peering, trusted, organization_id)
    if isinstance(found, Missing) and peering.requester.owner in {*network.coverage.accounts, *trusted}:
        return False
    return found if isinstance(found, Missing) else found is peering.requester


def _without_owner(peering: Peering) -> Missing:
    home = peering.home
    action = "ec2:DescribeVpcPeeringConnections"
    return Missing.of(Kind.ABSENT_FIELD, account=home.account, region=home.region, action=action, resource=peering.id)
