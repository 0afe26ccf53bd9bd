"""A VPC lacks an endpoint for a service that it is to reach.

Some services are of use only together: with endpoints for some of them alone, their clients reach the others past any
endpoint, or not at all where they have no route out. Judged are

* images from Amazon ECR: `ecr.api` and `ecr.dkr`. Their layers come from Amazon S3: that the VPC has no way to it is
  `gateway-endpoint-missing` and `gateway-endpoint-route-table-gap`;
* Amazon ECS on instances: `ecs`, `ecs-agent` and `ecs-telemetry`, where one of the last two is there;
* Systems Manager: `ssm` and `ssmmessages`. Agents since 3.3.40.0 need `ec2messages` no longer, so nobody is told to
  create it; where it is there, `ssm` is needed, and it stands in for `ssmmessages`, except for sessions. An endpoint
  for `ssm` alone serves the Parameter Store, and one for `ssmmessages` alone ECS Exec: they count only where instances
  have no route out of the VPC.

`required_services` names services that every VPC in use must have an endpoint for, or within reach.

Whether the VPC uses the services cannot be told from the configuration, so the finding is a heuristic one.

## Verdicts
* **fail**, medium: the VPC has a part of such services, or `required_services` names one; neither it nor a VPC that it
  is connected with has an endpoint for the one that the finding names; and a subnet in use has no default route.
* **fail**, low: the same, and all subnets in use that were seen have a default route; or only an endpoint for `ssm` or
  `ssmmessages` asks for the other.
* **unknown**: the VPC's endpoints, subnets or network interfaces, the Region's services, or the endpoints of a VPC that
  it is connected with were not seen; or no audited Region offers a service of `required_services`.
* **not applicable**: nothing in the VPC calls, as where there are only databases and load balancers (unless
  `treat_empty_vpcs` is set). Services that the Region does not offer by interface endpoints are passed over, and so are
  those of `required_services` that have gateway endpoints, of which `gateway-endpoint-missing` tells.

## Finding key
The service without its Region, such as `ecr.api`.

## Remediation
Create an interface endpoint for the service, with private DNS, in the subnets and with the security groups of the
endpoints that are there, or in a VPC that this one is connected with. Otherwise suppress the finding.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Confidence, Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.bundles import (
    Lack,
    interface_services,
    lacks,
    offered_anywhere,
    present_services,
    within_reach,
)
from auditor.network.coverage import Listing
from auditor.network.entities import Endpoint, Subnet, SubnetClass, Vpc, canonical_service
from auditor.network.isolation import calling_subnets, leads_nowhere
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.remedies import create_endpoint_beside


@check(
    id="interface-endpoint-missing-service",
    severities=(Severity.MEDIUM, Severity.LOW),
    confidences=(Confidence.HEURISTIC,),
    of=Vpc,
    reads=(
        model.VpcEndpoint,
        model.ServiceDetail,
        model.Subnet,
        model.NetworkInterface,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NatGateway,
        model.VpcPeeringConnection,
        model.TransitGatewayVpcAttachment,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html",
)
def interface_endpoint_missing_service(vpc: Vpc, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a VPC in use for each service that its endpoints, or the settings, ask for."""
    calling = calling_subnets(network, vpc, every_subnet=settings.treat_empty_vpcs)
    endpoints = network.endpoints_of(vpc)
    if missing := Missing.union([endpoints.missing, None if calling else calling.missing]):
        yield Unknown(missing)
        return
    if not calling:
        yield NotApplicable("nothing in the VPC calls")
        return
    for wanted in _wanted(vpc, calling, network, settings):
        yield from _judge(wanted, vpc, calling, network)


@dataclass(frozen=True)
class _Wanted:
    service: str
    lack: Lack | None
    """Which endpoints ask for it; None where the settings do."""


