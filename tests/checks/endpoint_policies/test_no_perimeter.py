import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.network.policies.exposure import Place
from checks.endpoint_policies.no_perimeter import endpoint_policy_no_perimeter
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

S3 = Place(gateway=True, service="s3", region=REGION)
BUCKET = {**OPEN, "Resource": ["arn:aws:s3:::own-bucket", "arn:aws:s3:::own-bucket/*"]}
ONE_ACTION = {**OPEN, "Action": "s3:GetObject"}


def test_a_policy_that_bounds_identities_alone_lets_data_out() -> None:
    statement = {**OPEN, "Condition": IN_ORGANIZATION}
    finding = fault(gateway(statement), endpoint_policy_no_perimeter)
    assert (finding.severity, finding.key) == (Severity.LOW, "")
    assert finding.message == (
        "the policy of vpce-1 in vpc-a lets data out to resources of strangers, such as s3:PutObject by "
        "account 000033334444 at arn:aws:s3:::strangers-bucket/object; bound it by resource at "
        f"com.amazonaws.eu-west-1.s3; {SEMANTICS}"
    )
    assert finding.evidence == {
        "service": "com.amazonaws.eu-west-1.s3",
        "missing": ["resource"],
        "bounds": ["identity"],
        "statements": {"resource": 1},
        "witnesses": {
            "resource": {
                "principal": "arn:aws:iam::000033334444:role/somebody",
                "principal_account": "000033334444",
                "action": "s3:PutObject",
                "resource": "arn:aws:s3:::strangers-bucket/object",
                "context": {"aws:principalorgid": ORGANIZATION},
            }
        },
        "policy": document([statement]),
    }


def test_a_policy_that_bounds_resources_alone_is_a_fact() -> None:
    # AWS documents it, and whom the bucket lets in is the bucket's own decision.
    finding = fault(gateway(BUCKET), endpoint_policy_no_perimeter)
    assert finding.severity is Severity.INFO
    assert "lets strangers pass, such as s3:PutObject" in finding.message
    assert (finding.evidence["missing"], finding.evidence["bounds"]) == (["identity"], ["resource"])


@pytest.mark.parametrize(
    ("statements", "bounds"),
    [
        pytest.param([ONE_ACTION], [], id="one action of everyone everywhere"),
        pytest.param([BUCKET, {**OPEN, "Condition": IN_ORGANIZATION}], [], id="each half by another statement"),
        pytest.param(
            [{**OPEN, "Condition": {"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/28"}}}], ["network"], id="some addresses"
        ),
    ],
)
def test_a_policy_that_bounds_neither_half_weighs_more(statements: list[Statement], bounds: list[str]) -> None:
    finding = fault(gateway(*statements), endpoint_policy_no_perimeter)
    assert finding.severity is Severity.MEDIUM
    assert (finding.evidence["missing"], finding.evidence["bounds"]) == (["identity", "resource"], bounds)


def test_services_that_hold_no_data_weigh_less() -> None:
    statement = {**OPEN, "Action": "ec2:DescribeVpcs"}
    assert fault(interface(statement, service="ec2"), endpoint_policy_no_perimeter).severity is Severity.LOW


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param([{**OPEN, "Condition": PERIMETER}], id="both at once"),
        pytest.param([{**BUCKET, "Condition": IN_ORGANIZATION}], id="the organization at a bucket"),
        pytest.param(
            [
                {**OPEN, "Condition": PERIMETER},
                {**OPEN, "Condition": {"Bool": {"aws:PrincipalIsAWSService": "true"}}},
                {**OPEN, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"},
            ],
            id="AWS's services and ECR's layers besides",
        ),
        pytest.param(
            [
                OPEN,
                *(
                    {**OPEN, "Effect": "Deny", "Condition": {"StringNotEqualsIfExists": {key: ORGANIZATION}}}
                    for key in ("aws:PrincipalOrgID", "aws:ResourceOrgID")
                ),
            ],
            id="by denials",
        ),
        pytest.param([{**OPEN, "Effect": "Deny"}], id="a denial of everything is no exposure"),
        pytest.param([], id="nothing allowed"),
    ],
)
def test_a_policy_that_bounds_both_halves_passes(statements: list[Statement]) -> None:
    findings = judged(gateway(*statements), endpoint_policy_no_perimeter)
    assert passes(findings) == findings != []


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(OPEN, id="the default policy"),
        pytest.param({**OPEN, "Action": "s3:*"}, id="one that is open to everyone"),
        pytest.param({**OPEN, "Principal": {"AWS": OWN}}, id="one that names principals at a gateway endpoint"),
    ],
)
def test_a_policy_of_which_another_rule_speaks_is_not_judged(statement: Statement) -> None:
    assert judged(gateway(statement), endpoint_policy_no_perimeter) == []


def test_what_the_request_decides_is_unknown() -> None:
    seen = gateway({**BUCKET, "Condition": {"StringEquals": {"s3:x-amz-acl": "private"}}})
    (finding,) = unknowns(judged(seen, endpoint_policy_no_perimeter))
    assert finding.message.startswith("vpce-1: whether its policy is a perimeter cannot be told: what StringEquals ")


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param([{**OPEN, "Condition": IN_ORGANIZATION}], id="the resource half"),
        pytest.param([BUCKET], id="the identity half"),
        pytest.param([ONE_ACTION], id="both halves"),
    ],
)
def test_the_remedy_adds_the_missing_half_and_keeps_what_is_there(statements: list[Statement]) -> None:
    finding = fault(gateway(*statements), endpoint_policy_no_perimeter, OURS)
    assert after(finding, S3).bounds == ("identity", "resource")
    assert fault(gateway(*statements), endpoint_policy_no_perimeter).remedy == ()


def test_the_steps_of_the_remedy_cure_it_in_moto() -> None:
    with mock_aws():
        gateway_in_moto(BUCKET)
        (finding,) = cured(endpoint_policy_no_perimeter, settings=OURS)
    assert finding.severity is Severity.INFO
