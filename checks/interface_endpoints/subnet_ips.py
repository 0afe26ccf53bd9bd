"""A subnet of endpoints is almost out of free addresses.

Each endpoint has a network interface with an address in each of its subnets. It keeps those that it has, but one more
endpoint, or the /28 block that a service network endpoint may ask for as its network grows, needs addresses that are
free.

## Verdicts
* **fail**, low: an interface, resource, service network or tunnel endpoint stands in the subnet, and fewer than 8 of
  its IPv4 addresses are free.
* **fail**, info: the same, and AWS services made all of its endpoints and look after them.
* **unknown**: AWS left out how many addresses are free, or few are, and the endpoints of the subnet's VPC were not
  seen.
* **not applicable**: no such endpoint stands in the subnet, or only deleted, failed, rejected or expired ones; or it
  has IPv6 addresses alone, which do not run out.

## Finding key
Empty: a subnet can have only one such fault.

## Remediation
Free addresses in the subnet, or give its endpoints a larger subnet in the same zone: an endpoint has one in each zone.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.coverage import Listing
from auditor.network.entities import Endpoint, Subnet, label
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.placement import endpoints_in

_ENOUGH = 8


@check(
    id="interface-endpoint-subnet-ips",
    severities=(Severity.LOW, Severity.INFO),
    of=Subnet,
    reads=(model.Vpc, model.VpcEndpoint),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html",
)
def interface_endpoint_subnet_ips(subnet: Subnet, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the free addresses of a subnet in which endpoints stand."""
    endpoints = endpoints_in(network, subnet)
    free = subnet.record.available_ip_address_count
    enough = free is not None and free >= _ENOUGH
    if subnet.record.ipv6_native or (not endpoints and (enough or endpoints.whole)):
        yield NotApplicable("no endpoint was seen in the subnet, or none that needs an IPv4 address")
    elif free is None:
        yield Unknown(_absent(subnet) | endpoints.missing)
    elif endpoints and not enough:
        yield _fault(subnet, endpoints, free)
    elif not enough and endpoints.missing:
        yield Unknown(endpoints.missing)


def _absent(subnet: Subnet) -> Missing:
    at, action = subnet.seen_from, "ec2:DescribeSubnets"
    return Missing.of(Kind.ABSENT_FIELD, account=at.account, region=at.region, action=action, resource=subnet.id)


def _fault(subnet: Subnet, endpoints: Listing[Endpoint], free: int) -> Fault:
    found = list(endpoints)
    few = {0: "no free address", 1: "one free address"}.get(free, f"{free} free addresses")
    many = "an endpoint has its interface" if len(found) == 1 else f"{len(found)} endpoints have an interface"
    return Fault(
        severity=Severity.INFO if all(endpoint.requester_managed for endpoint in found) else Severity.LOW,
        message=f"{label(subnet.id, subnet.name)} in {subnet.vpc_id} has {few} left, fewer than {_ENOUGH}, and {many} "
        f"there: {', '.join(endpoint.label for endpoint in found)}",
        evidence={
            "vpc": subnet.vpc_id,
            "free_addresses": free,
            "cidr_block": subnet.record.cidr_block,
            "endpoints": [endpoint.id for endpoint in found],
        },
        related=[subnet.vpc_id, *(endpoint.id for endpoint in found)],
    )
