import re
import unicodedata

import pytest

from auditor.assess import Assessment
from auditor.findings import Resource, Severity, Status
from auditor.network.missing import Cause, Kind
from auditor.report.document import Look, build
from auditor.report.table import render
from tests.auditor.report.examples import (
    DUBLIN,
    HOSTILE_NAMES,
    PROD,
    REFUSED_ACLS,
    SHARED,
    VENDOR,
    assessment,
    everyday,
    finding,
    hostile,
    missing_side,
    passed,
    unseen_acls,
)

COLUMNS_60 = """\
HIGH  peering-route-missing-side: one side of an active
  peering connection has no route to the other

  resource                what is wrong
  ----------------------  ----------------------------------
  pcx-0a1b2c3d4e5f60718   vpc-0b11223344556677a (shared) has
  (prod-to-shared)        no route to 10.20.0.0/16 in
  222222222222 eu-west-1  vpc-0a11223344556677b (prod); add
                          it to rtb-0c22334455667788a,
                          rtb-0d33445566778899b

MEDIUM  gateway-endpoint-missing: VPC sends S3 or DynamoDB
  traffic through a NAT device

  resource                what is wrong
  ----------------------  -----------------------------
  vpc-0a11223344556677b   vpc-0a11223344556677b (prod)
  (prod)                  reaches S3 through
  111111111111 eu-west-1  nat-0a1234567890abcde; make a
                          gateway endpoint

4 rules on 4 resources in 2 accounts and 2 regions: 2 fail
  (1 high, 1 medium), 2 pass, 1 unknown.
Not seen: 222222222222 eu-west-1 ec2:DescribeNetworkAcls
  (UnauthorizedOperation): 1 rule unknown.
1 peering leads to 999999999999, which was not audited: add
  it with --account to judge both sides.
What was found costs $32.85 a month, as far as prices and
  traffic are known.
"""

COLUMNS_100 = """\
HIGH  peering-route-missing-side: one side of an active peering connection has no route to the other

  account       region     resource               what is wrong
  ------------  ---------  ---------------------  ------------------------------------
  222222222222  eu-west-1  pcx-0a1b2c3d4e5f60718  vpc-0b11223344556677a (shared) has
                           (prod-to-shared)       no route to 10.20.0.0/16 in
                                                  vpc-0a11223344556677b (prod); add it
                                                  to rtb-0c22334455667788a,
                                                  rtb-0d33445566778899b

MEDIUM  gateway-endpoint-missing: VPC sends S3 or DynamoDB traffic through a NAT device

  account       region     resource                      what is wrong
  ------------  ---------  ----------------------------  ---------------------------------------
  111111111111  eu-west-1  vpc-0a11223344556677b (prod)  vpc-0a11223344556677b (prod) reaches S3
                                                         through nat-0a1234567890abcde; make a
                                                         gateway endpoint

4 rules on 4 resources in 2 accounts and 2 regions: 2 fail (1 high, 1 medium), 2 pass, 1 unknown.
Not seen: 222222222222 eu-west-1 ec2:DescribeNetworkAcls (UnauthorizedOperation): 1 rule unknown.
1 peering leads to 999999999999, which was not audited: add it with --account to judge both sides.
What was found costs $32.85 a month, as far as prices and traffic are known.
"""

COLUMNS_160 = """\
HIGH  peering-route-missing-side: one side of an active peering connection has no route to the other

  account       region     resource                                what is wrong
  ------------  ---------  --------------------------------------  \
--------------------------------------------------------------------------------------------
  222222222222  eu-west-1  pcx-0a1b2c3d4e5f60718 (prod-to-shared)  \
vpc-0b11223344556677a (shared) has no route to 10.20.0.0/16 in vpc-0a11223344556677b (prod);
                                                                   \
add it to rtb-0c22334455667788a, rtb-0d33445566778899b

MEDIUM  gateway-endpoint-missing: VPC sends S3 or DynamoDB traffic through a NAT device

  account       region     resource                      what is wrong
  ------------  ---------  ----------------------------  \
----------------------------------------------------------------------------------------------
  111111111111  eu-west-1  vpc-0a11223344556677b (prod)  \
vpc-0a11223344556677b (prod) reaches S3 through nat-0a1234567890abcde; make a gateway endpoint

4 rules on 4 resources in 2 accounts and 2 regions: 2 fail (1 high, 1 medium), 2 pass, 1 unknown.
Not seen: 222222222222 eu-west-1 ec2:DescribeNetworkAcls (UnauthorizedOperation): 1 rule unknown.
1 peering leads to 999999999999, which was not audited: add it with --account to judge both sides.
What was found costs $32.85 a month, as far as prices and traffic are known.
"""

