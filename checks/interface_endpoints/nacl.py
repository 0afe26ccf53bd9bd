"""A network ACL keeps the clients of a VPC from an endpoint.

What goes from one subnet to another passes the network ACLs of both: the request at the service's port, and the answer
at the port that the client chose, from 1024 on. What stays inside one subnet passes none.

## Verdicts
* **fail**, medium: no client in a subnet reaches any of the endpoint's interfaces and has its answers, because of its
  own network ACL, that of the endpoint's subnets, or both.
* **fail**, medium: no subnet of the VPC reaches the interface in one of the endpoint's subnets, in which no client is.
  The endpoint's names resolve to the addresses of all of its interfaces, so a share of the requests goes to this one
  and gets no answer.
* **fail**, info: any of these, and an AWS service made the endpoint and looks after it.
* **unknown**: network ACLs, the endpoint's or the VPC's subnets, the network interfaces in them, or the service's ports
  were not seen, and no subnet is shown to be cut off.
* **not applicable**: the VPC has no clients of its own (unless `treat_empty_vpcs` is set), as a central one for
  endpoints; or the endpoint has no network interfaces in subnets, or is deleted, failed, rejected or expired.

It is enough that one client in a subnet reaches one interface at one of the service's ports, with an answer at any port
from 1024 on. Network ACLs that keep each zone's clients to its own interface pass: an endpoint has a DNS name for each
zone. A subnet whose own network ACL lets it be nobody's client, as one for databases, is no client of the endpoint: no
rule for TCP lets requests out at the port, and from nobody that it may send to come answers at all of the ports that
clients choose from.

Of a service whose ports are not shown, such as another customer's, a network ACL that lets nothing through is at fault,
and one with rules for single ports cannot be told. IPv4 and IPv6 are judged apart, IPv6 where the endpoint's names
resolve to it. Whom the endpoint's security groups let in is `interface-endpoint-sg-no-443`.

## Finding key
Empty: an endpoint can have only one such fault.

## Remediation
Add rules to the network ACLs that the finding names, with numbers below those of the rules that deny: on the clients'
side the service's port out and 1024 to 65535 in, on the endpoint's side the service's port in and 1024 to 65535 out.
Where a subnet is to be kept from the endpoint, suppress the finding.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.endpoint_acls import AclReach, Stop, acl_reach
from auditor.network.endpoints import callers, ports_of, vpc_of
from auditor.network.entities import Endpoint, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.network_acls import EPHEMERAL_PORTS, number_shown
from auditor.network.traffic import Direction
from auditor.remedies import open_acls


@check(
    id="interface-endpoint-nacl",
    severities=(Severity.MEDIUM, Severity.INFO),
    of=Endpoint,
    reads=(model.Vpc, model.Subnet, model.NetworkInterface, model.NetworkAcl),
    source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html",
)
def interface_endpoint_nacl(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the network ACLs between the clients in the endpoint's VPC and its interfaces."""
    if not endpoint.in_subnets or not endpoint.stands:
        yield NotApplicable("the endpoint has no network interfaces in subnets, or is gone")
        return
    vpc = vpc_of(network, endpoint)
    if isinstance(vpc, Missing):
        yield Unknown(vpc)
        return
    found = acl_reach(network, endpoint, vpc, callers(network, vpc, every_subnet=settings.treat_empty_vpcs))
    if found.stops:
        yield _fault(endpoint, vpc, found)
    elif found.undecided:
        yield Unknown(found.undecided)
    elif not found.reached:
        yield NotApplicable("the VPC has no clients of its own")


def _fault(endpoint: Endpoint, vpc: Vpc, found: AclReach) -> Fault:
    ports = ports_of(endpoint)
    at = f"TCP {' or '.join(str(port.number) for port in ports)}" if ports else "all ports"
    cut_off = [f"{subnet.id} ({addresses})" for subnet, addresses in found.cut_off]
    told = [f"cut off at {at} from {', '.join(cut_off)}"] if cut_off else []
    if found.shut:
        told.append(f"shut to the rest of the VPC at its interface in {', '.join(each.id for each in found.shut)}")
    guarded = dict.fromkeys(subnet.id for stop in found.stops for subnet in stop.subnets)
    return Fault(
        severity=Severity.INFO if endpoint.requester_managed else Severity.MEDIUM,
        message=f"{endpoint.label} to {endpoint.service_name or endpoint.type} in {vpc.label} is "
        f"{' and '.join(told)}, by network ACLs: {'; '.join(_told(stop, at) for stop in found.stops)}",
        evidence={
            "service": endpoint.service_name,
            "ports": [port.number for port in ports],
            "subnets_cut_off": {subnet.id: list(addresses.cidrs()) for subnet, addresses in found.cut_off},
            "subnets_reached": [subnet.id for subnet in found.reached],
            "endpoint_subnets_shut": [subnet.id for subnet in found.shut],
            "denials": [_shown(stop) for stop in found.stops],
        },
        related=list(
            dict.fromkeys(
                [
                    vpc.id,
                    *(stop.acl.network_acl_id for stop in found.stops),
                    *(subnet.id for subnet, _ in found.cut_off),
                    *guarded,
                ]
            )
        ),
        remedy=open_acls(found.stops, ports[0]) if ports else [],
    )


def _told(stop: Stop, at: str) -> str:
    way = "in from" if stop.direction is Direction.INGRESS else "out to"
    what = "the answers" if stop.answers else at
    rules = ", ".join(map(number_shown, stop.rules))
    subnets = ", ".join(subnet.id for subnet in stop.subnets)
    return f"{stop.acl.network_acl_id} of {subnets} does not let {what} {way} {stop.others} (rule {rules})"


def _shown(stop: Stop) -> dict[str, object]:
    return {
        "network_acl": stop.acl.network_acl_id,
        "subnets": [subnet.id for subnet in stop.subnets],
        "direction": stop.direction.value,
        "what": f"answers at {EPHEMERAL_PORTS[0]}-{EPHEMERAL_PORTS[1]}" if stop.answers else "requests",
        "addresses": list(stop.others.cidrs()),
        "rules": [number_shown(rule) for rule in stop.rules],
    }
