"""An interface endpoint is not reached in the only family of addresses that some of its clients have.

An endpoint has IPv4 addresses, IPv6 addresses or both, and its names resolve to what its DNS record type says. A client
in a subnet of IPv6 addresses alone does not reach an IPv4 address, unless DNS64 and a NAT gateway translate for it; nor
does a client without IPv6 reach an endpoint that has nothing else.

## Verdicts
* **fail**, medium: subnets in use have addresses of one family alone, and the endpoint has none of it, or no name that
  resolves to it.
* **fail**, info: the same, and an AWS service made the endpoint and looks after it.
* **unknown**: AWS left out the endpoint's address type, the families that its service offers, or whether a subnet has
  DNS64; or the VPC, its subnets, network interfaces, endpoints or route tables or the services were not seen, and the
  endpoint does not already have both families.
* **not applicable**: the service is not offered in the clients' family; another endpoint of the VPC for the same
  service is reached in it; or the endpoint is no interface endpoint, or is deleted, failed, rejected or expired.

A subnet is in use where something runs in it that can open a connection. The record type `service-defined` counts as
both families: the endpoint's own names have records for both. Translation is a subnet with DNS64 whose route table
leads 64:ff9b::/96 to a NAT gateway or instance, or to a transit gateway or core network behind which one may be.

Where the endpoint has both families and private DNS off, a private hosted zone may hold names of both. This rule looks
into none, so the finding is then a heuristic one.

## Finding key
`ipv6` or `ipv4`: the family that the clients have.

## Remediation
Give the endpoint both families (`dualstack`), as AWS allows where all of its subnets have both, and let its names
resolve to both; or create a second endpoint in subnets of the other family. For clients with IPv6 alone, DNS64 in their
subnets and a route of 64:ff9b::/96 to a NAT gateway will do as well.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Confidence, Fault, NotApplicable, Operation, Severity, Unknown, Verdict
from auditor.network.address_families import others_in_family, shut_out, versions_in
from auditor.network.endpoints import absent_member, callers, service_of, versions_of, vpc_of
from auditor.network.entities import Endpoint, Subnet, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.placement import stands_in
from auditor.remedies import if_its_owners, modify_endpoint


@check(
    id="interface-endpoint-ip-type",
    severities=(Severity.MEDIUM, Severity.INFO),
    confidences=(Confidence.CERTAIN, Confidence.HEURISTIC),
    of=Endpoint,
    reads=(
        model.Vpc,
        model.Subnet,
        model.NetworkInterface,
        model.ServiceDetail,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
)
def interface_endpoint_ip_type(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the families in which an endpoint is reached by those of its clients."""
    if endpoint.type != "Interface" or not endpoint.stands:
        yield NotApplicable("the endpoint is no interface endpoint, or gone")
        return
    if endpoint.record.ip_address_type is None:
        yield Unknown(absent_member(endpoint))
        return
    if versions_of(endpoint) == (4, 6):
        return
    vpc = vpc_of(network, endpoint)
    if isinstance(vpc, Missing):
        yield Unknown(vpc)
        return
    found = shut_out(network, endpoint, callers(network, vpc, every_subnet=settings.treat_empty_vpcs))
    if not found:
        if found.missing:
            yield Unknown(found.missing)
        return
    (version,) = versions_in(found.items[0])
    others, offered = others_in_family(network, endpoint, vpc, version), _offered(network, endpoint, version)
    if others or offered is False:
        yield NotApplicable(f"another endpoint is reached by IPv{version}, or the service is not")
    elif missing := Missing.union([others.missing, offered if isinstance(offered, Missing) else None]):
        yield Unknown(missing, f"ipv{version}")
    else:
        yield _fault(endpoint, vpc, list(found), version, _steps(network, endpoint))


def _offered(network: Network, endpoint: Endpoint, version: int) -> bool | Missing:
    """Whether the service is offered in a family; an endpoint of both families shows that it is."""
    if endpoint.record.ip_address_type == "dualstack":
        return True
    service = service_of(network, endpoint)
    if isinstance(service, Missing):
        return service
    if service.supported_ip_address_types is None:
        return absent_member(endpoint)
    return f"ipv{version}" in service.supported_ip_address_types


def _steps(network: Network, endpoint: Endpoint) -> list[Operation]:
    """The change to both families, where all subnets of the endpoint are known to have both."""
    both = {"DnsOptions": {"DnsRecordIpType": "dualstack"}}
    if endpoint.record.ip_address_type == "dualstack":
        return [modify_endpoint(endpoint, **both)]
    own = stands_in(network, endpoint)
    if isinstance(own, Missing) or any(versions_in(subnet) != (4, 6) for subnet in own):
        return []
    return [modify_endpoint(endpoint, IpAddressType="dualstack", **both)]


def _fault(endpoint: Endpoint, vpc: Vpc, subnets: list[Subnet], version: int, steps: list[Operation]) -> Fault:
    record, options = endpoint.record, endpoint.record.dns_options
    by_name = record.ip_address_type == "dualstack"
    zone_may_help = by_name and not record.private_dns_enabled
    (reached,) = versions_of(endpoint)
    return Fault(
        key=f"ipv{version}",
        severity=Severity.INFO if endpoint.requester_managed else Severity.MEDIUM,
        confidence=Confidence.HEURISTIC if zone_may_help else Confidence.CERTAIN,
        message=f"{endpoint.label} to {endpoint.service_name} in {vpc.label} has "
        f"{'names for ' if by_name else ''}IPv{reached} addresses alone, while the clients in "
        f"{', '.join(subnet.id for subnet in subnets)} have only IPv{version}"
        + ("; a private hosted zone may hold other names, which this rule does not look for" if zone_may_help else ""),
        evidence={
            "service": endpoint.service_name,
            "ip_address_type": record.ip_address_type,
            "dns_record_ip_type": options.dns_record_ip_type if options else None,
            "subnets": [subnet.id for subnet in subnets],
        },
        related=[vpc.id, *(subnet.id for subnet in subnets)],
        remedy=if_its_owners(endpoint, steps),
    )
