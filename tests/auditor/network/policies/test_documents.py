import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.network.policies.documents import Policy, Unreadable, Variables, read_policy

FULL: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
READ = {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": ["s3:GetObject"], "Resource": "*"}
IN_ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": "o-0example"}}


def document(*statements: dict[str, Any], **members: str) -> str:
    return json.dumps({"Statement": list(statements), **members})


def read(text: str) -> Policy:
    policy = read_policy(text)
    assert isinstance(policy, Policy), policy
    return policy


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(json.dumps({"Statement": FULL}), id="one statement that is no list"),
        pytest.param(document(FULL), id="as AWS attaches it"),
        pytest.param(document(FULL, Version="2008-10-17", Id="any"), id="with a version and an id"),
        pytest.param(document(FULL | {"Sid": "Everything"}), id="with a sid"),
        pytest.param(document(FULL | {"Action": ["*"], "Resource": ["*"]}), id="lists of one"),
        pytest.param(document(FULL | {"Action": ["s3:GetObject", "*"]}), id="an action that adds nothing"),
        pytest.param(document(FULL | {"Action": "**"}), id="two wildcards"),
        pytest.param(document(FULL | {"Principal": {"AWS": "*"}}), id="every AWS principal"),
        pytest.param(document(FULL | {"Principal": {"AWS": ["*"]}}), id="every AWS principal in a list"),
        pytest.param(document(FULL | {"Condition": {}}), id="an empty condition"),
        pytest.param(document(READ, FULL), id="a statement that allows less beside it"),
        pytest.param(json.dumps({"Statement": FULL}, indent=2), id="with white space"),
    ],
)
def test_a_policy_that_allows_everyone_everything_is_the_default_one(policy: str) -> None:
    assert read(policy).is_default


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
            document({"Effect": "Allow", "Principal": "*", "NotAction": "*", "Resource": "*"}), id="all actions but"
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
    assert not read(policy).is_default


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        pytest.param("", "it is not JSON: Expecting value", id="empty"),
        pytest.param('{"Statement": [', "it is not JSON: Expecting value", id="cut"),
        pytest.param("Allow everything", "it is not JSON: Expecting value", id="no JSON"),
        pytest.param('{"Statement": NaN}', "it is not JSON: NaN", id="a number that JSON lacks"),
        pytest.param("[]", "the document is not an object", id="a list"),
        pytest.param("null", "the document is not an object", id="null"),
        pytest.param('{"Version": "2012-10-17"}', "it has no Statement", id="no statements"),
        pytest.param('{"Statement": "Allow"}', "statement 1 is not an object", id="statements of another type"),
        pytest.param(document(FULL, Version="2012-10-18"), 'its Version is "2012-10-18"', id="an unknown version"),
        pytest.param(document(FULL | {"Effect": "allow"}), 'has the Effect "allow"', id="an unknown effect"),
        pytest.param(document(FULL, FULL | {"Action": 1}), "the Action of statement 2 is neither", id="another type"),
        pytest.param(
            document(FULL | {"Action": [["*"]]}), "the Action of statement 1 is neither", id="a list in a list"
        ),
        pytest.param(document(FULL | {"Resource": None}), "the Resource of statement 1 is neither", id="no value"),
        pytest.param(document(FULL | {"Sid": 1}), "has a Sid that is not a text", id="a sid of another type"),
        pytest.param(
            document(FULL | {"condition": IN_ORGANIZATION}), 'has the member "condition"', id="unknown member"
        ),
        pytest.param(document(FULL, Comment="mine"), 'the document has the member "Comment"', id="an unknown member"),
        pytest.param(document(FULL | {"Principal": {"Group": "a"}}), 'has the member "Group"', id="unknown principal"),
        pytest.param(document(FULL | {"Principal": "111111111111"}), "is not an object", id="a principal of no kind"),
        pytest.param(document(FULL | {"NotAction": "s3:*"}), "exactly one of Action and NotAction", id="both actions"),
        pytest.param(
            document({"Effect": "Allow", "Action": "*", "Resource": "*"}),
            "exactly one of Principal and NotPrincipal",
            id="no principal",
        ),
        pytest.param(document(FULL | {"Condition": []}), "the Condition of statement 1 is not", id="a list condition"),
        pytest.param(document(FULL | {"Condition": {"Bool": "true"}}), '"Bool" in the Condition', id="no key"),
        pytest.param(
            document(FULL | {"Condition": {"Bool": {"a": {}}}}),
            '"a" in the Condition of statement 1',
            id="object value",
        ),
        pytest.param(document(FULL | {"Condition": {"Bool": {"a": None}}}), "has the value null", id="a null value"),
        pytest.param(
            '{"Statement": [], "Statement": []}', 'it has "Statement" twice in one object', id="a member twice"
        ),
        pytest.param(
            document(FULL | {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "a", "aws:principalorgid": "b"}}}),
            'has the key "aws:principalorgid" twice under "StringEquals"',
            id="a key twice, in two cases",
        ),
        pytest.param("[" * 20_000, "it is nested too deep", id="nested too deep"),
        pytest.param('{"Id": "\ud800", "Statement": []}', "surrogates not allowed", id="no Unicode"),
        pytest.param('{"Id": "\\ud800", "Statement": []}', "surrogates not allowed", id="no Unicode, escaped"),
        pytest.param(f'{{"Statement": {"9" * 5000}}}', "integer string conversion", id="an endless number"),
    ],
)
def test_a_document_that_is_no_policy_says_what_is_wrong_with_it(policy: str, reason: str) -> None:
    found = read_policy(policy)
    assert isinstance(found, Unreadable)
    assert found.reason.startswith("the policy document cannot be read: ")
    assert reason in found.reason


