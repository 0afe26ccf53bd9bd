import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from auditor.assess import Assessment, assess
from auditor.findings import Severity
from auditor.report import FORMATS, Look
from auditor.report.document import Report, build
from auditor.snapshot import (
    MANIFEST,
    Folder,
    Shard,
    Snapshot,
    SnapshotError,
    read_snapshot,
    write_manifest,
    write_shard,
)
from checks import CHECKS
from collectors import COLLECTORS
from tests.demo_snapshot import demo

pytestmark = pytest.mark.xdist_group("demo")

NAMES = (
    "=cmd|'/c calc'!A0",
    "+1",
    "-1+1",
    "@SUM(1)",
    "\x1b[2J\x1b[31mred",
    "\x9b2J",
    "two\nlines",
    "two\r\nlines",
    "a\ttab",
    "\t=1",
    "gpj.\u202eexe",
    "next\u0085line\u2028line",
    "<script>alert(1)</script>",
    "\"quoted\", 'twice'",
    "HIGH  peering-route-missing-side",
    "x" * 10_000,
    "wide 中文字 and \U0001f600",
    "\u0000null\u0007bell\u200bnothing",
)
HALF = "half \ud800"
"""Half of a surrogate pair: Python and JSON can hold it, UTF-8 cannot."""


def renamed(item: dict[str, Any], names: Iterator[str]) -> dict[str, Any]:
    """A resource with another name, and with tags and texts that are no better."""
    name = next(names)
    tags = [{"Key": "Name", "Value": name}, {"Key": name, "Value": name}]
    texts: dict[str, Any] = {text: name for text in ("GroupName", "Description", "OwnerAlias") if text in item}
    if item.get("GroupName") == "default":
        # AWS gives nobody else this name, and the group no other.
        del texts["GroupName"]
    return {**item, **texts, "Tags": tags} if "Tags" in item or texts else item


def hostile(names: tuple[str, ...]) -> Iterator[Shard]:
    turn = (name for _ in iter(int, 1) for name in names)
    for shard in [*demo().snapshot.shards.values(), *demo().snapshot.accounts.values()]:
        answers = {
            action: msgspec.structs.replace(answer, items=[renamed(item, turn) for item in answer.items or ()])
            if answer.error is None
            else answer
            for action, answer in sorted(shard.answers.items())
        }
        yield msgspec.structs.replace(shard, answers=answers)


def judged(snapshot: Snapshot) -> Assessment:
    return assess(snapshot, COLLECTORS, CHECKS, demo().settings)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What is said of a snapshot on disk in which every resource has a hostile name."""
    folder = Folder(tmp_path_factory.mktemp("hostile"))
    write_manifest(folder, demo().snapshot.manifest)
    for shard in hostile((*NAMES, HALF)):
        write_shard(folder, shard)
    return build(judged(read_snapshot(folder)), min_severity=None, show_passed=True)


@pytest.fixture(scope="module")
def rendered(report: Report) -> dict[str, str]:
    return {name: render(report, Look(width=100)) for name, render in FORMATS.items()}


def harmful(text: str) -> set[str]:
    """The characters that move a cursor, hide text or turn it around."""
    return {each for each in text if unicodedata.category(each) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}


def test_hostile_names_change_no_verdict(report: Report) -> None:
    usual = judged(demo().snapshot)
    assert {(each.id, each.status, each.severity) for each in report.findings} == {
        (each.id, each.status, each.severity) for each in usual.findings
    }


def test_every_hostile_name_reaches_the_report(report: Report) -> None:
    assert {finding.resource.name for finding in report.findings} >= {*NAMES, "half ?"}


@pytest.mark.parametrize("report_format", FORMATS)
def test_no_format_lets_through_what_moves_a_cursor(rendered: dict[str, str], report_format: str) -> None:
    text = rendered[report_format]
    assert harmful(text) <= {"\n", "\r"}
    assert re.search(r"\r(?!\n)", text) is None
    assert text.encode().decode() == text


def test_a_name_makes_no_line_of_its_own_in_the_table(report: Report, rendered: dict[str, str]) -> None:
    headings = [line for line in rendered["table"].splitlines() if line.startswith(("HIGH  ", "CRITICAL  "))]
    known = {(each.severity.rank, each.rule) for each in report.findings if each.status == "fail"}
    worst = [rule for rank, rule in sorted(known) if rank <= Severity.HIGH.rank]
    assert [line.split()[1].removesuffix(":") for line in headings] == worst
    assert not any(line.startswith(("lines", "red", "=")) for line in rendered["table"].splitlines())


def test_a_long_name_leaves_the_table_as_wide_as_the_terminal(rendered: dict[str, str]) -> None:
    assert max(map(len, rendered["table"].splitlines())) <= 100


def test_csv_keeps_its_rows_and_no_cell_is_a_formula(report: Report, rendered: dict[str, str]) -> None:
    header, *rows = csv.reader(io.StringIO(rendered["csv"], newline=""), strict=True)
    assert {len(row) for row in rows} == {len(header)}
    assert [row[0] for row in rows] == [finding.id for finding in report.findings]
    assert {cell[0] for row in rows for cell in row if cell} & set("=+-@\t\r") == set()


def test_json_reads_back_as_it_was(report: Report, rendered: dict[str, str]) -> None:
    findings = json.loads(rendered["json"])["findings"]
    assert [each["resource"]["name"] for each in findings] == [each.resource.name for each in report.findings]


def test_jsonl_has_a_line_for_each_finding(report: Report, rendered: dict[str, str]) -> None:
    lines = rendered["jsonl"].splitlines()
    assert [json.loads(line)["id"] for line in lines] == [finding.id for finding in report.findings]


def test_half_a_character_in_a_snapshot_of_another_make_is_refused_on_one_line(tmp_path: Path) -> None:
    write_manifest(Folder(tmp_path), demo().snapshot.manifest)
    for shard in hostile((HALF,)):
        path = tmp_path / f"{shard.target}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(msgspec.to_builtins(shard)), encoding="ascii")
    with pytest.raises(SnapshotError) as error:
        read_snapshot(Folder(tmp_path))
    assert str(error.value).isprintable()
    assert str(error.value).split(":")[0] != MANIFEST
