"""Answers to a peer leave over a different peering connection.

A VPC may be connected with several VPCs that have the same addresses. Traffic then comes in over one connection, and
the answer goes where the route table of the answering subnet sends it. AWS does not send answers back by the way that
the request came, so they reach the wrong VPC, and the connection is broken for those addresses.

Each pair of subnets is judged by the route table that the answering subnet sends by. Routes to single hosts are a
documented design: the host of another connection then lies within the range of the sending subnet, and only the
addresses in use tell whether anybody misses answers. IPv4 and IPv6 are judged apart.

## Verdicts
* **fail**, high: none of a sending subnet's addresses get answers over the connection, and some of the answers go to
  another one.
* **fail**, medium: some of a sending subnet's addresses get answers and others do not, and a workload has one of the
  others.
* **fail**, low: as medium, but which addresses are in use was not seen.
* **fail**, info: as medium, but no workload has one of the others.
* **unknown**: the routes or subnets of a side were not seen, or a route that would decide could not be read. Also where
  only parts of subnets are routed both ways, as between hosts, and which addresses are in use was not seen.
* **not applicable**: the connection is not active, or nothing is routed over it.

Where only parts of subnets are routed both ways and no workload misses an answer, the rule passes. Where no route leads
back at all, see `peering-route-one-way`.

## Finding key
The id of the route table that sends the answers astray, and `ipv4` or `ipv6`.

## Remediation
Add to the route table named in the finding a more specific route to the sending subnet, or to the single addresses
(/32 or /128), over the connection that the requests come by. Where that block is routed to another VPC with the same
addresses on purpose, only one of the two can be reached: move one to other addresses.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Operation, Severity, Unknown, Verdict
from auditor.network.addresses import Addresses
from auditor.network.coverage import Listing
from auditor.network.diagnosis.pairs import Misroute, in_use_addresses, pair_faults
from auditor.network.entities import Peering
from auditor.network.network import Network
from auditor.network.routes import Route
from auditor.remedies import lead_over


@check(
    id="peering-return-misroute",
    severities=(Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO),
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
)
def peering_return_misroute(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge each route table of either side by where its answers to the other side go."""
    faults = pair_faults(network, peering)
    if not peering.live:
        yield NotApplicable("the connection is not active")
    elif faults.undecided:
        yield Unknown(
            faults.undecided, message=f"whether answers over {peering.label} all come back the same way was not seen"
        )
    elif not network.routes_to(peering.id):
        yield NotApplicable("nothing is routed over the connection")
    for misroute in faults.misroutes:
        used = in_use_addresses(network, misroute.senders)
        waiting = [address for address in used if address in misroute.addresses]
        if misroute.lost or waiting or not misroute.hosts_only:
            yield _fault(peering, misroute, used, waiting, network)
        elif used.missing:
            yield Unknown(
                used.missing,
                misroute.key,
                f"{misroute.receivers.table.id} of {misroute.far.label} sends {misroute.addresses} of "
                f"{misroute.near.label} over another connection; whether these addresses are in use was not seen",
            )


def _fault(peering: Peering, misroute: Misroute, used: Listing[str], waiting: list[str], network: Network) -> Fault:
    near, far, table = misroute.near, misroute.far, misroute.receivers.table
    senders = misroute.lost or misroute.senders
    strays = [_stray(route, part, far.vpc_id, network) for route, part in misroute.strays]
    ways = [f"{_few(stray['addresses'])} over {stray['connection']}{_to(stray['vpc'])}" for stray in strays]
    return Fault(
        key=misroute.key,
        at=far.home,
        severity=_severity(misroute, used, waiting),
        message=f"{', '.join(subnet.id for subnet in senders)} of {near.label} sends to {far.label} over "
        f"{peering.label}, but {table.id} there sends the answers for {'; '.join(ways)}; "
        f"{_outcome(misroute, used, waiting)}",
        evidence={
            "family": f"ipv{misroute.version}",
            "senders": [subnet.id for subnet in misroute.senders],
            "senders_without_any_answer": [subnet.id for subnet in misroute.lost],
            "receivers": [subnet.id for subnet in misroute.receivers.subnets],
            "forward_routes": [
                {"route_table": route.route_table_id, "destination": route.destination} for route in misroute.forward
            ],
            "return_routes": strays,
            "addresses_in_use": waiting,
        },
        related=list(
            dict.fromkeys(
                [
                    table.id,
                    *(subnet.id for subnet in misroute.senders),
                    *(related for stray in strays for related in (stray["connection"], stray["vpc"]) if related),
                ]
            )
        ),
        remedy=_steps(peering, misroute, waiting, network),
    )


def _severity(misroute: Misroute, used: Listing[str], waiting: Sequence[str]) -> Severity:
    if misroute.lost:
        return Severity.HIGH
    if waiting:
        return Severity.MEDIUM
    return Severity.LOW if used.missing else Severity.INFO


def _outcome(misroute: Misroute, used: Listing[str], waiting: Sequence[str]) -> str:
    if misroute.lost:
        return "nothing comes back over the connection"
    if waiting:
        return f"{', '.join(waiting)} waits for them in vain"
    return "which of these addresses are in use was not seen" if used.missing else "no workload has such an address"


def _few(blocks: Sequence[str]) -> str:
    """The first blocks: addresses around a single host make many."""
    return ", ".join(blocks if len(blocks) <= 3 else [*blocks[:2], f"{len(blocks) - 2} more blocks"])


def _to(vpc_id: str | None) -> str:
    return f" to {vpc_id}" if vpc_id else ""


def _stray(route: Route, part: Addresses, from_vpc: str, network: Network) -> dict[str, Any]:
    """Where a return route takes answers, and whether anybody there has the addresses."""
    other = network.peerings.get(route.target)
    third = other.beyond(from_vpc) if other else None
    return {
        "destination": route.destination,
        "connection": route.target,
        "addresses": list(part.cidrs()),
        "vpc": third.vpc_id if third else None,
        "addresses_of_that_vpc": list((part & third.addresses).cidrs()) if third else None,
    }


def _steps(peering: Peering, misroute: Misroute, waiting: Sequence[str], network: Network) -> list[Operation]:
    """A route to whole subnets, or to the addresses in use beside those that work.

    None where a VPC that gets the answers has subnets there itself: the route would cut that one off.
    """
    wanted = Addresses.of(*waiting)
    if misroute.lost:
        wanted = Addresses.union(subnet.addresses.family(misroute.version) for subnet in misroute.lost)
    if wanted & _elsewhere(misroute, network):
        return []
    return [lead_over(misroute.receivers.table, block, peering) for block in wanted.cidrs()]


def _elsewhere(misroute: Misroute, network: Network) -> Addresses:
    """The addresses of all subnets of the VPCs that get the answers."""
    others = [network.peerings.get(route.target) for route, _ in misroute.strays]
    vpcs = [far.vpc for other in others if other and (far := other.beyond(misroute.far.vpc_id)) and far.vpc]
    return Addresses.union(subnet.addresses for vpc in vpcs for subnet in network.subnets_of(vpc))
