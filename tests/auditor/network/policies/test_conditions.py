import pytest

from auditor.network.policies.conditions import Context, any_of, both, holds, negated, variables
from auditor.network.policies.documents import Test as Condition
from auditor.network.policies.documents import Variables

ABSENT = "absent"
UNKNOWN = "unknown"
KEY = "aws:PrincipalAccount"
"""A key with one value."""


def judged(operator: str, wanted: list[str], has: str | list[str], key: str = KEY) -> bool | None:
    context: Context = {} if has == UNKNOWN else {key.lower(): () if has == ABSENT else _listed(has)}
    return holds(Condition(operator, key, tuple(wanted)), context, Variables.REPLACED)


def _listed(has: str | list[str]) -> tuple[str, ...]:
    return (has,) if isinstance(has, str) else tuple(has)


@pytest.mark.parametrize(
    ("operator", "wanted", "has", "answer"),
    [
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEquals", ["a"], "A", False),
        ("StringEquals", ["a*"], "ab", False),
        ("StringEquals", ["a"], ABSENT, False),
        ("StringEquals", ["a"], UNKNOWN, None),
        ("StringNotEquals", ["a", "b"], "c", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringNotEquals", ["a"], ABSENT, True),
        ("StringEqualsIgnoreCase", ["a"], "A", True),
        ("StringNotEqualsIgnoreCase", ["a"], "A", False),
        ("StringLike", ["a?c*"], "abcdef", True),
        ("StringLike", ["a?c*"], "ac", False),
        ("StringLike", ["*"], "", True),
        ("StringNotLike", ["a*"], "abc", False),
        ("StringNotLike", ["a*"], ABSENT, True),
        ("NumericEquals", ["10"], "10.0", True),
        ("NumericNotEquals", ["10"], "10", False),
        ("NumericLessThan", ["10"], "9", True),
        ("NumericLessThan", ["10"], "10", False),
        ("NumericLessThanEquals", ["10"], "10", True),
        ("NumericGreaterThan", ["10"], "11", True),
        ("NumericGreaterThanEquals", ["10"], "9", False),
        ("NumericGreaterThan", ["10"], "eleven", None),
        ("NumericLessThan", ["ten"], "9", None),
        ("DateLessThan", ["2026-01-01T00:00:00Z"], "2025-12-31T23:59:59Z", True),
        ("DateGreaterThan", ["2026-01-01T00:00:00Z"], "2025-12-31T23:59:59Z", False),
        ("DateEquals", ["2026-01-01"], "2026-01-01T00:00:00Z", True),
        ("DateLessThan", ["1767225600"], "2025-12-31T23:59:59Z", True),
        ("DateLessThan", ["tomorrow"], "2025-12-31T23:59:59Z", None),
        ("Bool", ["true"], "true", True),
        ("Bool", ["TRUE"], "true", True),
        ("Bool", ["false"], "true", False),
        ("Bool", ["true"], ABSENT, False),
        ("BinaryEquals", ["QmluYXJ5"], "QmluYXJ5", True),
        ("BinaryEquals", ["QmluYXJ5"], "QmluYXJ6", False),
        ("BinaryEquals", ["QmluYXJ5"], "no base 64", None),
        ("BinaryEquals", ["é"], "QmluYXJ5", None),
        ("IpAddress", ["10.0.0.0/8", "fd00::/8"], "10.1.2.3", True),
        ("IpAddress", ["10.0.0.0/8"], "fd00::1", False),
        ("IpAddress", ["10.0.0.1"], "10.0.0.1", True),
        ("IpAddress", ["10.0.0.1/8"], "10.9.9.9", True),
        ("IpAddress", ["10.0.0.0/40"], "10.0.0.1", None),
        ("IpAddress", ["10.0.0.0/8"], ABSENT, False),
        ("NotIpAddress", ["10.0.0.0/8"], "10.1.2.3", False),
        ("NotIpAddress", ["10.0.0.0/8"], ABSENT, True),
        ("ArnEquals", ["arn:aws:iam::*:role/a*"], "arn:aws:iam::111111111111:role/app", True),
        ("ArnLike", ["arn:aws:iam::*:role/a*"], "arn:aws:iam::111111111111:role/b", False),
        ("ArnLike", ["arn:aws:x:*:1:f/*"], "arn:aws:x:us:9:store/abc:1:f/doc", False),
        ("StringLike", ["arn:aws:x:*:1:f/*"], "arn:aws:x:us:9:store/abc:1:f/doc", True),
        ("ArnLike", ["arn:aws:x:us:1:*"], "arn:aws:x:us:1:a:b:c", True),
        ("ArnLike", ["arn:aws:iam::*:role/a"], "no ARN", False),
        ("ArnLike", ["*"], "arn:aws:iam::1:role/a", None),
        ("ArnNotEquals", ["arn:aws:iam::1:role/a"], "arn:aws:iam::1:role/a", False),
        ("ArnNotLike", ["arn:aws:iam::1:role/*"], "arn:aws:iam::2:role/a", True),
        ("ArnNotLike", ["arn:aws:iam::1:role/*"], ABSENT, True),
        ("StringMatches", ["a"], "a", None),
        ("stringequals", ["a"], "a", None),
        ("ForMostValues:StringEquals", ["a"], "a", None),
        ("StringEquals", [], "a", None),
    ],
)
def test_an_operator_compares_as_aws_documents_it(
    operator: str, wanted: list[str], has: str, answer: bool | None
) -> None:
    assert judged(operator, wanted, has) is answer


@pytest.mark.parametrize(
    "operator", ["StringEquals", "StringNotEquals", "ArnLike", "IpAddress", "Bool", "DateLessThan"]
)
def test_if_exists_is_true_without_the_key_and_the_operator_with_it(operator: str) -> None:
    assert judged(f"{operator}IfExists", ["a"], ABSENT) is True
    assert judged(f"{operator}IfExists", ["a"], "a") is judged(operator, ["a"], "a")
    assert judged(f"{operator}IfExists", ["a"], UNKNOWN) is None


@pytest.mark.parametrize(
    ("wanted", "has", "answer"),
    [
        (["true"], ABSENT, True),
        (["true"], "a", False),
        (["false"], ABSENT, False),
        (["false"], "a", True),
        (["true", "false"], "a", True),
        (["true", "false"], UNKNOWN, True),
        (["true"], UNKNOWN, None),
        (["True"], ABSENT, None),
        ([], ABSENT, None),
    ],
)
def test_null_asks_whether_the_key_is_absent(wanted: list[str], has: str, answer: bool | None) -> None:
    assert judged("Null", wanted, has) is answer


@pytest.mark.parametrize("operator", ["NullIfExists", "ForAnyValue:Null", "ForAllValues:Null"])
def test_null_goes_with_nothing_else(operator: str) -> None:
    assert judged(operator, ["true"], ABSENT) is None


@pytest.mark.parametrize(
    ("operator", "wanted", "has", "answer"),
    [
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False),
        ("ForAllValues:StringEquals", ["a"], ABSENT, True),
        ("ForAllValues:StringNotEquals", ["a"], ["b", "c"], True),
        ("ForAllValues:StringNotEquals", ["a"], ["b", "a"], False),
        ("ForAllValues:StringNotEquals", ["a"], ABSENT, True),
        ("ForAnyValue:StringEquals", ["a", "b"], ["c", "b"], True),
        ("ForAnyValue:StringEquals", ["a", "b"], ["c", "d"], False),
        ("ForAnyValue:StringEquals", ["a"], ABSENT, False),
        ("ForAnyValue:StringNotEquals", ["a"], ["a", "b"], True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], ["a", "b"], False),
        ("ForAnyValue:StringNotEquals", ["a"], ABSENT, False),
        ("ForAnyValue:StringEqualsIfExists", ["a"], ABSENT, True),
        ("ForAnyValue:StringLike", ["a*"], ["b", "ab"], True),
        ("ForAllValues:StringLike", ["a*"], UNKNOWN, None),
        ("StringEquals", ["a"], ["a", "b"], None),
    ],
)
def test_set_operators_ask_all_or_any_of_a_requests_values(
    operator: str, wanted: list[str], has: str | list[str], answer: bool | None
) -> None:
    assert judged(operator, wanted, has, key="aws:TagKeys") is answer


