import pytest

from auditor.findings import Confidence, Severity
from checks.endpoint_policies.denies_all import endpoint_policy_denies_all
from tests.checks.endpoint_policies.policies import (
    OPEN,
    OWN,
    PERIMETER,
    SEMANTICS,
    Statement,
    document,
    fault,
    gateway,
    interface,
)
from tests.judging import judged, passes, unknowns


def test_a_policy_that_allows_nothing_is_told() -> None:
    finding = fault(gateway(), endpoint_policy_denies_all)
    assert (finding.severity, finding.confidence, finding.key) == (Severity.MEDIUM, Confidence.HEURISTIC, "")
    assert finding.message == (
        "the policy of vpce-1 in vpc-a lets no request to com.amazonaws.eu-west-1.s3 pass: no statement allows "
        f"anything; allow what the VPC's clients need; {SEMANTICS}"
    )
    assert finding.evidence == {
        "service": "com.amazonaws.eu-west-1.s3",
        "stopped_by": [],
        "policy": document([]),
    }
    assert finding.remedy == ()


@pytest.mark.parametrize(
    ("statements", "why"),
    [
        pytest.param([{**OPEN, "Effect": "Deny"}], "no statement allows anything", id="a denial alone"),
        pytest.param([OPEN, {**OPEN, "Effect": "Deny"}], "statement 2 stops all that is allowed", id="a denial of all"),
        pytest.param(
            [{**OPEN, "Action": "dynamodb:*"}], "statement 1 stops all that is allowed", id="another service's actions"
        ),
        pytest.param(
            [{**OPEN, "Resource": f"arn:aws:dynamodb:eu-west-1:{OWN}:table/orders"}],
            "statement 1 stops all that is allowed",
            id="another service's resources",
        ),
        pytest.param(
            [{**OPEN, "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}],
            "statement 1 stops all that is allowed",
            id="a public address, which no request through an endpoint has",
        ),
    ],
)
def test_a_policy_can_stop_all_that_it_allows(statements: list[Statement], why: str) -> None:
    assert f" pass: {why}; " in fault(gateway(*statements), endpoint_policy_denies_all).message


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(OPEN, id="everything"),
        pytest.param({**OPEN, "Condition": PERIMETER}, id="a perimeter"),
        pytest.param({**OPEN, "Action": "s3:ListAllMyBuckets"}, id="one action"),
        pytest.param({**OPEN, "Condition": {"Bool": {"aws:PrincipalIsAWSService": "true"}}}, id="AWS's services"),
    ],
)
def test_a_policy_that_lets_something_pass_passes(statement: Statement) -> None:
    findings = judged(gateway(statement), endpoint_policy_denies_all)
    assert passes(findings) == findings != []


def test_a_service_whose_actions_are_not_known_is_judged_by_all() -> None:
    findings = judged(interface({**OPEN, "Action": "sqs:*"}, service="ec2"), endpoint_policy_denies_all)
    assert passes(findings) == findings != []
    assert fault(interface(service="ec2"), endpoint_policy_denies_all).severity is Severity.MEDIUM


def test_principals_at_a_gateway_endpoint_are_another_rules() -> None:
    assert judged(gateway({**OPEN, "Principal": {"AWS": OWN}}), endpoint_policy_denies_all) == []


def test_what_the_request_decides_is_unknown() -> None:
    seen = gateway({**OPEN, "Condition": {"StringEquals": {"s3:x-amz-acl": "private"}}})
    (finding,) = unknowns(judged(seen, endpoint_policy_denies_all))
    assert finding.message.startswith(
        "vpce-1: whether its policy lets anything pass cannot be told: what StringEquals "
    )
