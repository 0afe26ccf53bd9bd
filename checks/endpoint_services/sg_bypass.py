"""What comes over an endpoint passes by the security groups of the service's load balancer.

By default a Network Load Balancer asks the inbound rules of its security groups of what comes over AWS PrivateLink,
too, where the source is the client's own private address. If that is off, consumers reach all of its listeners,
whatever the rules say.

To have it off is a documented choice where addresses of consumers are not known, or overlap, and what a VPC link of API
Gateway asks for.

## Verdicts
* **fail**, low: a Network Load Balancer of the service has security groups and does not ask them of traffic over
  PrivateLink, and the service accepts by itself who is allowed.
* **fail**, info: the same, and a person accepts each consumer, or the service manages its endpoints itself.
* **unknown**: the load balancers were not all seen, or AWS left the switch out; or it is off, and whether anybody but
  AWS's own services may connect was not seen.
* **not applicable**: no Network Load Balancer stands behind the service; nobody is allowed but AWS's own services, such
  as API Gateway for a VPC link; or the service failed or is being deleted.

A load balancer without security groups has no rules to pass by.

## Finding key
What follows `loadbalancer/` in the load balancer's ARN; of an unknown for all of them, empty.

## Remediation
Let the inbound rules take in the addresses of the consumers' clients, and only then let the load balancer ask them of
traffic over PrivateLink: whoever is not let in loses the service.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.endpoint_services import LOAD_BALANCERS, absent_of, allowed_at, load_balancer, short_name
from auditor.network.entities import EndpointService
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import enforce_security_groups
from auditor.verdicts import GONE, at_service


@check(
    id="endpoint-service-sg-bypass",
    severities=(Severity.LOW, Severity.INFO),
    of=EndpointService,
    reads=(model.LoadBalancer, model.VpcEndpointServicePermissions),
    source="https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html",
)
def endpoint_service_sg_bypass(service: EndpointService, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge each Network Load Balancer of a service by whether its security groups are asked."""
    if not service.stands:
        yield GONE
        return
    arns = service.record.network_load_balancer_arns or ()
    if not arns:
        yield NotApplicable("no Network Load Balancer stands behind the service")
        return
    principals = allowed_at(network, service)
    others = [principal for principal in principals if not principal.of_aws]
    if principals and principals.whole and not others:
        yield NotApplicable("nobody is allowed but AWS's own services")
        return
    unseen: list[Missing] = []
    for arn in {short_name(arn): arn for arn in arns}.values():
        found = _unguarded(network, service, arn)
        if found and principals.missing and not others:
            found = principals.missing
        if isinstance(found, Missing):
            unseen.append(found)
        elif found:
            yield _fault(service, found)
    missing = Missing.union(unseen)
    if missing:
        yield Unknown(missing, message=f"whether the security groups behind {service.label} are asked was not seen")


def _unguarded(network: Network, service: EndpointService, arn: str) -> model.LoadBalancer | Missing | None:
    """The load balancer, where it has security groups and does not ask them."""
    balancer = load_balancer(network, service, arn)
    if isinstance(balancer, Missing):
        return balancer
    if balancer is None or not balancer.security_groups:
        return None
    enforced = balancer.enforce_security_group_inbound_rules_on_private_link_traffic
    if enforced is None:
        return absent_of(service, LOAD_BALANCERS, arn)
    return balancer if enforced == "off" else None


def _fault(service: EndpointService, balancer: model.LoadBalancer) -> Fault:
    name, groups = short_name(balancer.load_balancer_arn), list(balancer.security_groups or ())
    severity = Severity.LOW if service.accepts_by_itself else Severity.INFO
    return Fault(
        key=name,
        severity=at_service(service, severity),
        message=f"{name} behind {service.label_with_owner} does not ask {', '.join(groups)} of what "
        "comes over endpoints, so that consumers reach all its listeners; let the clients in by rule, and enforce them",
        evidence={**service.shown, "load_balancer": balancer.load_balancer_arn, "security_groups": groups},
        related=[name, *groups],
        remedy=[enforce_security_groups(service, balancer)],
    )
