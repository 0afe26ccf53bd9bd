"""The name of a service does not resolve to the VPC's interface endpoint.

With private DNS off, the service's own name resolves to its public addresses: software that is not told the endpoint's
own name goes past it, or fails in a subnet without a way out.

A private hosted zone or a Route 53 Profile can stand in for private DNS, as central designs do on purpose. The audit
does not read Route 53, so the finding is a heuristic one.

## Verdicts
* **fail**, low: the endpoint has private DNS off, its service has a private name, and the VPC has subnets in use.
* **fail**, info: the same, and an AWS service made the endpoint and looks after it.
* **unknown**: AWS left out whether private DNS is on, or does not list the service (as for a service of another
  Region); or the services, the VPC's endpoints, subnets or network interfaces were not seen, or its route tables where
  it has a gateway endpoint for the service.
* **not applicable**: the service has no private name, or one that its provider has not verified; another endpoint of
  the VPC owns the name; the route table of a subnet in use leads to a gateway endpoint of the VPC for the service, as
  the default for Amazon S3 has it; no subnet of the VPC is in use (unless `treat_empty_vpcs` is set), so clients are
  elsewhere; or the endpoint is no interface endpoint, or is deleted, failed, rejected or expired.

## Finding key
Empty: an endpoint can have only one such fault.

## Remediation
Switch private DNS on, or suppress the finding where a private hosted zone or a Route 53 Profile resolves the name. One
endpoint for each service in a VPC can own the name.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Confidence, Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.coverage import Listing
from auditor.network.endpoints import absent_member, clients, service_of, vpc_of
from auditor.network.entities import Endpoint, Subnet, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import modify_endpoint


@check(
    id="interface-endpoint-private-dns-off",
    severities=(Severity.LOW, Severity.INFO),
    confidences=(Confidence.HEURISTIC,),
    of=Endpoint,
    reads=(model.Vpc, model.Subnet, model.RouteTable, model.NetworkInterface, model.ServiceDetail),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
)
def interface_endpoint_private_dns_off(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge an interface endpoint without private DNS by whether its service has a name to own."""
    if endpoint.type != "Interface" or not endpoint.stands or endpoint.record.private_dns_enabled:
        yield NotApplicable("the endpoint is no interface endpoint, or gone, or has private DNS on")
        return
    if endpoint.record.private_dns_enabled is None:
        yield Unknown(absent_member(endpoint))
        return
    vpc, service = vpc_of(network, endpoint), service_of(network, endpoint)
    if isinstance(vpc, Missing):
        yield Unknown(vpc | service if isinstance(service, Missing) else vpc)
        return
    if isinstance(service, Missing):
        yield Unknown(service)
        return
    names = _names(service)
    if not names:
        yield NotApplicable("the service has no private name that can be used")
        return
    in_use = clients(network, vpc, every_subnet=settings.treat_empty_vpcs)
    owners = _owners_of_the_traffic(endpoint, vpc, in_use, network)
    if owners:
        yield NotApplicable(f"{owners.items[0].id} takes the VPC's traffic to the service")
        return
    if missing := owners.missing or (None if in_use else in_use.missing):
        yield Unknown(missing)
    elif not in_use:
        yield NotApplicable("no subnet of the VPC is in use")
    else:
        yield _fault(endpoint, vpc, names, in_use.items)


def _names(service: model.ServiceDetail) -> list[str]:
    if service.private_dns_name_verification_state not in (None, "verified"):
        return []
    listed = [service.private_dns_name, *(name.private_dns_name for name in service.private_dns_names or ())]
    return list(dict.fromkeys(name for name in listed if name))


def _owners_of_the_traffic(
    endpoint: Endpoint, vpc: Vpc, in_use: Listing[Subnet], network: Network
) -> Listing[Endpoint]:
    """The endpoints of the same service that the VPC's own traffic takes."""
    endpoints = network.endpoints_of(vpc)
    found: list[Endpoint] = []
    causes = [endpoints.missing]
    for other in endpoints:
        if other.id == endpoint.id or not other.stands or other.service_name != endpoint.service_name:
            continue
        if other.type == "Interface" and other.record.private_dns_enabled:
            found.append(other)
        elif other.type == "Gateway":
            leads = _leads_to(other, in_use, network)
            found += [other] if leads is True else []
            causes += [leads] if isinstance(leads, Missing) else []
    return Listing(tuple(found), Missing.union(causes))


def _leads_to(gateway: Endpoint, in_use: Listing[Subnet], network: Network) -> bool | Missing:
    """Whether the route table of a subnet in use leads to a gateway endpoint."""
    tables = [network.table_of(subnet) for subnet in in_use]
    seen = {table.id for table in tables if not isinstance(table, Missing)}
    if any(route.active and route.route_table_id in seen for route in network.routes_to(gateway.id)):
        return True
    return Missing.union([in_use.missing, *(table for table in tables if isinstance(table, Missing))]) or False


def _fault(endpoint: Endpoint, vpc: Vpc, names: list[str], in_use: tuple[Subnet, ...]) -> Fault:
    return Fault(
        severity=Severity.INFO if endpoint.requester_managed else Severity.LOW,
        message=f"{endpoint.label} has private DNS off, so {' or '.join(names)} resolves to public addresses in "
        f"{vpc.label}, unless a private hosted zone or a Route 53 Profile stands in for it: Route 53 was not read",
        evidence={
            "service": endpoint.service_name,
            "private_names": names,
            "subnets_in_use": [subnet.id for subnet in in_use],
        },
        related=[vpc.id],
        remedy=[modify_endpoint(endpoint, PrivateDnsEnabled=True)],
    )
