"""Random small policies, held to every request of a finite universe and to a reading that shares no code."""

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from auditor.network.policies.documents import Policy, read_policy
from auditor.network.policies.exposure import Answer, Passes, Place, Stopped, exposure
from auditor.network.policies.requests import ANONYMOUS, Request, passes

OWN, PARTNER, STRANGER = "111111111111", "222222222222", "999999999999"
OWN_ORGANIZATION, STRANGE_ORGANIZATION = "o-own", "o-strange"
Keys = Mapping[str, str | None]
"""The keys of a request, and None for those that it lacks."""


# --- The requests -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    principal: str
    action: str
    resource: str
    keys: Keys


PRINCIPALS = [
    *(f"arn:aws:iam::{account}:{kind}" for account in (OWN, PARTNER, STRANGER) for kind in ("role/app", "root")),
    ANONYMOUS,
]
BUCKETS = ["own-bucket", "own-stranger", "stranger", OWN, STRANGER, "red"]
RESOURCES = [f"arn:aws:s3:::{bucket}{key}" for bucket in BUCKETS for key in ("", "/red", f"/{STRANGER}")]
CHOICES: dict[str, list[str | None]] = {
    "aws:principalorgid": [OWN_ORGANIZATION, STRANGE_ORGANIZATION, None],
    "aws:principaltag/team": ["red", "blue", None],
    "aws:resourceaccount": [OWN, PARTNER, STRANGER],
    "aws:resourceorgid": [OWN_ORGANIZATION, STRANGE_ORGANIZATION, None],
    "aws:securetransport": ["true", "false"],
    "aws:vpcsourceip": ["10.0.0.1", "10.1.0.1"],
}


def universe(text: str) -> Iterator[Asked]:
    """Every request of which a policy can tell one from another."""
    used = [key for key in CHOICES if key in text.lower()]
    for principal, action, resource in itertools.product(PRINCIPALS, ("s3:GetObject", "s3:PutObject"), RESOURCES):
        account = principal.split(":")[4] if principal != ANONYMOUS else "anonymous"
        arn = principal if principal != ANONYMOUS else None
        for values in itertools.product(*(CHOICES[key] for key in used)):
            keys = dict(zip(used, values, strict=True))
            if arn is None and (keys.get("aws:principalorgid") or keys.get("aws:principaltag/team")):
                continue
            if possible(account, keys):
                own = {"aws:principalaccount": account, "aws:principalarn": arn, "aws:sourceip": None}
                yield Asked(principal, action, resource, {**own, **keys})


def possible(account: str, keys: Keys) -> bool:
    """An account is of one organization, as a principal and as an owner."""
    if "aws:principalorgid" not in keys or "aws:resourceorgid" not in keys:
        return True
    return account != keys.get("aws:resourceaccount") or keys["aws:principalorgid"] == keys["aws:resourceorgid"]


def of_stranger(asked: Asked) -> bool:
    account = asked.keys["aws:principalaccount"]
    return account in (STRANGER, "anonymous") and asked.keys.get("aws:principalorgid") != OWN_ORGANIZATION


def at_strangers(asked: Asked, named: set[str]) -> bool:
    bucket = asked.resource.removeprefix("arn:aws:s3:::").split("/")[0]
    owner, organization = asked.keys.get("aws:resourceaccount"), asked.keys.get("aws:resourceorgid")
    return bucket not in named and owner in (STRANGER, None) and organization != OWN_ORGANIZATION


# --- The other reading ------------------------------------------------------------------------------------------------


def lets_pass(policy: Mapping[str, Any], asked: Asked) -> bool:
    effects = {statement["Effect"] for statement in policy["Statement"] if is_about(statement, asked)}
    return effects == {"Allow"}


