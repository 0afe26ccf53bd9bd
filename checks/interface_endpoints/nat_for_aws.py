"""A VPC's NAT gateways carry enough for an interface endpoint to pay.

Through a NAT gateway each gigabyte to an AWS service costs more than through an interface endpoint, but the endpoint
is paid for by the hour as well. From some amount of traffic to one service on, the endpoint is the cheaper way. How
much of a NAT gateway's traffic goes to which service its metrics do not tell: flow logs do.

The rule needs metrics: it says nothing where the audit was not asked to read them with `--metrics`.

## Verdicts
* **fail**, info: the VPC's public NAT gateways carried at least as much in the last 30 days as makes one interface
  endpoint, in each zone whose subnets in use leave by NAT, cost no more than NAT.
* **unknown**: the NAT gateways, their metrics, the subnets in use or where they leave were not seen.
* **not applicable**: the audit read no metrics, or the Region's prices are not known; or no subnet in use leaves by
  NAT.

## Finding key
Empty: a VPC can have only one such finding.

## Remediation
Find in the VPC's flow logs which AWS services most of the traffic goes to. Amazon S3 and DynamoDB have gateway
endpoints, which cost nothing; of the others, create an interface endpoint for each that alone reaches the amount in the
finding.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.costs import NatTraffic, nat_traffic
from auditor.findings import Confidence, Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.endpoints import clients
from auditor.network.entities import Subnet, SubnetClass, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.prices import HOURS_A_MONTH, RegionPrices


@check(
    id="interface-endpoint-nat-for-aws",
    severities=(Severity.INFO,),
    confidences=(Confidence.HEURISTIC,),
    of=Vpc,
    reads=(
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NatGateway,
        model.NetworkInterface,
        model.VpcEndpoint,
        model.MetricDataResult,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-pricing.html",
)
def interface_endpoint_nat_for_aws(vpc: Vpc, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a VPC by whether an interface endpoint would pay for itself."""
    traffic, prices = nat_traffic(network, vpc, settings.prices), settings.prices.of(vpc.home.region)
    if traffic is None or prices.interface_endpoint_hour is None or not prices.interface_endpoint_gb:
        yield NotApplicable("no metrics were asked for, or the prices are not known")
        return
    if isinstance(traffic, Missing):
        yield Unknown(traffic)
        return
    in_use = clients(network, vpc, every_subnet=settings.treat_empty_vpcs)
    classes = [(subnet, network.class_of(subnet)) for subnet in in_use]
    by_nat = [subnet for subnet, kind in classes if kind is SubnetClass.NAT]
    missing = Missing.union([in_use.missing, *(kind for _, kind in classes if isinstance(kind, Missing))])
    zones = len({subnet.zone for subnet in by_nat})
    enough = _break_even(prices, zones)
    # With more zones the endpoint costs more: what was not seen may only raise the amount.
    if enough is not None and by_nat and traffic.total >= enough and missing is None:
        yield _fault(vpc, traffic, by_nat, enough, prices)
    elif missing and (enough is None or traffic.total >= enough):
        yield Unknown(missing)
    elif not by_nat:
        yield NotApplicable("no subnet in use leaves by NAT")


def _break_even(prices: RegionPrices, zones: int) -> float | None:
    """The gigabytes a month from which an endpoint in so many zones costs no more than NAT; None if it never does."""
    if prices.nat_gateway_gb is None or prices.interface_endpoint_hour is None or not prices.interface_endpoint_gb:
        return None
    gained = prices.nat_gateway_gb - prices.interface_endpoint_gb[0].usd
    return zones * HOURS_A_MONTH * prices.interface_endpoint_hour / gained if gained > 0 else None


def _fault(vpc: Vpc, traffic: NatTraffic, by_nat: list[Subnet], enough: float, prices: RegionPrices) -> Fault:
    zones = sorted({subnet.record.availability_zone or subnet.zone for subnet in by_nat})
    gateways = [gateway for gateway, _ in traffic.gigabytes]
    return Fault(
        message=f"{', '.join(gateways)} of {vpc.label} carried {traffic.total:,.0f} GB in 30 days; an interface "
        f"endpoint in {', '.join(zones)} is cheaper for a service that alone has {enough:,.0f} GB a month or more of "
        "that",
        evidence={
            "nat_gigabytes": dict(traffic.gigabytes),
            "zones": zones,
            "break_even_gigabytes": round(enough, 2),
            "nat_gateway_gb_usd": prices.nat_gateway_gb,
            "interface_endpoint_hour_usd": prices.interface_endpoint_hour,
            "interface_endpoint_gb_usd": prices.interface_endpoint_gb[0].usd if prices.interface_endpoint_gb else None,
            "hours": HOURS_A_MONTH,
        },
        related=[*gateways, *(subnet.id for subnet in by_nat)],
    )
