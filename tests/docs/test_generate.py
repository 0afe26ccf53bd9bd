from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import commands
from auditor.config import FORMS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("command", [(), *((name,) for name in sorted(commands.commands))], ids=" ".join)
def test_the_command_reference_shows_what_the_program_prints(command: tuple[str, ...]) -> None:
    printed = CliRunner().invoke(commands, [*command, "--help"], prog_name="vpc-auditor", terminal_width=100).stdout
    assert "-h, --help" in printed
    assert f"```text\n{printed}```\n" in (DOCS / "commands.md").read_text(encoding="utf-8")


def test_the_page_of_the_settings_has_a_row_for_every_key() -> None:
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| `")]
    tables = {"thresholds", "rules"}
    assert [row[0].strip("| `") for row in rows] == [key for key in FORMS if key not in tables]
    assert all(cell.strip() for row in rows for cell in row)
    shown = {row[0].strip("| `"): row for row in rows}
    assert shown["thresholds.min_azs"][1:3] == ["a whole number from 1 to 10", "`2`"]
    assert "(rules/interface-endpoint-single-az.md)" in shown["thresholds.min_azs"][4]


def test_the_readme_leads_to_the_page_of_the_settings() -> None:
    assert "(docs/configuration.md)" in (DOCS.parent / "README.md").read_text(encoding="utf-8")
