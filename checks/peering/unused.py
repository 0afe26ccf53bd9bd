"""Nothing is routed over an active peering connection.

Without a route, a connection carries no traffic, yet it counts against the quotas of both VPCs, and whoever may change
routes on both sides can start to use it. A security group rule that refers to a group of the peer does not make it
usable.

Any route counts as a use, active or not, in any route table of either VPC.

## Verdicts
* **fail**, low: no route table of either VPC has a route to the connection.
* **unknown**: the side that was seen has none, and the route tables of the other side were not seen.
* **not applicable**: the connection is not active.

## Finding key
Empty: a connection is unused once.

## Remediation
Delete the connection if nobody needs it. Otherwise add routes to the blocks of the peer on both sides.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.coverage import Listing
from auditor.network.entities import Peering, Side
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.routes import RouteTable
from auditor.remedies import delete_peering


@check(
    id="peering-unused",
    severities=(Severity.LOW,),
    of=Peering,
    reads=(model.Vpc, model.RouteTable, model.SecurityGroup),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html",
)
def peering_unused(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge an active connection by whether any route of either side names it."""
    if not peering.live:
        yield NotApplicable("the connection is not active")
        return
    if network.routes_to(peering.id):
        return
    tables = {side.vpc_id: _tables(side, network) for side in peering.sides}
    near, far = sorted(peering.sides, key=lambda side: not tables[side.vpc_id].whole)
    if missing := Missing.union(listing.missing for listing in tables.values()):
        seen = f"{near.label} has no route to it, and " if tables[near.vpc_id].whole else ""
        unseen = " and ".join(side.label for side in (near, far) if not tables[side.vpc_id].whole)
        yield Unknown(missing, message=f"whether {peering.label} is used is not known: {seen}{unseen} was not seen")
        return
    scanned = {vpc_id: [table.id for table in listing] for vpc_id, listing in tables.items()}
    rules = [group.id for group in network.groups_naming(peering.id)]
    yield Fault(
        message=f"{peering.label} is active, but no route leads to it: of the route tables of {near.label} "
        f"({len(scanned[near.vpc_id])}) and of {far.label} ({len(scanned[far.vpc_id])}) none has one; delete the "
        "connection, or add routes on both sides",
        evidence={"route_tables": scanned, "security_groups": rules},
        related=[near.vpc_id, far.vpc_id, *rules],
        remedy=[delete_peering(peering, peering.home)],
    )


def _tables(side: Side, network: Network) -> Listing[RouteTable]:
    if side.vpc is None:
        return Listing((), side.unseen)
    return network.route_tables_of(side.vpc)
