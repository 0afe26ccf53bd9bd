"""A network ACL keeps clients of a gateway endpoint from its service.

The network ACL of a subnet has to let HTTPS out to the service's addresses, and the answers in: it knows no
connections, and an answer comes to the port that the client chose, from 1024 on. It cannot name a prefix list. Rules
that list the service's blocks age, as AWS adds to them.

A subnet counts where it sends to the endpoint and something in it can open a connection that AWS does not look after,
as it does after databases, functions and load balancers. Whether a client needs the service cannot be told from the
configuration, so the finding is a heuristic one.

## Verdicts
* **fail**, medium: the network ACL of such subnets lets no request at TCP port 443 out to the service, or no answer in,
  of any address of the service.
* **fail**, low: requests and answers pass for a part of the service's addresses. IPv6 counts where both the subnet and
  the endpoint have it.
* **unknown**: the VPC's endpoints, route tables, subnets, network interfaces or network ACLs were not seen; the
  service's prefix list could not be read; or the network ACL lets HTTPS through to private addresses, where an
  interface endpoint for the service may be that was not seen.
* **not applicable**: no route table leads to a gateway endpoint that is available, or no subnet with clients sends by
  one (unless `treat_empty_vpcs` is set).

A network ACL that lets no more than this through passes, whatever the range of ports for answers. One that lets HTTPS
through to an interface endpoint for the service, in the VPC or in one connected with it, is passed over, as are all
where the service's name resolves to such an endpoint.

## Finding key
The service without its Region, and the network ACL's id.

## Remediation
Add rules for the blocks in the finding: TCP port 443 out, and TCP ports 1024 to 65535 in. Where the service's blocks
change too often for that, let HTTPS out to all addresses, and narrow it by security groups, which can name the prefix
list. Where the subnets are to be kept from the service, suppress the finding.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Confidence, Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.entities import Vpc
from auditor.network.network import Network
from auditor.network.network_acls import number_shown
from auditor.network.service_filters import AclFilter, Closed, acl_filters
from auditor.network.traffic import HTTPS
from auditor.remedies import let_service_through


@check(
    id="gateway-endpoint-client-nacl",
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
        model.NetworkAcl,
        model.VpcPeeringConnection,
        model.TransitGatewayVpcAttachment,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html",
)
def gateway_endpoint_client_nacl(vpc: Vpc, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge each network ACL of subnets with clients of the VPC's gateway endpoints."""
    found = acl_filters(network, vpc, every_subnet=settings.treat_empty_vpcs)
    for each in found:
        if isinstance(each.closed, Closed):
            yield _fault(vpc, each, each.closed)
        elif each.closed:
            acl_id = each.acl.network_acl_id
            whether = f"whether {acl_id} of {vpc.label} lets clients reach {each.service_name} was not seen"
            yield Unknown(each.closed, each.key, whether)
    if found.missing:
        yield Unknown(found.missing, message=f"the clients of the gateway endpoints of {vpc.label} were not all seen")
    elif not found:
        yield NotApplicable("no subnet with clients sends to a gateway endpoint of the VPC")


def _fault(vpc: Vpc, found: AclFilter, closed: Closed) -> Fault:
    acl_id, subnets = found.acl.network_acl_id, ", ".join(found.subnets)
    rules = " and ".join(f"{way.value} rule {number_shown(number)}" for way, number in found.rules)
    what = f"lets no HTTPS through to {found.service_name}"
    if not closed.wholly:
        what = f"lets HTTPS through to a part of {found.service_name} alone, not to {closed.denied}"
        what += f", {closed.counted} of {' and '.join(found.lists)}"
    return Fault(
        key=found.key,
        severity=Severity.MEDIUM if closed.wholly else Severity.LOW,
        message=f"{acl_id} of {subnets} in {vpc.label} {what}, by {rules}; let TCP {HTTPS.number} out there, and "
        f"its answers in, so that {' and '.join(found.endpoints)} can serve {'them' if found.subnets[1:] else 'it'}",
        evidence={
            "service": found.service_name,
            "gateway_endpoints": list(found.endpoints),
            "prefix_lists": list(found.lists),
            "entries": list(closed.entries),
            "entries_denied": list(closed.short),
            "network_acl": acl_id,
            "subnets": list(found.subnets),
            "requests_denied": list(found.requests.cidrs()),
            "answers_denied": list(found.answers.cidrs()),
            "rules": [{"direction": way.value, "rule_number": number_shown(number)} for way, number in found.rules],
        },
        related=[vpc.id, acl_id, *found.endpoints, *found.subnets],
        remedy=let_service_through(found, closed, vpc.home),
    )
