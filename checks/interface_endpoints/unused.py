"""An interface endpoint carries no traffic.

An interface endpoint is paid for by the hour in each of its Availability Zones, whether it is used or not. One that has
carried nothing for weeks is mostly left over from something that is gone.

The rule needs metrics: it says nothing where the audit was not asked to read them with `--metrics`. An endpoint that is
kept for a disaster carries nothing either; only its owner knows.

## Verdicts
* **fail**, low: CloudWatch counted no byte and no connection in the last days (`thresholds.unused_days`, 30 by
  default), and the endpoint is older than that.
* **fail**, info: the same, and an AWS service made the endpoint and looks after it.
* **unknown**: the endpoint's metrics, or when it was made, were not seen, and none that was seen shows that it is used.
* **not applicable**: the audit read no metrics; or the endpoint is younger, is no interface endpoint, or is not
  available.

## Finding key
Empty: an endpoint can have only one such fault.

## Remediation
Ask its owner, then delete the endpoint; or suppress the finding where it is kept on purpose.
"""

from collections.abc import Iterator

from auditor.check import check
from auditor.config import Settings
from auditor.costs import dollars, hours_of
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.model import MetricDataResult
from auditor.network.endpoints import absent_member
from auditor.network.entities import Endpoint
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.usage import carried_by_endpoint, connections_of_endpoint, stood_for, was_asked
from auditor.remedies import delete_endpoint, if_its_owners


@check(
    id="interface-endpoint-unused",
    severities=(Severity.LOW, Severity.INFO),
    of=Endpoint,
    reads=(MetricDataResult,),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-cloudwatch-metrics.html",
)
def interface_endpoint_unused(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge an interface endpoint by what CloudWatch counted."""
    if endpoint.type != "Interface" or endpoint.state != "available" or not was_asked(network, endpoint.home):
        yield NotApplicable("the endpoint is no interface endpoint that is available, or no metrics were asked for")
        return
    days, created = settings.thresholds.unused_days, endpoint.record.creation_timestamp
    if created is None:
        yield Unknown(absent_member(endpoint))
        return
    if not stood_for(network, endpoint.seen_from, created, days):
        yield NotApplicable("the endpoint is younger than the days that are looked at")
        return
    counted = [carried_by_endpoint(network, endpoint, days), connections_of_endpoint(network, endpoint, days)]
    if any(count for count in counted if not isinstance(count, Missing)):
        return
    if missing := Missing.union(count for count in counted if isinstance(count, Missing)):
        yield Unknown(missing)
    else:
        hours = hours_of(endpoint, settings.prices)
        costs = f", and costs {dollars(hours)} a month for its hours" if hours else ""
        yield Fault(
            severity=Severity.INFO if endpoint.requester_managed else Severity.LOW,
            message=f"{endpoint.label} to {endpoint.service_name} in {endpoint.vpc_id} has carried nothing for "
            f"{days} days{costs}; delete it if nobody keeps it on purpose",
            evidence={
                "service": endpoint.service_name,
                "days": days,
                "bytes": 0,
                "connections": 0,
                "created": created.isoformat(),
            },
            related=[endpoint.vpc_id],
            remedy=if_its_owners(endpoint, [delete_endpoint(endpoint)]),
            savings=hours,
        )
