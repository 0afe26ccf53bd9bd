import csv
import io

import pytest

from auditor.assess import Assessment
from auditor.findings import Resource, Severity
from auditor.network.missing import Cause, Kind
from auditor.report.csv import COLUMNS, render
from auditor.report.document import Look, build
from tests.auditor.report.examples import (
    DUBLIN,
    HOSTILE_NAMES,
    REFUSED_ACLS,
    VENDOR,
    assessment,
    everyday,
    finding,
    hostile,
    missing_side,
    unseen_acls,
)

HEADER = (
    "id,rule,status,severity,confidence,account,region,resource_type,resource_id,resource_name,title,message,missing,"
    "related,remediation,monthly_saving_usd,docs,collected_at,suppressed_reason\r\n"
)


def rendered(of: Assessment, min_severity: Severity | None = None, *, show_passed: bool = False) -> str:
    return render(build(of, min_severity=min_severity, show_passed=show_passed), Look())


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_a_report_without_findings_is_the_header_alone() -> None:
    assert rendered(assessment()) == HEADER


def test_each_finding_is_a_row() -> None:
    assert rendered(everyday()) == HEADER + (
        "7114083a3758c942,peering-route-missing-side,fail,high,certain,222222222222,eu-west-1,vpc-peering-connection,"
        "pcx-0a1b2c3d4e5f60718,prod-to-shared,One side of an active peering connection has no route to the other,"
        '"vpc-0b11223344556677a (shared) has no route to 10.20.0.0/16 in vpc-0a11223344556677b (prod); '
        'add it to rtb-0c22334455667788a, rtb-0d33445566778899b",,'
        "vpc-0b11223344556677a rtb-0c22334455667788a,Add a route for each CIDR.,,"
        "https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html,2026-11-23T12:00:00Z,\r\n"
        "2c67bb6a5a04fa04,gateway-endpoint-missing,fail,medium,certain,111111111111,eu-west-1,vpc,"
        "vpc-0a11223344556677b,prod,VPC sends S3 or DynamoDB traffic through a NAT device,"
        "vpc-0a11223344556677b (prod) reaches S3 through nat-0a1234567890abcde; make a gateway endpoint,,,"
        "Add a route for each CIDR.,32.85,"
        "https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html,2026-11-23T12:00:00Z,\r\n"
        "dced5772eb5106f9,peering-nacl-blocks,unknown,medium,certain,222222222222,eu-west-1,vpc-peering-connection,"
        "pcx-0a1b2c3d4e5f60718,prod-to-shared,A network ACL denies the peer,Cannot tell,"
        "222222222222 eu-west-1 ec2:DescribeNetworkAcls (UnauthorizedOperation),,Add a route for each CIDR.,,"
        "https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html,2026-11-23T12:00:00Z,\r\n"
    )


def test_all_that_is_missing_stands_in_one_cell_in_a_stable_order() -> None:
    vendor = Cause(Kind.NOT_AUDITED, VENDOR, DUBLIN)
    (row,) = rows(rendered(assessment(unseen_acls(REFUSED_ACLS, vendor))))
    assert row["missing"] == (
        "999999999999 eu-west-1 (not-audited); 222222222222 eu-west-1 ec2:DescribeNetworkAcls (UnauthorizedOperation)"
    )


def test_passes_are_rows_only_where_they_are_shown() -> None:
    assert [row["status"] for row in rows(rendered(everyday()))] == ["fail", "fail", "unknown"]
    shown = [row["status"] for row in rows(rendered(everyday(), show_passed=True))]
    assert shown == ["pass", "pass", "fail", "fail", "unknown"]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1+1", "'  =1+1"),
        ("\u3000=1+1", "'\u3000=1+1"),
        ('"=1+1"', '\'"=1+1"'),
        ("'=1+1", "''=1+1"),
        ("＝1+1", "'＝1+1"),
        ("\t=1+1", r"\t=1+1"),
        ("\r=1+1", r"\r=1+1"),
        ("\n=1+1", r"\n=1+1"),
        ("\x00=1+1", r"\x00=1+1"),
        ("a=b", "a=b"),
        ("10.0.0.0/16", "10.0.0.0/16"),
    ],
)
def test_no_cell_begins_a_formula(name: str, cell: str) -> None:
    (row,) = rows(rendered(assessment(finding(resource=Resource("vpc", "vpc-1", name), message=name))))
    assert (row["resource_name"], row["message"]) == (cell, cell)


def test_a_number_of_the_tool_stays_a_number_even_below_zero() -> None:
    found = rows(rendered(assessment(finding(key="a", saving=-7.3), finding(key="b", saving=0.0))))
    assert {row["monthly_saving_usd"] for row in found} == {"-7.30", "0.00"}


def test_hostile_names_break_no_row_and_no_cell() -> None:
    text = rendered(hostile())
    assert text.count("\r\n") == len(text.splitlines()) == 1 + len(HOSTILE_NAMES)
    found = rows(text)
    assert all(len(row) == len(COLUMNS) and None not in row.values() for row in found)
    assert [row["resource_name"] for row in found] == [
        "'=cmd|'/c calc'!A1",
        r"\x1b[2J\x1b[31mred",
        "<script>alert(1)</script>",
        r"two\r\nlines",
        r"abc\u202egnp.exe",
        r"zero\u200bwidth",
        r"nul\x00and\x9b1mC1\x7f",
        r"half \ud83d of a pair",
        r"a\u2028b",
        r"\t@SUM(A1)",
    ]
    assert text.encode().decode() == text


def test_the_paragraphs_of_a_remediation_share_a_line() -> None:
    (row,) = rows(rendered(assessment(finding(remediation="Add a route.\n\nOr delete the connection."))))
    assert row["remediation"] == "Add a route. Or delete the connection."


def test_thousands_of_findings_are_as_many_rows() -> None:
    many = [finding(key=str(number)) for number in range(5000)]
    assert len(rows(rendered(assessment(missing_side(), *many)))) == 5001
