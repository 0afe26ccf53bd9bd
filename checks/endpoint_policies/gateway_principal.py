"""The policy of a gateway endpoint names principals, where it must say `*`.

At a gateway endpoint the principal of a statement must be `*`. An account there, whether by its id or as its root,
stands for the account's root user alone, not for its users and roles, so that the policy stops all of them. Conditions
name them instead.

An endpoint policy grants nothing and overrides nothing: a request must pass it, the caller's identity policies and the
resource's own policy. Traffic that does not take the endpoint does not meet it.

## Verdicts
* **fail**, high: the policy allows something, and no statement that allows has the principal `*`.
* **fail**, info: the same, and an AWS service made the endpoint and looks after it.
* **unknown**: the policy cannot be read.
* **not applicable**: the endpoint has no policy, its service takes none, it leads to another customer's service, it is
  of a type without policies, or it is deleted, failed, rejected or expired.
  Interface endpoints are judged by the other rules: there an account's id stands for all of the account.

## Finding key
Empty: an endpoint has one policy.

## Remediation
Write `"Principal": "*"`, and name the accounts by the condition key `aws:PrincipalAccount`, users and roles by
`aws:PrincipalArn`, or the organization by `aws:PrincipalOrgID`. The steps hold the policy in that form.

A change takes some minutes. In a policy of an endpoint AWS takes no wildcards with ids that it made itself, such as
accounts and VPCs, and at least six characters before or after a wildcard in a string. To keep traffic from going past
the endpoint, name the endpoint in the resource's policy (`aws:SourceVpce`).
"""

import json
from collections.abc import Iterator

from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Verdict
from auditor.model import ServiceDetail
from auditor.network.endpoint_policies import EndpointPolicy
from auditor.network.entities import Endpoint
from auditor.network.network import Network
from auditor.remedies import name_callers_in_conditions
from auditor.verdicts import POLICY_SEMANTICS, on_policy


@check(
    id="endpoint-policy-gateway-principal",
    severities=(Severity.HIGH, Severity.INFO),
    of=Endpoint,
    reads=(ServiceDetail,),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
)
def endpoint_policy_gateway_principal(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the policy of a gateway endpoint by whether any statement that allows has the principal ``*``."""
    if endpoint.type != "Gateway":
        yield NotApplicable("the endpoint is no gateway endpoint")
        return

    def of_policy(read: EndpointPolicy) -> Iterator[Verdict]:
        if read.ignores_principals:
            allowing = [each for each in read.policy.statements if each.allows]
            names = sorted({name for each in allowing for listed in each.principals.named.values() for name in listed})
            yield Fault(
                severity=Severity.INFO if endpoint.requester_managed else Severity.HIGH,
                message=f"the policy of {endpoint.label} in {endpoint.vpc_id} allows {', '.join(names)} in the "
                f"Principal of its statements, where a gateway endpoint takes nothing but *: an account there is its "
                f"root user alone, so users and roles do not reach {endpoint.service_name}; name them by a condition; "
                f"{POLICY_SEMANTICS}",
                evidence={
                    "service": endpoint.service_name,
                    "principals": names,
                    "statements": [each.number for each in allowing],
                    "policy": json.loads(read.document),
                },
                related=[endpoint.vpc_id],
                remedy=name_callers_in_conditions(read),
            )

    yield from on_policy(endpoint, network, of_policy)
