import json
from typing import Any

import pytest

from auditor.network.policies.documents import Policy, Variables, read_policy
from auditor.network.policies.requests import ANONYMOUS, FEDERATED, SERVICE, Request, passes

ROLE = "arn:aws:iam::111111111111:role/app"
ROOT = "arn:aws:iam::111111111111:root"
ANY: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


def policy(*statements: dict[str, Any]) -> Policy:
    read = read_policy(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
    assert isinstance(read, Policy)
    return read


def let_pass(
    *statements: dict[str, Any],
    principal: str | None = ROLE,
    action: str | None = "s3:GetObject",
    resource: str | None = "arn:aws:s3:::own/key",
    gateway: bool = False,
    **context: str,
) -> bool | None:
    keys = {key.replace("_", ":"): (value,) for key, value in context.items()}
    return passes(policy(*statements), Request(principal, action, resource, keys), gateway=gateway)


DENY = {**ANY, "Effect": "Deny"}


def test_what_nothing_allows_is_denied() -> None:
    assert let_pass() is False
    assert let_pass({**ANY, "Action": "s3:PutObject"}) is False


def test_a_denial_wins() -> None:
    assert let_pass(ANY) is True
    assert let_pass(ANY, DENY) is False
    assert let_pass(DENY, ANY) is False
    assert let_pass(ANY, {**DENY, "Action": "s3:PutObject"}) is True


def test_what_is_not_known_is_unknown_unless_the_rest_decides() -> None:
    unheard = {"Condition": {"StringEquals": {"s3:x-amz-acl": "private"}}}
    assert let_pass({**ANY, **unheard}) is None
    assert let_pass({**ANY, **unheard}, ANY) is True
    assert let_pass(ANY, {**DENY, **unheard}) is None
    assert let_pass(ANY, {**DENY, **unheard}, DENY) is False
    assert let_pass({**ANY, **unheard}, {**DENY, **unheard}) is None
    assert let_pass({**ANY, "Action": "s3:PutObject", **unheard}) is False
    assert let_pass({**ANY, "Action": "s3:PutObject"}, action=None) is None
    assert let_pass({**ANY, "Resource": "arn:aws:s3:::own"}, resource=None) is None
    assert let_pass({**ANY, "Principal": {"AWS": "111111111111"}}, principal=None) is None
    assert let_pass(ANY, principal=None, action=None, resource=None) is None


@pytest.mark.parametrize(
    ("principal", "caller", "interface", "gateway"),
    [
        ("*", ANONYMOUS, True, True),
        ({"AWS": "*"}, ANONYMOUS, True, True),
        ({"AWS": "111111111111"}, ROLE, True, False),
        ({"AWS": "111111111111"}, ROOT, True, True),
        ({"AWS": ROOT}, ROLE, True, False),
        ({"AWS": ["222222222222", ROOT]}, ROLE, True, False),
        ({"AWS": "222222222222"}, ROLE, False, False),
        ({"AWS": "111111111111"}, ANONYMOUS, False, False),
        ({"AWS": ROLE}, ROLE, True, None),
        ({"AWS": ROLE}, "arn:aws:iam::111111111111:role/other", False, None),
        ({"AWS": "arn:aws:sts::111111111111:assumed-role/app/session"}, ROLE, None, None),
        ({"AWS": "arn:aws:iam::222222222222:role/app"}, ROLE, False, False),
        ({"AWS": "arn:aws:iam::*:role/app"}, ROLE, None, None),
        ({"AWS": "AIDACKCEVSQ6C2EXAMPLE"}, ROLE, False, False),
        ({"Service": "lambda.amazonaws.com"}, ROLE, False, False),
        ({"Service": "lambda.amazonaws.com"}, SERVICE, None, None),
        ({"Federated": "*"}, FEDERATED, True, True),
        ({"Federated": "accounts.google.com"}, FEDERATED, None, None),
        ({"Federated": "*"}, ROLE, False, False),
        ({"AWS": "111111111111"}, FEDERATED, False, False),
        ({"CanonicalUser": "79a59df900b949e5"}, ROLE, None, None),
        ({"CanonicalUser": "79a59df900b949e5"}, ANONYMOUS, False, False),
        ({"AWS": []}, ROLE, False, False),
        ({}, ROLE, False, False),
    ],
)
def test_a_statement_names_principals_of_several_kinds(
    principal: object, caller: str, interface: bool | None, gateway: bool | None
) -> None:
    assert let_pass({**ANY, "Principal": principal}, principal=caller) is interface
    assert let_pass({**ANY, "Principal": principal}, principal=caller, gateway=True) is gateway
    excluded = {"Effect": "Deny", "NotPrincipal": principal, "Action": "*", "Resource": "*"}
    assert let_pass(ANY, excluded, principal=caller) is interface


@pytest.mark.parametrize(
    ("actions", "named"),
    [
        ("*", True),
        ("s3:*", True),
        ("S3:getobject", True),
        ("s3:Get?bject", True),
        (["s3:PutObject", "s3:GetO*"], True),
        ("sqs:*", False),
        ("s3:Put*", False),
        ([], False),
        ("", False),
    ],
)
def test_a_statement_names_actions_in_any_case(actions: object, named: bool) -> None:
    assert let_pass({**ANY, "Action": actions}) is named
    assert let_pass({"Effect": "Allow", "Principal": "*", "NotAction": actions, "Resource": "*"}) is not named


@pytest.mark.parametrize(
    ("resources", "named"),
    [
        ("*", True),
        ("arn:aws:s3:::own/*", True),
        ("arn:aws:s3:::own", False),
        ("arn:aws:s3:::OWN/*", False),
        ("arn:aws:s3:::o?n/key", True),
        ("arn:aws:s3", True),
        ("arn:aws:sqs", False),
        (["arn:aws:s3:::other", "arn:aws:s3:::*"], True),
        ("arn:aws:s3:::own/${aws:username}", True),
        ("arn:aws:s3:::own/${aws:nobody}", False),
        ("arn:aws:s3:::own/${aws:nobody, 'key'}", True),
        ("arn:aws:s3:::own/${aws:unheard}", None),
        ("arn:aws:s3:::other/${aws:unheard}", False),
        ([], False),
    ],
)
def test_a_statement_names_resources(resources: object, named: bool | None) -> None:
    request = Request(ROLE, "s3:GetObject", "arn:aws:s3:::own/key", {"aws:username": ("key",), "aws:nobody": ()})
    assert passes(policy({**ANY, "Resource": resources}), request, gateway=False) is named
    excluded = {"Effect": "Allow", "Principal": "*", "Action": "*", "NotResource": resources}
    assert passes(policy(excluded), request, gateway=False) is (None if named is None else not named)


def test_every_key_of_a_condition_must_hold() -> None:
    two = {"StringEquals": {"aws:a": "1", "aws:b": "2"}, "Bool": {"aws:c": "true"}}
    assert let_pass({**ANY, "Condition": two}, aws_a="1", aws_b="2", aws_c="true") is True
    assert let_pass({**ANY, "Condition": two}, aws_a="1", aws_b="3", aws_c="true") is False
    assert let_pass({**ANY, "Condition": two}, aws_a="1", aws_b="2", aws_c="false") is False


def test_a_resource_with_a_variable_is_a_text_to_older_policies() -> None:
    read = read_policy(json.dumps({"Statement": {**ANY, "Resource": "arn:aws:s3:::${aws:username}"}}))
    assert isinstance(read, Policy)
    assert read.variables is Variables.NONE
    context = {"aws:username": ("own",)}
    assert passes(read, Request(ROLE, "s3:GetObject", "arn:aws:s3:::own", context), gateway=False) is False
    assert passes(read, Request(ROLE, "s3:GetObject", "arn:aws:s3:::${aws:username}", {}), gateway=False) is True


def test_evidence_shows_a_request_with_the_keys_that_it_has() -> None:
    keys = {"aws:b": ("1",), "aws:a": ("1", "2"), "aws:c": ()}
    assert Request(ROLE, "s3:GetObject", "arn:aws:s3:::own", keys).shown == {
        "principal": ROLE,
        "principal_account": "111111111111",
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::own",
        "context": {"aws:a": ["1", "2"], "aws:b": "1"},
    }
    assert Request(ANONYMOUS, "s3:GetObject", "*").shown["principal_account"] is None


@pytest.mark.parametrize(
    ("principal", "who"),
    [
        (ROLE, "account 111111111111"),
        (ANONYMOUS, "a caller who signs nothing"),
        (FEDERATED, "a federated caller"),
        (SERVICE, "an AWS service"),
    ],
)
def test_a_message_tells_who_asks_for_what_at_which_resource(principal: str, who: str) -> None:
    assert Request(principal, "s3:GetObject", "arn:aws:s3:::own").told == f"s3:GetObject by {who} at arn:aws:s3:::own"
