"""An endpoint has the default policy, which allows everything to everyone.

AWS gives an endpoint a policy that allows every action of everyone on every resource, where its creator names none. It
then lets data out to any account's resources of the service, and in with anyone's credentials.

An endpoint policy grants nothing and overrides nothing: a request must pass it, the caller's identity policies and the
resource's own policy. Traffic that does not take the endpoint does not meet it.

## Verdicts
* **fail**, medium: the policy allows everything without a condition, and the service holds data, keys or credentials:
  Amazon S3, S3 Express, DynamoDB, KMS, Secrets Manager, STS, SQS, SNS, ECR, CloudWatch Logs, Kinesis, Firehose and
  Systems Manager.
* **fail**, low: the same for any other service.
* **fail**, info: the same, and an AWS service made the endpoint and looks after it.
* **unknown**: the policy cannot be read, or whether the service takes policies was not seen.
* **not applicable**: the endpoint has no policy, its service takes none, it leads to another customer's service, it is
  of a type without policies, or it is deleted, failed, rejected or expired.

A policy that means the same counts, whatever its version and the ids of its statements. What else lets strangers
through is `endpoint-policy-wildcard` and `endpoint-policy-no-perimeter`; of one policy only one of the three speaks.

## Finding key
Empty: an endpoint has one policy.

## Remediation
Give the endpoint a policy that allows the principals of your organization and the resources that they need, such as by
the conditions `aws:PrincipalOrgID` and `aws:ResourceOrgID`. Leave room for resources that AWS itself owns, such as the
buckets of package repositories and of ECR's layers. On a gateway endpoint the principal must stay `*`: restrict it by
conditions. With `organization_id` in `auditor.toml` the steps hold such a policy, for services whose needs are known.

A change takes some minutes. In a policy of an endpoint AWS takes no wildcards with ids that it made itself, such as
accounts and VPCs, and at least six characters before or after a wildcard in a string. To keep traffic from going past
the endpoint, name the endpoint in the resource's policy (`aws:SourceVpce`).
"""

import json
from collections.abc import Iterator

from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, Severity, Verdict
from auditor.model import Account, ServiceDetail
from auditor.network.endpoint_policies import EndpointPolicy
from auditor.network.entities import Endpoint
from auditor.network.network import Network
from auditor.remedies import bound_endpoint, bounds_of
from auditor.verdicts import POLICY_SEMANTICS, on_policy, policy_severity


@check(
    id="endpoint-policy-default",
    severities=(Severity.MEDIUM, Severity.LOW, Severity.INFO),
    of=Endpoint,
    reads=(ServiceDetail, Account),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
)
def endpoint_policy_default(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the policy of a gateway or interface endpoint to an AWS service by whether it restricts anything."""

    def of_policy(read: EndpointPolicy) -> Iterator[Verdict]:
        if read.policy.is_default:
            bounds = bounds_of(network, settings.organization_id, settings.trusted_accounts)
            yield Fault(
                severity=policy_severity(read, Severity.MEDIUM),
                message=f"{endpoint.label} in {endpoint.vpc_id} has a policy that lets everyone do everything to every "
                f"resource of {endpoint.service_name}; {POLICY_SEMANTICS}",
                evidence={"service": endpoint.service_name, "policy": json.loads(read.document)},
                related=[endpoint.vpc_id],
                remedy=bound_endpoint(read, bounds, anew=True),
            )

    yield from on_policy(endpoint, network, of_policy)
