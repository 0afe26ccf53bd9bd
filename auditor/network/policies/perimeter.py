"""A policy that bounds an endpoint to an organization, and keeps what AWS's own services need.

AWS's services keep packages, agents, patches and the layers of container images in buckets of their own, and clients
fetch them through the endpoint, often unsigned. A policy that leaves them out breaks updates, Systems Manager and ECR.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html,
https://github.com/aws-samples/data-perimeter-policy-examples,
https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html,
https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html
"""

import re
from collections.abc import Collection
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
_REGION = "(?:[a-z]{2}(?:-[a-z]+)+-[0-9]|[a-z]{4,}[0-9])"
_KEPT = re.compile(
    "|".join(re.escape(name).replace(re.escape("{region}"), _REGION) for name in (*_KEPT_FOR_ALL, *_KEPT_FOR_SOME))
)


def is_kept_by_aws(bucket: str) -> bool:
    """Whether a bucket is one of those that AWS keeps for its services to be used by everybody."""
    return _KEPT.fullmatch(bucket) is not None


def perimeter_policy(
    service: str, *, region: str, partition: str, organization_id: str, others: Collection[str] = ()
) -> dict[str, Any]:
    """The policy that lets an organization's principals use the organization's resources, and ``others`` likewise.

    ``others`` are trusted accounts outside the organization. At S3 everybody may read what AWS keeps there for its
    services. The principal stays ``*``, as gateway endpoints ask for.
    """
    statements = [
        _allow(
            "OrganizationAtItsResources",
            {"StringEquals": {"aws:PrincipalOrgID": organization_id, "aws:ResourceOrgID": organization_id}},
        )
    ]
    if others:
        accounts = sorted(others)
        whose = {"aws:PrincipalOrgID": organization_id, "aws:ResourceAccount": accounts}
        statements += [
            _allow("OrganizationAtTrustedAccounts", {"StringEquals": whose}),
            _allow(
                "TrustedAccountsAtTheOrganization",
                {"StringEquals": {"aws:PrincipalAccount": accounts, "aws:ResourceOrgID": organization_id}},
            ),
        ]
    statements.append(_allow("AWSServices", {"Bool": {"aws:PrincipalIsAWSService": "true"}}))
    if service == "s3":
        buckets = [f"arn:{partition}:s3:::{name.format(region=region)}/*" for name in _KEPT_FOR_ALL]
        statements.append(
            {
                "Sid": "WhatAWSKeepsForItsServices",
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": buckets,
            }
        )
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(sid: str, condition: dict[str, Any]) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": "*",
        "Action": "*",
        "Resource": "*",
        "Condition": condition,
    }
