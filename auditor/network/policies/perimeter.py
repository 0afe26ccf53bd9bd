"""A policy that bounds an endpoint to an organization, and keeps what AWS's own services need.

AWS's services keep packages, agents, patches and the layers of container images in buckets of their own, and clients
fetch them through the endpoint, often unsigned. A policy that leaves them out breaks updates, Systems Manager and ECR.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html,
https://github.com/aws-samples/data-perimeter-policy-examples,
https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html,
https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html
"""

import re
from dataclasses import dataclass, replace
from typing import Any

_KEPT_FOR_ALL = (
    # Packages of Amazon Linux 2 and 2023.
    "packages.{region}.amazonaws.com",
    "repo.{region}.amazonaws.com",
    "amazonlinux.{region}.amazonaws.com",
    "amazonlinux-2-repos-{region}",
    "al2023-repos-{region}-de612dc2",
    "al2023-{region}",
    # Systems Manager's agent, documents and patches.
    "aws-ssm-{region}",
    "aws-windows-downloads-{region}",
    "amazon-ssm-{region}",
    "amazon-ssm-packages-{region}",
    "{region}-birdwatcher-prod",
    "aws-ssm-distributor-file-{region}",
    "aws-ssm-document-attachments-{region}",
    "patch-baseline-snapshot-{region}",
    "aws-patchmanager-macos-{region}",
    # CloudWatch's and CodeDeploy's agents.
    "amazoncloudwatch-agent-{region}",
    "amazoncloudwatch-agent",
    "aws-codedeploy-{region}",
    # The layers of container images in ECR.
    "prod-{region}-starport-layer-bucket",
)
"""The buckets that a policy for S3 keeps open to read."""
_KEPT_FOR_SOME = (
    "repo.{region}.emr.amazonaws.com",
    "prod.{region}.appinfo.src",
    "ec2imagebuilder-toe-{region}-prod",
    "ec2imagebuilder-managed-resources-{region}-prod",
    "aws-mgn-clients-{region}",
    "aws-mgn-clients-hashes-{region}",
    "aws-mgn-internal-{region}",
    "aws-mgn-internal-hashes-{region}",
    "aws-application-migration-service-{region}",
    "aws-application-migration-service-hashes-{region}",
    "aws-drs-clients-{region}",
    "aws-drs-clients-hashes-{region}",
    "aws-drs-internal-{region}",
    "aws-drs-internal-hashes-{region}",
    "aws-elastic-disaster-recovery-{region}",
    "aws-elastic-disaster-recovery-hashes-{region}",
    "cloudformation-waitcondition-{region}",
    "cloudformation-custom-resource-response-{region}",
    "aws-ec2-enclave-certificate-{region}-prod",
    "elasticbeanstalk-samples-{region}",
    "elasticbeanstalk-platform-assets-{region}",
    "elasticbeanstalk-env-resources-{region}",
    "elasticbeanstalk-{region}",
    "jumpstart-cache-prod-{region}",
    "aws-neptune-notebook",
    "aws-neptune-notebook-{region}",
    "awslambda-{region}-tasks",
    "athena-examples-{region}",
    "cloudformation-examples",
    "redshift-downloads",
    "session-manager-downloads",
)
"""More buckets that AWS keeps, for those who use the service."""
_KNOWN = ("dynamodb", "firehose", "kinesis", "kms", "logs", "s3", "secretsmanager", "sns", "sqs", "ssm", "sts")
"""The services of which it is known what AWS keeps in them."""
_REGION = "(?:[a-z]{2}(?:-[a-z]+)+-[0-9]|[a-z]{4,}[0-9])"
_KEPT = re.compile(
    "|".join(re.escape(name).replace(re.escape("{region}"), _REGION) for name in (*_KEPT_FOR_ALL, *_KEPT_FOR_SOME))
)


def is_kept_by_aws(bucket: str) -> bool:
    """Whether a bucket is one of those that AWS keeps for its services to be used by everybody."""
    return _KEPT.fullmatch(bucket) is not None


@dataclass(frozen=True)
class Bounds:
    """What to bound an endpoint to."""

    organization_id: str
    others: tuple[str, ...] = ()
    """Trusted accounts outside the organization."""
    identity: bool = True
    """Whether to bound who may pass."""
    resource: bool = True
    """Whether to bound at whose resources."""

    def only(self, *, identity: bool, resource: bool) -> "Bounds":
        """Some halves of these bounds."""
        return replace(self, identity=identity, resource=resource)


