"""An endpoint service is not available, or a load balancer behind it does not work.

A service that is not available takes no connections. Where a load balancer of it failed or is gone, the endpoints that
AWS led to this one reach nothing.

## Verdicts
* **fail**, high: the service failed; or none of its load balancers works, and one of them at least failed or is gone.
* **fail**, medium: one of its load balancers failed or is gone, and another works; or one lacks what it needs to scale.
* **fail**, info: the service is pending or being deleted, or a load balancer is still being set up.
* **unknown**: AWS left out the state of the service or of a load balancer; the load balancers were not all seen; or a
  state is one that this version does not know.
* **not applicable**: the service is deleted.

Whether the load balancers have healthy targets is not collected.

## Finding key
Empty for the service; for a load balancer what follows `loadbalancer/` in its ARN; for load balancers that were not
seen `load-balancers`.

## Remediation
Delete a service that failed, and create it again. Put a load balancer that works in the place of one that failed or is
gone.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Operation, Severity, Unknown, Verdict
from auditor.network.endpoint_services import LOAD_BALANCERS, absent_of, load_balancer, short_name
from auditor.network.entities import EndpointService
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.remedies import modify_service

_BROKEN = ("failed", "gone")
_MEANINGS = {
    "failed": "failed",
    "gone": "is not there any more",
    "active_impaired": "works, but lacks what it needs to scale",
    "provisioning": "is still being set up",
}


@check(
    id="endpoint-service-state",
    severities=(Severity.HIGH, Severity.MEDIUM, Severity.INFO),
    of=EndpointService,
    reads=(model.LoadBalancer,),
    source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ServiceConfiguration.html",
)
def endpoint_service_state(service: EndpointService, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the state of a service, and while it is available those of its load balancers."""
    match service.state:
        case "available":
            yield from _load_balancers(service, network)
        case "deleted":
            yield NotApplicable("the service is deleted")
        case "failed":
            yield _fault(service, "failed; delete it, and create it again", Severity.HIGH)
        case "pending":
            yield _fault(service, "is pending, and takes no connections yet", Severity.INFO)
        case "deleting":
            yield _fault(service, "is being deleted", Severity.INFO)
        case "":
            yield Unknown(absent_of(service))
        case _:
            yield Unknown(
                _not_known(service, service.id),
                message=f"{service.label} is in the state {service.record.service_state}, which this version does not "
                "know",
            )


def _fault(service: EndpointService, what: str, severity: Severity) -> Fault:
    return Fault(
        severity=severity,
        message=f"{service.label_with_owner} {what}",
        evidence={**service.shown, "state": service.record.service_state},
    )


def _load_balancers(service: EndpointService, network: Network) -> Iterator[Verdict]:
    arns = {short_name(arn): arn for arn in service.load_balancers}
    found = {arn: _state_of(network, service, arn) for arn in arns.values()}
    works = any(state in ("active", "active_impaired", "provisioning") for state in found.values())
    unseen = Missing.union(state for state in found.values() if isinstance(state, Missing))
    for arn, state in found.items():
        if isinstance(state, Missing) or state == "active":
            continue
        if state not in _MEANINGS:
            message = f"{short_name(arn)} of {service.label} is in the state {state}, which this version does not know"
            yield Unknown(_not_known(service, arn), short_name(arn), message)
            continue
        severity = Severity.INFO if state == "provisioning" else Severity.MEDIUM
        if state in _BROKEN and not works and not unseen:
            severity = Severity.HIGH
        yield _fault_of(service, arn, state, severity)
    if unseen:
        yield Unknown(unseen, "load-balancers", f"whether the load balancers of {service.label} work was not all seen")


def _state_of(network: Network, service: EndpointService, arn: str) -> str | Missing:
    found = load_balancer(network, service, arn)
    if isinstance(found, Missing):
        return found
    if found is None:
        return "gone"
    return (found.state.code if found.state else None) or absent_of(service, LOAD_BALANCERS, arn)


def _fault_of(service: EndpointService, arn: str, state: str, severity: Severity) -> Fault:
    advice = ""
    if state in _BROKEN:
        advice = "; put one that works in its place"
    return Fault(
        key=short_name(arn),
        severity=severity,
        message=f"the load balancer {short_name(arn)} of {service.label_with_owner} {_MEANINGS[state]}{advice}",
        evidence={**service.shown, "load_balancer": arn, "load_balancer_state": state},
        related=[short_name(arn)],
        remedy=[_without(service, arn)] if state == "gone" and len(service.load_balancers) > 1 else [],
    )


def _without(service: EndpointService, arn: str) -> Operation:
    member = "RemoveNetworkLoadBalancerArns"
    if arn in (service.record.gateway_load_balancer_arns or ()):
        member = "RemoveGatewayLoadBalancerArns"
    return modify_service(service, **{member: [arn]})


def _not_known(service: EndpointService, resource: str) -> Missing:
    at = service.home
    return Missing.of(Kind.AMBIGUOUS, account=at.account, region=at.region, resource=resource)