HOSTILE = r"""HIGH  peering-route-missing-side: one side of an active peering connection has no route to the other

  account       region     resource                           what is wrong
  ------------  ---------  ---------------------------------  ----------------------------------------------
  222222222222  eu-west-1  vpc-0 (=cmd|'/c calc'!A1)          vpc-0 (=cmd|'/c calc'!A1) has no route
  222222222222  eu-west-1  vpc-1 (\x1b[2J\x1b[31mred)         vpc-1 (\x1b[2J\x1b[31mred) has no route
  222222222222  eu-west-1  vpc-2 (<script>alert(1)</script>)  vpc-2 (<script>alert(1)</script>) has no route
  222222222222  eu-west-1  vpc-3 (two\r\nlines)               vpc-3 (two\r\nlines) has no route
  222222222222  eu-west-1  vpc-4 (abc\u202egnp.exe)           vpc-4 (abc\u202egnp.exe) has no route
  222222222222  eu-west-1  vpc-5 (zero\u200bwidth)            vpc-5 (zero\u200bwidth) has no route
  222222222222  eu-west-1  vpc-6 (nul\x00and\x9b1mC1\x7f)     vpc-6 (nul\x00and\x9b1mC1\x7f) has no route
  222222222222  eu-west-1  vpc-7 (half \ud83d of a pair)      vpc-7 (half \ud83d of a pair) has no route
  222222222222  eu-west-1  vpc-8 (a\u2028b)                   vpc-8 (a\u2028b) has no route
  222222222222  eu-west-1  vpc-9 (\t@SUM(A1))                 vpc-9 (\t@SUM(A1)) has no route

1 rule on 10 resources in 1 account and 1 region: 10 fail (10 high), 0 pass, 0 unknown.
"""


def rendered(
    of: Assessment,
    width: int = 100,
    *,
    min_severity: Severity | None = None,
    show_passed: bool = False,
    colour: bool = False,
) -> str:
    return render(build(of, min_severity=min_severity, show_passed=show_passed), Look(width, colour))


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


@pytest.mark.parametrize(("width", "text"), [(60, COLUMNS_60), (100, COLUMNS_100), (160, COLUMNS_160)])
def test_the_worst_comes_first_and_what_was_not_seen_last(width: int, text: str) -> None:
    assert rendered(everyday(), width) == text


def test_a_wide_terminal_leaves_every_message_on_one_line() -> None:
    assert len(rendered(everyday(), 300).splitlines()) == 16


@pytest.mark.parametrize("width", [60, 80, 100, 160, 240])
def test_no_line_is_longer_than_the_terminal_is_wide_and_every_id_stays_whole(width: int) -> None:
    text = rendered(everyday(), width, show_passed=True)
    assert max(map(len, text.splitlines())) <= width
    for resource_id in re.findall(r"(?:vpc|pcx|rtb|nat)-\w{17}", "".join(map(str, everyday().findings))):
        assert resource_id in text


@pytest.mark.parametrize("width", [0, 1, 20])
def test_a_terminal_too_narrow_to_be_true_gets_longer_lines(width: int) -> None:
    text = rendered(everyday(), width)
    assert text == rendered(everyday(), 40)
    assert "pcx-0a1b2c3d4e5f60718" in text


def test_names_cannot_move_the_cursor() -> None:
    text = rendered(hostile(), 120)
    assert text == HOSTILE
    assert text.replace("\n", "").isprintable()
    assert text.encode().decode() == text


