import pytest

from auditor.report import FORMATS, Look
from auditor.report.document import build
from tests.auditor.report.examples import everyday, hostile


def test_the_formats_go_by_the_names_of_the_command_line() -> None:
    assert list(FORMATS) == ["table", "csv", "json", "jsonl"]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_harmless_to_print_and_the_same_every_time(name: str) -> None:
    for of in (everyday, hostile):
        text = FORMATS[name](build(of(), min_severity=None, show_passed=True), Look())
        assert text.replace("\r\n", "\n").replace("\n", "").isprintable()
        assert FORMATS[name](build(of(), min_severity=None, show_passed=True), Look()) == text
