"""The name of a service does not resolve to the VPC's interface endpoint.

With private DNS off, the service's own name resolves to its public addresses: software that is not told the endpoint's
own name goes past it, or fails in a subnet without a way out.

A private hosted zone or a Route 53 Profile can stand in for private DNS, as central designs do on purpose: where one
leads the name to an endpoint, wherever that stands, or to anything else, nothing is wrong here. Where it was
not seen which of them the VPC has, the finding is a heuristic one.

## Verdicts
* **fail**, medium: the endpoint has private DNS off, its service has a private name, nothing stands in for it, and the
  VPC has subnets in use without a default route, whose clients cannot reach public addresses. The same where a hosted
  zone takes the queries for the name and holds no record for it, so that the name leads nowhere.
* **fail**, low: the same, and every subnet in use has a default route, as far as that was seen; or it was not seen
  which hosted zones and Profiles the VPC has.
* **fail**, info: the same, and an AWS service made the endpoint and looks after it.
* **unknown**: AWS left out whether private DNS is on, or does not list the service (as for a service of another
  Region); or the services, the VPC's endpoints, subnets or network interfaces were not seen, or its route tables where
  it has a gateway endpoint for the service; or the records of a hosted zone of the VPC for the name were not seen, or
  what a Profile brings.
* **not applicable**: the service has no private name, or one that its provider has not verified; another endpoint of
  the VPC owns the name; the route table of a subnet in use leads to a gateway endpoint of the VPC for the service, as
  the default for Amazon S3 has it; no subnet of the VPC is in use (unless `treat_empty_vpcs` is set), so clients are
  elsewhere; or the endpoint is no interface endpoint, or is deleted, failed, rejected or expired.

## Finding key
Empty: an endpoint can have only one such fault.

## Remediation
Switch private DNS on, or lead the name to the endpoint by a private hosted zone or a Route 53 Profile. One endpoint for
each service in a VPC can own the name; a hosted zone with the name itself must go first.
"""

from collections.abc import Iterator, Sequence

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Confidence, Fault, NotApplicable, Operation, Severity, Unknown, Verdict
from auditor.network.coverage import Listing
from auditor.network.endpoints import absent_member, clients, service_of, vpc_of
from auditor.network.entities import Endpoint, Subnet, SubnetClass, Vpc
from auditor.network.missing import Missing
from auditor.network.names import Resolution, private_names, resolve, zones_unread
from auditor.network.network import Network
from auditor.network.service_ways import READS_OF_NAMES
from auditor.remedies import if_its_owners, modify_endpoint, switch_on_dns


@check(
    id="interface-endpoint-private-dns-off",
    severities=(Severity.LOW, Severity.MEDIUM, Severity.INFO),
    confidences=(Confidence.CERTAIN, Confidence.HEURISTIC),
    of=Endpoint,
    reads=(
        model.Vpc,
        model.VpcAttribute,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NatGateway,
        model.NetworkInterface,
        model.ServiceDetail,
        model.VpcPeeringConnection,
        model.TransitGatewayVpcAttachment,
        *READS_OF_NAMES,
    ),
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
    names = private_names(service)
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
        yield from _judged(endpoint, vpc, names, in_use.items, network)


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


def _judged(
    endpoint: Endpoint, vpc: Vpc, names: Sequence[str], in_use: Sequence[Subnet], network: Network
) -> Iterator[Verdict]:
    """Judge an endpoint whose service has names that clients in its VPC may ask for."""
    answers = [resolve(network, vpc, name, endpoint.service_name) for name in names]
    known = [answer for answer in answers if isinstance(answer, Resolution)]
    if any(answer.stands_in for answer in known):
        return
    unseen = Missing.union(answer for answer in answers if isinstance(answer, Missing))
    unread = zones_unread(network, vpc) if unseen else None
    if unseen and not unread:
        yield Unknown(unseen)
        return
    lost = next((answer for answer in known if answer.lost), None)
    answer = None if unread else lost or known[0]
    isolated = [subnet.id for subnet in in_use if network.class_of(subnet) is SubnetClass.ISOLATED]
    will_break = not unread and (lost or isolated)
    severity = Severity.MEDIUM if will_break else Severity.LOW
    yield Fault(
        severity=Severity.INFO if endpoint.requester_managed else severity,
        confidence=Confidence.HEURISTIC if unread else Confidence.CERTAIN,
        message=f"{endpoint.label} has private DNS off, {_so(vpc, names, answer, isolated)}",
        evidence={
            "service": endpoint.service_name,
            "private_names": list(names),
            "subnets_in_use": [subnet.id for subnet in in_use],
            "subnets_isolated": isolated,
        },
        related=[vpc.id],
        remedy=[]
        if lost
        else if_its_owners(endpoint, [*_attributes(network, vpc), modify_endpoint(endpoint, PrivateDnsEnabled=True)]),
    )


def _so(vpc: Vpc, names: Sequence[str], answer: Resolution | None, isolated: Sequence[str]) -> str:
    """What comes of it, as the end of a sentence. ``answer`` is to one of the names; None where it was not seen."""
    public = f"so {' or '.join(names)} resolves to public addresses in {vpc.label}"
    if answer is None:
        return f"{public}, unless a private hosted zone or a Route 53 Profile stands in for it: Route 53 was not read"
    if answer.lost:
        return f"and {answer.setting}, so that name leads nowhere in {vpc.label}: add a record, or delete the zone"
    cut_off = f", which {', '.join(isolated)} cannot reach without a default route" if isolated else ""
    return f"{public}{cut_off}: {answer.setting}; switch private DNS on"


def _attributes(network: Network, vpc: Vpc) -> list[Operation]:
    """The DNS attributes of a VPC that must be switched on first."""
    support, hostnames, _ = network.dns_attributes(vpc)
    off = [name for name, on in (("EnableDnsSupport", support), ("EnableDnsHostnames", hostnames)) if on is False]
    return switch_on_dns(vpc, *off)
