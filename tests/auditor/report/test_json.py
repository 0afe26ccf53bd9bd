import json

import msgspec

import auditor
from auditor.report.document import Document, Look, build
from auditor.report.json import render
from tests.auditor.report.examples import HOSTILE_NAMES, assessment, everyday, finding, hostile

EMPTY = """\
{
  "schema": 1,
  "tool": {
    "name": "vpc-auditor",
    "version": "VERSION"
  },
  "generated_at": "2026-11-23T12:05:00Z",
  "summary": {
    "fail": {
      "critical": 0,
      "high": 0,
      "medium": 0,
      "low": 0,
      "info": 0
    },
    "pass": 0,
    "unknown": 0,
    "suppressed": 0,
    "monthly_saving_usd": 0.0,
    "by_rule": {}
  },
  "coverage": {
    "targets": [],
    "refusals": []
  },
  "findings": []
}
""".replace("VERSION", auditor.__version__)


def test_an_empty_report_is_a_whole_document() -> None:
    assert render(build(assessment(), min_severity=None, show_passed=False), Look()) == EMPTY


def test_a_document_reads_back_by_its_own_schema_and_the_same_assessment_gives_the_same_text() -> None:
    report = build(everyday(), min_severity=None, show_passed=True)
    text = render(report, Look())
    read = msgspec.json.decode(text, type=Document, strict=True)
    assert [each.id for each in read.findings] == [each.id for each in report.findings]
    assert render(build(everyday(), min_severity=None, show_passed=True), Look(width=60, colour=True)) == text


def test_hostile_names_read_back_as_they_were_but_print_as_plain_text() -> None:
    text = render(build(hostile(), min_severity=None, show_passed=False), Look())
    assert text.replace("\n", "").isprintable()
    names = [each["resource"]["name"] for each in json.loads(text.encode())["findings"]]
    assert names == [name.replace("\ud83d", "\ufffd") for name in HOSTILE_NAMES]


def test_letters_of_all_languages_stay_readable() -> None:
    text = render(build(assessment(finding(message="Büro 東京 🏢")), min_severity=None, show_passed=False), Look())
    assert '"message": "Büro 東京 🏢"' in text