@pytest.mark.parametrize("width", [60, 100])
def test_places_and_ids_that_aws_would_not_give_cannot_move_the_cursor_either(width: int) -> None:
    strange = finding(
        account="\x1b[1A", region="\r", resource=Resource("vpc", "vpc\n", ""), rule="rule\x1b", title="T\x1b"
    )
    text = rendered(
        assessment(strange, unseen_acls(Cause(Kind.REFUSED, code="\x1b]0;x\x07")), unaudited={"\x1b": 1}), width
    )
    assert text.replace("\n", "").isprintable()
    assert "()" not in text


def test_a_name_that_is_too_long_is_broken_but_a_long_arn_is_not() -> None:
    arn = "arn:aws:ec2:eu-west-1:111111111111:vpc-peering-connection/pcx-0a1b2c3d4e5f60718"
    name = "n" * 255
    long = finding(resource=Resource("vpc", "vpc-1", name), message=f"{name} is {arn}")
    lines = rendered(assessment(long)).splitlines()
    assert any(line.endswith(arn) for line in lines)
    assert max(len(line) for line in lines if arn not in line) <= 100
    assert sum(line.count("n" * 20) for line in lines) >= 255 // 20


UNBREAKABLE = {
    "a service": "com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b2c3d4e5f60718.database-proxy-of-production",
    "ids without a space": "vpc-0a11223344556677b|pcx-0a1b2c3d4e5f60718,rtb-0c22334455667788a:222222222222",
    "a name": "n" * 61,
    "wide characters": "東" * 45,
    "blocks": "2001:db8:85a3:8a2e::/64," * 4,
}


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("word", UNBREAKABLE.values(), ids=UNBREAKABLE.keys())
def test_a_word_that_is_longer_than_its_line_is_broken_but_no_id_is(width: int, word: str) -> None:
    resource = Resource("vpc", "vpce-svc-0a1b2c3d4e5f60718", word)
    found = [
        finding(status, resource=resource, message=f"over {word} (which is {word}) nothing comes", title=f"A {word}")
        for status in (Status.FAIL, Status.PASS)
    ]
    text = rendered(assessment(*found), width, show_passed=True)
    assert max(map(columns, text.splitlines())) <= width
    for resource_id in re.findall(r"[a-z-]+-[0-9a-f]{17}|\d{12}", word):
        # In the title, twice in the message and in what passed; a name may be cut anywhere.
        assert text.count(resource_id) >= 4


def test_wide_characters_keep_the_columns_straight() -> None:
    text = rendered(
        assessment(
            finding(resource=Resource("vpc", "vpc-1", "東京本社"), message="vpc-1 (東京本社) has no route"),
            finding(resource=Resource("vpc", "vpc-2", "tokyo"), message="vpc-2 (tokyo) has no route"),
        )
    )
    assert text.split("\n\n")[1] == (
        "  account       region     resource          what is wrong\n"
        "  ------------  ---------  ----------------  -----------------------------\n"
        "  222222222222  eu-west-1  vpc-1 (東京本社)  vpc-1 (東京本社) has no route\n"
        "  222222222222  eu-west-1  vpc-2 (tokyo)     vpc-2 (tokyo) has no route"
    )


def test_a_message_of_wide_characters_is_broken_where_the_terminal_ends() -> None:
    text = rendered(assessment(finding(message="東京 " * 60)), 80)
    assert max(map(columns, text.splitlines())) <= 80


def test_faults_of_one_rule_are_grouped_by_severity() -> None:
    found = assessment(
        missing_side(),
        finding(severity=Severity.MEDIUM, key="a"),
        finding(severity=Severity.LOW, key="b", rule="peering-unused", title="An active peering is unused"),
        finding(severity=Severity.CRITICAL, key="c", rule="endpoint-open", title="AWS principals may all connect"),
        finding(severity=Severity.INFO, key="d", rule="x"),
    )
    titles = [line for line in rendered(found, 160).splitlines() if line and line[0].isupper()]
    assert titles == [
        "CRITICAL  endpoint-open: AWS principals may all connect",
        "HIGH  peering-route-missing-side: one side of an active peering connection has no route to the other",
        "MEDIUM  peering-route-missing-side: one side of an active peering connection has no route to the other",
        "LOW  peering-unused: an active peering is unused",
        "INFO  x: one side of an active peering connection has no route to the other",
    ]
    assert "5 fail (1 critical, 1 high, 1 medium, 1 low, 1 info), 0 pass, 0 unknown." in rendered(found, 160)


