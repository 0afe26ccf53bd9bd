"""A block of a peer VPC has no route over an active peering connection that other blocks of the peer have.

A VPC may be given further blocks at any time, also while it is peered. No route follows: each route table of the other
VPC must be given one to the new block. AWS documents routes to some of a peer's blocks as a valid design, so this may
be meant.

## Verdicts
* **fail**, medium: no subnet of one side has a route over the connection to any of a block of the other, while it has
  one to all of another block, and a subnet within the block is in use.
* **fail**, info: as medium, but nothing in the block is in use, or that was not seen; or no other block is routed in
  full; or it looks as meant: another peer of that VPC has a route to the block and none to those that are routed here,
  as where each peer has a block of its own, or whether one has was not seen; or a route that is no default route leads
  addresses of the block elsewhere; or the block is of 100.64.0.0/10, which VPCs keep to themselves.
* **unknown**: the routes or subnets of a side were not seen, a route that would decide could not be read, or AWS did
  not give all blocks of a side.
* **not applicable**: the connection is not active, or nothing is routed over it.

A side that has no route at all is `peering-route-missing-side`. Where no IPv6 block is routed on either side, see
`peering-ipv6-not-routed`. The rule says nothing where another route of the side leads to nothing of the peer, for it
may mean the block (`peering-route-wrong-destination`). Route tables that are sent to from the block and cannot answer
are named by `peering-route-one-way`.

## Finding key
The id of the VPC that lacks the route, and the block. For a side that was not seen, its VPC's id.

## Remediation
Add a route to the block over the connection to the route tables that have routes to the peer's other blocks. The
subnets in the block need routes back.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Operation, Severity, Unknown, Verdict
from auditor.network.coverage import Listing
from auditor.network.diagnosis.block_gaps import BlockGap, block_gaps, subnets_within
from auditor.network.entities import Peering, Subnet
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import lead_over


@check(
    id="peering-route-cidr-gap",
    severities=(Severity.MEDIUM, Severity.INFO),
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
    source="https://docs.aws.amazon.com/vpc/latest/peering/peering-configurations-full-access.html",
)
def peering_route_cidr_gap(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge each side by the blocks of the other that it has no route to."""
    if not peering.live:
        yield NotApplicable("the connection is not active")
        return
    if not network.routes_to(peering.id):
        yield NotApplicable("nothing is routed over the connection")
    for near in peering.sides:
        gaps = block_gaps(network, peering, near)
        yield from (_fault(peering, gap, network) for gap in gaps)
        if gaps.missing:
            yield Unknown(
                gaps.missing,
                near.vpc_id,
                f"whether {near.label} has a route to each block of {peering.other(near).label} was not seen",
                near.home,
            )


def _fault(peering: Peering, gap: BlockGap, network: Network) -> Fault:
    near, far = gap.near, gap.far
    subnets = subnets_within(network, gap)
    used = [subnet for subnet in subnets if network.in_use(subnet) is True]
    unseen = subnets.missing or any(isinstance(network.in_use(subnet), Missing) for subnet in subnets)
    meant = gap.kept_inside or gap.instead or gap.shared_out is not False
    tables = [group.table.id for group in gap.tables]
    inside = f", where {', '.join(subnet.id for subnet in used)} is in use" if used else ""
    return Fault(
        key=f"{near.vpc_id}|{gap.block}",
        at=near.home,
        severity=Severity.MEDIUM if used and gap.whole and not meant else Severity.INFO,
        message=f"{near.label} has no route over {peering.label} to {gap.block} of {far.label}{inside}, but has one to "
        f"{', '.join(gap.routed)}; where it is needed, add it to {', '.join(tables)}",
        evidence={
            "vpc": near.vpc_id,
            "peer_vpc": far.vpc_id,
            "block": gap.block,
            "routed_blocks": list(gap.routed),
            "blocks_routed_in_full": list(gap.whole),
            "subnets_in_use": None if unseen and not used else [subnet.id for subnet in used],
            "routes_elsewhere": [{"destination": route.destination, "target": route.target} for route in gap.instead],
            "another_peer_has_the_block_alone": None if isinstance(gap.shared_out, Missing) else gap.shared_out,
        },
        related=[near.vpc_id, far.vpc_id, *tables, *(subnet.id for subnet in used)],
        remedy=[] if gap.instead else _steps(peering, gap, subnets, network),
    )


def _steps(peering: Peering, gap: BlockGap, subnets: Listing[Subnet], network: Network) -> list[Operation]:
    """The routes to the block, and back from the subnets within that have none."""
    there = [lead_over(group.table, gap.block, peering) for group in gap.tables]
    version = gap.addresses.families[0]
    back: dict[tuple[str, str], Operation] = {}
    for subnet in subnets:
        table = network.table_of(subnet)
        for group in gap.tables:
            senders = group.addresses.family(version)
            if isinstance(table, Missing) or table.lookup(senders).via(peering.id) & senders:
                continue
            for block in senders.cidrs():
                back[table.id, block] = lead_over(table, block, peering)
    return [*there, *back.values()]
