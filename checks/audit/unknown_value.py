"""AWS gave a value that this version does not know.

AWS adds types of endpoints, states, route targets and the like without a new version of its interface. A resource with
such a value is kept and judged as far as it can be.

Looked at are the types and states of VPC endpoints, the statuses of peering connections, and the origins, states and
targets of routes.

## Verdicts
* **fail**, info: the resource has a value that is not known.

## Finding key
The member's name in AWS's answer and the value, joined by `|`. The target of a route is `Routes.target`, with an empty
value where AWS's model has no member for it.

## Remediation
Update vpc-auditor, and botocore with it: an old botocore drops the members of an answer that it does not know. If the
newest version does not know the value either, report it as a fault of vpc-auditor.
"""

from collections.abc import Iterator

from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, Severity, Verdict
from auditor.network.entities import Endpoint, Peering, label
from auditor.network.known_values import Unknowns, unknown_in_endpoint, unknown_in_peering, unknown_in_routes
from auditor.network.network import Network
from auditor.network.routes import RouteTable


@check(
    id="audit-unknown-value",
    severities=(Severity.INFO,),
    of=(Endpoint, Peering, RouteTable),
    reads=(),
    source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Types.html",
)
def audit_unknown_value(
    subject: Endpoint | Peering | RouteTable, network: Network, settings: Settings
) -> Iterator[Verdict]:
    """Tell of each value of an endpoint, a connection or a route table's routes that is not known."""
    for member, value in _unknown_values(subject, network):
        shown = f'the {member} "{value}"' if value else f"a {member} that AWS's model does not have"
        yield Fault(
            key=f"{member}|{value}",
            message=f"{label(subject.id, subject.name)} has {shown}, which this version does not know; rules that "
            "depend on it may not tell: update vpc-auditor",
            evidence={"member": member, "value": value},
        )


def _unknown_values(subject: Endpoint | Peering | RouteTable, network: Network) -> Unknowns:
    if isinstance(subject, Endpoint):
        return unknown_in_endpoint(subject)
    if isinstance(subject, Peering):
        return unknown_in_peering(subject)
    return unknown_in_routes(network, subject)