def test_colour_marks_the_severity_and_nothing_else() -> None:
    plain, coloured = rendered(everyday()), rendered(everyday(), colour=True)
    assert "\x1b[31mHIGH\x1b[0m  peering-route-missing-side: one side" in coloured
    assert "\x1b[33mMEDIUM\x1b[0m  gateway-endpoint-missing: VPC" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_nothing_assessed_is_not_nothing_wrong() -> None:
    assert rendered(assessment()) == (
        "Nothing was assessed.\n\n0 rules on 0 resources in 0 accounts and 0 regions: 0 fail, 0 pass, 0 unknown.\n"
    )


def test_a_clean_audit_says_so() -> None:
    assert rendered(assessment(passed(1), targets=((PROD, DUBLIN, "complete"),))) == (
        "Nothing wrong was found.\n\n1 rule on 1 resource in 1 account and 1 region: 0 fail, 1 pass, 0 unknown.\n"
    )


def test_nothing_found_in_what_was_seen_names_what_was_not() -> None:
    text = rendered(assessment(unseen_acls(REFUSED_ACLS), targets=((SHARED, DUBLIN, "partial"),)))
    assert text == (
        "Nothing wrong was found in what was seen.\n\n"
        "1 rule on 1 resource in 1 account and 1 region: 0 fail, 0 pass, 1 unknown.\n"
        "Not seen: 222222222222 eu-west-1 ec2:DescribeNetworkAcls (UnauthorizedOperation): 1 rule unknown.\n"
    )


def test_what_is_not_severe_enough_is_counted_but_not_shown() -> None:
    text = rendered(everyday(), min_severity=Severity.CRITICAL)
    assert text == (
        "Nothing wrong of severity critical or worse was found in what was seen.\n\n"
        + COLUMNS_100[COLUMNS_100.index("4 rules") :]
    )


def test_passes_are_listed_by_rule_where_they_are_wanted() -> None:
    found = assessment(*(passed(number) for number in range(3)), passed(7, "peering-unused"))
    assert rendered(found, 60, show_passed=True) == (
        "Nothing wrong was found.\n\n"
        "Passed:\n"
        "  peering-not-active: pcx-00000000000000000,\n"
        "    pcx-00000000000000001, pcx-00000000000000002\n"
        "  peering-unused: pcx-00000000000000007\n\n"
        "2 rules on 4 resources in 0 accounts and 0 regions: 0 fail,\n"
        "  4 pass, 0 unknown.\n"
    )


def test_a_few_accounts_that_were_not_audited_are_named() -> None:
    text = rendered(assessment(passed(1), unaudited={VENDOR: 2, PROD: 1}))
    assert text.splitlines()[-2:] == [
        "2 peerings lead to 999999999999, which was not audited: add it with --account to judge both sides.",
        "1 peering leads to 111111111111, which was not audited: add it with --account to judge both sides.",
    ]


def test_many_accounts_that_were_not_audited_are_counted() -> None:
    text = rendered(assessment(passed(1), unaudited={f"{number:012}": 2 for number in range(25)}), 160)
    assert text.splitlines()[-1] == (
        "50 peerings lead to 25 accounts that were not audited: add them with --account to judge both sides."
    )


def test_thousands_of_findings_are_as_many_rows_under_one_title() -> None:
    many = [
        finding(resource=Resource("vpc", f"vpc-{number:017x}", HOSTILE_NAMES[number % 10]), message="No route.")
        for number in range(3000)
    ]
    text = rendered(assessment(*many), 160)
    assert text.count("HIGH") == 1
    assert text.count("No route.") == 3000
    assert len(text.splitlines()) == 3000 + 6
