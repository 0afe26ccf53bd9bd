"""The policy of an endpoint bounds who passes or where to, but not both.

A data perimeter has two halves at an endpoint. Bounded by identity, it stops foreign credentials that somebody brings
into the network. Bounded by resource, it stops data that your own principals would carry to other accounts. Each half
alone is a design that AWS documents; both together are the perimeter that it recommends.

An endpoint policy grants nothing and overrides nothing: a request must pass it, the caller's identity policies and the
resource's own policy. Traffic that does not take the endpoint does not meet it.

How a policy is read, and what counts as a bound, is told in [endpoint policies](../endpoint-policies.md).

## Verdicts
* **fail**, medium: strangers can pass at resources of strangers, for some actions or from some addresses; or strangers
  pass, and others reach resources of strangers. The service holds data, keys or credentials.
* **fail**, low: the same for any other service; or only the resource half is missing: whoever passes reaches resources
  of any account.
* **fail**, info: only the identity half is missing: strangers pass, but only at resources that the policy bounds; or
  an AWS service made the endpoint and looks after it.
* **unknown**: the policy cannot be read, or rests on what AWS does not document or the request decides; or whether the
  service takes policies was not seen.
* **not applicable**: as in `endpoint-policy-default`; or the policy is open to everyone, or names principals at a
  gateway endpoint, and another rule speaks of it.

A request to what AWS keeps for its services, and one by an AWS service, is no stranger's. Nor is one with a tag on the
principal that the policy asks for: who bears it is its owner's decision.

## Finding key
Empty: an endpoint has one policy.

## Remediation
Add the missing half: `aws:PrincipalOrgID` or `aws:PrincipalAccount` for identity, `aws:ResourceOrgID` or
`aws:ResourceAccount` for resource. Where a policy is long, statements that deny everything outside the organization
are the smaller change. Leave room for resources that AWS itself owns. With `organization_id` in `auditor.toml` the
steps hold the policy with such statements, for services whose needs are known.

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
    id="endpoint-policy-no-perimeter",
    severities=(Severity.LOW, Severity.MEDIUM, Severity.INFO),
    of=Endpoint,
    reads=(ServiceDetail, Account),
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html",
)
def endpoint_policy_no_perimeter(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a policy that is not open to everyone by whether it bounds both identities and resources."""

    def of_policy(read: EndpointPolicy) -> Iterator[Verdict]:
        if read.policy.is_default or read.is_wide_open or read.ignores_principals:
            yield NotApplicable("the policy is open to everyone, or names principals at a gateway endpoint")
            return
        halves = {"identity": read.exposure.strangers, "resource": read.exposure.elsewhere}
        undecided = [answer for answer in halves.values() if isinstance(answer, Undecided)]
        missing = {half: answer for half, answer in halves.items() if isinstance(answer, Passes)}
        if undecided:
            reason = f"whether its policy is a perimeter cannot be told: {undecided[0].reason}"
            yield undecided_policy(endpoint, reason)
        elif missing:
            yield _fault(read, missing, network, settings)

    yield from on_policy(endpoint, network, of_policy)


def _fault(read: EndpointPolicy, missing: dict[str, Passes], network: Network, settings: Settings) -> Fault:
    endpoint = read.endpoint
    severity = Severity.MEDIUM if len(missing) > 1 else Severity.LOW if "resource" in missing else Severity.INFO
    lets = {"identity": "lets strangers pass", "resource": "lets data out to resources of strangers"}
    examples = {half: answer.request for half, answer in missing.items()}
    shown = list(dict.fromkeys(request.told for request in examples.values()))
    bounds = bounds_of(network, settings.organization_id, settings.trusted_accounts)
    if bounds is not None:
        bounds = bounds.only(identity="identity" in missing, resource="resource" in missing)
    return Fault(
        severity=policy_severity(read, severity),
        message=f"the policy of {endpoint.label} in {endpoint.vpc_id} {' and '.join(lets[half] for half in missing)}, "
        f"such as {' and '.join(shown)}; bound it by {' and '.join(missing)} at {endpoint.service_name}; "
        f"{POLICY_SEMANTICS}",
        evidence={
            "service": endpoint.service_name,
            "missing": list(missing),
            "bounds": list(read.exposure.bounds),
            "statements": {half: answer.statement.number for half, answer in missing.items()},
            "witnesses": {half: request.shown for half, request in examples.items()},
            "policy": json.loads(read.document),
        },
        related=[endpoint.vpc_id],
        remedy=bound_endpoint(read, bounds, anew=False),
    )