def is_about(statement: Mapping[str, Any], asked: Asked) -> bool:
    return (
        agrees(statement, "Principal", lambda named: is_caller(named, asked))
        and agrees(statement, "Action", lambda named: like(named, asked.action, {}, ignore_case=True))
        and agrees(statement, "Resource", lambda named: like(named, asked.resource, asked.keys))
        and all(
            fulfils(operator, asked.keys.get(key.lower()), values, asked.keys)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def agrees(statement: Mapping[str, Any], name: str, matches: Any) -> bool:
    positive = name in statement
    listed = statement[name if positive else f"Not{name}"]
    names = listed["AWS"] if isinstance(listed, dict) else listed
    names = names if isinstance(names, list) else [names]
    return any(matches(each) for each in names) is positive


def is_caller(named: str, asked: Asked) -> bool:
    account = asked.principal.split(":")[4] if asked.principal != ANONYMOUS else None
    return named == "*" or named in (asked.principal, account)


def like(pattern: str, text: str, keys: Keys, *, ignore_case: bool = False) -> bool:
    expression = ""
    for part in re.split(r"(\$\{[^}]*\}|\*|\?)", pattern):
        if part.startswith("${"):
            value = keys.get(part[2:-1].lower())
            if value is None:
                return False
            expression += re.escape(value)
        else:
            expression += {"*": ".*", "?": "."}.get(part, re.escape(part))
    return re.fullmatch(expression, text, re.IGNORECASE if ignore_case else 0) is not None


def fulfils(operator: str, value: str | None, values: Any, keys: Keys) -> bool:
    values = values if isinstance(values, list) else [values]
    if operator == "Null":
        return bool((value is None) == (values == ["true"]))
    for word in ("ForAllValues:", "IfExists"):
        if word in operator:
            return value is None or fulfils(operator.replace(word, ""), value, values, keys)
    if "Not" in operator:
        return not fulfils(operator.replace("Not", ""), value, values, keys)
    return value is not None and any(compares(operator, value, each, keys) for each in values)


def compares(operator: str, value: str, wanted: str, keys: Keys) -> bool:
    if operator == "IpAddress":
        return value.startswith(wanted.removesuffix("0.0/16"))
    return value == wanted if operator == "StringEquals" and "${" not in wanted else like(wanted, value, keys)


# --- Random policies --------------------------------------------------------------------------------------------------

ACCOUNTS = st.sampled_from([OWN, PARTNER])
OPERATORS = st.sampled_from(
    ["StringEquals", "StringNotEquals", "StringEqualsIfExists", "StringNotEqualsIfExists", "ForAllValues:StringEquals"]
)
TESTS = st.one_of(
    st.tuples(OPERATORS, st.just("aws:PrincipalAccount"), st.lists(ACCOUNTS, min_size=1, max_size=2)),
    st.tuples(OPERATORS, st.just("aws:PrincipalOrgID"), st.just(OWN_ORGANIZATION)),
    st.tuples(OPERATORS, st.just("aws:ResourceOrgID"), st.sampled_from([OWN_ORGANIZATION, "${aws:PrincipalOrgID}"])),
    st.tuples(OPERATORS, st.just("aws:ResourceAccount"), st.sampled_from([OWN, "${aws:PrincipalAccount}"])),
    st.tuples(OPERATORS, st.just("aws:PrincipalTag/team"), st.sampled_from(["red", "blue"])),
    st.tuples(
        st.sampled_from(["StringLike", "StringNotLike", "ArnLike"]),
        st.just("aws:PrincipalArn"),
        st.sampled_from([f"arn:aws:iam::{OWN}:role/*", "arn:aws:iam::*:role/*", "arn:aws:iam::*:root"]),
    ),
    st.tuples(st.just("StringLike"), st.just("aws:PrincipalAccount"), st.sampled_from(["*", "1*", "9*"])),
    st.tuples(st.just("Bool"), st.just("aws:SecureTransport"), st.sampled_from(["true", "false"])),
    st.tuples(
        st.sampled_from(["IpAddress", "NotIpAddress"]),
        st.just("aws:VpcSourceIp"),
        st.sampled_from(["10.0.0.0/16", "10.1.0.0/16"]),
    ),
    st.tuples(st.sampled_from(["IpAddress", "NotIpAddress"]), st.just("aws:SourceIp"), st.just("10.0.0.0/16")),
    st.tuples(
        st.just("Null"),
        st.sampled_from(["aws:PrincipalOrgID", "aws:ResourceOrgID", "aws:PrincipalTag/team", "aws:PrincipalArn"]),
        st.sampled_from(["true", "false"]),
    ),
)
MEMBERS = {
    "Principal": st.sampled_from(["*", "*", {"AWS": "*"}, {"AWS": [OWN]}, {"AWS": f"arn:aws:iam::{OWN}:role/app"}]),
    "Action": st.sampled_from(["*", "s3:*", "S3:get*", ["s3:PutObject"], ["s3:GetObject", "s3:PutObject"]]),
    "Resource": st.sampled_from(
        [
            "*",
            "*",
            "arn:aws:s3:::*",
            ["arn:aws:s3:::own-bucket", "arn:aws:s3:::own-bucket/*"],
            "arn:aws:s3:::own-*",
            "arn:aws:s3:::own-bucket/${aws:PrincipalTag/team}",
            "arn:aws:s3:::${aws:PrincipalTag/team}/*",
            "arn:aws:s3:::${aws:PrincipalAccount}/*",
        ]
    ),
}


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    for name, values in MEMBERS.items():
        negated = draw(st.sampled_from([False, False, False, False, True]))
        statement[f"Not{name}" if negated else name] = draw(values)
    condition: dict[str, dict[str, Any]] = {}
    for operator, key, wanted in draw(st.lists(TESTS, max_size=2)):
        condition.setdefault(operator, {})[key] = wanted
    return {**statement, "Condition": condition} if condition else statement


POLICIES = st.lists(statements(), min_size=1, max_size=3).map(
    lambda listed: {"Version": "2012-10-17", "Statement": listed}
)


def read(policy: Mapping[str, Any]) -> Policy:
    found = read_policy(json.dumps(policy))
    assert isinstance(found, Policy)
    return found


def sure(policy: Mapping[str, Any]) -> bool:
    """Whether the other reading knows what AWS leaves open: a negated test of a variable that has no value."""
    text = json.dumps(policy)
    return not re.search(r'"[A-Za-z:]*Not[A-Za-z]*": \{[^}]*\$\{', text)


def few(asked: Iterator[Asked], most: int = 30_000) -> list[Asked]:
    return list(itertools.islice(asked, most))


@settings(max_examples=60, deadline=None)
@given(POLICIES)
def test_a_request_passes_where_the_other_reading_lets_it_pass(policy: dict[str, Any]) -> None:
    found = read(policy)
    for asked in few(universe(json.dumps(policy)))[::7]:
        context = {key: () if value is None else (value,) for key, value in asked.keys.items()}
        answer = passes(found, Request(asked.principal, asked.action, asked.resource, context), gateway=False)
        if answer is not None or sure(policy):
            assert answer is lets_pass(policy, asked), asked


@settings(max_examples=120, deadline=None)
@given(POLICIES)
def test_what_is_said_of_strangers_holds_of_every_request(policy: dict[str, Any]) -> None:
    found = exposure(read(policy), Place(service="s3"))
    named = {"own-bucket"} if "own-bucket" in json.dumps(policy) else set()
    asked = [each for each in few(universe(json.dumps(policy))) if lets_pass(policy, each)]
    halves: list[tuple[Answer, list[Asked]]] = [
        (found.strangers_elsewhere, [each for each in asked if of_stranger(each) and at_strangers(each, named)]),
        (found.strangers, [each for each in asked if of_stranger(each)]),
        # Whoever bears a tag does so by the decision of its own account.
        (
            found.elsewhere,
            [
                each
                for each in asked
                if at_strangers(each, named)
                and (of_stranger(each) or not each.keys.get("aws:principaltag/team"))
                and (of_stranger(each) or each.keys["aws:principalaccount"] != STRANGER)
            ],
        ),
    ]
    for answer, passing in halves:
        event(type(answer).__name__)
        if isinstance(answer, Stopped):
            assert not passing, passing[0]
        elif isinstance(answer, Passes):
            assert lets_pass(policy, as_asked(answer.request))


def as_asked(request: Request) -> Asked:
    """A witness, with the keys that it lacks; what its policy does not ask for does not matter."""
    keys = {key: values[0] if values else None for key, values in request.context.items()}
    unsigned = request.principal == ANONYMOUS
    own = {
        "aws:principalaccount": "anonymous" if unsigned else request.account,
        "aws:principalarn": None if unsigned else request.principal,
    }
    return Asked(str(request.principal), str(request.action), str(request.resource), {**own, **keys})
