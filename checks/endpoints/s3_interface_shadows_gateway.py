"""An interface endpoint takes the traffic that a free gateway endpoint of its VPC would carry.

Where both types of endpoint stand in one VPC, private DNS of the interface endpoint lets the service's own name resolve
to it, for the VPC's own clients too. Their traffic then pays for every byte, and the gateway endpoint carries nothing.
Private DNS can be kept to queries that come in by a Route 53 Resolver inbound endpoint
(`PrivateDnsOnlyForInboundResolverEndpoint`): the VPC's own clients then take the gateway endpoint. The rule holds for
each service that AWS offers by both types, not for Amazon S3 alone.

Where the audit read metrics with `--metrics`, a finding says what the remedy saves at most in a month: the price of
all that the interface endpoint carried, though some of it may come from outside the VPC. Its hours stay. Without
metrics only the amount is left out.

How much the clients use the service, and whether they are meant to pass the interface endpoint's security groups and
policy, cannot be told from the configuration, so the finding is a heuristic one.

## Verdicts
* **fail**, low: private DNS is on for all queries, and the route table of a subnet in use leads to an available gateway
  endpoint of the VPC for the service.
* **fail**, info: the same, and an AWS service made the interface endpoint and looks after it.
* **unknown**: AWS left out whether private DNS is on; or the VPC's DNS attributes, endpoints, subnets, network
  interfaces or route tables were not seen, and it is not clear without them.
* **not applicable**: private DNS is off or kept to inbound queries. Where the gateway endpoint that such an endpoint
  leaves the VPC's traffic to is missing or leaves subnets out, `gateway-endpoint-missing`,
  `gateway-endpoint-no-route-table` and `gateway-endpoint-route-table-gap` say so. Also where private DNS does not work
  in the VPC (`interface-endpoint-dns-attributes` says so), no subnet of it is in use (unless `treat_empty_vpcs` is
  set), the service is one of another Region, or the endpoint is no interface endpoint that is available.

## Finding key
Empty: an endpoint can have only one such fault.

## Remediation
Associate the gateway endpoint with the route tables of all subnets in use first; then keep the interface endpoint's
private DNS to inbound queries. AWS lets nobody delete the gateway endpoint as long as that is so.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.costs import dollars, gigabytes_of
from auditor.findings import Confidence, Fault, NotApplicable, Saving, Severity, Unknown, Verdict
from auditor.network.both_types import BothTypes, Served, both_types, in_own_region, served_by
from auditor.network.endpoints import absent_member, clients, vpc_of
from auditor.network.entities import Endpoint, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import if_its_owners, modify_endpoint


@check(
    id="endpoint-s3-interface-shadows-gateway",
    severities=(Severity.LOW, Severity.INFO),
    confidences=(Confidence.HEURISTIC,),
    of=Endpoint,
    reads=(
        model.Vpc,
        model.VpcAttribute,
        model.Subnet,
        model.RouteTable,
        model.NetworkInterface,
        model.MetricDataResult,
    ),
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html",
)
def endpoint_s3_interface_shadows_gateway(
    endpoint: Endpoint, network: Network, settings: Settings
) -> Iterator[Verdict]:
    """Judge an interface endpoint with private DNS by whether a gateway endpoint could carry its VPC's traffic."""
    if endpoint.type != "Interface" or endpoint.state != "available" or not in_own_region(endpoint):
        yield NotApplicable("the endpoint is no interface endpoint to a service of its Region, or not available")
        return
    vpc = vpc_of(network, endpoint)
    if isinstance(vpc, Missing):
        yield Unknown(vpc)
        return
    pairs = both_types(network, vpc)
    pair = next((found for found in pairs if found.service_name == endpoint.service_name), None)
    if endpoint.record.private_dns_enabled is None and (pair or pairs.missing):
        yield Unknown(absent_member(endpoint))
    elif not endpoint.captures_vpc_traffic:
        yield NotApplicable("private DNS is off, or kept to inbound queries")
    elif pair is None:
        yield Unknown(pairs.missing) if pairs.missing else NotApplicable("the VPC has no gateway endpoint beside it")
    else:
        yield from _judge(endpoint, vpc, pair, network, settings)


def _judge(endpoint: Endpoint, vpc: Vpc, pair: BothTypes, network: Network, settings: Settings) -> Iterator[Verdict]:
    support, hostnames, unseen = network.dns_attributes(vpc)
    served = served_by(network, pair.gateways, clients(network, vpc, every_subnet=settings.treat_empty_vpcs))
    if support is False or hostnames is False:
        yield NotApplicable("private DNS does not work in the VPC")
    elif not served.subnets:
        yield Unknown(served.missing) if served.missing else NotApplicable("no subnet in use leads to the gateway")
    elif unseen:
        yield Unknown(unseen)
    else:
        carried = gigabytes_of(network, endpoint, settings.prices)
        yield _fault(endpoint, vpc, pair, served, replace(carried, at_most=True) if carried else None)


def _fault(endpoint: Endpoint, vpc: Vpc, pair: BothTypes, served: Served, carried: Saving | None) -> Fault:
    gateways = [gateway.id for gateway in pair.gateways]
    others = [subnet.id for subnet in served.others]
    whole = not others and served.missing is None
    step = modify_endpoint(endpoint, DnsOptions={"PrivateDnsOnlyForInboundResolverEndpoint": True})
    first = "" if whole else f", once the route tables of {', '.join(others) or 'all subnets in use'} lead there too"
    saves = (
        f"; that saves at most {dollars([carried])} a month, the price of all {carried.quantity:,.2f} GB of 30 days"
        if carried and carried.quantity
        else ""
    )
    return Fault(
        severity=Severity.INFO if endpoint.requester_managed else Severity.LOW,
        message=f"the name of {endpoint.service_name} resolves to {endpoint.label} in {vpc.label}, which pays for "
        f"every byte, though {', '.join(subnet.id for subnet in served.subnets)} could take {', '.join(gateways)} for "
        f"nothing; keep private DNS to inbound queries{first}{saves}",
        evidence={
            "service": endpoint.service_name,
            "gateway_endpoints": gateways,
            "subnets_that_lead_there": [subnet.id for subnet in served.subnets],
            "subnets_that_do_not": others,
        },
        related=[vpc.id, *gateways],
        remedy=if_its_owners(endpoint, [step]) if whole else [],
        savings=[carried] if carried and not endpoint.requester_managed else [],
    )
