"""The IAM policy that a run needs and no more, made from the collectors, and the role that carries it.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import json
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auditor.collector import Collector
from auditor.snapshot import ASSUME_ROLE
from auditor.targets.organization import LIST_ACCOUNTS, UNIT_ACTIONS

Document = Mapping[str, object]

_VERSION = "2012-10-17"
_DESCRIPTION = "Read-only access for vpc-auditor, which audits VPC peering and VPC endpoints."
_WHO = "Who may assume the role: account ids, or ARNs of roles and users."


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role that an audit assumes."""

    name: str
    path: str = "/"
    principals: tuple[str, ...] = ()
    """Account ids and ARNs that may assume it; without any, the template asks whoever deploys it."""
    external_id: str | None = None
    """What the one who assumes it must know."""


def policy(collectors: Iterable[Collector], partition: str) -> Document:
    """The policy that allows the calls of ``collectors`` in a partition, in every account and Region of it.

    An action stands under the resources that AWS lets it be narrowed to, or else under ``*``.
    """
    return _allowing((each.action, each.resource.replace("${Partition}", partition)) for each in collectors)


def caller_policy(role: str, partition: str) -> Document:
    """The policy of the identity that assumes a role, named by its ARN, in the accounts of an organization.

    It may list the organization, which only its management account and delegated administrators can.
    """
    units = [f"arn:{partition}:organizations::*:{resource}" for resource in ("ou/o-*/ou-*", "root/o-*/r-*")]
    return _allowing(
        [
            (ASSUME_ROLE, role),
            (LIST_ACCOUNTS, "*"),
            *((action, unit) for action in UNIT_ACTIONS for unit in units),
        ]
    )


def _allowing(pairs: Iterable[tuple[str, str]]) -> Document:
    """The policy that allows each action on its resource."""
    actions: dict[str, set[str]] = {}
    for action, resource in pairs:
        actions.setdefault(resource, set()).add(action)
    return {
        "Version": _VERSION,
        "Statement": [
            {"Effect": "Allow", "Action": sorted(actions[resource]), "Resource": resource}
            for resource in sorted(actions)
        ],
    }


def cloudformation(role: Role, document: Document) -> str:
    """A CloudFormation template, in JSON, of a role that carries a policy.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
    """
    trust: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"AWS": list(role.principals) or {"Ref": "Principals"}},
        "Action": "sts:AssumeRole",
    }
    if role.external_id is not None:
        trust["Condition"] = {"StringEquals": {"sts:ExternalId": role.external_id}}
    parameters = {"Parameters": {"Principals": {"Type": "CommaDelimitedList", "Description": _WHO}}}
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": _DESCRIPTION,
        **({} if role.principals else parameters),
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": role.name,
                    **({} if role.path == "/" else {"Path": role.path}),
                    "Description": _DESCRIPTION,
                    "AssumeRolePolicyDocument": {"Version": _VERSION, "Statement": [trust]},
                    "Policies": [{"PolicyName": role.name, "PolicyDocument": document}],
                },
            }
        },
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }
    return json.dumps(template, indent=2)


def terraform(role: Role, document: Document) -> str:
    """Terraform, for the AWS provider, of a role that carries a policy.

    Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role
    """
    principals = json.dumps(role.principals) if role.principals else "var.principals"
    variable = f"""\
variable "principals" {{
  description = {json.dumps(_WHO)}
  type        = list(string)
}}

"""
    condition = f"""

    condition {{
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [{json.dumps(role.external_id)}]
    }}"""
    path = "" if role.path == "/" else f"\n  path               = {json.dumps(role.path)}"
    return f"""\
{"" if role.principals else variable}\
data "aws_iam_policy_document" "vpc_auditor_trust" {{
  statement {{
    actions = ["sts:AssumeRole"]

    principals {{
      type        = "AWS"
      identifiers = {principals}
    }}{condition if role.external_id is not None else ""}
  }}
}}

resource "aws_iam_role" "vpc_auditor" {{
  name               = {json.dumps(role.name)}{path}
  description        = {json.dumps(_DESCRIPTION)}
  assume_role_policy = data.aws_iam_policy_document.vpc_auditor_trust.json
}}

resource "aws_iam_role_policy" "vpc_auditor" {{
  name = {json.dumps(role.name)}
  role = aws_iam_role.vpc_auditor.id

  policy = jsonencode({_expression(document)})
}}

output "role_arn" {{
  value = aws_iam_role.vpc_auditor.arn
}}"""


def _expression(document: Document) -> str:
    """JSON, which Terraform reads as an expression, as ``terraform fmt`` lays it out inside a block."""
    return textwrap.indent(json.dumps(document, indent=2, separators=(",", " : ")), "  ").lstrip()
