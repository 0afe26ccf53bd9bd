"""An endpoint has the default policy, which allows everything to everyone.

AWS gives an endpoint a policy that allows every action of everyone on every resource, where its creator names none. It
then lets data out to any account's resources of the service, and in with anyone's credentials.

An endpoint policy grants nothing: a request must pass it, the caller's identity policies and the resource's own policy.
Traffic that does not take the endpoint does not meet it.

## Verdicts
* **fail**, medium: the policy allows everything without a condition, and the service holds data, keys or credentials:
  Amazon S3, S3 Express, DynamoDB, KMS, Secrets Manager, STS, SQS, SNS, ECR, CloudWatch Logs, Kinesis, Firehose and
  Systems Manager.
* **fail**, low: the same for any other service.
* **fail**, info: the same, and an AWS service made the endpoint and looks after it.
* **unknown**: the policy cannot be read, or whether the service takes policies was not seen.
* **not applicable**: the endpoint has no policy, its service takes none, it leads to another customer's service, it is
  of a type without policies, or it is deleted, failed, rejected or expired.

A policy that means the same counts, whatever its version and the ids of its statements.

## Finding key
Empty: an endpoint has one policy.

## Remediation
Give the endpoint a policy that allows the principals of your organization and the resources that they need, such as by
the conditions `aws:PrincipalOrgID` and `aws:ResourceOrgID`. Leave room for resources that AWS itself owns, such as the
buckets of package repositories and of ECR's layers. On a gateway endpoint the principal must stay `*`: restrict it by
conditions. To keep traffic from going past the endpoint, name the endpoint in the resource's policy (`aws:SourceVpce`).
"""

import json
from collections.abc import Iterator

from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.model import ServiceDetail
from auditor.network.endpoint_policies import Unreadable, is_full_access
from auditor.network.endpoints import is_customer_service, service_of
from auditor.network.entities import Endpoint
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network

_HOLDS_DATA = {
    "dynamodb",
    "dynamodb-streams",
    "ecr.api",
    "ecr.dkr",
    "kinesis-firehose",
    "kinesis-streams",
    "kms",
    "logs",
    "s3",
    "s3-global.accesspoint",
    "s3express",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "sts",
}
"""The services whose open policy weighs more. All of them take policies."""

_SEMANTICS = (
    "it grants nothing by itself: a request must pass it, the caller's identity policies and the resource's own"
)


@check(
    id="endpoint-policy-default",
    severities=(Severity.MEDIUM, Severity.LOW, Severity.INFO),
    of=Endpoint,
    reads=(ServiceDetail,),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
)
def endpoint_policy_default(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the policy of a gateway or interface endpoint to an AWS service by whether it restricts anything."""
    document = endpoint.record.policy_document
    if endpoint.type not in ("Gateway", "Interface") or not endpoint.stands or is_customer_service(endpoint):
        yield NotApplicable("the endpoint takes no policy, or is gone")
        return
    takes_policies = _takes_policies(endpoint, network)
    if document is None or takes_policies is False:
        yield NotApplicable("the endpoint has no policy of its own")
        return
    full = is_full_access(document)
    if isinstance(full, Unreadable):
        at = endpoint.home
        action = "ec2:DescribeVpcEndpoints"
        missing = Missing.of(Kind.AMBIGUOUS, account=at.account, region=at.region, action=action, resource=endpoint.id)
        yield Unknown(missing, message=f"{endpoint.label}: {full.reason}; {_SEMANTICS}")
    elif full and isinstance(takes_policies, Missing):
        message = f"whether {endpoint.service_name} takes the policy of {endpoint.label} was not seen; {_SEMANTICS}"
        yield Unknown(takes_policies, message=message)
    elif full:
        yield _fault(endpoint, document)


def _takes_policies(endpoint: Endpoint, network: Network) -> bool | Missing:
    service = service_of(network, endpoint)
    if not isinstance(service, Missing) and service.vpc_endpoint_policy_supported is not None:
        return service.vpc_endpoint_policy_supported
    if endpoint.type == "Gateway" or _plain_name(endpoint) in _HOLDS_DATA:
        return True
    if isinstance(service, Missing):
        return service
    at = endpoint.home
    return Missing.of(
        Kind.ABSENT_FIELD,
        account=at.account,
        region=at.region,
        action="ec2:DescribeVpcEndpointServices",
        resource=endpoint.service_name,
    )


def _fault(endpoint: Endpoint, document: str) -> Fault:
    severity = Severity.MEDIUM if _plain_name(endpoint) in _HOLDS_DATA else Severity.LOW
    return Fault(
        severity=Severity.INFO if endpoint.requester_managed else severity,
        message=f"{endpoint.label} in {endpoint.vpc_id} has a policy that lets everyone do everything to every "
        f"resource of {endpoint.service_name}; {_SEMANTICS}",
        evidence={"service": endpoint.service_name, "policy": json.loads(document)},
        related=[endpoint.vpc_id],
    )


def _plain_name(endpoint: Endpoint) -> str:
    """The service, whether its names are those of FIPS or not."""
    return endpoint.service.removesuffix("-fips")
