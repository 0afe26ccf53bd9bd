import json
import re
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.authorization import enable_iam_authentication
from moto.ec2.responses import EC2Response

from auditor.collect import Credentials, TargetRequest, collect_target
from auditor.collector import Collector
from auditor.partitions import PARTITIONS
from auditor.permissions import Document, Role, caller_policy, cloudformation, policy, terraform
from auditor.snapshot import GLOBAL, Answer, Target
from collectors import COLLECTORS, accounts, managed_prefix_list_entries, vpc_attributes, vpcs

ACCOUNT = "123456789012"
REGION = "eu-west-1"
AUDITORS = ("222222222222", "arn:aws:iam::333333333333:role/audit")

RESOURCE_TYPES = {
    "ec2:DescribeClientVpnAuthorizationRules": "client-vpn-endpoint",
    "ec2:DescribeClientVpnRoutes": "client-vpn-endpoint",
    "ec2:DescribeClientVpnTargetNetworks": "client-vpn-endpoint",
    "ec2:DescribeSecurityGroupReferences": "security-group",
    "ec2:DescribeVpcAttribute": "vpc",
    "ec2:DescribeVpcEndpointServicePermissions": "vpc-endpoint-service",
    "ec2:GetManagedPrefixListAssociations": "prefix-list",
    "ec2:GetManagedPrefixListEntries": "prefix-list",
    "route53:ListResourceRecordSets": "hostedzone",
}
"""The resource types that AWS's service authorization reference requires of reading actions on a VPC's network.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonroute53.html
"""

MISSING_IN_MOTO = {
    # moto's IAM does not know which action a request in CBOR is, and refuses it whatever the policy says.
    "cloudwatch:GetMetricData": "403",
    "directconnect:DescribeDirectConnectGatewayAssociations": "NotImplementedError",
    "ec2:DescribeClientVpnEndpoints": "NotImplementedError",
    "ec2:DescribeStaleSecurityGroups": "NotImplementedError",
    "ec2:DescribeVpcEndpointConnectionNotifications": "NotImplementedError",
    "ec2:DescribeVpcEndpointConnections": "NotImplementedError",
    "route53:ListHostedZones": "",
    "route53:ListHostedZonesByVPC": "",
    "route53profiles:ListProfileAssociations": "404",
    "servicequotas:ListServiceQuotas": "NotImplementedError",
}
"""The actions that are not tried one by one, and how moto fails where they are allowed.

It does not have them, or takes the signatures of Route 53's for wrong, and has no code for that in Route 53's words.
"""

NOT_ASKED_OF_MOTO = {
    "ec2:DescribeClientVpnTargetNetworks",
    "route53:ListResourceRecordSets",
    "route53profiles:ListProfileResourceAssociations",
}
"""The actions that are asked only for what such a one lists."""

every_action = pytest.mark.parametrize("collector", COLLECTORS, ids=lambda each: each.action)


def statements(document: Document) -> list[dict[str, Any]]:
    found = json.loads(json.dumps(document))["Statement"]
    assert isinstance(found, list)
    return found


def actions(document: Document) -> list[str]:
    return [action for statement in statements(document) for action in statement["Action"]]


# --- The policy


def test_the_policy_holds_the_action_of_each_collector_once_and_no_other() -> None:
    assert sorted(actions(policy(COLLECTORS, "aws"))) == sorted(each.action for each in COLLECTORS)
    assert actions(policy([vpcs.COLLECTOR], "aws")) == ["ec2:DescribeVpcs"]


def test_the_policy_holds_no_writing_action_and_no_pattern_of_actions() -> None:
    for action in actions(policy(COLLECTORS, "aws")):
        assert re.fullmatch(r"[a-z0-9-]+:(Describe|Get|List|Search)[A-Za-z0-9]+", action)


