"""An interface endpoint costs money where a free gateway endpoint would be enough.

Amazon S3 and DynamoDB have endpoints of both types. An interface endpoint costs by the hour and by the byte, and is
needed for clients that come in from outside the VPC. Where nobody can come in, a gateway endpoint serves the VPC's own
subnets for nothing. Which services have gateway endpoints comes from AWS's own list for the Region.

A finding says what the endpoint's hours cost in a month and, where the audit read metrics with `--metrics`, what it
carried: a gateway endpoint carries that for nothing. Without metrics only the second amount is left out.

Whether the endpoint is kept for another reason cannot be told from the configuration, so the finding is a heuristic
one. That the VPC lacks the gateway endpoint is `gateway-endpoint-missing`; this is about what could then go.

## Verdicts
* **fail**, low: the interface endpoint is available, its service offers gateway endpoints in the Region, and the VPC
  has subnets in use and no way in: no live peering connection, transit gateway, Cloud WAN or virtual private gateway,
  no Client VPN and no Route 53 Resolver inbound endpoint.
* **unknown**: one of these, the VPC's endpoints, subnets or network interfaces, or the Region's services were not seen,
  and nothing that was seen decides it.
* **not applicable**: the service has no gateway endpoints, or is one of another Region; the VPC has a gateway endpoint
  for it (`endpoint-s3-interface-shadows-gateway` and `endpoint-s3-both-types` judge that); somebody can come in from
  outside; the endpoint's policy restricts anything, which may be what it is for; an AWS service made it and looks after
  it; no subnet of the VPC is in use (unless `treat_empty_vpcs` is set); or the endpoint is no interface endpoint that
  is available.

## Finding key
Empty: an endpoint can have only one such fault.

## Remediation
Create a gateway endpoint for the service and associate it with the route tables of all subnets in use. Let clients that
were told the interface endpoint's own names use the service's name again, then delete it. Bucket policies that name the
interface endpoint (`aws:SourceVpce`) must name the gateway endpoint instead.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.costs import dollars, gigabytes_of, hours_of
from auditor.findings import Confidence, Fault, NotApplicable, Operation, Saving, Severity, Unknown, Verdict
from auditor.network.both_types import in_own_region
from auditor.network.coverage import Listing
from auditor.network.endpoint_policies import EndpointPolicy, policy_of
from auditor.network.endpoints import clients, vpc_of, ways_in
from auditor.network.entities import Endpoint, Subnet, Vpc
from auditor.network.entrances import client_vpns_of, inbound_resolvers_of
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.prices import PriceTable
from auditor.remedies import create_gateway_endpoint, delete_endpoint


@check(
    id="interface-endpoint-could-be-gateway",
    severities=(Severity.LOW,),
    confidences=(Confidence.HEURISTIC,),
    of=Endpoint,
    reads=(
        model.Vpc,
        model.Subnet,
        model.NetworkInterface,
        model.RouteTable,
        model.ServiceDetail,
        model.VpcPeeringConnection,
        model.TransitGatewayVpcAttachment,
        model.VpnGateway,
        model.ClientVpnEndpoint,
        model.ClientVpnTargetNetworks,
        model.ResolverEndpoint,
        model.MetricDataResult,
    ),
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html",
)
def interface_endpoint_could_be_gateway(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge an interface endpoint by whether its service has gateway endpoints and anybody comes in from outside."""
    if not _is_plain(endpoint, network):
        yield NotApplicable("the endpoint is not available, not plain, or leads to another Region")
        return
    capable = network.gateway_capable(endpoint.home)
    if endpoint.service_name not in capable.items:
        yield Unknown(capable.missing) if capable.missing else NotApplicable("the service has no gateway endpoints")
        return
    vpc = vpc_of(network, endpoint)
    if isinstance(vpc, Missing):
        yield Unknown(vpc)
        return
    reasons = _reasons(endpoint, vpc, network)
    in_use = clients(network, vpc, every_subnet=settings.treat_empty_vpcs)
    if reasons:
        yield NotApplicable(f"{reasons.items[0]} is a reason for it")
    elif missing := Missing.union([reasons.missing, None if in_use else in_use.missing]):
        yield Unknown(missing)
    elif not in_use:
        yield NotApplicable("no subnet of the VPC is in use")
    else:
        yield _fault(endpoint, vpc, in_use, network, settings.prices)


