"""The policy of an endpoint was written, and is open to everyone all the same.

A condition that always holds, or a list that ends in a wildcard, restricts nothing: strangers can still pass with
their own credentials, at resources of their own, and so carry data out.

An endpoint policy grants nothing and overrides nothing: a request must pass it, the caller's identity policies and the
resource's own policy. Traffic that does not take the endpoint does not meet it.

How a policy is read is told in [endpoint policies](../endpoint-policies.md).

## Verdicts
* **fail**, medium: a request by an account that the policy does not name passes, of any action, at a resource of an
  account that it does not name, from everywhere in the VPC; and the service holds data, keys or credentials.
* **fail**, low: the same for any other service.
* **fail**, info: the same, and an AWS service made the endpoint and looks after it.
* **unknown**: the policy cannot be read, or rests on what AWS does not document or the request decides; or whether the
  service takes policies was not seen.
* **not applicable**: as in `endpoint-policy-default`; or the policy is the default one, of which that rule speaks.

`Principal: "*"` alone is no fault: gateway endpoints ask for it. A denial that bounds what another statement allows
counts.

## Finding key
Empty: an endpoint has one policy.

## Remediation
Ask in the statement that allows for `aws:PrincipalOrgID` and `aws:ResourceOrgID` without `IfExists` and without
`ForAllValues`, which a request without the key fulfils, or name the resources in full. A bucket's name with a wildcard
can be anybody's. Leave room for what AWS keeps for its services. With `organization_id` in `auditor.toml` the steps
hold such a policy, for services whose needs are known: compare it with the one that stands there.

A change takes some minutes. In a policy of an endpoint AWS takes no wildcards with ids that it made itself, such as
accounts and VPCs, and at least six characters before or after a wildcard in a string. To keep traffic from going past
the endpoint, name the endpoint in the resource's policy (`aws:SourceVpce`).
"""

import json
from collections.abc import Iterator

from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Verdict
from auditor.model import Account, ServiceDetail
from auditor.network.endpoint_policies import EndpointPolicy
from auditor.network.entities import Endpoint
from auditor.network.network import Network
from auditor.network.policies.exposure import Passes, Undecided
from auditor.remedies import bound_endpoint, bounds_of
from auditor.verdicts import POLICY_SEMANTICS, on_policy, policy_severity, undecided_policy


@check(
    id="endpoint-policy-wildcard",
    severities=(Severity.MEDIUM, Severity.LOW, Severity.INFO),
    of=Endpoint,
    reads=(ServiceDetail, Account),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
)
def endpoint_policy_wildcard(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a policy that is not the default one by whether strangers can do everything at resources of strangers."""

    def of_policy(read: EndpointPolicy) -> Iterator[Verdict]:
        found = read.exposure.strangers_elsewhere
        if read.policy.is_default:
            yield NotApplicable("the policy is the default one")
        elif isinstance(found, Undecided):
            yield undecided_policy(endpoint, f"whether strangers pass its policy cannot be told: {found.reason}")
        elif isinstance(found, Passes) and read.is_wide_open:
            request = found.request
            yield Fault(
                severity=policy_severity(read, Severity.MEDIUM),
                message=f"{found.statement.label} of the policy of {endpoint.label} in {endpoint.vpc_id} lets everyone "
                f"do everything at {endpoint.service_name}, such as {request.told}; "
                f"bound it to your organization; {POLICY_SEMANTICS}",
                evidence={
                    "service": endpoint.service_name,
                    "statement": found.statement.number,
                    "witness": request.shown,
                    "policy": json.loads(read.document),
                },
                related=[endpoint.vpc_id],
                remedy=bound_endpoint(
                    read, bounds_of(network, settings.organization_id, settings.trusted_accounts), anew=True
                ),
            )

    yield from on_policy(endpoint, network, of_policy)
