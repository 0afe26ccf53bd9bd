"""An endpoint that is available lacks a network interface in a subnet.

An endpoint has one network interface in each subnet that it was given. Its names resolve to their addresses, so what
has no interface cannot be reached, and a zone without one is a zone less.

## Verdicts
* **fail**, high: AWS lists no network interface for an available endpoint, or fewer than it has subnets; or one that
  the account does not have, or that is not in use.
* **fail**, info: the same, and an AWS service made the endpoint and looks after it.
* **unknown**: AWS left out the endpoint's interfaces or subnets or the status of an interface, or the account's network
  interfaces were not seen, and no interface is shown to be lacking.
* **not applicable**: the endpoint is not available (`endpoint-state` says so), or is of a type that has no interface
  behind security groups, such as a gateway endpoint or a Gateway Load Balancer endpoint.

## Finding key
Empty: an endpoint can have only one such fault.

## Remediation
Give an endpoint without a subnet one in each zone of its clients. Else take the subnet that lacks its interface from
the endpoint and give it back, which makes a new one; if that does not help, create the endpoint anew.
"""

from collections.abc import Iterator, Mapping

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.endpoints import absent_member, interfaces
from auditor.network.entities import Endpoint
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.remedies import give_back_subnets, if_its_owners

# Every other status is "in-use", or leads there.
_USELESS = ("available", "detaching")


@check(
    id="interface-endpoint-no-network-interface",
    severities=(Severity.HIGH, Severity.INFO),
    of=Endpoint,
    reads=(model.NetworkInterface,),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
)
def interface_endpoint_no_network_interface(
    endpoint: Endpoint, network: Network, settings: Settings
) -> Iterator[Verdict]:
    """Judge the network interfaces that AWS lists for an endpoint by its subnets and by the interfaces there are."""
    if not endpoint.in_subnets or endpoint.state != "available":
        yield NotApplicable("the endpoint has no network interfaces behind security groups, or is not available")
        return
    listed, subnet_ids = endpoint.record.network_interface_ids, endpoint.record.subnet_ids
    if listed is None:
        yield Unknown(absent_member(endpoint))
        return
    unseen = network.coverage.missing(model.NetworkInterface, endpoint.home)
    known = {each: found for each in listed if (found := interfaces(network).get(each))}
    gone = [] if unseen else [each for each in listed if each not in known]
    useless = [each for each, found in known.items() if found.status in _USELESS]
    wrong = _counted(listed, subnet_ids)
    wrong += [f"account {endpoint.owner} does not have its {each}" for each in gone]
    wrong += [f"its {each} is {known[each].status} and not in use" for each in useless]
    unknown = [] if subnet_ids is not None else [absent_member(endpoint)]
    unknown += [_no_status(endpoint, each) for each, found in known.items() if found.status is None]
    unknown += [unseen] if unseen and len(known) < len(listed) else []
    if wrong:
        sound = {each: found for each, found in known.items() if each not in useless}
        yield _fault(endpoint, wrong, _bare(endpoint, sound) if not unknown else [])
    elif missing := Missing.union(unknown):
        yield Unknown(missing)


def _counted(listed: tuple[str, ...], subnet_ids: tuple[str, ...] | None) -> list[str]:
    """What is wrong with the number of interfaces alone."""
    if subnet_ids == ():
        return [] if listed else ["stands in no subnet"]
    if not listed:
        return ["has no network interface"]
    number, subnets = len(set(listed)), len(set(subnet_ids or ()))
    few = "one network interface" if number == 1 else f"{number} network interfaces"
    return [f"has {few} for {subnets} subnets"] if number < subnets else []


def _no_status(endpoint: Endpoint, interface_id: str) -> Missing:
    at, action = endpoint.home, "ec2:DescribeNetworkInterfaces"
    return Missing.of(Kind.ABSENT_FIELD, account=at.account, region=at.region, action=action, resource=interface_id)


def _bare(endpoint: Endpoint, sound: Mapping[str, model.NetworkInterface]) -> list[str]:
    """The subnets of the endpoint in which none of its interfaces is in use."""
    served = {found.subnet_id for found in sound.values()}
    return [each for each in endpoint.record.subnet_ids or () if each not in served]


def _fault(endpoint: Endpoint, wrong: list[str], bare: list[str]) -> Fault:
    listed, subnet_ids = endpoint.record.network_interface_ids or (), endpoint.record.subnet_ids or ()
    without = f"; nothing answers in {', '.join(bare)}" if bare else ""
    return Fault(
        severity=Severity.INFO if endpoint.requester_managed else Severity.HIGH,
        message=f"{endpoint.label} to {endpoint.service_name or endpoint.type} in {endpoint.vpc_id} is available, but "
        f"{' and '.join(wrong)}{without}",
        evidence={
            "service": endpoint.service_name,
            "subnets": list(subnet_ids),
            "network_interfaces": list(listed),
            "subnets_without": bare,
        },
        related=[endpoint.vpc_id, *bare, *listed],
        # The last subnet stays: AWS does not say what becomes of an endpoint without any.
        remedy=if_its_owners(endpoint, give_back_subnets(endpoint, bare)) if 0 < len(bare) < len(subnet_ids) else [],
    )
