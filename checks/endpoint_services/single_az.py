"""An endpoint service stands in one Availability Zone, or not where its consumers do.

A service is offered in the zones of its load balancers, so it is as available as these. AWS recommends at least two.
While cross-zone load balancing is off, what comes in from a zone is served by targets in that zone alone.

## Verdicts
* **fail**, medium: all of the service's load balancers are in one zone.
* **fail**, low and heuristic: a connected endpoint of an audited account stands in a zone in which the service does
  not, and cross-zone load balancing is off at its load balancers. A target group may have it on for itself, which is
  not collected.
* **fail**, info: either of these, and the service manages its endpoints itself.
* **unknown**: AWS left the service's zones out; or the connections, the consumers' endpoints, their subnets or the load
  balancers' settings were not seen, and may tell of a consumer's zone.
* **not applicable**: the service has no load balancer (`endpoint-service-no-load-balancer` says so), or it failed or is
  being deleted.

Zones are compared by their ids, for their names differ from account to account. Endpoints in other Regions do not
count.

## Finding key
Empty: a service can have only one such fault.

## Remediation
Enable a second zone at the load balancer, with targets in it, or add a load balancer that stands in another. For a
consumer's zone, enable that one, or cross-zone load balancing, which costs for the traffic between zones.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Confidence, Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.endpoint_services import consumer_zones, crosses_zones, short_name, zone_count, zones_of
from auditor.network.entities import Endpoint, EndpointService
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import cross_zones
from auditor.verdicts import GONE, at_service

_RECOMMENDED = 2


@check(
    id="endpoint-service-single-az",
    severities=(Severity.MEDIUM, Severity.LOW, Severity.INFO),
    confidences=(Confidence.CERTAIN, Confidence.HEURISTIC),
    of=EndpointService,
    reads=(
        model.VpcEndpointConnection,
        model.VpcEndpoint,
        model.Subnet,
        model.LoadBalancer,
        model.LoadBalancerAttributes,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-share-your-services.html",
)
def endpoint_service_single_az(service: EndpointService, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the zones of a service by their number, and against those of its consumers."""
    if not service.stands:
        yield GONE
        return
    if not service.load_balancers:
        yield NotApplicable("there is no load balancer, and endpoint-service-no-load-balancer says so")
        return
    count = zone_count(service)
    if isinstance(count, Missing):
        yield Unknown(count, message=f"in which zones {service.label} stands was not seen")
    elif count < _RECOMMENDED:
        yield _fault_of_one(service)
    else:
        yield from _against_consumers(service, network)


def _fault_of_one(service: EndpointService) -> Fault:
    zones = service.record.availability_zones or service.record.availability_zone_ids or ()
    names = [short_name(arn) for arn in service.load_balancers]
    return Fault(
        severity=at_service(service, Severity.MEDIUM),
        message=f"{service.label_with_owner} stands in {', '.join(zones) or 'no zone'} alone, with "
        f"{', '.join(names)}; enable a second Availability Zone at the load balancer",
        evidence={**service.shown, "zones": list(zones), "load_balancers": names},
        related=names,
    )


def _against_consumers(service: EndpointService, network: Network) -> Iterator[Verdict]:
    crossing = [crosses_zones(network, service, arn) for arn in service.load_balancers]
    if True in crossing:
        return
    consumers, zones = consumer_zones(network, service), zones_of(network, service)
    causes = [consumers.missing]
    if isinstance(zones, Missing):
        causes.append(zones if consumers else None)
    elif uncovered := [(zone, endpoint) for zone, endpoint in consumers if zone not in zones]:
        causes += [found for found in crossing if isinstance(found, Missing)]
        if not any(isinstance(found, Missing) for found in crossing):
            yield _fault_of_consumers(service, zones, uncovered)
            return
    missing = Missing.union(causes)
    if missing:
        yield Unknown(missing, message=f"whether {service.label} stands in the zones of its consumers was not seen")


def _fault_of_consumers(
    service: EndpointService, zones: frozenset[str], uncovered: list[tuple[str, Endpoint]]
) -> Fault:
    wanted = sorted({zone for zone, _ in uncovered})
    endpoints = sorted({endpoint.id: endpoint for _, endpoint in uncovered}.items())
    return Fault(
        severity=at_service(service, Severity.LOW),
        confidence=Confidence.HEURISTIC,
        message=f"{', '.join(endpoint.label for _, endpoint in endpoints)} is connected to {service.label} of account "
        f"{service.home.account} from {', '.join(wanted)}, and the service stands in {', '.join(sorted(zones))} with "
        "cross-zone load balancing off; enable that zone at the load balancer, or cross-zone load balancing",
        evidence={**service.shown, "zones": sorted(zones), "zones_of_consumers_without_it": wanted},
        related=[endpoint_id for endpoint_id, _ in endpoints],
        remedy=[cross_zones(service, arn) for arn in service.load_balancers],
    )
