"""Subnets in use have no part in an active peering connection, while others of their VPC have.

A new subnet sends by the VPC's main route table, or by a table of its own, which need not have the routes that the
others have. It then neither reaches the peer VPC nor is reached from there. AWS documents access for a part of a VPC as
a valid design, so this may be meant. IPv4 and IPv6 are judged apart.

## Verdicts
* **fail**, low: subnets in use have no route to the peer at all and are not sent to over the connection, while other
  subnets of the VPC have a way there and back.
* **fail**, info: as low, but their default route leads to another kind of place than that of any of the others (an
  internet gateway, a NAT device, a transit gateway or nowhere), or where it leads was not seen.
* **unknown**: the routes or subnets of a side were not seen, or a route that would decide could not be read; or whether
  the subnets are in use was not seen.
* **not applicable**: the connection is not active, or nothing is routed over it.

The rule passes where the subnets' route table leads the peer's addresses another way that may be meant: over another
peering connection or through an appliance. It also passes where the peer VPC sends to the subnets over another peering
connection and their own table leads over another one, as in AWS's examples of peers with the same addresses. Where the
table leads the peer's addresses to a NAT device, a gateway or a transit gateway, the cause is
`peering-bypassed-by-internet`; subnets that are sent to are `peering-route-one-way`,
and those in a block that the peer VPC has no route to are `peering-route-cidr-gap`.

## Finding key
The id of the subnets' route table, and `ipv4` or `ipv6`.

## Remediation
Where the subnets need the peer, give their route table the routes over the connection that the other subnets have, and
the route tables of the peer a route back to them. Where the peer VPC sends to their addresses over another connection,
they can only have a part in this one with other addresses.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Confidence, Fault, Severity, Verdict
from auditor.network.diagnosis import Cause
from auditor.network.diagnosis.left_out import LeftOut, differs
from auditor.network.entities import Peering, Subnet
from auditor.network.network import Network
from auditor.remedies import take_part
from auditor.verdicts import on_left_out


@check(
    id="peering-route-subnet-gap",
    severities=(Severity.LOW, Severity.INFO),
    confidences=(Confidence.HEURISTIC,),
    of=Peering,
    reads=(
        model.Vpc,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NetworkInterface,
        model.VpcEndpoint,
        model.NatGateway,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/peering/peering-configurations-partial-access.html",
)
def peering_route_subnet_gap(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the subnets of each route table of either side that has no route to the other."""

    def of_fault(found: LeftOut, used: list[Subnet]) -> Fault:
        return _fault(peering, found, used, network)

    yield from on_left_out(Cause.ROUTE_SUBNET_GAP, peering, network, of_fault)


def _fault(peering: Peering, found: LeftOut, used: list[Subnet], network: Network) -> Fault:
    names = [subnet.id for subnet in used]
    siblings = [subnet.id for group in found.siblings for subnet in group.subnets]
    steps = take_part(found, used, peering)
    advice = "where they need it, add routes both ways"
    if found.elsewhere:
        advice = f"{found.far.label} sends to their addresses over {', '.join(found.elsewhere)}"
    return Fault(
        key=found.key,
        at=found.near.home,
        severity=Severity.INFO if differs(network, found) else Severity.LOW,
        message=f"{', '.join(names)} of {found.near.label} has no part in {peering.label}: {found.table.id} has no "
        f"route to {found.far.label}, from where none leads back, while {', '.join(siblings)} has both; {advice}",
        evidence={
            "family": f"ipv{found.version}",
            "route_table": found.table.id,
            "subnets_without_part": {subnet.id: len(network.workloads(subnet).items) for subnet in used},
            "default_route": _class(found, network),
            "subnets_with_part": siblings,
            "peer_sends_over": list(found.elsewhere),
        },
        related=[found.near.vpc_id, found.far.vpc_id, found.table.id, *names],
        remedy=steps,
    )


def _class(found: LeftOut, network: Network) -> str | None:
    """Where the default route of the subnets leads; None where that was not seen."""
    kind = network.class_of(found.subnets[0])
    return kind if isinstance(kind, str) else None
