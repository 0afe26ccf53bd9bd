"""A network ACL lets nothing pass between a subnet and its peer, or no answer.

Routes lead there and back over the connection, but the network ACL of a subnet has no rule that lets a packet in from
the peer, or out to it. A network ACL knows no connections: an answer is asked of it like any other packet, at the port
that the client chose, from 1024 on.

## Verdicts
* **fail**, high: in one direction the network ACL of a subnet in use lets no packet of any protocol pass, of all the
  addresses of the peer that the subnet exchanges packets with.
* **fail**, medium: packets pass in both directions, and a rule lets TCP requests through, but no TCP connection gets
  its answers, whichever side opens it: at no port from 1024 on they come back the other way.
* **unknown**: the routes, subnets, network interfaces or network ACLs that decide it were not seen.
* **not applicable**: the connection is not active.

A network ACL that lets only some ports or some addresses through is as its owner wants it, and passes, as one for
clients alone does, or for servers alone. IPv4 and IPv6 are judged apart.

## Finding key
The id of the network ACL, and `ipv4` or `ipv6`.

## Remediation
Add rules to the network ACL that let the peer's blocks through, in the directions named in the finding and with a
number below that of the rule that denies them. The steps let all traffic through where nothing passes: narrow them to
what is needed, and to the answers. Where the subnet is to be kept from the peer, end the routes between them instead.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.diagnosis.acl_denials import AclDenial, acl_denials
from auditor.network.entities import Peering
from auditor.network.network import Network
from auditor.network.network_acls import number_shown
from auditor.network.traffic import Direction
from auditor.remedies import let_through


@check(
    id="peering-nacl-blocks",
    severities=(Severity.HIGH, Severity.MEDIUM),
    of=Peering,
    reads=(
        model.Vpc,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NetworkInterface,
        model.VpcEndpoint,
        model.NetworkAcl,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html",
)
def peering_nacl_blocks(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the network ACLs of the subnets that exchange packets over the connection."""
    if not peering.live:
        yield NotApplicable("the connection is not active")
        return
    found = acl_denials(network, peering)
    yield from (_fault(peering, denial) for denial in found)
    if found.missing:
        yield Unknown(
            found.missing, message=f"whether network ACLs let pass what is routed over {peering.label} was not all seen"
        )


def _fault(peering: Peering, denial: AclDenial) -> Fault:
    acl_id, subnets = denial.acl.network_acl_id, ", ".join(subnet.id for subnet in denial.subnets)
    directions = denial.everything or denial.answers
    ways = " and ".join("in from" if way is Direction.INGRESS else "out to" for way in directions)
    what = "nothing" if denial.everything else "no answer to a TCP connection"
    rules = ", ".join(f"{way.value} rule {number_shown(number)}" for way, number in denial.rules)
    return Fault(
        key=denial.key,
        at=denial.near.home,
        severity=Severity.HIGH if denial.everything else Severity.MEDIUM,
        message=f"{acl_id} of {subnets} in {denial.near.label} lets {what} {ways} {denial.addresses} in "
        f"{denial.far.label}, which {peering.label} is routed to and from: by {rules}",
        evidence={
            "network_acl": acl_id,
            "family": f"ipv{denial.version}",
            "subnets": [subnet.id for subnet in denial.subnets],
            "peer_addresses": list(denial.addresses.cidrs()),
            "nothing_passes": [way.value for way in denial.everything],
            "no_answer_passes": [way.value for way in denial.answers],
            "rules": [{"direction": way.value, "rule_number": number_shown(number)} for way, number in denial.rules],
        },
        related=[acl_id, denial.near.vpc_id, denial.far.vpc_id, *(subnet.id for subnet in denial.subnets)],
        remedy=let_through(denial),
    )