def test_the_policy_only_allows_and_says_so_a_resource_at_a_time() -> None:
    found = statements(policy(COLLECTORS, "aws"))
    assert {each["Effect"] for each in found} == {"Allow"}
    assert [each["Resource"] for each in found] == sorted({each["Resource"] for each in found})
    for each in found:
        assert each["Action"] == sorted(each["Action"])
        assert set(each) == {"Effect", "Action", "Resource"}


def test_the_order_of_the_collectors_does_not_change_the_policy() -> None:
    assert policy(reversed(COLLECTORS), "aws") == policy(COLLECTORS, "aws")


@every_action
def test_an_action_is_narrowed_where_aws_requires_a_resource_and_nowhere_else(collector: Collector) -> None:
    resource_type = RESOURCE_TYPES.get(collector.action)
    place = {"ec2": "ec2:*:*", "route53": "route53::"}.get(collector.service)
    narrowed = f"arn:${{Partition}}:{place}:{resource_type}/*"
    assert collector.resource == (narrowed if resource_type else "*")


@pytest.mark.parametrize("partition", PARTITIONS)
def test_the_arns_are_of_the_partition(partition: str) -> None:
    document = policy([vpc_attributes.COLLECTOR, managed_prefix_list_entries.COLLECTOR, vpcs.COLLECTOR], partition)
    assert {each["Resource"]: each["Action"] for each in statements(document)} == {
        "*": ["ec2:DescribeVpcs"],
        f"arn:{partition}:ec2:*:*:prefix-list/*": ["ec2:GetManagedPrefixListEntries"],
        f"arn:{partition}:ec2:*:*:vpc/*": ["ec2:DescribeVpcAttribute"],
    }


def test_the_whole_policy_fits_into_a_managed_policy_of_iam() -> None:
    # IAM counts no white space. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    longest = max(PARTITIONS, key=len)
    assert len(json.dumps(policy(COLLECTORS, longest), separators=(",", ":"))) <= 6144


# --- The caller's policy


def test_the_caller_may_assume_the_role_and_list_the_organization_and_no_more() -> None:
    role = "arn:aws-cn:iam::*:role/audit/vpc-auditor"
    found = {each["Resource"]: each["Action"] for each in statements(caller_policy(role, "aws-cn"))}
    units = ["organizations:ListAccountsForParent", "organizations:ListOrganizationalUnitsForParent"]
    assert found == {
        role: ["sts:AssumeRole"],
        "*": ["organizations:ListAccounts"],
        "arn:aws-cn:organizations::*:ou/o-*/ou-*": units,
        "arn:aws-cn:organizations::*:root/o-*/r-*": units,
    }


def test_the_caller_lists_the_accounts_by_the_action_of_their_collector() -> None:
    assert accounts.COLLECTOR.action in actions(caller_policy("arn:aws:iam::*:role/audit", "aws"))


# --- The role


def trust(template: str) -> dict[str, Any]:
    role = json.loads(template)["Resources"]["Role"]["Properties"]
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    assert isinstance(statement, dict)
    return statement


def test_the_template_asks_who_may_assume_the_role_where_nobody_is_named() -> None:
    template = cloudformation(Role(name="audit"), policy(COLLECTORS, "aws"))
    assert json.loads(template)["Parameters"]["Principals"]["Type"] == "CommaDelimitedList"
    assert trust(template) == {
        "Effect": "Allow",
        "Principal": {"AWS": {"Ref": "Principals"}},
        "Action": "sts:AssumeRole",
    }


def test_the_template_names_who_may_assume_the_role_and_what_they_must_know() -> None:
    role = Role(name="audit", principals=AUDITORS, external_id="secret")
    template = cloudformation(role, policy(COLLECTORS, "aws"))
    assert "Parameters" not in json.loads(template)
    assert trust(template) == {
        "Effect": "Allow",
        "Principal": {"AWS": list(AUDITORS)},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "secret"}},
    }


