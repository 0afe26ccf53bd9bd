"""An endpoint leads to a service in another Region.

AWS offers some of its own services, and those of other customers whose providers allow it, in other Regions than the
endpoint's. Data then leaves the Region, transfer between Regions is billed, and the service is as far away as its
Region. Only interface endpoints and the like can do so; a gateway endpoint leads to its own Region alone.

`allowed_service_regions` says which Regions endpoints may lead to.

## Verdicts
* **fail**, medium: the service's Region is not among `allowed_service_regions`.
* **fail**, info: `allowed_service_regions` is empty, or holds the Region. It is a fact worth knowing, no fault.
* **not applicable**: the service is in the endpoint's Region, which is also what it means where AWS names none; or the
  endpoint is deleted, failed, rejected or expired.

## Finding key
Empty: an endpoint leads to one service.

## Remediation
Where data must stay in the Region, create an endpoint to the service in the endpoint's own Region and delete this one.
An organization can deny the permission `vpce:AllowMultiRegion`, or bound it by the condition `ec2:VpceServiceRegion`.
"""

from collections.abc import Iterator

from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Verdict
from auditor.network.entities import Endpoint
from auditor.network.network import Network


@check(
    id="endpoint-cross-region",
    severities=(Severity.INFO, Severity.MEDIUM),
    of=Endpoint,
    reads=(),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-cross-region-privatelink-support.html",
)
def endpoint_cross_region(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Tell of an endpoint whose service is in another Region, and whether it may be."""
    own, leads_to = endpoint.home.region, endpoint.record.service_region or endpoint.home.region
    if leads_to == own or not endpoint.stands:
        yield NotApplicable("the service is in the endpoint's own Region, or the endpoint is gone")
        return
    allowed = settings.allowed_service_regions
    outside = bool(allowed) and leads_to not in allowed
    because = f", which is not among the allowed {', '.join(allowed)}" if outside else ""
    yield Fault(
        severity=Severity.MEDIUM if outside else Severity.INFO,
        message=f"{endpoint.label} in {endpoint.vpc_id} leads from {own} to {endpoint.service_name or endpoint.type} "
        f"in {leads_to}{because}: data leaves its Region, and transfer between Regions is billed",
        evidence={
            "service": endpoint.service_name,
            "region": own,
            "service_region": leads_to,
            "allowed_service_regions": list(allowed),
        },
        related=[endpoint.vpc_id],
    )
