import json

import pytest

from auditor.network.policies.documents import Policy, read_policy
from auditor.network.policies.exposure import (
    Passes,
    Place,
    Stopped,
    Undecided,
    exposure,
    lets_anything_pass,
    lets_pass,
)
from auditor.network.policies.requests import passes
from tests.auditor.network.policies.examples import (
    BUCKET,
    EXAMPLES,
    FULL,
    IN_ORGANIZATION,
    ORGANIZATION,
    OTHER_OWN,
    OWN,
    PERIMETER,
    S3,
    S3_INTERFACE,
    SQS,
    TRUSTED,
    Example,
    Item,
    allow,
    deny,
)


def policy(*statements: Item, version: str = "2012-10-17") -> Policy:
    read = read_policy(json.dumps({"Version": version, "Statement": list(statements)}))
    assert isinstance(read, Policy)
    return read


def of(example: Example) -> Policy:
    read = read_policy(json.dumps({"Version": example.version, "Statement": example.statement}))
    assert isinstance(read, Policy)
    return read


@pytest.mark.parametrize("example", [pytest.param(each, id=each.name) for each in EXAMPLES])
def test_a_policy_is_open_or_bounded_by_its_statements_or_unknown_for_a_reason(example: Example) -> None:
    found = exposure(of(example), example.place)
    assert (found.verdict, found.bounds) == (example.verdict, example.bounds)
    answer = found.strangers_elsewhere
    if isinstance(answer, Passes):
        request = answer.request
        assert (request.principal, request.action, request.resource) == example.witness
        assert {key: values[0] for key, values in request.context.items() if values} == example.context
        # A witness is one only if the policy, asked anew, lets it pass.
        assert passes(of(example), request, gateway=example.place.gateway) is True
    elif isinstance(answer, Stopped):
        assert answer.by == tuple(f"statement {number}" for number in example.by)
    else:
        assert answer.reason == example.reason


def test_there_are_examples_of_every_verdict_and_enough_of_them() -> None:
    assert len(EXAMPLES) >= 60
    assert len({example.name for example in EXAMPLES}) == len(EXAMPLES)
    assert {example.verdict for example in EXAMPLES} == {"open", "bounded", "unknown"}
    assert {bound for example in EXAMPLES for bound in example.bounds} == {"identity", "resource", "network"}


def test_an_identity_bound_leaves_the_way_out_open() -> None:
    found = exposure(policy(allow(IN_ORGANIZATION)), S3)
    assert isinstance(found.strangers, Stopped)
    assert isinstance(found.elsewhere, Passes)
    assert found.elsewhere.request.context == {"aws:principalorgid": (ORGANIZATION,)}
    assert found.elsewhere.request.resource == "arn:aws:s3:::strangers-bucket/object"


def test_a_resource_bound_leaves_the_way_in_open() -> None:
    found = exposure(policy(allow(Resource=[BUCKET, f"{BUCKET}/*"])), S3)
    assert isinstance(found.elsewhere, Stopped)
    assert isinstance(found.strangers, Passes)
    assert found.strangers.request.resource == f"{BUCKET}/object"


def test_what_aws_keeps_for_its_services_is_no_way_in() -> None:
    kept = "arn:aws:s3:::aws-ssm-eu-west-1/*"
    assert isinstance(exposure(policy(allow(Resource=kept)), S3).strangers, Stopped)
    both = exposure(policy(allow(Resource=[kept, f"{BUCKET}/*"])), S3).strangers
    assert isinstance(both, Passes)
    assert both.request.resource == f"{BUCKET}/object"


def test_two_statements_that_each_bound_one_half_bound_neither_whole() -> None:
    found = exposure(policy(allow(Resource=f"{BUCKET}/*"), allow(IN_ORGANIZATION)), S3)
    assert isinstance(found.strangers_elsewhere, Stopped)
    assert isinstance(found.strangers, Passes)
    assert isinstance(found.elsewhere, Passes)
    assert (found.strangers.statement.number, found.elsewhere.statement.number) == (1, 2)


def test_one_action_is_not_every_action() -> None:
    assert exposure(policy(FULL), S3).any_action
    assert exposure(policy(allow(NotAction="s3:DeleteBucket")), S3).any_action
    assert not exposure(policy(allow(Action=["s3:Get*", "s3:Put*"])), S3).any_action


def test_an_account_passes_that_a_policy_lets_in() -> None:
    named = policy(allow({"StringEquals": {"aws:PrincipalAccount": [OWN, TRUSTED]}}))
    for account in (OWN, TRUSTED):
        answer = lets_pass(named, S3, account, "in")
        assert isinstance(answer, Passes)
        assert answer.request.account == account
    assert isinstance(lets_pass(named, S3, OTHER_OWN, "in"), Stopped)


def test_an_account_that_a_statement_shuts_out_does_not_pass() -> None:
    both = {"StringEquals": {"aws:PrincipalAccount": [OWN, OTHER_OWN]}}
    named = policy(allow(both), deny({"StringEquals": {"aws:PrincipalAccount": OWN}}))
    assert isinstance(lets_pass(named, S3, OWN, "in"), Stopped)
    assert isinstance(lets_pass(named, S3, OTHER_OWN, "in"), Passes)


