"""A route over a peering connection takes in more addresses than the peer has.

What the route takes beyond the peer's blocks is dropped: the peer takes what is addressed to itself and nothing else.
Another network with such addresses, today or one day, is then out of reach without an error anywhere.

## Verdicts
* **fail**, medium: a route over an active connection has the peer's addresses and others, and some of the others belong
  to another VPC that was seen, or to a network outside AWS that either side reaches. What a more specific route of the
  table takes elsewhere does not count.
* **fail**, low: the others belong to nothing that was seen.
* **unknown**: route tables of a side were not seen, a prefix list could not be read, or AWS did not give all blocks of
  a side.
* **not applicable**: the connection is not active, or it is under `expected_broad_peerings` in `auditor.toml`.

A route that sums up several blocks of the peer and nothing else passes, and so does one that takes in the blocks of the
table's own VPC, which never leave it. A default route, or half of one, is `peering-edge-internet-gateway` or
`peering-edge-nat`.

## Finding key
The route table's id and the route's destination. For a side of which route tables were not seen, its VPC's id.

## Remediation
Add a route to each of the peer's blocks that the subnets need, then delete the broad one. In a prefix list, replace the
entry, after a look at what else uses the list. If the route is broad on purpose, add the connection to
`expected_broad_peerings`.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Verdict
from auditor.network.diagnosis import Cause
from auditor.network.diagnosis.routes import RouteFault
from auditor.network.entities import Peering
from auditor.network.network import Network
from auditor.remedies import delete_route, lead_over
from auditor.verdicts import on_route, on_routes


@check(
    id="peering-route-too-broad",
    severities=(Severity.MEDIUM, Severity.LOW),
    of=Peering,
    reads=(
        model.Vpc,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.ServiceDetail,
        model.VpnGateway,
        model.VpnConnection,
        model.TransitGatewayVpcAttachment,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html",
)
def peering_route_too_broad(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge every route over the connection by whether it takes in more than the peer."""
    if peering.id in settings.expected_broad_peerings:
        yield NotApplicable("its routes are broad on purpose")
        return
    yield from on_routes(Cause.ROUTE_TOO_BROAD, peering, network, _fault)


def _fault(found: RouteFault) -> Fault:
    table, peering = found.table, found.peering
    blocks = list(dict.fromkeys(block for _, reason in found.reasons for block in reason.evidence["peer_cidrs"]))
    routed = {block for route in table.routes if route.active and route.target == peering.id for block in route.blocks}
    hits = any(reason.evidence["other_networks"] for _, reason in found.reasons)
    return on_route(
        found,
        f"lead {', '.join(blocks)} there alone",
        severity=Severity.MEDIUM if hits else Severity.LOW,
        remedy=[
            *(lead_over(table, block, peering) for block in blocks if block not in routed),
            delete_route(table, found.route),
        ],
    )
