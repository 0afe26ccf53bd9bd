"""Security groups keep clients of a gateway endpoint from its service.

A gateway endpoint has no security group of its own. Those of its clients have to let HTTPS out to the service's
addresses, which a rule can name by the service's prefix list. All groups of an interface count as one set of rules. A
group lets everything out as AWS makes it, until somebody narrows that.

A client is an interface that can open a connection, in a subnet whose route table leads to the endpoint. Interfaces
that AWS looks after, such as those of databases, functions and load balancers, are left out. Whether a client needs the
service cannot be told from the configuration, so the finding is a heuristic one.

## Verdicts
* **fail**, medium: the security groups of clients let them out to no address of the service at TCP port 443.
* **fail**, low: they let them out to a part of the addresses. IPv6 counts where both the client and the endpoint have
  it.
* **unknown**: the VPC's endpoints, route tables, subnets or network interfaces, or the groups of a client, were not
  seen; a prefix list that matters could not be read; or the groups let clients out to private addresses, where an
  interface endpoint for the service may be that was not seen.
* **not applicable**: no route table leads to a gateway endpoint that is available, or nothing that sends by one can be
  a client.

Groups that let their clients out to an interface endpoint for the service, in the VPC or in one connected with it, are
passed over, as are all where the service's name resolves to such an endpoint.

## Finding key
The service without its Region, and the ids of the security groups in their order, joined by commas.

## Remediation
Let TCP port 443 out to the service's prefix list, in one of the groups. Where the clients are to be kept from the
service, suppress the finding.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Confidence, Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.entities import SecurityGroup, Vpc
from auditor.network.network import Network
from auditor.network.service_filters import Closed, GroupFilter, group_filters
from auditor.network.traffic import HTTPS
from auditor.remedies import let_out


@check(
    id="gateway-endpoint-client-sg-egress",
    severities=(Severity.MEDIUM, Severity.LOW),
    confidences=(Confidence.HEURISTIC,),
    of=Vpc,
    reads=(
        model.VpcEndpoint,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NetworkInterface,
        model.SecurityGroup,
        model.VpcPeeringConnection,
        model.TransitGatewayVpcAttachment,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html",
)
def gateway_endpoint_client_sg_egress(vpc: Vpc, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge each set of security groups among the clients of the VPC's gateway endpoints."""
    found = group_filters(network, vpc)
    for each in found:
        groups = [network.security_groups.get(group_id) for group_id in each.groups]
        named = [group.label if group else group_id for group, group_id in zip(groups, each.groups, strict=True)]
        if isinstance(each.closed, Closed):
            yield _fault(vpc, each, each.closed, named, [group for group in groups if group])
        elif each.closed:
            whether = (
                f"whether {' and '.join(named)} of {vpc.label} let clients out to {each.service_name} was not seen"
            )
            yield Unknown(each.closed, each.key, whether)
    if found.missing:
        yield Unknown(found.missing, message=f"the clients of the gateway endpoints of {vpc.label} were not all seen")
    elif not found:
        yield NotApplicable("no security group stands between a client and a gateway endpoint of the VPC")


def _fault(vpc: Vpc, found: GroupFilter, closed: Closed, named: list[str], groups: list[SecurityGroup]) -> Fault:
    lists, many = " and ".join(found.lists), len(found.interfaces)
    clients = f"{many} network interfaces" if many > 1 else f"network interface {found.interfaces[0]}"
    where = f"{' and '.join(named)} of {clients} in {', '.join(found.subnets)} of {vpc.label}"
    what = f"nothing out at TCP {HTTPS.number} to {found.service_name}"
    if not closed.wholly:
        what = f"TCP {HTTPS.number} out to a part of {found.service_name} alone, not to {closed.denied}"
        what += f", {closed.counted} of {lists}"
    serve = f"{' and '.join(found.endpoints)} can serve {'them' if many > 1 else 'it'}"
    return Fault(
        key=found.key,
        severity=Severity.MEDIUM if closed.wholly else Severity.LOW,
        message=f"{where} {'let' if named[1:] else 'lets'} {what}; let TCP {HTTPS.number} out to {lists}, so that "
        f"{serve}",
        evidence={
            "service": found.service_name,
            "gateway_endpoints": list(found.endpoints),
            "prefix_lists": list(found.lists),
            "entries": list(closed.entries),
            "entries_denied": list(closed.short),
            "security_groups": list(found.groups),
            "network_interfaces": list(found.interfaces),
            "subnets": list(found.subnets),
        },
        related=[vpc.id, *found.groups, *found.endpoints],
        remedy=[let_out(groups[0], HTTPS, found.lists)] if groups else [],
    )