@pytest.mark.parametrize(
    "role",
    [Role(name="audit"), Role(name="audit", principals=AUDITORS, external_id="secret")],
    ids=["whoever deploys it says who may assume it", "it says who may assume it"],
)
def test_cloudformation_makes_the_role_with_the_policy(role: Role) -> None:
    document = policy(COLLECTORS, "aws")
    template = cloudformation(role, document)
    with mock_aws():
        stacks = boto3.client("cloudformation", REGION)
        assert stacks.validate_template(TemplateBody=template)["Description"].startswith("Read-only access")
        parameters = [] if role.principals else [{"ParameterKey": "Principals", "ParameterValue": ",".join(AUDITORS)}]
        stacks.create_stack(
            StackName="audit", TemplateBody=template, Parameters=parameters, Capabilities=["CAPABILITY_NAMED_IAM"]
        )
        [stack] = stacks.describe_stacks(StackName="audit")["Stacks"]
        made = boto3.client("iam").get_role(RoleName="audit")["Role"]
        assert [each["OutputValue"] for each in stack["Outputs"]] == [made["Arn"]]
        [statement] = made["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"AWS": list(AUDITORS)}
        assert boto3.client("iam").list_role_policies(RoleName="audit")["PolicyNames"] == ["audit"]
        [carried] = json.loads(template)["Resources"]["Role"]["Properties"]["Policies"]
        assert carried["PolicyDocument"] == document


def test_terraform_asks_who_may_assume_the_role_where_nobody_is_named() -> None:
    text = terraform(Role(name="audit"), policy([vpc_attributes.COLLECTOR, vpcs.COLLECTOR], "aws"))
    assert (
        text
        == """\
variable "principals" {
  description = "Who may assume the role: account ids, or ARNs of roles and users."
  type        = list(string)
}

data "aws_iam_policy_document" "vpc_auditor_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = var.principals
    }
  }
}

resource "aws_iam_role" "vpc_auditor" {
  name               = "audit"
  description        = "Read-only access for vpc-auditor, which audits VPC peering and VPC endpoints."
  assume_role_policy = data.aws_iam_policy_document.vpc_auditor_trust.json
}

resource "aws_iam_role_policy" "vpc_auditor" {
  name = "audit"
  role = aws_iam_role.vpc_auditor.id

  policy = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      {
        "Effect" : "Allow",
        "Action" : [
          "ec2:DescribeVpcs"
        ],
        "Resource" : "*"
      },
      {
        "Effect" : "Allow",
        "Action" : [
          "ec2:DescribeVpcAttribute"
        ],
        "Resource" : "arn:aws:ec2:*:*:vpc/*"
      }
    ]
  })
}

output "role_arn" {
  value = aws_iam_role.vpc_auditor.arn
}"""
    )


def test_terraform_names_who_may_assume_the_role_and_what_they_must_know() -> None:
    document = policy(COLLECTORS, "aws")
    text = terraform(Role(name="audit", principals=AUDITORS, external_id="secret"), document)
    assert (
        """\
    principals {
      type        = "AWS"
      identifiers = ["222222222222", "arn:aws:iam::333333333333:role/audit"]
    }

    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = ["secret"]
    }
  }
"""
        in text
    )
    assert 'variable "principals"' not in text
    _, _, rest = text.partition("jsonencode(")
    assert json.JSONDecoder().raw_decode(rest)[0] == document


# --- The policy under moto's IAM


def named_resource(response: EC2Response) -> str:
    """The ARN that AWS asks IAM about, for the calls that must name a resource; moto itself asks about no ARN."""
    action = f"ec2:{response._get_action()}"
    if action not in RESOURCE_TYPES:
        return "*"
    parameters = {"vpc": "VpcId", "prefix-list": "PrefixListId", "vpc-endpoint-service": "ServiceId"}
    parameter = parameters[RESOURCE_TYPES[action]]
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:{RESOURCE_TYPES[action]}/{response._get_param(parameter)}"


def build_network() -> None:
    """One of whatever a call is made for."""
    boto3.client("organizations", REGION).create_organization()
    ec2 = boto3.client("ec2", REGION)
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway_id = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    ec2.attach_vpn_gateway(VpcId=vpc_id, VpnGatewayId=gateway_id)
    subnet_id = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    ec2.create_nat_gateway(SubnetId=subnet_id, ConnectivityType="private")
    prefix_list = ec2.create_managed_prefix_list(PrefixListName="on-premises", MaxEntries=1, AddressFamily="IPv4")
    [table] = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["RouteTables"]
    ec2.create_route(
        RouteTableId=table["RouteTableId"],
        DestinationPrefixListId=prefix_list["PrefixList"]["PrefixListId"],
        GatewayId=gateway_id,
    )
    made = boto3.client("elbv2", REGION).create_load_balancer(Name="shop", Type="network", Subnets=[subnet_id])
    arn = made["LoadBalancers"][0]["LoadBalancerArn"]
    ec2.create_vpc_endpoint_service_configuration(NetworkLoadBalancerArns=[arn])


def assume(role_name: str) -> Credentials:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role_name}"
    given = boto3.client("sts", REGION).assume_role(RoleArn=arn, RoleSessionName="audit")["Credentials"]
    return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def failures(credentials: Credentials) -> dict[str, str]:
    """The code of each action's own failure in a whole collection; what lacks its parents alone is left out."""
    answers: dict[str, Answer] = {}
    for region in (GLOBAL, REGION):
        request = TargetRequest(
            target=Target(ACCOUNT, region),
            endpoint_region=REGION,
            credentials=credentials,
            collected_at="2026-11-23T12:00:00Z",
        )
        answers |= collect_target(request, COLLECTORS).answers
    assert set(answers) == {each.action for each in COLLECTORS}
    return {action: code for action, answer in answers.items() for code in own_errors(answer)}


