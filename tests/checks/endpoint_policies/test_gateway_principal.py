import pytest

from auditor.findings import Severity
from auditor.network.policies.exposure import Passes, Place, exposure, lets_pass
from checks.endpoint_policies.gateway_principal import endpoint_policy_gateway_principal
from tests.checks.endpoint_policies.policies import (
    IN_ORGANIZATION,
    OPEN,
    OWN,
    SEMANTICS,
    Statement,
    document,
    fault,
    gateway,
    interface,
    policy_of_remedy,
)
from tests.judging import judged, passes

ROLE = f"arn:aws:iam::{OWN}:role/app"
NAMED = {**OPEN, "Principal": {"AWS": [OWN, ROLE]}}
S3 = Place(gateway=True, service="s3", region="eu-west-1")


def test_principals_that_a_gateway_endpoint_does_not_take_are_told() -> None:
    finding = fault(gateway(NAMED), endpoint_policy_gateway_principal)
    assert (finding.severity, finding.key) == (Severity.HIGH, "")
    assert finding.message == (
        f"the policy of vpce-1 in vpc-a allows {OWN}, {ROLE} in the Principal of its statements, where a gateway "
        "endpoint takes nothing but *: an account there is its root user alone, so users and roles do not reach "
        f"com.amazonaws.eu-west-1.s3; name them by a condition; {SEMANTICS}"
    )
    assert finding.evidence == {
        "service": "com.amazonaws.eu-west-1.s3",
        "principals": [OWN, ROLE],
        "statements": [1],
        "policy": document([NAMED]),
    }


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param([{**OPEN, "Principal": {"AWS": f"arn:aws:iam::{OWN}:root"}}], id="a root"),
        pytest.param([{**OPEN, "Principal": {"AWS": ROLE}}], id="a role"),
        pytest.param([NAMED, {**OPEN, "Effect": "Deny", "Action": "s3:DeleteBucket"}], id="a denial for everyone"),
        pytest.param([NAMED, {**OPEN, "Principal": {"AWS": "222222222222"}}], id="two statements"),
    ],
)
def test_no_allowing_statement_may_do_without_everyone(statements: list[Statement]) -> None:
    assert fault(gateway(*statements), endpoint_policy_gateway_principal).severity is Severity.HIGH


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param([OPEN], id="everyone"),
        pytest.param([{**OPEN, "Principal": {"AWS": "*"}}], id="every principal of AWS"),
        pytest.param([{**OPEN, "Condition": IN_ORGANIZATION}], id="everyone with a condition"),
        pytest.param([NAMED, {**OPEN, "Condition": IN_ORGANIZATION}], id="one statement for everyone"),
        pytest.param([{**OPEN, "Effect": "Deny"}], id="nothing allowed"),
        pytest.param([], id="no statement"),
    ],
)
def test_everyone_is_what_aws_asks_for(statements: list[Statement]) -> None:
    findings = judged(gateway(*statements), endpoint_policy_gateway_principal)
    assert passes(findings) == findings != []


def test_interface_endpoints_take_principals() -> None:
    assert judged(interface(NAMED), endpoint_policy_gateway_principal) == []


def test_the_remedy_lets_the_accounts_and_roles_pass_that_were_meant_and_nobody_else() -> None:
    policy = policy_of_remedy(fault(gateway(NAMED), endpoint_policy_gateway_principal).remedy)
    assert all(statement.principals.everyone for statement in policy.statements)
    answer = lets_pass(policy, S3, OWN, "in")
    assert isinstance(answer, Passes)
    assert answer.request.principal == f"arn:aws:iam::{OWN}:role/somebody"
    assert "identity" in exposure(policy, S3).bounds


def test_callers_that_no_condition_names_have_no_remedy() -> None:
    services = {**OPEN, "Principal": {"Service": "lambda.amazonaws.com"}}
    assert fault(gateway(services), endpoint_policy_gateway_principal).remedy == ()
