import pytest

from auditor.config import Settings
from auditor.findings import Severity
from auditor.network.missing import Kind
from checks.endpoint_policies.foreign_account import endpoint_policy_foreign_account
from tests.checks.endpoint_policies.policies import (
    IN_ORGANIZATION,
    OPEN,
    ORGANIZATION,
    OURS,
    OWN,
    PERIMETER,
    SEMANTICS,
    STRANGER,
    Statement,
    document,
    fault,
    gateway,
    interface,
)
from tests.judging import faults, judged, passes, unknowns
from tests.world import World

IN = {**OPEN, "Condition": {"StringEquals": {"aws:PrincipalAccount": STRANGER, "aws:ResourceOrgID": ORGANIZATION}}}
OUT = {**OPEN, "Condition": {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION, "s3:ResourceAccount": STRANGER}}}


def listed(*statements: Statement) -> World:
    """A gateway endpoint, where the organization's accounts are known."""
    seen = gateway(*statements)
    seen.organization("222222222222")
    return seen


def test_an_account_that_is_let_in_is_told() -> None:
    finding = fault(listed({**OPEN, "Condition": PERIMETER}, IN), endpoint_policy_foreign_account)
    assert (finding.severity, finding.key) == (Severity.MEDIUM, f"{STRANGER}|in")
    assert finding.message == (
        f"statement 2 of the policy of vpce-1 in vpc-a lets principals of account {STRANGER} in, such as "
        f"s3:PutObject by account {STRANGER} at arn:aws:s3:::strangers-bucket/object, and it is "
        "neither audited, nor of the organization, nor trusted; remove it, or add it to trusted_accounts with the "
        f"reason; {SEMANTICS}"
    )
    assert finding.evidence["witness"]["principal_account"] == STRANGER
    assert finding.evidence["policy"] == document([{**OPEN, "Condition": PERIMETER}, IN])


def test_an_account_that_data_goes_out_to_is_told() -> None:
    finding = fault(listed(OUT), endpoint_policy_foreign_account)
    assert finding.key == f"{STRANGER}|out"
    assert f"lets requests out to resources of account {STRANGER}, such as s3:PutObject by " in finding.message
    assert finding.evidence["witness"]["context"]["s3:resourceaccount"] == STRANGER


def test_a_bucket_is_of_the_account_that_a_condition_asks_for() -> None:
    asked = {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION, "s3:ResourceAccount": STRANGER}}
    seen = listed({**OPEN, "Resource": "arn:aws:s3:::theirs/*", "Condition": asked})
    assert fault(seen, endpoint_policy_foreign_account).key == f"{STRANGER}|out"