def _wanted(vpc: Vpc, calling: Listing[Subnet], network: Network, settings: Settings) -> list[_Wanted]:
    """The services that the VPC's endpoints or the settings ask for, in the order of their names."""
    found: dict[str, _Wanted] = {}
    for lack in lacks(network, vpc, _cut_off_instances(calling, network)):
        found[lack.service] = _Wanted(lack.service, lack)
    by_gateway = {canonical_service(name) for name in network.gateway_capable(vpc.home)}
    for service in settings.required_services:
        if service not in by_gateway:
            found.setdefault(service, _Wanted(service, None))
    return [found[service] for service in sorted(found)]


def _cut_off_instances(calling: Listing[Subnet], network: Network) -> bool | Missing:
    """Whether instances of a VPC lead nowhere."""
    causes = [calling.missing]
    for subnet in calling:
        if any(each.attachment and each.attachment.instance_id for each in network.workloads(subnet)):
            nowhere = leads_nowhere(network, subnet)
            if nowhere is True:
                return True
            causes += [nowhere] if isinstance(nowhere, Missing) else []
    return Missing.union(causes) or False


def _judge(wanted: _Wanted, vpc: Vpc, calling: Listing[Subnet], network: Network) -> Iterator[Verdict]:
    service = wanted.service
    near = within_reach(network, vpc, service)
    if near:
        return
    service_name = interface_services(network, vpc.home).get(service)
    if service_name is None:
        yield from _not_offered(wanted, vpc, network)
        return
    unseen = near.missing or (wanted.lack.unseen if wanted.lack else None)
    if unseen:
        message = f"whether {vpc.label} needs an endpoint for {service}, or has one within reach, was not seen"
        yield Unknown(unseen, service, message)
    else:
        yield _fault(wanted, service_name, vpc, calling, network)


def _not_offered(wanted: _Wanted, vpc: Vpc, network: Network) -> Iterator[Verdict]:
    at, service = vpc.home, wanted.service
    if missing := network.offered(at, "Interface").missing:
        yield Unknown(missing, service)
    elif wanted.lack is None and not offered_anywhere(network, service):
        missing = Missing.of(
            Kind.ABSENT_FIELD,
            account=at.account,
            region=at.region,
            action="ec2:DescribeVpcEndpointServices",
            resource=service,
        )
        yield Unknown(missing, service, f"required_services names {service}, which no audited Region offers")


def _fault(wanted: _Wanted, service_name: str, vpc: Vpc, calling: Listing[Subnet], network: Network) -> Fault:
    lack = wanted.lack
    cut_off = [subnet.id for subnet in calling if network.class_of(subnet) is SubnetClass.ISOLATED]
    asking = list(lack.present) if lack else []
    if lack:
        labels = ", ".join(each.label for each in asking)
        why = f"{labels} {'are' if len(asking) > 1 else 'is'} there for {lack.bundle.use}, which needs it too"
    else:
        why = "required_services names it"
    how = f"{', '.join(cut_off)} cannot reach it" if cut_off else "its subnets in use reach it past any endpoint"
    return Fault(
        key=wanted.service,
        severity=Severity.MEDIUM if cut_off and (lack is None or lack.certain) else Severity.LOW,
        message=f"{vpc.label} has no endpoint for {service_name}, nor is one within reach; {why}, and {how}",
        evidence={
            "service": service_name,
            "asked_for_by": {each.id: each.service_name for each in asking},
            "required_services": lack is None,
            "subnets_in_use": [subnet.id for subnet in calling],
            "subnets_without_default_route": cut_off,
        },
        related=[*(each.id for each in asking), *(subnet.id for subnet in calling)],
        remedy=[create_endpoint_beside(each, service_name) for each in _examples(asking, vpc, network)],
    )


def _examples(asking: list[Endpoint], vpc: Vpc, network: Network) -> list[Endpoint]:
    """The endpoint of the VPC that another one can be made after, if there is one."""
    others = [each for found in present_services(network, vpc).values() for each in found]
    usable = [each for each in (*asking, *others) if each.state == "available" and each.record.subnet_ids]
    return usable[:1]
