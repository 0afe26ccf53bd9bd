"""Where a peering connection stands in its life, and what relies on it.

Source: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-lifecycle
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from auditor import model
from auditor.network.coverage import age
from auditor.network.entities import Peering, SecurityGroup, Side
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.network.routes import Route
from auditor.snapshot import Target

PENDING = "pending-acceptance"
TRANSIENT = frozenset({"initiating-request", "provisioning", "deleting"})
HISTORY = frozenset({"failed", "expired", "rejected", "deleted"})
"""AWS lists such a connection for two hours to two days more; none of them comes back to life."""

_LIFE_OF_A_REQUEST = timedelta(days=7)


def pending_age(network: Network, peering: Peering) -> timedelta | Missing:
    """How long a request had waited when it was collected: AWS tells when it expires, which is after seven days."""
    expires = peering.record.expiration_time
    if expires is None:
        return Missing.of(
            Kind.ABSENT_FIELD,
            account=peering.home.account,
            region=peering.home.region,
            action="ec2:DescribeVpcPeeringConnections",
            resource=peering.id,
        )
    left = max(age(expires, network.coverage.collected_at(target)) for target in peering.seen_from)
    return left + _LIFE_OF_A_REQUEST


@dataclass(frozen=True)
class References:
    """What names a peering connection."""

    routes: tuple[Route, ...]
    """In any state, in any route table that was seen."""
    groups: tuple[SecurityGroup, ...]
    """The security groups with a rule that refers to a group over it."""
    missing: Missing | None
    """Why there may be more in the accounts and regions that were audited; None where these are all."""

    def __bool__(self) -> bool:
        return bool(self.routes or self.groups)

    def __str__(self) -> str:
        """The references as the middle of a sentence."""
        routes = [f"{route.route_table_id} routes {route.destination} to it" for route in self.routes]
        rules = [f"a rule of {group.label} names it" for group in self.groups]
        return ", ".join(routes + rules)

    @property
    def evidence(self) -> dict[str, Any]:
        """The references as plain values."""
        return {
            "routes": [
                {"route_table": route.route_table_id, "destination": route.destination, "state": route.state}
                for route in self.routes
            ],
            "security_groups": [group.id for group in self.groups],
        }

    @property
    def related(self) -> list[str]:
        """The ids of the route tables and security groups."""
        return list(dict.fromkeys([route.route_table_id for route in self.routes] + [each.id for each in self.groups]))


def references(network: Network, peering: Peering) -> References:
    """The routes and security group rules that name a connection, whatever its state."""
    audited = [side.home for side in peering.sides if side.home in network.coverage.targets]
    return References(
        network.routes_to(peering.id),
        network.groups_naming(peering.id),
        Missing.union(
            network.coverage.missing(record, home)
            for home in audited
            for record in (model.RouteTable, model.SecurityGroup)
        ),
    )


def own_copy(network: Network, peering: Peering, side: Side) -> model.VpcPeeringConnection | Missing:
    """The connection as a side's own account and Region show it: its options and tags are shown nowhere else."""
    copy = _copies(network).get((peering.id, side.home))
    if copy is not None:
        return copy
    return network.coverage.missing(model.VpcPeeringConnection, side.home) or Missing.of(
        Kind.ABSENT_FIELD,
        account=side.owner,
        region=side.region,
        action="ec2:DescribeVpcPeeringConnections",
        resource=peering.id,
    )


@remembered
def _copies(network: Network) -> Mapping[tuple[str, Target], model.VpcPeeringConnection]:
    return {
        (record.vpc_peering_connection_id, at): record
        for at, record in network.coverage.everywhere(model.VpcPeeringConnection)
    }


def live_between(network: Network, peering: Peering) -> tuple[Peering, ...]:
    """The live connections between the two VPCs of a live connection, itself among them, in the order of their ids."""
    return _live_by_ends(network)[_ends(peering)]


@remembered
def _live_by_ends(network: Network) -> Mapping[frozenset[str], tuple[Peering, ...]]:
    found: dict[frozenset[str], list[Peering]] = defaultdict(list)
    for _, peering in sorted(network.peerings.items()):
        if peering.live:
            found[_ends(peering)].append(peering)
    return {ends: tuple(peerings) for ends, peerings in found.items()}


def _ends(peering: Peering) -> frozenset[str]:
    return frozenset(side.vpc_id for side in peering.sides)