@pytest.mark.parametrize(
    ("statement", "keys"),
    [
        pytest.param({**OPEN, "Principal": {"AWS": STRANGER}}, ["in"], id="by its id"),
        pytest.param({**OPEN, "Principal": {"AWS": f"arn:aws:iam::{STRANGER}:role/app"}}, ["in"], id="by a role"),
        pytest.param({**OPEN, "Resource": f"arn:aws:sqs:*:{STRANGER}:*"}, ["out"], id="by a resource"),
        pytest.param(
            {**OPEN, "Principal": {"AWS": STRANGER}, "Resource": f"arn:aws:sqs:*:{STRANGER}:*"},
            ["in", "out"],
            id="both ways",
        ),
    ],
)
def test_an_account_is_named_in_several_ways(statement: Statement, keys: list[str]) -> None:
    seen = interface(statement)
    seen.organization()
    found = faults(judged(seen, endpoint_policy_foreign_account))
    assert [finding.key for finding in found] == [f"{STRANGER}|{key}" for key in keys]


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param([{**OPEN, "Condition": PERIMETER}], id="no account named"),
        pytest.param([{**OPEN, "Condition": {"StringEquals": {"aws:PrincipalAccount": OWN}}}], id="the audited one"),
        pytest.param(
            [{**OPEN, "Condition": {"StringEquals": {"aws:PrincipalAccount": "222222222222"}}}], id="a member's"
        ),
        pytest.param([OPEN, {**OPEN, "Effect": "Deny", "Principal": {"AWS": STRANGER}}], id="one that is denied"),
        pytest.param(
            [
                {**OPEN, "Condition": IN_ORGANIZATION},
                {**OPEN, "Effect": "Deny", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": [OWN, STRANGER]}}},
            ],
            id="an exception that nothing allows",
        ),
        pytest.param(
            [
                {**OPEN, "Resource": "arn:aws:s3:::own-bucket/*", "Condition": IN_ORGANIZATION},
                {**OPEN, "Effect": "Deny", "Condition": {"StringEquals": {"aws:PrincipalAccount": STRANGER}}},
            ],
            id="one that is denied, beside a bucket",
        ),
        pytest.param(
            [{**OPEN, "Resource": f"arn:aws:s3:::logs-{STRANGER}/*", "Condition": IN_ORGANIZATION}],
            id="a number in the name of a bucket",
        ),
        pytest.param(
            [{**OPEN, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "<my-org-id>"}}}],
            id="an organization that nobody filled in",
        ),
        pytest.param(
            [{**OPEN, "Condition": {"StringNotEquals": {"aws:PrincipalAccount": STRANGER}}}],
            id="one that alone is left out",
        ),
        pytest.param([{**OPEN, "Action": "s3:GetObject"}, IN], id="one of many that a policy lets in"),
    ],
)
def test_an_account_that_is_trusted_or_does_not_pass_is_no_fault(statements: list[Statement]) -> None:
    findings = judged(listed(*statements), endpoint_policy_foreign_account)
    assert passes(findings) == findings != []


def test_a_trusted_account_may_be_named() -> None:
    settings = Settings(trusted_accounts={STRANGER: "the vendor's"})
    findings = judged(listed(IN, OUT), endpoint_policy_foreign_account, settings)
    assert passes(findings) == findings != []


def test_trusted_accounts_alone_tell_strangers_as_well() -> None:
    settings = Settings(trusted_accounts={"222222222222": "ours"})
    seen = gateway(IN)
    seen.refuse("organizations:ListAccounts")
    assert fault(seen, endpoint_policy_foreign_account, settings).key == f"{STRANGER}|in"


def test_who_is_a_stranger_is_unknown_while_neither_the_organization_nor_trusted_accounts_are_known() -> None:
    seen = gateway(IN)
    seen.refuse("organizations:ListAccounts")
    (finding,) = unknowns(judged(seen, endpoint_policy_foreign_account))
    assert finding.key == f"{STRANGER}|in"
    assert finding.message == (
        f"statement 1 of the policy of vpce-1 in vpc-a lets principals of account {STRANGER} in; whether that is one "
        f"of yours is not known; {SEMANTICS}"
    )
    assert finding.missing
    assert [cause.kind for cause in finding.missing.causes] == [Kind.REFUSED]


def test_another_organization_than_the_one_of_the_settings_is_foreign() -> None:
    theirs = {**OPEN, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-their12345"}}}
    finding = fault(listed(theirs), endpoint_policy_foreign_account, OURS)
    assert finding.key == "o-their12345|in"
    assert "lets principals of organization o-their12345 in" in finding.message
    for statement, settings in ((theirs, Settings()), ({**OPEN, "Condition": PERIMETER}, OURS)):
        findings = judged(listed(statement), endpoint_policy_foreign_account, settings)
        assert passes(findings) == findings != []


def test_what_cannot_be_told_of_an_account_is_unknown() -> None:
    condition = {"StringEquals": {"aws:PrincipalAccount": STRANGER, "s3:x-amz-acl": "private"}}
    (finding,) = unknowns(judged(listed({**OPEN, "Condition": condition}), endpoint_policy_foreign_account))
    assert finding.message.startswith(f"vpce-1: whether its policy lets account {STRANGER} pass cannot be told: what ")