def test_a_statement_is_read_member_by_member() -> None:
    text = document(
        {
            "Sid": "Mine",
            "Effect": "Deny",
            "NotPrincipal": {"AWS": ["111111111111"], "Service": "lambda.amazonaws.com"},
            "NotAction": "s3:Get*",
            "NotResource": ["arn:aws:s3:::a", "arn:aws:s3:::b"],
            "Condition": {
                "ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a", "b"]},
                "Bool": {"aws:SecureTransport": False},
                "NumericLessThan": {"s3:max-keys": 10},
            },
        },
        Version="2012-10-17",
    )
    policy = read(text)
    assert policy.variables is Variables.REPLACED
    (statement,) = policy.statements
    assert (statement.label, statement.allows) == ('statement 1 ("Mine")', False)
    assert statement.principals.named == {"AWS": ("111111111111",), "Service": ("lambda.amazonaws.com",)}
    assert (statement.not_principals, statement.not_actions, statement.not_resources) == (True, True, True)
    assert (statement.actions, statement.resources) == (("s3:Get*",), ("arn:aws:s3:::a", "arn:aws:s3:::b"))
    tests = [(each.quantifier, each.comparison, each.if_exists, each.key, each.values) for each in statement.tests]
    assert tests == [
        ("ForAnyValue", "StringLike", True, "aws:TagKeys", ("a", "b")),
        ("", "Bool", False, "aws:SecureTransport", ("false",)),
        ("", "NumericLessThan", False, "s3:max-keys", ("10",)),
    ]


@pytest.mark.parametrize(("members", "variables"), [({}, Variables.NONE), ({"Version": "2008-10-17"}, Variables.NONE)])
def test_older_versions_have_no_variables(members: dict[str, str], variables: Variables) -> None:
    assert read(document(FULL, **members)).variables is variables


def test_statements_are_added_to_a_document_and_to_a_lone_one() -> None:
    for text in (document(FULL, Id="mine"), json.dumps({"Statement": FULL, "Id": "mine"})):
        assert read(text).with_statements([READ]) == {"Statement": [FULL, READ], "Id": "mine"}


def test_callers_move_from_the_principal_to_conditions() -> None:
    role = "arn:aws:iam::222222222222:role/app"
    named = {**FULL, "Sid": "In", "Principal": {"AWS": ["111111111111", "arn:aws:iam::333333333333:root", role]}}
    named["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": "o-0example"}}
    moved = read(document(FULL, named)).with_callers_in_conditions()
    accounts = ["111111111111", "333333333333"]
    organization = {"aws:PrincipalOrgID": "o-0example"}
    first = {"StringEquals": {**organization, "aws:PrincipalAccount": accounts}}
    second = {"StringEquals": organization, "ArnEquals": {"aws:PrincipalArn": [role]}}
    assert moved == {
        "Statement": [
            FULL,
            {**FULL, "Sid": "In2", "Condition": first},
            {**FULL, "Sid": "In3", "Condition": second},
        ]
    }


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param({**FULL, "Principal": {"Service": "lambda.amazonaws.com"}}, id="a service"),
        pytest.param({**FULL, "Principal": {"AWS": "AIDACKCEVSQ6C2EXAMPLE"}}, id="the unique id of a user"),
        pytest.param(
            {"Effect": "Deny", "NotPrincipal": {"AWS": "111111111111"}, "Action": "*", "Resource": "*"}, id="not"
        ),
        pytest.param(
            {
                **FULL,
                "Principal": {"AWS": "111111111111"},
                "Condition": {"StringEquals": {"AWS:principalaccount": "222222222222"}},
            },
            id="a condition on the same key",
        ),
    ],
)
def test_callers_that_no_condition_can_name_stay(statement: dict[str, Any]) -> None:
    assert read(document(statement)).with_callers_in_conditions() is None


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
def test_the_default_policy_is_one_statement_that_allows_every_request_and_none_that_denies_one(
    statements: list[dict[str, Any]],
) -> None:
    requests = [
        (who, what, which, secure) for who in "ab" for what in "rwz" for which in "xy" for secure in (True, False)
    ]
    full = any(all(matches(statement, request) for request in requests) for statement in statements)
    denies = any(statement["Effect"] == "Deny" for statement in statements)
    assert read(document(*statements)).is_default == (full and not denies)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda each: (
            st.lists(each)
            | st.dictionaries(
                st.sampled_from(["Statement", "Effect", "Principal", "Action", "Resource", "Condition", "Bool"])
                | st.text(),
                each,
            )
        ),
    )
)
def test_any_json_is_a_policy_or_says_why_not(value: object) -> None:
    found = read_policy(json.dumps(value))
    assert isinstance(found, Policy) or found.reason