def test_a_key_with_several_values_needs_a_set_operator_even_where_it_has_one() -> None:
    assert judged("StringEquals", ["a"], "a", key="aws:PrincipalOrgPaths") is None
    assert judged("StringEquals", ["a"], ABSENT, key="aws:PrincipalOrgPaths") is False


def test_the_names_of_keys_are_the_same_in_any_case() -> None:
    test = Condition("StringEquals", "AWS:principalACCOUNT", ("a",))
    assert holds(test, {"aws:principalaccount": ("a",)}, Variables.REPLACED) is True


@pytest.mark.parametrize(
    ("operator", "wanted", "has", "answer"),
    [
        ("StringEquals", "${aws:username}", "jo", True),
        ("StringEquals", "${AWS:UserName}", "jo", True),
        ("StringEquals", "x-${aws:username}-y", "x-jo-y", True),
        ("StringEquals", "${aws:username}", "${aws:username}", False),
        ("StringLike", "${aws:username}/*", "jo/a", True),
        ("StringLike", "${aws:star}", "anything", False),
        ("StringLike", "${aws:star}", "*", True),
        ("StringLike", "a${*}", "a*", True),
        ("StringLike", "a${*}", "ab", False),
        ("StringLike", "a${?}b${$}", "a?b$", True),
        ("StringEquals", "${aws:none}", "", False),
        ("StringNotEquals", "${aws:none}", "a", None),
        ("StringEquals", "${aws:none, 'nobody'}", "nobody", True),
        ("StringEquals", "${aws:username, 'nobody'}", "jo", True),
        ("StringEquals", "${aws:unheard}", "a", None),
        ("StringLike", "a-${aws:unheard}", "b", False),
        ("StringNotLike", "a-${aws:unheard}", "b", True),
        ("StringNotLike", "a-${aws:unheard}", "a-b", None),
        ("StringEquals", "${aws:several}", "a", None),
        ("ArnEquals", "arn:aws:iam::1:user/${aws:username}", "arn:aws:iam::1:user/jo", True),
        ("Bool", "${aws:yes}", "true", True),
        ("NumericEquals", "${aws:number}", "1", None),
    ],
)
def test_variables_stand_for_the_requests_values(operator: str, wanted: str, has: str, answer: bool | None) -> None:
    context = {
        KEY.lower(): (has,),
        "aws:username": ("jo",),
        "aws:star": ("*",),
        "aws:none": (),
        "aws:several": ("a", "b"),
        "aws:yes": ("true",),
        "aws:number": ("1",),
    }
    assert holds(Condition(operator, KEY, (wanted,)), context, Variables.REPLACED) is answer


def test_variables_are_texts_to_older_policies() -> None:
    context = {KEY.lower(): ("${aws:username}",), "aws:username": ("jo",)}
    assert holds(Condition("StringEquals", KEY, ("${aws:username}",)), context, Variables.NONE) is True


def test_the_keys_of_variables_are_found() -> None:
    assert variables("a/${aws:UserName}/${*}/${aws:PrincipalTag/x, 'y'}") == ["aws:username", "aws:principaltag/x"]


def test_what_is_not_known_stays_unknown_unless_the_rest_decides() -> None:
    assert both([True, None]) is None
    assert both([None, False]) is False
    assert both([]) is True
    assert any_of([None, True]) is True
    assert any_of([False, None]) is None
    assert any_of([]) is False
    assert [negated(each) for each in (True, False, None)] == [False, True, None]
