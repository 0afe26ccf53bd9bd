"""Networks outside AWS do not resolve the private names of a VPC's interface endpoints.

Private DNS lets a service's own name resolve to the endpoint for queries of the VPC itself. What comes in by VPN or
Direct Connect asks other name servers, which give the service's public addresses, unless they forward the name to a
Route 53 Resolver inbound endpoint in the VPC. The endpoint's own names, which begin with its id, resolve to its private
addresses everywhere.

Whether anybody out there uses the services cannot be told from the configuration, nor whether another name server in
the VPC answers them, so the finding is a heuristic one.

## Verdicts
* **fail**, info: the VPC has available interface endpoints with private DNS, a virtual private gateway or a route over
  a transit gateway or Cloud WAN to a network that is no VPC's, and no Resolver inbound endpoint in it.
* **unknown**: AWS left out whether private DNS is on; or the VPC's endpoints, gateways or routes were not seen, and no
  network outside AWS is known; or the Resolver endpoints of the VPC, or of a VPC connected with it, were not seen.
* **not applicable**: the VPC has no interface endpoint with private DNS; no network outside AWS is known behind it; or
  a VPC that is connected with it has an inbound endpoint, as a central design does, which resolves the names by private
  hosted zones or Route 53 Profiles that this rule does not read.

## Finding key
Empty: a VPC can have only one such fault.

## Remediation
Where clients outside AWS need the services, create a Resolver inbound endpoint in the VPC and have their name servers
forward the services' names to it, or let the clients use the endpoints' own names. Otherwise suppress the finding.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Confidence, Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.coverage import Listing
from auditor.network.diagnosis.on_premises import prefixes_behind
from auditor.network.endpoints import absent_member
from auditor.network.entities import Endpoint, Vpc
from auditor.network.entrances import inbound_resolvers_beyond, inbound_resolvers_of
from auditor.network.missing import Missing
from auditor.network.network import Network


@check(
    id="interface-endpoint-on-premises-dns",
    severities=(Severity.INFO,),
    confidences=(Confidence.HEURISTIC,),
    of=Vpc,
    reads=(
        model.VpcEndpoint,
        model.VpnGateway,
        model.VpnConnection,
        model.TransitGatewayVpcAttachment,
        model.VpcPeeringConnection,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.ResolverEndpoint,
    ),
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-overview-forward-network-to-vpc.html",
)
def interface_endpoint_on_premises_dns(vpc: Vpc, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a VPC with interface endpoints by how networks outside AWS could resolve their private names."""
    endpoints = _with_private_names(vpc, network)
    if not endpoints:
        yield Unknown(endpoints.missing) if endpoints.missing else NotApplicable("no endpoint has private DNS")
        return
    gateways = _to_networks_outside(vpc, network)
    if not gateways:
        yield Unknown(gateways.missing) if gateways.missing else NotApplicable("no network outside AWS is known")
        return
    own, others = inbound_resolvers_of(network, vpc), inbound_resolvers_beyond(network, vpc)
    if own:
        return
    if others:
        yield NotApplicable(f"{others.items[0]} of a connected VPC may resolve the names")
    elif missing := Missing.union([own.missing, others.missing]):
        yield Unknown(missing)
    else:
        yield _fault(vpc, endpoints.items, gateways.items)


def _with_private_names(vpc: Vpc, network: Network) -> Listing[Endpoint]:
    endpoints = network.endpoints_of(vpc)
    available = [each for each in endpoints if each.type == "Interface" and each.state == "available"]
    untold = [absent_member(each) for each in available if each.record.private_dns_enabled is None]
    named = tuple(each for each in available if each.record.private_dns_enabled)
    return Listing(named, Missing.union([endpoints.missing, *untold]))


def _to_networks_outside(vpc: Vpc, network: Network) -> Listing[str]:
    """The gateways of a VPC behind which a network outside AWS is known."""
    attached, prefixes = network.attached(model.VpnGateway, vpc), prefixes_behind(network, vpc)
    found = dict.fromkeys([*attached, *(prefix.gateway for prefix in prefixes)])
    return Listing(tuple(found), Missing.union([attached.missing, prefixes.missing]))


def _fault(vpc: Vpc, endpoints: tuple[Endpoint, ...], gateways: tuple[str, ...]) -> Fault:
    ids = [endpoint.id for endpoint in endpoints]
    return Fault(
        message=f"{vpc.label} is connected by {', '.join(gateways)} with a network outside AWS and has no Resolver "
        f"inbound endpoint: the private names of {', '.join(ids)} do not resolve there, unless another name server of "
        "the VPC answers; the endpoints' own names do",
        evidence={
            "gateways": list(gateways),
            "endpoints": {endpoint.id: endpoint.service_name for endpoint in endpoints},
        },
        related=[*gateways, *ids],
    )
