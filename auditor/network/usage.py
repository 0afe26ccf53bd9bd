"""What NAT gateways and interface endpoints carried in the days before the collection, as CloudWatch counted it.

Sources: https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html and
https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-cloudwatch-metrics.html
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from auditor import model
from auditor.network.coverage import Listing, age
from auditor.network.entities import Endpoint, Vpc
from auditor.network.missing import Cause, Kind, Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.snapshot import Target

WINDOW_DAYS = 30
"""How far back the metrics go that a run asks for."""

ACTION = "cloudwatch:GetMetricData"

_NAT_GATEWAY = ("BytesOutToDestination", "BytesOutToSource")
"""A NAT gateway passes a byte on in one of the two directions, and AWS charges for either."""


def was_asked(network: Network, at: Target) -> bool:
    """Whether the run asked an account and Region for metrics. AWS charges for them, so it is done on request alone."""
    shard = network.coverage.shard(at)
    return shard is not None and ACTION in shard.answers


def stood_for(network: Network, at: Target, created: datetime, days: int = WINDOW_DAYS) -> bool:
    """Whether what was made in a target at a time has stood for all of the last ``days``, of which metrics tell."""
    return age(created, network.coverage.collected_at(at)) > timedelta(days=days)


def public_nat_gateways(network: Network, vpc: Vpc) -> Listing[model.NatGateway]:
    """The NAT gateways of a VPC that lead to the internet; ``missing`` says why there may be more."""
    gateways = network.in_vpc(model.NatGateway, vpc)
    found = (each for each in gateways if each.connectivity_type != "private" and each.state in (None, "available"))
    return Listing(tuple(found), gateways.missing)


def carried_by_endpoint(network: Network, endpoint: Endpoint, days: int = WINDOW_DAYS) -> float | Missing:
    """The bytes that an interface endpoint carried in the last ``days``.

    One that carried nothing for a minute reports nothing for it, so an answer without a value means none.
    """
    return _sum(network, endpoint.home, endpoint.id, ("BytesProcessed",), days)


def connections_of_endpoint(network: Network, endpoint: Endpoint, days: int = WINDOW_DAYS) -> float | Missing:
    """The most connections that an interface endpoint had open at once in the last ``days``."""
    values = _values(network, endpoint.home, endpoint.id, "ActiveConnections", days)
    return values if isinstance(values, Missing) else max(values, default=0.0)


def carried_by_nat_gateway(network: Network, gateway: str, at: Target) -> float | Missing:
    """The bytes that a NAT gateway of ``at`` carried in the last 30 days, in both directions."""
    return _sum(network, at, gateway, _NAT_GATEWAY, WINDOW_DAYS)


def _sum(network: Network, at: Target, resource: str, metrics: tuple[str, ...], days: int) -> float | Missing:
    total = 0.0
    for metric in metrics:
        values = _values(network, at, resource, metric, days)
        if isinstance(values, Missing):
            return values
        total += sum(values)
    return total


def _values(network: Network, at: Target, resource: str, metric: str, days: int) -> list[float] | Missing:
    """The daily values of a metric in the last ``days``."""
    result = _results(network, at).get(f"{resource} {metric}")
    if result is None or result.values is None or result.timestamps is None:
        return network.coverage.missing(model.MetricDataResult, at) or _missing(at, resource, Kind.ABSENT_FIELD)
    if result.status_code not in (None, "Complete"):
        return _missing(at, resource, Kind.FAILED, result.status_code)
    since = datetime.fromisoformat(network.coverage.collected_at(at)) - timedelta(days=days)
    return [
        value
        for moment, value in zip(result.timestamps, result.values, strict=False)
        if moment.replace(tzinfo=moment.tzinfo or UTC) >= since
    ]


def _missing(at: Target, resource: str, kind: Kind, code: str = "") -> Missing:
    return Missing(frozenset({Cause(kind, at.account, at.region, ACTION, resource, code)}))


@remembered
def _results(network: Network, at: Target) -> Mapping[str, model.MetricDataResult]:
    return {result.label: result for result in network.coverage.records(model.MetricDataResult, at)}
