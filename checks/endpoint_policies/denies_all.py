"""The policy of an endpoint lets nothing pass that its service could answer.

What no statement allows is denied. An endpoint whose policy allows nothing, allows only actions or resources of
another service, or denies all that it allows, stops every request of the VPC's that takes it.

An endpoint policy grants nothing and overrides nothing: a request must pass it, the caller's identity policies and the
resource's own policy. Traffic that does not take the endpoint does not meet it.

## Verdicts
* **fail**, medium, heuristic: no request to the endpoint's service passes. Whether that is meant, to close the service
  to the VPC, is not to be seen.
* **fail**, info: the same, and an AWS service made the endpoint and looks after it.
* **unknown**: the policy cannot be read, or rests on what AWS does not document or the request decides; or whether the
  service takes policies was not seen.
* **not applicable**: as in `endpoint-policy-default`; or the policy names principals at a gateway endpoint, and
  `endpoint-policy-gateway-principal` speaks of it.

How the actions and resources of a service begin is known of those that hold data, keys or credentials; of any other
service a policy fails only where it stops all services.

## Finding key
Empty: an endpoint has one policy.

## Remediation
Allow the actions and resources that the VPC's clients need. If the service is to be closed to the VPC, delete the
endpoint, or suppress the finding with the reason.

A change takes some minutes. In a policy of an endpoint AWS takes no wildcards with ids that it made itself, such as
accounts and VPCs, and at least six characters before or after a wildcard in a string. To keep traffic from going past
the endpoint, name the endpoint in the resource's policy (`aws:SourceVpce`).
"""

import json
from collections.abc import Iterator

from auditor.check import check
from auditor.config import Settings
from auditor.findings import Confidence, Fault, NotApplicable, Severity, Verdict
from auditor.model import ServiceDetail
from auditor.network.endpoint_policies import EndpointPolicy
from auditor.network.entities import Endpoint
from auditor.network.network import Network
from auditor.network.policies.exposure import Stopped, Undecided
from auditor.verdicts import POLICY_SEMANTICS, on_policy, undecided_policy


@check(
    id="endpoint-policy-denies-all",
    severities=(Severity.MEDIUM, Severity.INFO),
    confidences=(Confidence.HEURISTIC,),
    of=Endpoint,
    reads=(ServiceDetail,),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
)
def endpoint_policy_denies_all(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a policy by whether any request at all to the endpoint's service passes."""

    def of_policy(read: EndpointPolicy) -> Iterator[Verdict]:
        if read.ignores_principals:
            yield NotApplicable("the policy names principals at a gateway endpoint")
            return
        anything = read.anything
        if isinstance(anything, Undecided):
            yield undecided_policy(endpoint, f"whether its policy lets anything pass cannot be told: {anything.reason}")
        elif isinstance(anything, Stopped):
            allowing = [each.label for each in read.policy.statements if each.allows]
            why = (
                f"{' and '.join(anything.by)} stops all that is allowed" if allowing else "no statement allows anything"
            )
            yield Fault(
                severity=Severity.INFO if endpoint.requester_managed else Severity.MEDIUM,
                message=f"the policy of {endpoint.label} in {endpoint.vpc_id} lets no request to "
                f"{endpoint.service_name} pass: {why}; allow what the VPC's clients need; {POLICY_SEMANTICS}",
                evidence={
                    "service": endpoint.service_name,
                    "stopped_by": list(anything.by),
                    "policy": json.loads(read.document),
                },
                related=[endpoint.vpc_id],
            )

    yield from on_policy(endpoint, network, of_policy)
