"""A route over a peering connection leads to all of the peer's block, where a narrower one would do.

AWS documents routes to whole blocks of the peer as a valid design, and most connections have them. Who asks for the
least access leads only to the subnets that are needed, as the CIS AWS Foundations Benchmark does; security groups
remain what decides on access. The rule is off until it is enabled.

## Verdicts
* **fail**, info: in a route table that subnets send by, a route over an active connection leads to a whole block of the
  peer, and the peer's subnets that are in use or send here leave a part of the block free.
* **fail**, medium: as info, with `least_privilege_routes = true` in `auditor.toml`.
* **unknown**: the routes or subnets of a side were not seen, whether a subnet is in use was not seen, a prefix list
  could not be read, or AWS did not give all blocks of a side.
* **not applicable**: the connection is not active.

The route is held against every block of the peer VPC, not against the primary one alone. A route to more than the peer
has is `peering-route-too-broad` or another rule's.

## Finding key
The route table's id and the route's destination. For a side of which routes or subnets were not seen, its VPC's id.

## Remediation
Add routes to the subnets in the finding, then delete the route to the whole block. New subnets of the peer then need
routes of their own.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.diagnosis.whole_blocks import WholeBlock, whole_blocks
from auditor.network.entities import Peering
from auditor.network.network import Network
from auditor.remedies import create_route, delete_route
from auditor.snapshot import Target


@check(
    id="peering-route-least-privilege",
    severities=(Severity.INFO, Severity.MEDIUM),
    of=Peering,
    reads=(
        model.Vpc,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NetworkInterface,
        model.VpcEndpoint,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/peering/peering-configurations-partial-access.html",
    enabled=False,
)
def peering_route_least_privilege(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge every route over the connection by whether the peer needs all of its destination."""
    if not peering.live:
        yield NotApplicable("the connection is not active")
        return
    severity = Severity.MEDIUM if settings.least_privilege_routes else Severity.INFO
    for found in whole_blocks(network, peering):
        if isinstance(found, WholeBlock):
            yield _fault(peering, found, severity, network)
        else:
            yield Unknown(
                found.missing,
                found.key,
                f"what {found.near.label} needs of {found.far.label} over {peering.label} was not seen",
                found.near.home,
            )


def _fault(peering: Peering, found: WholeBlock, severity: Severity, network: Network) -> Fault:
    table, route = found.table, found.route
    wanted = found.needed.cidrs()
    routed = {block for other in table.routes if other.target == peering.id for block in other.blocks}
    needed = f"only {', '.join(wanted)} is needed" if wanted else "no subnet is needed"
    return Fault(
        key=found.key,
        at=Target(table.owner, table.region),
        severity=severity,
        message=f"{table.id} of {found.near.label} routes {route.destination} over {peering.label}, all of "
        f"{', '.join(found.blocks)} of {found.far.label}, where {needed}",
        evidence={
            "route_table": table.id,
            "destination": route.destination,
            "whole_blocks": list(found.blocks),
            "subnets_needed": {subnet.id: len(network.workloads(subnet).items) for subnet in found.subnets},
            "narrower": list(wanted),
        },
        related=[table.id, found.near.vpc_id, found.far.vpc_id, *(subnet.id for subnet in found.subnets)],
        remedy=[
            *(create_route(table, block, peering) for block in wanted if block not in routed),
            delete_route(table, route),
        ]
        if found.narrowable
        else [],
    )
