"""Verdicts that several rules come to in one way: on the routes over a peering connection, on the subnets that have no
part in it, on the policies of VPC endpoints, on endpoint services and on quotas."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from auditor.findings import Fault, NotApplicable, Operation, Severity, Unknown, Verdict
from auditor.network.diagnosis import Cause
from auditor.network.diagnosis.left_out import LeftOut, left_out
from auditor.network.diagnosis.pairs import subnets_in_use
from auditor.network.diagnosis.quotas import Usage
from auditor.network.diagnosis.routes import RouteDoubt, RouteFault, route_faults
from auditor.network.endpoint_policies import EndpointPolicy, policy_of
from auditor.network.entities import Endpoint, EndpointService, Peering, Subnet
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.policies.documents import Unreadable
from auditor.remedies import delete_route
from auditor.snapshot import Target


def on_routes(
    cause: Cause, peering: Peering, network: Network, of_fault: Callable[[RouteFault], Fault]
) -> Iterator[Verdict]:
    """What a rule says of a connection's routes that suffer from its cause.

    A fault for each route of which the cause holds, made by ``of_fault``, an unknown for each of which it cannot be
    told, and one for each side of which route tables were not seen.
    """
    if not peering.live:
        yield NotApplicable("the connection is not active")
        return
    faults, doubts = route_faults(network, peering)
    yield from (of_fault(fault) for fault in faults if fault.cause is cause)
    yield from (_unknown(doubt, peering) for doubt in doubts if doubt.cause is cause)


def on_route(
    fault: RouteFault, advice: str, severity: Severity | None = None, remedy: Sequence[Operation] | None = None
) -> Fault:
    """The fault of a route, told in the words that all such faults share.

    ``advice`` ends the message. ``remedy`` is by default the end of the route; where only some entries of a prefix list
    are at fault there is none, for AWS asks for the list's version, and its owner may be somebody else.
    """
    near, far, route, table = fault.near, fault.far, fault.route, fault.table
    listed = f" ({', '.join(fault.blocks)})" if route.destination not in fault.blocks else ""
    by_default = [delete_route(table, route)] if remedy is None else list(remedy)
    evidence: dict[str, Any] = {
        "route_table": table.id,
        "destination": route.destination,
        "vpc": near.vpc_id,
        "peer_vpc": far.vpc_id,
        **fault.evidence,
    }
    return Fault(
        key=fault.key,
        at=Target(table.owner, table.region),
        severity=severity,
        message=f"{table.id} of {near.label} routes {route.destination}{listed} to {far.label} over "
        f"{fault.peering.label}: {fault.because}; {advice}",
        evidence=evidence,
        related=[table.id, near.vpc_id, far.vpc_id, *fault.related],
        remedy=by_default if fault.whole else [],
    )


def _unknown(doubt: RouteDoubt, peering: Peering) -> Unknown:
    near, far = doubt.near, doubt.far
    if doubt.route is None or doubt.table is None:
        return Unknown(
            doubt.missing,
            doubt.key,
            f"the routes of {near.label} to {far.label} over {peering.label} were not all seen",
        )
    return Unknown(
        doubt.missing,
        doubt.key,
        f"{doubt.table.id} of {near.label} routes {doubt.route.destination} to {far.label} over {peering.label}, and "
        "what that destination holds, or what else may hold it, was not seen",
        Target(doubt.table.owner, doubt.table.region),
    )


def on_left_out(
    cause: Cause, peering: Peering, network: Network, of_fault: Callable[[LeftOut, list[Subnet]], Fault]
) -> Iterator[Verdict]:
    """What a rule says of the subnets that have no part in a connection, for its cause.

    A fault for each route table of which such subnets are in use, made by ``of_fault`` of these, and an unknown for
    each of which that was not seen.
    """
    if not peering.live:
        yield NotApplicable("the connection is not active")
        return
    found = left_out(network, peering)
    if found.missing:
        yield Unknown(found.missing, message=f"whether all subnets have a part in {peering.label} was not seen")
    elif not network.routes_to(peering.id):
        yield NotApplicable("nothing is routed over the connection")
    for each in found:
        if each.cause is cause:
            used = subnets_in_use(network, each.subnets)
            if isinstance(used, Missing):
                yield Unknown(
                    used,
                    each.key,
                    f"{', '.join(subnet.id for subnet in each.subnets)} of {each.near.label} has no part in "
                    f"{peering.label}; whether it is in use was not seen",
                )
            elif used:
                yield of_fault(each, used)


POLICY_SEMANTICS = (
    "it grants nothing by itself and overrides no other policy: a request must pass it, the caller's identity policies "
    "and the resource's own"
)
"""What every message on the policy of an endpoint ends in."""


def on_policy(
    endpoint: Endpoint, network: Network, of_policy: Callable[[EndpointPolicy], Iterator[Verdict]]
) -> Iterator[Verdict]:
    """What a rule says of the policy of an endpoint, by ``of_policy``.

    Unknown where the policy cannot be read, and instead of a fault where it was not seen that the service takes
    policies.
    """
    read = policy_of(network, endpoint)
    if read is None:
        yield NotApplicable("the endpoint takes no policy, has none, or is gone")
    elif isinstance(read, Unreadable):
        yield undecided_policy(endpoint, read.reason)
    else:
        for verdict in of_policy(read):
            if isinstance(verdict, Fault) and read.unsupported:
                yield Unknown(
                    read.unsupported,
                    verdict.key,
                    f"whether {endpoint.service_name} takes the policy of {endpoint.label} was not seen; "
                    f"{POLICY_SEMANTICS}",
                )
            else:
                yield verdict


def undecided_policy(endpoint: Endpoint, reason: str, key: str = "") -> Unknown:
    """What a policy lets through cannot be told, for a reason that lies in the policy."""
    at, action = endpoint.home, "ec2:DescribeVpcEndpoints"
    missing = Missing.of(Kind.AMBIGUOUS, account=at.account, region=at.region, action=action, resource=endpoint.id)
    return Unknown(missing, key, f"{endpoint.label}: {reason}; {POLICY_SEMANTICS}")


def policy_severity(read: EndpointPolicy, usual: Severity) -> Severity:
    """The severity of a fault of a policy: a fact where an AWS service looks after the endpoint.

    Medium weighs less where the service holds no data, keys or credentials.
    """
    if read.endpoint.requester_managed:
        return Severity.INFO
    return Severity.LOW if usual is Severity.MEDIUM and not read.holds_data else usual


GONE = NotApplicable("the service failed or is on its way out, and endpoint-service-state says so")
"""What a rule says of a service that does not stand."""


def at_service(service: EndpointService, severity: Severity) -> Severity:
    """How bad a fault of an endpoint service is: a fact, where the service looks after its endpoints itself.

    Nobody can then make an endpoint to it by the API of endpoints, so what it allows opens nothing.
    """
    return Severity.INFO if service.manages_endpoints else severity


def on_usage(who: str, usage: Usage, warn_pct: int, advice: str) -> Iterator[Verdict]:
    """What a rule says of how much of a quota is used: a fault from ``warn_pct`` percent on, and medium where all is.

    An unknown where more than AWS's default is used and what AWS granted instead was not seen.

    ``advice`` ends the message of a fault.
    """
    quota, least = usage.quota, "at least " if usage.missing else ""
    source = "which Service Quotas gives" if usage.applied else "AWS's default"
    used = f"{who} has {least}{usage.used} of {usage.granted} {quota.counts} ({source})"
    if usage.beyond_default is not None:
        yield Unknown(usage.beyond_default, quota.key, f"{used}, so AWS granted more; how much was not seen")
    elif usage.percent >= warn_pct:
        yield Fault(
            key=quota.key,
            severity=Severity.MEDIUM if usage.percent >= 100 else Severity.LOW,
            message=f"{used}, {usage.percent} percent; {advice}",
            evidence={
                "used": usage.used,
                "counted_all": usage.missing is None,
                "quota": usage.granted,
                "quota_code": quota.code,
                "quota_source": "service-quotas" if usage.applied else "default",
                "percent": usage.percent,
            },
        )
    elif usage.missing is not None:
        yield Unknown(usage.missing, quota.key, f"{used}; how many more was not seen")
