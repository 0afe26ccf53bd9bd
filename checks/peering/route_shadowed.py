"""Another route of the same table takes addresses of the peer from a route over a peering connection.

The most specific route takes a packet. Of routes of one length a static one goes before one to a prefix list, and that
before a propagated one. A propagated route that is more specific wins over a static route to the peer, and nobody need
have meant it. Such addresses of the peer are out of reach over the connection.

## Verdicts
* **fail**, medium: in a route table that subnets send by, another route takes addresses of the peer that a route over
  the active connection stands for, and does not look as meant.
* **fail**, info: as medium, but all of the addresses belong to the VPC that another active peering connection leads to,
  as in AWS's examples of peers with the same addresses, or are led over a transit gateway or core network that both
  VPCs are on.
* **unknown**: the routes or subnets of a side were not seen, a prefix list could not be read, two prefix lists claim
  the addresses so that AWS does not say which wins, or AWS did not give all blocks of a side; or whether the other way
  leads to the peer was not seen.
* **not applicable**: the connection is not active.

Routes to a network interface or to a Gateway Load Balancer endpoint are meant, for traffic that is inspected, and are
passed over as long as they are active. A blackhole over another peering connection is `peering-route-blackhole`; a
route over another connection to what its peer does not have is a fault of its own.

## Finding key
The route table's id and the destination of the route over the connection. For a side of which routes or subnets were
not seen, its VPC's id.

## Remediation
Where the addresses are meant to be reached over the connection, lead just the blocks in the finding over it: a static
route to the same block goes before a propagated one and before a prefix list. Where the other way is meant, narrow the
route over the connection.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.diagnosis.shadows import Shadow, shadows
from auditor.network.entities import Peering
from auditor.network.network import Network
from auditor.network.routes import Route
from auditor.remedies import lead_over
from auditor.snapshot import Target


@check(
    id="peering-route-shadowed",
    severities=(Severity.MEDIUM, Severity.INFO),
    of=Peering,
    reads=(
        model.Vpc,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.TransitGatewayVpcAttachment,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html",
)
def peering_route_shadowed(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge every route over the connection by whether its table leads a part of the peer elsewhere."""
    if not peering.live:
        yield NotApplicable("the connection is not active")
        return
    for found in shadows(network, peering):
        if isinstance(found, Shadow):
            yield _fault(peering, found)
        else:
            yield Unknown(
                found.missing,
                found.key,
                f"whether other routes of {found.near.label} take addresses of {found.far.label} from those over "
                f"{peering.label} was not seen",
                found.near.home,
            )


def _origin(route: Route) -> str:
    """How a route came to be, in the words of AWS's page on priorities."""
    return route.origin.name.lower().replace("_", " ")


def _fault(peering: Peering, found: Shadow) -> Fault:
    table, route = found.table, found.route
    taken = [
        f"{taker.addresses} to {taker.route.target} ({taker.route.destination}, {_origin(taker.route)})"
        for taker in found.takers
    ]
    advice = (
        "which may be meant" if found.may_be_meant else f"lead them over {peering.id} if they are meant to go there"
    )
    return Fault(
        key=found.key,
        at=Target(table.owner, table.region),
        severity=Severity.INFO if found.may_be_meant else Severity.MEDIUM,
        message=f"{table.id} of {found.near.label} routes {route.destination} to {found.far.label} over "
        f"{peering.label}, but leads {'; '.join(taken)}; {advice}",
        evidence={
            "route_table": table.id,
            "destination": route.destination,
            "taken": [
                {
                    "addresses": list(taker.addresses.cidrs()),
                    "destination": taker.route.destination,
                    "target": taker.route.target,
                    "kind": taker.route.kind.value,
                    "origin": _origin(taker.route),
                    "state": taker.route.state,
                    "may_be_meant": taker.may_be_meant,
                }
                for taker in found.takers
            ],
        },
        related=[table.id, found.near.vpc_id, found.far.vpc_id, *(taker.route.target for taker in found.takers)],
        remedy=[
            lead_over(table, block, peering)
            for taker in found.takers
            if not taker.may_be_meant
            for block in taker.addresses.cidrs()
        ],
    )