def own_errors(answer: Answer) -> list[str]:
    of_items = [item["error"]["code"] for item in answer.items or () if "error" in item]
    return [answer.error.code, *of_items] if answer.error and answer.error.parent is None else of_items


def test_a_collection_is_refused_nothing_with_the_policy_and_without_an_action_that_action_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(EC2Response, "_determine_resource", named_resource, raising=False)
    with mock_aws():
        build_network()
        iam = boto3.client("iam")
        iam.create_role(RoleName="audit", AssumeRolePolicyDocument="{}")
        credentials = assume("audit")

        def failures_with(*allowed: Collector) -> dict[str, str]:
            document = json.dumps(policy(allowed, "aws"))
            iam.put_role_policy(RoleName="audit", PolicyName="audit", PolicyDocument=document)
            with enable_iam_authentication():
                return failures(credentials)

        assert failures_with(*COLLECTORS) == MISSING_IN_MOTO
        for removed in (each for each in COLLECTORS if each.action not in {*MISSING_IN_MOTO, *NOT_ASKED_OF_MOTO}):
            failed = failures_with(*(each for each in COLLECTORS if each is not removed))
            # moto refuses in XML, of which a client that speaks JSON reads the status alone.
            assert failed.pop(removed.action) == ("AccessDenied" if removed.service in ("ec2", "elbv2") else "403")
            # What has no parents any more is not asked, so it does not fail either.
            assert failed.items() <= MISSING_IN_MOTO.items()


def test_a_role_has_a_path_where_one_is_asked_for() -> None:
    document = policy([vpcs.COLLECTOR], "aws")
    plain, placed = Role(name="audit"), Role(name="audit", path="/security/")
    assert json.loads(cloudformation(placed, document))["Resources"]["Role"]["Properties"]["Path"] == "/security/"
    assert "Path" not in json.loads(cloudformation(plain, document))["Resources"]["Role"]["Properties"]
    assert '  path               = "/security/"\n' in terraform(placed, document)
    assert "path  " not in terraform(plain, document)