def perimeter_policy(service: str, region: str, partition: str, bounds: Bounds) -> dict[str, Any] | None:
    """The policy that lets an organization's principals use the organization's resources, and what AWS needs beside it.

    Its principal stays ``*``, as gateway endpoints ask for. None where it is not known what the service needs.
    """
    if service not in _KNOWN:
        return None
    organization, others = bounds.organization_id, list(bounds.others)
    statements = [
        _allow(
            "OrganizationAtItsResources",
            {"StringEquals": {"aws:PrincipalOrgID": organization, "aws:ResourceOrgID": organization}},
        )
    ]
    if others:
        whose = {"aws:PrincipalOrgID": organization, "aws:ResourceAccount": others}
        statements += [
            _allow("OrganizationAtTrustedAccounts", {"StringEquals": whose}),
            _allow(
                "TrustedAccountsAtOrganization",
                {"StringEquals": {"aws:PrincipalAccount": others, "aws:ResourceOrgID": organization}},
            ),
        ]
    statements.append(_allow("ServicesOfAWS", {"Bool": {"aws:PrincipalIsAWSService": "true"}}))
    if service == "s3":
        # Much of it is fetched unsigned, so that nothing can be asked of the principal.
        kept = {"Action": "s3:GetObject", "Resource": kept_by_aws(service, region, partition)}
        statements.append({"Sid": "KeptByAWS", "Effect": "Allow", "Principal": "*", **kept})
    if service == "ssm":
        reads = [
            "ssm:Describe*",
            "ssm:Get*",
            "ssm:List*",
            "ssm:SendCommand",
            "ssm:StartSession",
            "ssm:CreateAssociation",
        ]
        kept = {"Action": reads, "Resource": kept_by_aws(service, region, partition)}
        condition = {"StringEquals": {"aws:PrincipalOrgID": organization}}
        statements.append({**_allow("OrganizationAtWhatAWSKeeps", condition), **kept})
    if service == "sts":
        # Somebody whom an identity provider vouches for is no principal of AWS before the role is taken on.
        asks = {"Action": ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"]}
        condition = {"StringEquals": {"aws:ResourceOrgID": organization}}
        statements.append(
            {**_allow("FederatedAtRolesOfOrganization", condition), "Principal": {"Federated": "*"}, **asks}
        )
    return {"Version": "2012-10-17", "Statement": statements}


def perimeter_denials(service: str, region: str, partition: str, bounds: Bounds) -> list[dict[str, Any]] | None:
    """Statements that bound a policy which goes on to allow what it does; None where AWS's needs are not known."""
    if service not in _KNOWN or service == "sts":
        return None
    kept = kept_by_aws(service, region, partition)
    resources = {"NotResource": kept} if kept else {"Resource": "*"}
    others = list(bounds.others)
    wanted = (
        (bounds.identity, "OnlyPrincipalsOfOrganization", "aws:PrincipalOrgID", "aws:PrincipalAccount"),
        (bounds.resource, "OnlyResourcesOfOrganization", "aws:ResourceOrgID", "aws:ResourceAccount"),
    )
    return [
        {
            "Sid": sid,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "*",
            **resources,
            "Condition": {
                "StringNotEqualsIfExists": {by_id: bounds.organization_id, **({by_account: others} if others else {})},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
        }
        for asked, sid, by_id, by_account in wanted
        if asked
    ]


def kept_by_aws(service: str, region: str, partition: str) -> list[str]:
    """The resources that AWS keeps for its services and that clients of an endpoint need."""
    if service == "s3":
        return [f"arn:{partition}:s3:::{name.format(region=region)}/*" for name in _KEPT_FOR_ALL]
    if service == "ssm":
        kinds = ("parameter/aws/*", "document/*", "automation-definition/*")
        return [f"arn:{partition}:ssm:{region}::{kind}" for kind in kinds]
    return []


def _allow(sid: str, condition: dict[str, Any]) -> dict[str, Any]:
    everything = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    return {"Sid": sid, **everything, "Condition": condition}
