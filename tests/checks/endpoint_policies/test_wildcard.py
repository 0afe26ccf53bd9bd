import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.network.policies.exposure import Place
from checks.endpoint_policies.wildcard import endpoint_policy_wildcard
from tests.carrying_out import cured
from tests.checks.endpoint_policies.policies import (
    IN_ORGANIZATION,
    OPEN,
    ORGANIZATION,
    OURS,
    OWN,
    PERIMETER,
    SEMANTICS,
    Statement,
    after,
    document,
    fault,
    gateway,
    gateway_in_moto,
    interface,
)
from tests.judging import judged, passes, unknowns
from tests.world import REGION

IF_EXISTS = {**OPEN, "Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION}}}


def test_a_condition_that_strangers_fulfil_is_told_with_a_request_that_passes() -> None:
    finding = fault(gateway(IF_EXISTS), endpoint_policy_wildcard)
    assert (finding.severity, finding.key, finding.related) == (Severity.MEDIUM, "", ("vpc-a",))
    assert finding.message == (
        "statement 1 of the policy of vpce-1 in vpc-a lets everyone do everything at com.amazonaws.eu-west-1.s3, such "
        "as s3:PutObject by account 000011112222 at arn:aws:s3:::strangers-bucket/object; bound it "
        f"to your organization; {SEMANTICS}"
    )
    assert finding.evidence == {
        "service": "com.amazonaws.eu-west-1.s3",
        "statement": 1,
        "witness": {
            "principal": "arn:aws:iam::000011112222:role/stranger",
            "principal_account": "000011112222",
            "action": "s3:PutObject",
            "resource": "arn:aws:s3:::strangers-bucket/object",
            "context": {},
        },
        "policy": document([IF_EXISTS]),
    }


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param([{**OPEN, "Action": "s3:*"}], id="all actions of the service"),
        pytest.param([{**OPEN, "Resource": ["arn:aws:s3:::*"]}], id="all buckets"),
        pytest.param([{**OPEN, "Resource": "arn:aws:s3:::own-*"}], id="a name that anybody's bucket can bear"),
        pytest.param([{**OPEN, "Condition": {"StringLike": {"aws:PrincipalAccount": "*"}}}], id="a lone wildcard"),
        pytest.param([{**OPEN, "Condition": {"Null": {"aws:PrincipalArn": "false"}}}], id="a test that always holds"),
        pytest.param(
            [{**OPEN, "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-a"}}}], id="the endpoint's own VPC"
        ),
        pytest.param([OPEN, {**OPEN, "Effect": "Deny", "Action": "s3:DeleteBucket"}], id="a denial of one action"),
        pytest.param([{**OPEN, "Condition": PERIMETER}, IF_EXISTS], id="an open statement beside a bounded one"),
    ],
)
def test_what_restricts_nothing_leaves_a_policy_open(statements: list[Statement]) -> None:
    assert fault(gateway(*statements), endpoint_policy_wildcard).severity is Severity.MEDIUM


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param([{**OPEN, "Condition": IN_ORGANIZATION}], id="the organization"),
        pytest.param(
            [{**OPEN, "Condition": {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/app"}}}],
            id="G32 with a condition on a role",
        ),
        pytest.param(
            [{**OPEN, "Condition": {"StringEquals": {"aws:PrincipalAccount": [OWN, "222222222222"]}}}],
            id="one trusted account more",
        ),
        pytest.param(
            [OPEN, {**OPEN, "Effect": "Deny", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}}}],
            id="a denial of all but the organization",
        ),
        pytest.param([{**OPEN, "Effect": "Deny"}], id="a denial of everything"),
        pytest.param([{**OPEN, "Resource": "arn:aws:s3:::own-bucket/*"}], id="a bucket"),
        pytest.param([{**OPEN, "Action": "s3:GetObject"}], id="one action, of which another rule speaks"),
        pytest.param([{**OPEN, "Condition": {"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/28"}}}], id="some addresses"),
    ],
)
def test_a_principal_of_everyone_is_no_fault_where_something_bounds_it(statements: list[Statement]) -> None:
    findings = judged(gateway(*statements), endpoint_policy_wildcard)
    assert passes(findings) == findings != []


def test_the_default_policy_is_another_rules() -> None:
    assert judged(gateway(OPEN), endpoint_policy_wildcard) == []


def test_services_that_hold_no_data_weigh_less() -> None:
    assert fault(interface(IF_EXISTS, service="ec2"), endpoint_policy_wildcard).severity is Severity.LOW


def test_what_the_request_decides_is_unknown() -> None:
    seen = gateway({**OPEN, "Condition": {"StringEquals": {"s3:x-amz-acl": "private"}}})
    (finding,) = unknowns(judged(seen, endpoint_policy_wildcard))
    assert finding.message == (
        "vpce-1: whether strangers pass its policy cannot be told: what StringEquals s3:x-amz-acl of statement 1 makes "
        f"of such a request is not known; {SEMANTICS}"
    )


def test_the_remedy_bounds_the_endpoint_to_the_organization() -> None:
    finding = fault(gateway(IF_EXISTS), endpoint_policy_wildcard, OURS)
    place = Place(gateway=True, service="s3", region=REGION)
    assert after(finding, place).bounds == ("identity", "resource")
    assert fault(gateway(IF_EXISTS), endpoint_policy_wildcard).remedy == ()


def test_the_steps_of_the_remedy_cure_it_in_moto() -> None:
    with mock_aws():
        gateway_in_moto(IF_EXISTS)
        (finding,) = cured(endpoint_policy_wildcard, settings=OURS)
    assert finding.severity is Severity.MEDIUM