def _is_plain(endpoint: Endpoint, network: Network) -> bool:
    """Whether it is the customer's own interface endpoint to a service of its Region, and lets everything through."""
    read = policy_of(network, endpoint)
    return (
        endpoint.type == "Interface"
        and endpoint.state == "available"
        and not endpoint.requester_managed
        and in_own_region(endpoint)
        and (read is None or (isinstance(read, EndpointPolicy) and read.policy.is_default))
    )


def _reasons(endpoint: Endpoint, vpc: Vpc, network: Network) -> Listing[str]:
    """The ids of what an interface endpoint may be needed for, or stands beside."""
    endpoints = network.endpoints_of(vpc)
    beside = [
        each.id
        for each in endpoints
        if each.type == "Gateway" and each.stands and each.service_name == endpoint.service_name
    ]
    ways = [ways_in(network, vpc), client_vpns_of(network, vpc), inbound_resolvers_of(network, vpc)]
    found = [*beside, *(way for each in ways for way in each)]
    return Listing(tuple(found), Missing.union([endpoints.missing, *(each.missing for each in ways)]))


def _fault(endpoint: Endpoint, vpc: Vpc, in_use: Listing[Subnet], network: Network, prices: PriceTable) -> Fault:
    subnets = [subnet.id for subnet in in_use]
    hours, gigabytes = hours_of(endpoint, prices), gigabytes_of(network, endpoint, prices)
    savings = (*hours, gigabytes) if gigabytes else hours
    return Fault(
        message=f"{endpoint.label} in {vpc.label} costs by the hour and by the byte, and nobody can come in from "
        f"outside the VPC; a gateway endpoint would serve {', '.join(subnets)} with {endpoint.service_name} for "
        f"nothing{_saved(hours, gigabytes)}",
        evidence={
            "service": endpoint.service_name,
            "zones": len(endpoint.record.subnet_ids or ()),
            "subnets_in_use": subnets,
        },
        related=[vpc.id, *subnets],
        remedy=_exchange(endpoint, vpc, in_use, network),
        savings=savings,
    )


def _saved(hours: tuple[Saving, ...], gigabytes: Saving | None) -> str:
    """What the end of the endpoint saves, as the end of a sentence; empty where it is not known."""
    of_hours = f"{dollars(hours)} a month for its hours" if hours else ""
    of_gigabytes = f"{dollars([gigabytes])} for the {gigabytes.quantity:,.2f} GB of 30 days" if gigabytes else ""
    saved = " and ".join(each for each in (of_hours, of_gigabytes) if each)
    unknown = "" if gigabytes or not hours else ", and what it carries, which is not known"
    return f"; that saves {saved}{unknown}" if saved else ""


def _exchange(endpoint: Endpoint, vpc: Vpc, in_use: Listing[Subnet], network: Network) -> list[Operation]:
    """A gateway endpoint for all subnets in use, then the end of the other; nothing where a route table was not seen.

    Without private DNS, clients were told the other's own names: it must not go before they forget them.
    """
    tables = [network.table_of(subnet) for subnet in in_use]
    ids = sorted({table.id for table in tables if not isinstance(table, Missing)})
    if in_use.missing or any(isinstance(table, Missing) for table in tables):
        return []
    end = [delete_endpoint(endpoint)] if endpoint.captures_vpc_traffic else []
    return [create_gateway_endpoint(vpc, endpoint.service_name, ids), *end]
