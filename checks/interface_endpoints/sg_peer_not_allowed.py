"""A network that is connected with an endpoint's VPC is not let in by its security groups.

An interface endpoint can be used over peering connections, transit gateways, Cloud WAN, VPN and Direct Connect, as far
as routes lead there and back and its security groups let the clients in. A network that was connected later is easily
forgotten in them.

Whether the endpoint is meant for it cannot be told from the configuration, so the finding is a heuristic one.

## Verdicts
* **fail**, info: a VPC with clients, in the same Region, or the networks behind the VPC's virtual private gateway have
  routes to the endpoint's subnets and back, and the endpoint's security groups let none of their addresses in at the
  service's port; and the endpoint seems to be meant for them.
* **unknown**: the routes, connections, subnets, network interfaces or security groups that decide it were not seen, or
  a peer that may be meant was not audited.
* **not applicable**: the endpoint has no security group that exists, is no interface endpoint, or is deleted, failed,
  rejected or expired.

Most endpoints serve their own VPC alone, and a peering connection says nothing of them. One seems to be meant for a
network beyond

* where its security groups let somebody in from no fewer networks that are connected in the like way (peers and
  networks behind the gateway, or VPCs on one transit gateway) than they leave out: one is then more likely forgotten
  than kept out;
* where they let in nobody from beyond and its VPC has no clients of its own, as a central one for endpoints; or
* where none of the clients of a peer has a default route, so that they have no other way to the service.

A VPC that has an endpoint for the service of its own needs none, nor one that another interface endpoint within its
reach lets in. Clients in another Region have the service there. Of the VPCs on a transit gateway or core network, many
may have nothing to do with one another, so they are asked for only where the endpoint's VPC has no clients of its own.
Where the routes of both lead there, it is taken to join them; VPCs there that were not audited, and what else lies
behind it, are left out: a summary route names no network.

## Finding key
The id of the VPC, or of the virtual private gateway, that is left out.

## Remediation
Where the network is meant to use the endpoint, let it in at the service's port. Where it is not, suppress the finding,
or end the routes between them.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Confidence, Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.endpoint_neighbours import LeftOut, left_out_neighbours
from auditor.network.endpoints import absent_member, ports_of, vpc_of
from auditor.network.entities import Endpoint, SecurityGroup, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import let_in


@check(
    id="interface-endpoint-sg-peer-not-allowed",
    severities=(Severity.INFO,),
    confidences=(Confidence.HEURISTIC,),
    of=Endpoint,
    reads=(
        model.Vpc,
        model.Subnet,
        model.RouteTable,
        model.NetworkInterface,
        model.SecurityGroup,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NatGateway,
        model.VpcPeeringConnection,
        model.TransitGatewayVpcAttachment,
        model.VpnGateway,
        model.VpnConnection,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html",
)
def interface_endpoint_sg_peer_not_allowed(
    endpoint: Endpoint, network: Network, settings: Settings
) -> Iterator[Verdict]:
    """Judge the endpoint's groups by whether the networks that it seems to be meant for pass them."""
    if endpoint.type != "Interface" or not endpoint.stands:
        yield NotApplicable("the endpoint is no interface endpoint, or gone")
        return
    if endpoint.record.groups is None:
        yield Unknown(absent_member(endpoint))
        return
    vpc = vpc_of(network, endpoint)
    if isinstance(vpc, Missing):
        yield Unknown(vpc)
        return
    groups = [group for each in endpoint.record.groups if (group := network.security_groups.get(each.group_id or ""))]
    unlisted = network.coverage.missing(model.SecurityGroup, endpoint.home) if endpoint.record.groups else None
    if not groups and unlisted is None:
        yield NotApplicable("the endpoint has no security group")
        return
    found = left_out_neighbours(network, endpoint, vpc)
    yield from (_fault(endpoint, vpc, groups, left_out) for left_out in found)
    if found.missing:
        yield Unknown(
            found.missing, message=f"whether {endpoint.label} lets in the networks around {vpc.label} was not all seen"
        )


def _fault(endpoint: Endpoint, vpc: Vpc, groups: list[SecurityGroup], left_out: LeftOut) -> Fault:
    far, ports = left_out.neighbour, ports_of(endpoint)
    at = f"TCP {' or '.join(str(port.number) for port in ports)}" if ports else "any port"
    others = left_out.others_let_in
    reasons = [f"it lets {others} other network{'' if others == 1 else 's'} in"] if others else []
    reasons += [f"nothing in {far.label} has another way to the service"] if left_out.isolated else []
    return Fault(
        key=far.id,
        message=f"{endpoint.label} to {endpoint.service_name} in {vpc.label} lets nothing in at {at} from {far.label} "
        f"({far.addresses}), though {far.way} leads there and back, by {', '.join(group.label for group in groups)}; "
        f"{' and '.join(reasons) or 'its VPC has no clients of its own'}",
        evidence={
            "service": endpoint.service_name,
            "ports": [port.number for port in ports],
            "security_groups": [group.id for group in groups],
            "connection": far.way,
            "left_out": far.id,
            "addresses": list(far.addresses.cidrs()),
            "others_let_in": left_out.others_let_in,
            "isolated": left_out.isolated,
        },
        related=list(dict.fromkeys([vpc.id, far.id, far.way, *(group.id for group in groups)])),
        remedy=[let_in(groups[0], ports[0], far.addresses.cidrs())] if groups and ports else [],
    )
