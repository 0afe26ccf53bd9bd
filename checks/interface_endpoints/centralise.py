"""Several connected VPCs each pay for an interface endpoint to one service.

An interface endpoint is paid for by the hour in each zone of each VPC. VPCs that reach one another can share one: it is
reached over a peering connection or a transit gateway like any other address.

Such a design has its price: transit gateways charge for each gigabyte, one endpoint has one policy for all, its names
must come from a private hosted zone or a Route 53 Profile instead of private DNS, and what breaks it breaks it for all.

## Verdicts
* **fail**, info: at least three VPCs of a Region have an available interface endpoint for the same AWS service with the
  same policy, and the others reach the VPC of this one and are answered, over a peering connection or a transit
  gateway. The VPC is the one of them that is connected with most; only those that reach it directly count.
* **unknown**: no such VPCs were found, but connections or routes of the endpoint's VPC were not all seen.
* **not applicable**: another endpoint of them has the finding; or it is no available interface endpoint to an AWS
  service, or one that an AWS service looks after.

## Finding key
Empty: an endpoint can stand for others once.

## Remediation
Weigh what the hours cost against the gigabytes over the transit gateway and the isolation that is lost. To share the
endpoint, switch its private DNS off, associate a private hosted zone for the service's name with all the VPCs, or share
a Route 53 Profile, let their addresses in by its security groups, and delete the other endpoints.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.costs import dollars, hours_of
from auditor.findings import Confidence, Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.diagnosis.repeated_endpoints import Repetition, repetitions
from auditor.network.endpoints import is_customer_service, vpc_of
from auditor.network.entities import Endpoint, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.prices import PriceTable


@check(
    id="interface-endpoint-centralise",
    severities=(Severity.INFO,),
    confidences=(Confidence.HEURISTIC,),
    of=Endpoint,
    reads=(
        model.Vpc,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.VpcPeeringConnection,
        model.TransitGatewayVpcAttachment,
    ),
    source="https://docs.aws.amazon.com/whitepapers/latest/building-scalable-secure-multi-vpc-network-infrastructure/centralized-access-to-vpc-private-endpoints.html",
)
def interface_endpoint_centralise(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge an interface endpoint by those that it could stand for."""
    if (
        endpoint.type != "Interface"
        or endpoint.state != "available"
        or endpoint.requester_managed
        or is_customer_service(endpoint)
    ):
        yield NotApplicable("the endpoint is no interface endpoint to an AWS service that its owner looks after")
        return
    repetition = repetitions(network).get(endpoint.id)
    if repetition and repetition.hub.id != endpoint.id:
        yield NotApplicable(f"{repetition.hub.id} has the finding")
        return
    vpc = vpc_of(network, endpoint)
    if isinstance(vpc, Missing):
        yield Unknown(vpc)
    elif repetition:
        yield _fault(repetition, vpc, settings.prices)
    elif missing := _unseen(vpc, network):
        yield Unknown(missing)


def _unseen(vpc: Vpc, network: Network) -> Missing | None:
    records = (model.VpcPeeringConnection, model.TransitGatewayVpcAttachment, model.RouteTable, model.Subnet)
    return Missing.union(network.missing_of(record, vpc) for record in records)


def _fault(repetition: Repetition, vpc: Vpc, prices: PriceTable) -> Fault:
    hub, spokes = repetition.hub, repetition.spokes
    hours = tuple(saving for each in spokes for saving in hours_of(each, prices))
    costs = f", and their hours cost {dollars(hours)} a month" if hours else ""
    return Fault(
        message=f"{hub.label} to {hub.service_name} in {vpc.label} is within reach of {len(spokes)} VPCs that have an "
        f"endpoint of their own for it, {', '.join(f'{each.id} in {each.vpc_id}' for each in spokes)}{costs}; one "
        "could serve all",
        evidence={
            "service": hub.service_name,
            "over": list(repetition.over),
            "endpoints": {each.id: {"vpc": each.vpc_id, "zones": len(each.record.subnet_ids or ())} for each in spokes},
        },
        related=[vpc.id, *(each.id for each in spokes)],
        savings=hours,
    )
