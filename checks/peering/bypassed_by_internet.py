"""Traffic to a peer VPC leaves by another way, past an active peering connection that others of the VPC use.

A subnet whose route table has no route over the connection sends what is for the peer wherever its default route leads.
A NAT device or an internet gateway drops what is for private addresses; public ones are reached by the internet side of
the peer, if at all. A transit gateway may be meant. IPv4 and IPv6 are judged apart.

## Verdicts
* **fail**, low: subnets in use have no route over the connection and are not sent to over it, while other subnets of
  the VPC have a way there and back, and their route table leads addresses of the peer to an internet gateway, a NAT
  device, a virtual private gateway or a carrier gateway.
* **fail**, info: as low, but to transit gateways or core networks alone; or the subnets' default route leads to another
  kind of place than that of any of the others, as in a public subnet among private ones.
* **unknown**: the routes or subnets of a side were not seen, or a route that would decide could not be read; or whether
  the subnets are in use was not seen.
* **not applicable**: the connection is not active, or nothing is routed over it.

The rule passes where the route table also leads addresses of the peer over another peering connection, and where the
peer VPC sends to the subnets over another one and their own table leads over another one too. Where nothing takes what
the subnets send to the peer, or an appliance does, see `peering-route-subnet-gap`. Subnets that are sent to over the
connection are `peering-route-one-way`, and those in a block that the peer VPC has no route to are
`peering-route-cidr-gap`.

## Finding key
The id of the subnets' route table, and `ipv4` or `ipv6`.

## Remediation
Where the subnets need the peer, give their route table the routes over the connection that the other subnets have, and
the route tables of the peer a route back to them. A transit gateway that is meant to carry the traffic needs nothing.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, Severity, Verdict
from auditor.network.addresses import PRIVATE
from auditor.network.diagnosis import Cause
from auditor.network.diagnosis.left_out import LeftOut, differs, leaves
from auditor.network.entities import Peering, Subnet
from auditor.network.network import Network
from auditor.network.routes import TargetKind
from auditor.remedies import take_part
from auditor.verdicts import on_left_out


@check(
    id="peering-bypassed-by-internet",
    severities=(Severity.LOW, Severity.INFO),
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
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html",
)
def peering_bypassed_by_internet(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the subnets of each route table of either side that leads to the other by another way."""

    def of_fault(found: LeftOut, used: list[Subnet]) -> Fault:
        return _fault(peering, found, used, network)

    yield from on_left_out(Cause.BYPASSED_BY_INTERNET, peering, network, of_fault)


def _fault(peering: Peering, found: LeftOut, used: list[Subnet], network: Network) -> Fault:
    names = [subnet.id for subnet in used]
    siblings = [subnet.id for group in found.siblings for subnet in group.subnets]
    out = [route for route in found.instead if leaves(route)]
    ways = [f"{route.target} ({route.destination})" for route in found.instead]
    return Fault(
        key=found.key,
        at=found.near.home,
        severity=Severity.LOW if out and not differs(network, found) else Severity.INFO,
        message=f"{', '.join(names)} of {found.near.label} sends what is for {found.far.label} to {', '.join(ways)} by "
        f"{found.table.id}, and not over {peering.label} as {', '.join(siblings)} does; {_outcome(found)}",
        evidence={
            "family": f"ipv{found.version}",
            "route_table": found.table.id,
            "subnets": {subnet.id: len(network.workloads(subnet).items) for subnet in used},
            "routes": [
                {"destination": route.destination, "target": route.target, "kind": route.kind.value}
                for route in found.instead
            ],
            "subnets_with_part": siblings,
            "peer_sends_over": list(found.elsewhere),
        },
        related=[
            *(found.near.vpc_id, found.far.vpc_id, found.table.id, *names),
            *(route.target for route in found.instead),
        ],
        remedy=take_part(found, used, peering) if out else [],
    )


def _outcome(found: LeftOut) -> str:
    """What becomes of the traffic there, as the end of a sentence."""
    out = [route for route in found.instead if leaves(route)]
    if not out:
        return "which may be meant"
    if any(route.kind is TargetKind.VPN_GATEWAY for route in out):
        return "the network behind it leads to the peer VPC only if it was made to"
    if found.far.addresses.family(found.version) <= PRIVATE:
        return "what is for private addresses is dropped there"
    return "public addresses are reached from outside there, if at all"
