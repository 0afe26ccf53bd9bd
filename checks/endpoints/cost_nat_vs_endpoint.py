"""An interface endpoint costs more than the same traffic through the VPC's NAT gateway.

An interface endpoint keeps traffic to an AWS service off the NAT gateway, where each gigabyte costs more; but it is
paid for by the hour in each zone. With little traffic the hours outweigh the gigabytes. What else the endpoint gives,
a private path and a policy on it, may well be worth the difference: that is not for a tool to say.

The rule needs metrics: it says nothing where the audit was not asked to read them with `--metrics`.

## Verdicts
* **fail**, info: the endpoint's hours and gigabytes of the last 30 days cost more than its gigabytes would through NAT,
  and all subnets in use of its VPC leave by a public NAT gateway.
* **unknown**: the endpoint's metrics, when it was made, the subnets in use or where they leave were not seen.
* **not applicable**: the audit read no metrics, or the Region's prices are not known; some subnet in use does not leave
  by NAT; the endpoint is younger than the 30 days; it carried nothing at all, which `interface-endpoint-unused` tells;
  or it is no available interface endpoint to an AWS service, or one that an AWS service looks after.

## Finding key
Empty: an endpoint can have only one such finding.

## Remediation
Decide whether the private path and the endpoint's policy are worth the difference. If not, delete the endpoint: the
service's name then resolves to its public addresses, which the subnets reach through NAT without leaving AWS's network.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.costs import dollars, gigabytes_of, hours_of
from auditor.findings import Confidence, Fault, NotApplicable, Saving, Severity, Unknown, Verdict
from auditor.network.endpoints import absent_member, clients, is_customer_service, vpc_of
from auditor.network.entities import Endpoint, SubnetClass
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.usage import carried_by_endpoint, stood_for, was_asked


@check(
    id="endpoint-cost-nat-vs-endpoint",
    severities=(Severity.INFO,),
    confidences=(Confidence.HEURISTIC,),
    of=Endpoint,
    reads=(
        model.Vpc,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NatGateway,
        model.NetworkInterface,
        model.MetricDataResult,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-pricing.html",
)
def endpoint_cost_nat_vs_endpoint(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge an interface endpoint by what its traffic would cost through NAT."""
    nat_price = settings.prices.of(endpoint.home.region).nat_gateway_gb
    hours = hours_of(endpoint, settings.prices)
    if (
        endpoint.state != "available"
        or is_customer_service(endpoint)
        or endpoint.requester_managed
        or not hours
        or nat_price is None
        or not was_asked(network, endpoint.home)
    ):
        yield NotApplicable("the endpoint is no interface endpoint to compare, or metrics or prices are not known")
        return
    created = endpoint.record.creation_timestamp
    if created is None:
        yield Unknown(absent_member(endpoint))
        return
    if not stood_for(network, endpoint.seen_from, created):
        yield NotApplicable("the endpoint is younger than the days that metrics tell of")
        return
    carried = carried_by_endpoint(network, endpoint)
    if isinstance(carried, Missing):
        yield Unknown(carried)
        return
    gigabytes = gigabytes_of(network, endpoint, settings.prices)
    if gigabytes is None or not carried:
        yield NotApplicable("the endpoint carried nothing, or the price of a gigabyte is not known")
        return
    costs, by_nat = sum(each.usd for each in (*hours, gigabytes)), gigabytes.quantity * nat_price
    if costs <= by_nat:
        return
    leaves = _leaves_by_nat(endpoint, network, settings)
    if isinstance(leaves, Missing):
        yield Unknown(leaves)
    elif leaves:
        yield _fault(endpoint, (*hours, gigabytes), gigabytes, nat_price)
    else:
        yield NotApplicable("some subnet in use does not leave by NAT")


def _leaves_by_nat(endpoint: Endpoint, network: Network, settings: Settings) -> bool | Missing:
    """Whether there are subnets in use in the endpoint's VPC, and all of them leave by NAT."""
    vpc = vpc_of(network, endpoint)
    if isinstance(vpc, Missing):
        return vpc
    in_use = clients(network, vpc, every_subnet=settings.treat_empty_vpcs)
    classes = [network.class_of(subnet) for subnet in in_use]
    if any(not isinstance(kind, Missing) and kind is not SubnetClass.NAT for kind in classes):
        return False
    unseen = Missing.union([in_use.missing, *(kind for kind in classes if isinstance(kind, Missing))])
    return unseen or bool(classes)


def _fault(endpoint: Endpoint, costs: tuple[Saving, ...], gigabytes: Saving, nat_price: float) -> Fault:
    by_nat = gigabytes.quantity * nat_price
    return Fault(
        message=f"{endpoint.label} to {endpoint.service_name} in {endpoint.vpc_id} carried "
        f"{gigabytes.quantity:,.2f} GB in 30 days and costs {dollars(costs)} a month, where the same through NAT is "
        f"${by_nat:,.2f}; what it gives beyond that is a private path and a policy",
        evidence={
            "service": endpoint.service_name,
            "gigabytes": gigabytes.quantity,
            "endpoint_usd": round(sum(each.usd for each in costs), 2),
            "endpoint_gb_usd": gigabytes.price_usd,
            "endpoint_hours": {each.resource: each.quantity for each in costs[:-1]},
            "endpoint_hour_usd": costs[0].price_usd,
            "nat_gateway_gb_usd": nat_price,
            "nat_usd": round(by_nat, 2),
        },
        related=[endpoint.vpc_id],
    )
