"""A NAT gateway carries next to nothing beside the VPC's endpoints.

With endpoints for the AWS services that a VPC uses, its NAT gateway may be needed for nothing any more but updates and
destinations that are not AWS's. One that carries next to nothing may be gone without being missed, and is paid for by
the hour.

The rule needs metrics: it says nothing where the audit was not asked to read them with `--metrics`. It is off by
default.

## Verdicts
* **fail**, info: a public NAT gateway carried less than a gigabyte in the last 30 days, and its VPC has an endpoint for
  an AWS service.
* **unknown**: the VPC's NAT gateways, when they were made, their metrics or its endpoints were not seen.
* **not applicable**: the audit read no metrics, or the VPC has no public NAT gateway or no endpoint, or the gateway is
  younger than the 30 days.

## Finding key
The NAT gateway's id.

## Remediation
Find in the VPC's flow logs what still goes through the gateway. The internet is needed for updates and for destinations
that are not AWS's; where nothing needs it, delete the gateway and the routes that lead to it.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Confidence, Fault, NotApplicable, Saving, Severity, Unknown, Verdict
from auditor.network.endpoints import is_customer_service
from auditor.network.entities import Vpc
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.usage import WINDOW_DAYS, carried_by_nat_gateway, public_nat_gateways, stood_for, was_asked
from auditor.prices import GIGABYTE, HOURS_A_MONTH, PriceTable


@check(
    id="endpoint-nat-only-aws",
    severities=(Severity.INFO,),
    confidences=(Confidence.HEURISTIC,),
    of=Vpc,
    reads=(model.NatGateway, model.VpcEndpoint, model.MetricDataResult),
    source="https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html",
    enabled=False,
)
def endpoint_nat_only_aws(vpc: Vpc, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the NAT gateways of a VPC with endpoints by what they still carry."""
    if not was_asked(network, vpc.home):
        yield NotApplicable("no metrics were asked for")
        return
    gateways, endpoints = public_nat_gateways(network, vpc), network.endpoints_of(vpc)
    of_aws = [each for each in endpoints if each.stands and each.service_name and not is_customer_service(each)]
    if missing := Missing.union([gateways.missing, None if of_aws else endpoints.missing]):
        yield Unknown(missing)
    if not gateways or not of_aws:
        yield NotApplicable("the VPC has no public NAT gateway, or no endpoint")
        return
    for gateway in gateways:
        if gateway.create_time is None:
            yield Unknown(_absent(vpc, gateway), gateway.nat_gateway_id)
            continue
        if not stood_for(network, vpc.home, gateway.create_time):
            yield NotApplicable(f"{gateway.nat_gateway_id} is younger than the days that metrics tell of")
            continue
        carried = carried_by_nat_gateway(network, gateway.nat_gateway_id, vpc.home)
        if isinstance(carried, Missing):
            yield Unknown(carried, gateway.nat_gateway_id)
        elif carried < GIGABYTE:
            yield _fault(vpc, gateway, carried, [each.id for each in of_aws], settings.prices)


def _absent(vpc: Vpc, gateway: model.NatGateway) -> Missing:
    at, action = vpc.home, "ec2:DescribeNatGateways"
    return Missing.of(
        Kind.ABSENT_FIELD, account=at.account, region=at.region, action=action, resource=gateway.nat_gateway_id
    )


def _fault(vpc: Vpc, gateway: model.NatGateway, carried: float, endpoints: list[str], prices: PriceTable) -> Fault:
    price = prices.of(vpc.home.region).nat_gateway_hour
    # A regional NAT gateway is paid for in each zone that it happens to be in, and AWS does not say which.
    known = price is not None and gateway.availability_mode != "regional"
    saving = Saving(resource=gateway.nat_gateway_id, of="hours", quantity=HOURS_A_MONTH, price_usd=price or 0.0)
    costs = f" and costs ${saving.usd:,.2f} a month for its hours" if known else ""
    return Fault(
        key=gateway.nat_gateway_id,
        message=f"{gateway.nat_gateway_id} of {vpc.label} carried {carried / 2**20:,.1f} MB in 30 days{costs}, and "
        f"AWS's services have {', '.join(endpoints)}; the internet may still be needed for updates and for "
        "destinations that are not AWS's",
        evidence={"bytes": carried, "days": WINDOW_DAYS, "endpoints": endpoints},
        related=[vpc.id, *endpoints],
        savings=[saving] if known else [],
    )
