"""An endpoint service is offered in other Regions.

With cross-Region access, endpoints in the Regions that the provider names lead to the service, and its data leaves its
own Region.

## Verdicts
* **fail**, info: the service is offered in other Regions than its own, and `allowed_service_regions` in `auditor.toml`
  is empty.
* **fail**, medium: the service is offered in a Region that is not among `allowed_service_regions`.
* **fail**, info: the same, and the service manages its endpoints itself.
* **unknown**: AWS did not say in which Regions the service is offered.
* **not applicable**: a Gateway Load Balancer stands behind the service, which serves its own Region alone; or the
  service failed or is being deleted.

Its own Region is not another one, whether it is among `allowed_service_regions` or not.

## Finding key
The Region that is not allowed; where any is, empty.

## Remediation
Remove the Region from the service. Endpoints there lose it.
"""

from collections.abc import Iterator

from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.endpoint_services import absent_of
from auditor.network.entities import EndpointService
from auditor.network.network import Network
from auditor.remedies import modify_service
from auditor.verdicts import GONE, at_service

_NOT_OFFERED = ("deleting", "deleted", "failed", "closed")


@check(
    id="endpoint-service-remote-regions",
    severities=(Severity.INFO, Severity.MEDIUM),
    of=EndpointService,
    reads=(),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-share-your-services.html",
)
def endpoint_service_remote_regions(
    service: EndpointService, network: Network, settings: Settings
) -> Iterator[Verdict]:
    """Judge the other Regions in which a service is offered."""
    record = service.record
    if not service.stands:
        yield GONE
        return
    if record.gateway_load_balancer_arns:
        yield NotApplicable("a Gateway Load Balancer serves its own Region alone")
        return
    if record.remote_access_enabled is False:
        return
    if record.supported_regions is None:
        yield Unknown(absent_of(service), message=f"in which Regions {service.label} is offered was not seen")
        return
    others = sorted(
        {
            each.region
            for each in record.supported_regions
            if each.region and (each.service_state or "").lower() not in _NOT_OFFERED
        }
        - {service.home.region}
    )
    if settings.allowed_service_regions:
        for region in others:
            if region not in settings.allowed_service_regions:
                yield _fault(service, [region], settings)
    elif others:
        yield _fault(service, others, settings)


def _fault(service: EndpointService, regions: list[str], settings: Settings) -> Fault:
    allowed = settings.allowed_service_regions
    why = ", which allowed_service_regions lacks" if allowed else ""
    which = "that Region" if len(regions) == 1 else "those Regions"
    return Fault(
        key=regions[0] if allowed else "",
        severity=at_service(service, Severity.MEDIUM if allowed else Severity.INFO),
        message=f"{service.label_with_owner} in {service.home.region} is offered in {', '.join(regions)}{why}; remove "
        f"{which} from the service if its data is to stay",
        evidence={**service.shown, "regions": regions, "allowed_regions": list(allowed)},
        remedy=[modify_service(service, RemoveSupportedRegions=regions)],
    )
