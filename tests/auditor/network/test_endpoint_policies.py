import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.network.endpoint_policies import Unreadable, is_full_access

FULL: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
READ = {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": ["s3:GetObject"], "Resource": "*"}
IN_ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": "o-0example"}}


def document(*statements: dict[str, Any], **members: str) -> str:
    return json.dumps({"Statement": list(statements), **members})


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(json.dumps({"Statement": FULL}), id="one statement that is no list"),
        pytest.param(document(FULL), id="as AWS attaches it"),
        pytest.param(document(FULL, Version="2008-10-17", Id="any"), id="with a version and an id"),
        pytest.param(document(FULL | {"Sid": "Everything"}), id="with a sid"),
        pytest.param(document(FULL | {"Action": ["*"], "Resource": ["*"]}), id="lists of one"),
        pytest.param(document(FULL | {"Action": ["s3:GetObject", "*"]}), id="an action that adds nothing"),
        pytest.param(document(FULL | {"Principal": {"AWS": "*"}}), id="every AWS principal"),
        pytest.param(document(FULL | {"Principal": {"AWS": ["*"]}}), id="every AWS principal in a list"),
        pytest.param(document(FULL | {"Condition": {}}), id="an empty condition"),
        pytest.param(document(READ, FULL), id="a statement that allows less beside it"),
        pytest.param(json.dumps({"Statement": FULL}, indent=2), id="with white space"),
    ],
)
def test_a_policy_that_allows_everyone_everything_is_full_access(policy: str) -> None:
    assert is_full_access(policy) is True


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(document(), id="no statement"),
        pytest.param(document(READ), id="a narrow statement"),
        pytest.param(document(FULL | {"Condition": IN_ORGANIZATION}), id="a condition"),
        pytest.param(document(FULL, FULL | {"Effect": "Deny", "Condition": IN_ORGANIZATION}), id="a denial beside it"),
        pytest.param(document(FULL | {"Effect": "Deny"}), id="a denial alone"),
        pytest.param(document(FULL | {"Action": "s3:*"}), id="one service's actions"),
        pytest.param(document(FULL | {"Action": []}), id="no action"),
        pytest.param(document(FULL | {"Action": ""}), id="an empty action"),
        pytest.param(document(FULL | {"Action": [""]}), id="an empty action in a list"),
        pytest.param(document(FULL | {"Resource": "arn:aws:s3:::*"}), id="one service's resources"),
        pytest.param(document(FULL | {"Principal": {"AWS": "111111111111"}}), id="one account"),
        pytest.param(document(FULL | {"Principal": {"Service": "*"}}), id="services"),
        pytest.param(
            document({"Effect": "Allow", "NotPrincipal": "*", "Action": "*", "Resource": "*"}), id="all principals but"
        ),
        pytest.param(
            document({"Effect": "Allow", "Principal": "*", "NotAction": "s3:*", "Resource": "*"}), id="all actions but"
        ),
        pytest.param(
            document({"Effect": "Allow", "Principal": "*", "Action": "*", "NotResource": "*"}), id="all resources but"
        ),
        pytest.param(
            document(FULL | {"Action": "s3:*"}, FULL | {"Resource": "arn:aws:s3:::a"}), id="no statement alone is full"
        ),
    ],
)
def test_a_policy_that_allows_less_is_not(policy: str) -> None:
    assert is_full_access(policy) is False


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        pytest.param("", "truncated", id="empty"),
        pytest.param('{"Statement": [', "truncated", id="cut"),
        pytest.param("Allow everything", "malformed", id="no JSON"),
        pytest.param("[]", "Expected `object`, got `array`", id="a list"),
        pytest.param("null", "Expected `object`, got `null`", id="null"),
        pytest.param('{"Version": "2012-10-17"}', "missing required field `Statement`", id="no statements"),
        pytest.param('{"Statement": "Allow"}', "at `$.Statement`", id="statements of another type"),
        pytest.param(document(FULL | {"Effect": "allow"}), "at `$.Statement[0].Effect`", id="an unknown effect"),
        pytest.param(document(FULL | {"Action": 1}), "at `$.Statement[0].Action`", id="an action of another type"),
        pytest.param(
            document(FULL | {"condition": IN_ORGANIZATION}), "unknown field `condition`", id="an unknown member"
        ),
        pytest.param(document(FULL | {"NotAction": "s3:*"}), "exactly one of Action and NotAction", id="both actions"),
        pytest.param(
            document({"Effect": "Allow", "Action": "*", "Resource": "*"}),
            "exactly one of Principal and NotPrincipal",
            id="no principal",
        ),
        pytest.param("[" * 20_000, "Expected `object`, got `array`", id="nested too deep"),
        pytest.param('{"Id": "\ud800", "Statement": []}', "surrogates not allowed", id="no Unicode"),
    ],
)
def test_a_document_that_is_no_policy_says_what_is_wrong_with_it(policy: str, reason: str) -> None:
    found = is_full_access(policy)
    assert isinstance(found, Unreadable)
    assert found.reason.startswith("the policy document cannot be read: ")
    assert reason in found.reason


def test_a_condition_that_is_nested_without_end_is_no_policy() -> None:
    deep = json.dumps(FULL | {"Condition": {}}).replace("{}", '{"a": ' + "[" * 20_000 + "]" * 20_000 + "}")
    assert isinstance(is_full_access(f'{{"Statement": {deep}}}'), Unreadable)


# --- Against single requests ------------------------------------------------------------------------------------------

STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Allow", "Deny"]),
        "Principal": st.sampled_from(["*", {"AWS": "*"}, {"AWS": ["a", "*"]}, {"AWS": "a"}]),
        "Action": st.sampled_from(["*", ["*"], ["r"], ["r", "w"]]),
        "Resource": st.sampled_from(["*", ["x", "*"], "x"]),
    },
    optional={"Condition": st.sampled_from([{}, {"Bool": {"aws:SecureTransport": "true"}}])},
)


def matches(statement: dict[str, Any], request: tuple[str, str, str, bool]) -> bool:
    who, what, which, secure = request
    principal = statement["Principal"]
    patterns = [
        (principal["AWS"] if isinstance(principal, dict) else principal, who),
        (statement["Action"], what),
        (statement["Resource"], which),
    ]
    # Over strings and lists alike: each name here is one letter.
    return all("*" in pattern or asked in pattern for pattern, asked in patterns) and (
        secure or not statement.get("Condition")
    )


@given(st.lists(STATEMENTS, max_size=4))
def test_full_access_is_one_statement_that_allows_every_request_and_none_that_denies_one(
    statements: list[dict[str, Any]],
) -> None:
    requests = [
        (who, what, which, secure) for who in "ab" for what in "rwz" for which in "xy" for secure in (True, False)
    ]
    full = any(all(matches(statement, request) for request in requests) for statement in statements)
    denies = any(statement["Effect"] == "Deny" for statement in statements)
    assert is_full_access(document(*statements)) == (full and not denies)