def test_an_account_of_which_is_asked_is_of_no_named_organization() -> None:
    named = {"StringEquals": {"aws:PrincipalAccount": TRUSTED, "aws:ResourceOrgID": ORGANIZATION}}
    assert isinstance(lets_pass(policy(allow(named)), S3, TRUSTED, "in"), Passes)
    assert isinstance(lets_pass(policy(allow(named)), S3, TRUSTED, "out"), Stopped)


def test_an_account_that_is_an_exception_from_a_denial_passes() -> None:
    excepted = {"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION, "aws:PrincipalAccount": TRUSTED}}
    assert isinstance(lets_pass(policy(FULL, deny(excepted)), S3, TRUSTED, "in"), Passes)


def test_data_goes_out_to_an_account_that_a_policy_names() -> None:
    buckets = policy(allow({"StringEquals": {"s3:ResourceAccount": [OWN, TRUSTED]}}))
    assert isinstance(lets_pass(buckets, S3, TRUSTED, "out"), Passes)
    assert isinstance(lets_pass(buckets, S3, OTHER_OWN, "out"), Stopped)
    queues = policy(allow(Resource=f"arn:aws:sqs:eu-west-1:{TRUSTED}:orders"))
    answer = lets_pass(queues, SQS, TRUSTED, "out")
    assert isinstance(answer, Passes)
    assert answer.request.resource == f"arn:aws:sqs:eu-west-1:{TRUSTED}:orders"


def test_an_organization_passes_that_a_policy_names() -> None:
    assert isinstance(lets_pass(policy(allow(PERIMETER)), S3, ORGANIZATION, "in"), Passes)
    assert isinstance(lets_pass(policy(allow(PERIMETER)), S3, ORGANIZATION, "out"), Passes)
    other = {"StringNotEquals": {"aws:PrincipalOrgID": "o-other"}}
    assert isinstance(lets_pass(policy(allow(other)), S3, "o-other", "in"), Stopped)


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param([], id="no statement"),
        pytest.param([deny()], id="a denial alone"),
        pytest.param([FULL, deny()], id="a denial of everything"),
        pytest.param([allow(Action="sqs:*")], id="actions of another service"),
        pytest.param([allow(Resource="arn:aws:sqs:eu-west-1:111111111111:orders")], id="resources of another service"),
        pytest.param([allow({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})], id="a key that is never there"),
        pytest.param([allow(Action=[])], id="no action"),
        pytest.param([allow(Resource=[])], id="no resource"),
    ],
)
def test_a_policy_can_let_nothing_pass(statements: list[Item]) -> None:
    assert isinstance(lets_anything_pass(policy(*statements), S3), Stopped)


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(FULL, id="everything"),
        pytest.param(allow(PERIMETER), id="a perimeter"),
        pytest.param(allow(Action="s3:ListAllMyBuckets", Resource="*"), id="an action on no resource"),
        pytest.param(allow({"Bool": {"aws:PrincipalIsAWSService": "true"}}), id="AWS's services"),
        pytest.param(allow({"StringEquals": {"aws:PrincipalTag/team": "a"}}), id="a tag"),
        pytest.param(allow(Resource="arn:aws:s3:eu-west-1:111111111111:accesspoint/own"), id="an access point"),
        pytest.param(allow(Principal={"AWS": OWN}), id="the root of an account"),
    ],
)
def test_a_policy_that_lets_something_pass_does(statement: Item) -> None:
    assert isinstance(lets_anything_pass(policy(statement), S3), Passes)


def test_what_cannot_be_told_of_a_named_principal_is_unknown() -> None:
    # AWS does not document what a role in the Principal of a gateway endpoint's policy means.
    named = policy(allow(Principal={"AWS": f"arn:aws:iam::{OWN}:role/app"}))
    assert isinstance(lets_anything_pass(named, S3), Undecided)
    assert isinstance(lets_anything_pass(named, S3_INTERFACE), Passes)


def test_a_hostile_policy_is_left_unknown_in_good_time() -> None:
    # Patterns that begin and end in wildcards can match in as many ways as they have subsets.
    statements = [allow(Resource=f"arn:aws:s3:::*{number}{number + 1}*x{number}*") for number in range(40)]
    denials = [deny(Resource=f"arn:aws:s3:::*{number}y*{number}z*") for number in range(40)]
    found = exposure(policy(*statements, *denials), Place(service="s3"))
    assert found.verdict in ("open", "unknown")


def test_as_many_accounts_as_a_policy_can_hold_are_still_a_bound() -> None:
    accounts = [f"{number:012}" for number in range(100, 1400)]
    found = exposure(policy(allow({"StringEquals": {"aws:PrincipalAccount": accounts}})), S3)
    assert (found.verdict, found.bounds) == ("bounded", ("identity",))
