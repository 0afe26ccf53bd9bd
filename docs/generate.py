"""Makes the pages of docs/ that follow from the code. ``make docs`` runs it; CI checks that nothing changes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from auditor.assess import records_read
from auditor.check import Check
from auditor.cli import commands
from auditor.collector import Collector, Scope
from auditor.permissions import policy
from auditor.report import document
from auditor.snapshot import Manifest, Shard
from checks import CHECKS
from collectors import COLLECTORS

DOCS = Path(__file__).parent
README = DOCS.parent / "README.md"
MADE = "<!-- Made from the code by `make docs`. Change the code, not this page. -->\n\n"


def main() -> None:
    """Write every made page, and remove those of rules that are gone."""
    pages = {f"rules/{check.id}.md": rule_page(check) for check in CHECKS}
    for stale in (DOCS / "rules").glob("*.md"):
        if f"rules/{stale.name}" not in pages:
            stale.unlink()
    pages["rules.md"] = rule_index()
    pages["permissions.md"] = permissions()
    pages["commands.md"] = command_reference()
    pages["schema/report.json"] = _json(document.schema())
    pages["schema/shard.json"] = _json(msgspec.json.schema(Shard))
    pages["schema/manifest.json"] = _json(msgspec.json.schema(Manifest))
    for name, text in pages.items():
        path = DOCS / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    README.write_text(with_demo(README.read_text(encoding="utf-8")), encoding="utf-8")


def with_demo(readme: str) -> str:
    """The README with what the demo prints today."""
    before, _, rest = readme.partition("<!-- demo -->")
    _, _, after = rest.partition("<!-- /demo -->")
    report = subprocess.run(
        [sys.executable, "-m", "auditor", "audit", "--demo", "--fail-on", "never"],
        check=True,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=os.environ | {"COLUMNS": "100"},
    ).stdout
    return f"{before}<!-- demo -->\n```text\n{report.rstrip()}\n```\n<!-- /demo -->{after}"


def rule_page(check: Check) -> str:
    """The page of a rule: its facts, and its module's docstring."""
    read = [collector for collector in COLLECTORS if collector.record in records_read(check)]
    facts = [
        ("Severity", ", ".join(severity.value for severity in check.severities)),
        ("Confidence", ", ".join(confidence.value for confidence in check.confidences)),
        ("Default", "on" if check.enabled else "off"),
        ("Reads", ", ".join(f"`{collector.action}`" for collector in read) or "no answer of AWS"),
        ("AWS", f"<{check.source}>"),
    ]
    table = "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in facts)])
    return f"{MADE}# {check.id}\n\n{check.page.strip()}\n\n## Facts\n\n{table}\n"


def rule_index() -> str:
    """All rules in one table."""
    lines = ["# Rules", "", "| rule | severity | what is wrong |", "| --- | --- | --- |"]
    for check in sorted(CHECKS, key=lambda check: check.id):
        severity = "/".join(severity.value for severity in check.severities)
        off = "" if check.enabled else " (off by default)"
        lines.append(f"| [{check.id}](rules/{check.id}.md) | {severity}{off} | {check.title} |")
    return MADE + "\n".join(lines) + "\n"


def permissions() -> str:
    """The IAM policy of a whole run, and which rules each action serves."""
    rows = [_permission(collector) for collector in sorted(COLLECTORS, key=lambda collector: collector.action)]
    return (
        f"{MADE}# Permissions\n\nA run of all rules asks AWS this and no more. Every action reads; none writes. "
        "`sts:GetCallerIdentity` is asked as well, and needs no permission. An action stands under `*` where AWS's "
        "[service authorization reference](https://docs.aws.amazon.com/service-authorization/latest/reference/) "
        "leaves no choice.\n\n"
        "`vpc-auditor permissions` prints the policy that the selected rules need, alone or as a CloudFormation "
        "template or Terraform of a role.\n\n"
        f"```json\n{json.dumps(policy(COLLECTORS, 'aws'), indent=2)}\n```\n\n"
        "| action | asked | optional | rules |\n| --- | --- | --- | --- |\n" + "\n".join(rows) + "\n"
    )


def _permission(collector: Collector) -> str:
    asked = "once an account" if collector.scope is Scope.GLOBAL else "in each Region"
    if collector.identity:
        asked += f", for each `{collector.identity}`"
    rules = sorted(check.id for check in CHECKS if collector.record in records_read(check))
    optional = "yes" if collector.optional else ""
    return (
        f"| `{collector.action}` | {asked} | {optional} | {', '.join(f'[{rule}](rules/{rule}.md)' for rule in rules)} |"
    )


def command_reference() -> str:
    """What ``--help`` prints, command by command."""
    blocks = [f"# Commands\n\n```text\n{_help(commands, 'vpc-auditor')}```\n"]
    blocks += [f"## {name}\n\n```text\n{_help(command, f'vpc-auditor {name}')}```\n" for name, command in _commands()]
    return MADE + "\n".join(blocks)


def _commands() -> Iterator[tuple[str, click.Command]]:
    yield from sorted(commands.commands.items())


def _help(command: click.Command, path: str) -> str:
    context = click.Context(command, info_name=path, terminal_width=100)
    return command.get_help(context) + "\n"


def _json(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    main()
