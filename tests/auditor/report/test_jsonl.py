import json

from auditor.report import json as whole
from auditor.report import jsonl
from auditor.report.document import Look, build
from tests.auditor.report.examples import HOSTILE_NAMES, assessment, everyday, hostile


def test_a_report_without_findings_is_empty() -> None:
    assert jsonl.render(build(assessment(), min_severity=None, show_passed=True), Look()) == ""


def test_each_line_is_a_finding_of_the_whole_document() -> None:
    report = build(everyday(), min_severity=None, show_passed=True)
    lines = jsonl.render(report, Look()).split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == json.loads(whole.render(report, Look()))["findings"]


def test_a_hostile_name_ends_no_line() -> None:
    text = jsonl.render(build(hostile(), min_severity=None, show_passed=False), Look())
    assert len(text.splitlines()) == len(HOSTILE_NAMES)
    assert text.replace("\n", "").isprintable()
