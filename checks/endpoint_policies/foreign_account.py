"""The policy of an endpoint lets an account in, or data out to one, that nobody trusts.

A policy that is bounded names accounts, in its principals, its resources or its conditions. One that is neither
audited, nor of the organization, nor trusted is a way in or out that somebody made on purpose once, or by a slip of
the finger.

An endpoint policy grants nothing and overrides nothing: a request must pass it, the caller's identity policies and the
resource's own policy. Traffic that does not take the endpoint does not meet it.

Trusted are the audited accounts, the accounts of the organization, and those under `trusted_accounts` in
`auditor.toml`. How a policy is read is told in [endpoint policies](../endpoint-policies.md).

## Verdicts
* **fail**, medium: principals of such an account pass, or a request to its resources does, and those of accounts that
  the policy does not name do not. The same of an organization that is not the one of `organization_id`.
* **fail**, info: the same, and an AWS service made the endpoint and looks after it.
* **unknown**: the policy cannot be read; an account is named, and neither the organization's accounts nor trusted ones
  are known; or it cannot be told whether the account passes.
* **not applicable**: as in `endpoint-policy-default`.

Where a policy lets every account in, or data out to every account, the account that it names is no exception, and the
other rules speak. An account in a statement that denies it is no fault, nor is one that a list of exceptions leaves in
where nothing allows it.

## Finding key
The account and `in` or `out`, as `999999999999|in`; of an organization its id instead of the account.

## Remediation
Remove the account from the policy. If it is one that you know, such as a vendor's or one in which AWS keeps container
images, add it to `trusted_accounts` with the reason.

A change takes some minutes. In a policy of an endpoint AWS takes no wildcards with ids that it made itself, such as
accounts and VPCs, and at least six characters before or after a wildcard in a string. To keep traffic from going past
the endpoint, name the endpoint in the resource's policy (`aws:SourceVpce`).
"""

import json
from collections.abc import Iterator

from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, Severity, Unknown, Verdict
from auditor.model import Account, ServiceDetail
from auditor.network.diagnosis.trust import is_stranger
from auditor.network.endpoint_policies import EndpointPolicy, Way
from auditor.network.entities import Endpoint
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.policies.exposure import Undecided
from auditor.verdicts import POLICY_SEMANTICS, on_policy, undecided_policy


@check(
    id="endpoint-policy-foreign-account",
    severities=(Severity.MEDIUM, Severity.INFO),
    of=Endpoint,
    reads=(ServiceDetail, Account),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
)
def endpoint_policy_foreign_account(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the accounts and organizations that a policy names by whether they are trusted and pass."""

    def of_policy(read: EndpointPolicy) -> Iterator[Verdict]:
        for named in read.named:
            if named.startswith("o-"):
                strange: bool | Missing = settings.organization_id not in (None, named)
            else:
                strange = is_stranger(network, named, settings.trusted_accounts, settings.organization_id)
            if strange is not False:
                yield from (_verdict(read, way, strange) for way in read.ways_of(named))

    yield from on_policy(endpoint, network, of_policy)


def _verdict(read: EndpointPolicy, way: Way, strange: bool | Missing) -> Verdict:
    endpoint, answer = read.endpoint, way.answer
    key = f"{way.named}|{way.direction}"
    whose = f"{'organization' if way.named.startswith('o-') else 'account'} {way.named}"
    if isinstance(answer, Undecided):
        return undecided_policy(endpoint, f"whether its policy lets {whose} pass cannot be told: {answer.reason}", key)
    what = f"principals of {whose} in" if way.direction == "in" else f"requests out to resources of {whose}"
    lets = f"{answer.statement.label} of the policy of {endpoint.label} in {endpoint.vpc_id} lets {what}"
    if isinstance(strange, Missing):
        return Unknown(strange, key, f"{lets}; whether that is one of yours is not known; {POLICY_SEMANTICS}")
    return Fault(
        key=key,
        severity=Severity.INFO if endpoint.requester_managed else Severity.MEDIUM,
        message=f"{lets}, such as {answer.request.told}, "
        f"and it is neither audited, nor of the organization, nor trusted; remove it, or add it to trusted_accounts "
        f"with the reason; {POLICY_SEMANTICS}",
        evidence={
            "service": endpoint.service_name,
            "named": way.named,
            "direction": way.direction,
            "statement": answer.statement.number,
            "witness": answer.request.shown,
            "policy": json.loads(read.document),
        },
        related=[endpoint.vpc_id],
    )
