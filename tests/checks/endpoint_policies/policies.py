"""Endpoints with policies, and statements to write them of."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import boto3

from auditor.check import Check
from auditor.config import Settings
from auditor.findings import Finding, Operation
from auditor.network.policies.documents import Policy, read_policy
from auditor.network.policies.exposure import Exposure, Place, exposure
from tests.judging import DEFAULTS, faults, judged
from tests.world import REGION, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"
SERVICES = "ec2:DescribeVpcEndpointServices"
OWN, STRANGER = "111111111111", "999999999999"
ORGANIZATION = "o-own1234567"
OPEN = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
IN_ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}
PERIMETER = {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION, "aws:ResourceOrgID": ORGANIZATION}}
SEMANTICS = (
    "it grants nothing by itself and overrides no other policy: a request must pass it, the caller's identity policies "
    "and the resource's own"
)
OURS = Settings(organization_id=ORGANIZATION)

Statement = Mapping[str, Any]


def document(statements: Sequence[Statement]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def gateway(*statements: Statement, service: str = "s3") -> World:
    """A gateway endpoint with a policy of some statements; with none it denies everything."""
    made = World()
    made.gateway_endpoint("vpce-1", made.vpc("vpc-a", "10.0.0.0/16"), service, policy=document(statements))
    return made


def interface(*statements: Statement, service: str = "sqs") -> World:
    """An interface endpoint with a policy of some statements."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24")
    made.interface_endpoint("vpce-1", vpc, service, [subnet], policy=document(statements))
    return made


def gateway_in_moto(*statements: Statement) -> None:
    """The gateway endpoint in moto, in process. Used inside ``mock_aws``."""
    ec2 = boto3.client("ec2", REGION)
    ec2.create_vpc_endpoint(
        VpcId=ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"],
        ServiceName=f"com.amazonaws.{REGION}.s3",
        VpcEndpointType="Gateway",
        PolicyDocument=json.dumps(document(statements)),
    )


def fault(seen: World, check: Check, settings: Settings = DEFAULTS) -> Finding:
    (finding,) = faults(judged(seen, check, settings))
    return finding


def policy_of_remedy(steps: Sequence[Operation]) -> Policy:
    (step,) = steps
    assert step.operation == "ec2:ModifyVpcEndpoint"
    assert step.parameters["VpcEndpointId"] == "vpce-1"
    read = read_policy(step.parameters["PolicyDocument"])
    assert isinstance(read, Policy)
    return read


def after(finding: Finding, place: Place) -> Exposure:
    """What strangers can do once the remedy of a finding was carried out."""
    return exposure(policy_of_remedy(finding.remedy), place)


def changed(seen: World, **members: Any) -> World:
    seen.change(ENDPOINTS, "vpce-1", **members)
    return seen


def shown(statement: Statement) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(json.dumps(document([statement])))
    return shown
