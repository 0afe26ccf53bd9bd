"""The clients of a VPC's gateway endpoints cannot count on its DNS.

Clients reach a service through a gateway endpoint at the service's public addresses, which they learn from DNS. Where
they ask Amazon's DNS server, AWS requires both DNS attributes of the VPC, `enableDnsSupport` and `enableDnsHostnames`,
to be on. Where they ask servers of their own, those have to resolve the service's names to AWS's addresses. The VPC's
DHCP options set tells them whom to ask.

## Verdicts
* **fail**, medium: subnets in use send to a gateway endpoint, the VPC has one or both attributes off, and its clients
  are told to ask Amazon's DNS server alone. A VPC without a DHCP options set counts too: instances on AWS's Nitro
  System then ask it all the same.
* **fail**, info: an attribute is off, and clients are told of other DNS servers, which may do without; or the DHCP
  options set names no DNS server.
* **unknown**: the VPC's endpoints, route tables, subnets, network interfaces, attributes or DHCP options were not seen.
* **not applicable**: no subnet in use (unless `treat_empty_vpcs` is set) sends to a gateway endpoint that is available;
  or another rule has the cause: `interface-endpoint-dns-attributes`, where the VPC has an interface endpoint with
  private DNS, or `peering-dns-vpc-attributes`, where names are to be resolved over a peering connection.

## Finding key
Empty: a VPC can have only one such fault.

## Remediation
Switch both attributes of the VPC on, one call for each. Instances with public addresses then get public DNS names too.
Have DNS servers of your own resolve the service's names to the addresses that AWS gives them. Where the DHCP options
set names no server, make one with `domain-name-servers`, and associate it with the VPC.
"""

from collections.abc import Iterable, Iterator, Mapping

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.endpoints import clients_among
from auditor.network.entities import DnsServers, Subnet, Vpc
from auditor.network.gateway_routes import GatewayRoutes, gateway_routes_of
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import switch_on_dns


@check(
    id="gateway-endpoint-dns",
    severities=(Severity.MEDIUM, Severity.INFO),
    of=Vpc,
    reads=(
        model.VpcEndpoint,
        model.Subnet,
        model.RouteTable,
        model.NetworkInterface,
        model.VpcAttribute,
        model.DhcpOptions,
        model.VpcPeeringConnection,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html",
)
def gateway_endpoint_dns(vpc: Vpc, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a VPC whose subnets in use send to a gateway endpoint by its DNS attributes and its DNS servers."""
    routes = gateway_routes_of(network, vpc)
    senders = {subnet.id: subnet for each in routes for subnet in each.subnets}
    in_use = clients_among(network, senders.values(), every_subnet=settings.treat_empty_vpcs)
    unseen = Missing.union([routes.missing, in_use.missing])
    if not in_use:
        yield Unknown(unseen) if unseen else NotApplicable("no subnet in use sends to a gateway endpoint")
        return
    support, hostnames, hidden = network.dns_attributes(vpc)
    values = {"enableDnsSupport": support, "enableDnsHostnames": hostnames}
    off = [name for name, value in values.items() if value is False]
    servers, elsewhere = network.dns_servers(vpc), _told_elsewhere(network, vpc) if off else None
    if isinstance(servers, Missing):
        yield Unknown(servers | hidden)
    elif isinstance(elsewhere, str):
        yield NotApplicable(elsewhere)
    elif elsewhere:
        yield Unknown(elsewhere)
    elif off or not (servers.amazon or servers.others):
        yield _fault(vpc, values, servers, routes, in_use)
    elif hidden:
        yield Unknown(hidden)


def _told_elsewhere(network: Network, vpc: Vpc) -> str | Missing | None:
    """The rule that tells already that DNS attributes of the VPC are off; Missing where one may."""
    endpoints = network.endpoints_of(vpc)
    if any(each.type == "Interface" and each.stands and each.record.private_dns_enabled for each in endpoints):
        return "interface-endpoint-dns-attributes tells of the VPC's attributes"
    if any(side.allows_dns for peering in network.peerings_of(vpc.id) for side in peering.sides):
        return "peering-dns-vpc-attributes tells of the VPC's attributes"
    return Missing.union([endpoints.missing, network.missing_of(model.VpcPeeringConnection, vpc)])


def _fault(
    vpc: Vpc,
    values: Mapping[str, bool | None],
    servers: DnsServers,
    routes: Iterable[GatewayRoutes],
    in_use: Iterable[Subnet],
) -> Fault:
    used = {subnet.id for subnet in in_use}
    endpoints = sorted({each.endpoint.id for each in routes if any(subnet.id in used for subnet in each.subnets)})
    off = [name for name, value in values.items() if value is False]
    ask_amazon = servers.amazon and not servers.others
    state = f"{vpc.label} has {' and '.join(off)} off"
    if ask_amazon:
        why = f"which AWS requires on for {' and '.join(endpoints)} where clients ask Amazon's DNS server, as these do"
    elif servers.others:
        why = f"so its clients count on {' and '.join(servers.others)} to resolve the names that lead them to "
        why += " and ".join(endpoints)
    else:
        state = f"the DHCP options set {vpc.record.dhcp_options_id} of {vpc.label} names no DNS server"
        why = f"so its clients learn no names that lead them to {' and '.join(endpoints)}, unless they know a server"
    return Fault(
        severity=Severity.MEDIUM if ask_amazon else Severity.INFO,
        message=f"{state}, {why}",
        evidence={
            **values,
            "dhcp_options": vpc.record.dhcp_options_id,
            "asks_amazon": servers.amazon,
            "other_dns_servers": list(servers.others),
            "gateway_endpoints": endpoints,
            "subnets_in_use": sorted(used),
        },
        related=[vpc.id, *endpoints],
        remedy=switch_on_dns(vpc, *(name[0].upper() + name[1:] for name in off)) if ask_amazon else [],
    )
