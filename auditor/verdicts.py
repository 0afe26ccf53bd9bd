"""Verdicts that several rules come to in one way: on the routes over a peering connection, on the subnets that have no
part in it, and on quotas."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from auditor.findings import Fault, NotApplicable, Operation, Severity, Unknown, Verdict
from auditor.network.diagnosis import Cause
from auditor.network.diagnosis.left_out import LeftOut, left_out
from auditor.network.diagnosis.pairs import subnets_in_use
from auditor.network.diagnosis.quotas import Usage
from auditor.network.diagnosis.routes import RouteDoubt, RouteFault, route_faults
from auditor.network.entities import Peering, Subnet
from auditor.network.missing import Missing
from auditor.network.network import Network
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
