"""A VPC in use leads nowhere and has no endpoint, so nothing in it reaches an AWS API.

A subnet without a route out of its VPC reaches AWS's services by endpoints alone: also those that every instance is
used to, such as Systems Manager, CloudWatch and the repositories of packages.

What runs there may need none of them, so the finding is a heuristic one.

## Verdicts
* **fail**, low: the VPC has no endpoint of any type, and no subnet that holds something which calls has a route out of
  it: to the internet, by NAT, to other VPCs or to a network outside AWS.
* **unknown**: the VPC's endpoints, subnets, network interfaces or route tables were not seen, and what was seen does
  not decide it; or the VPC is seen from a participant alone.
* **not applicable**: the VPC has an endpoint, or a subnet in use has a route out of it, by which it may reach the
  endpoints or the proxy of another VPC; nothing in the VPC calls, as where there are only databases and load balancers
  (unless `treat_empty_vpcs` is set); or `required_services` says which endpoints it must have
  (`interface-endpoint-missing-service` names them).

## Finding key
Empty: a VPC can have only one such fault.

## Remediation
Create gateway endpoints for Amazon S3 and DynamoDB, which cost nothing, and interface endpoints for the other services
that the VPC needs. Suppress the finding where it is meant to reach none.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Confidence, Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.entities import Vpc
from auditor.network.isolation import calling_subnets, leads_nowhere
from auditor.network.missing import Missing
from auditor.network.network import Network


@check(
    id="endpoint-isolated-no-endpoint",
    severities=(Severity.LOW,),
    confidences=(Confidence.HEURISTIC,),
    of=Vpc,
    reads=(
        model.VpcEndpoint,
        model.Subnet,
        model.NetworkInterface,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NatGateway,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html",
)
def endpoint_isolated_no_endpoint(vpc: Vpc, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a VPC by its endpoints and by where the subnets that call lead."""
    endpoints = network.endpoints_of(vpc)
    if settings.required_services or any(endpoint.stands for endpoint in endpoints):
        yield NotApplicable("the VPC has an endpoint, or it is said which ones it must have")
        return
    calling = calling_subnets(network, vpc, every_subnet=settings.treat_empty_vpcs)
    nowhere = [leads_nowhere(network, subnet) for subnet in calling]
    unseen = [answer for answer in nowhere if isinstance(answer, Missing)]
    if False in nowhere:
        yield NotApplicable("a subnet in use has a route out of the VPC")
    elif missing := Missing.union([endpoints.missing, calling.missing, *unseen]):
        yield Unknown(missing)
    elif not calling:
        yield NotApplicable("nothing in the VPC calls")
    else:
        subnets = [subnet.id for subnet in calling]
        yield Fault(
            message=f"{vpc.label} has no endpoint, and {', '.join(subnets)} of it "
            f"{'have' if len(subnets) > 1 else 'has'} no route out: nothing there reaches an AWS API; create endpoints "
            "for the services that it needs",
            evidence={"subnets_in_use": subnets},
            related=subnets,
        )
