"""Makes the pages of docs/ that follow from the code. ``make docs`` runs it; CI checks that nothing changes."""

import ast
import inspect
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import msgspec
from notes import ENDPOINTS, PEERING, Statement

from auditor.assess import records_read
from auditor.check import Check
from auditor.cli import commands
from auditor.collector import Collector, Scope
from auditor.config import FORMS, Settings, Thresholds
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
    pages["configuration.md"] = configuration()
    pages["notes.md"] = notes()
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
        # The clone may hold an auditor.toml of somebody's own.
        cwd=DOCS,
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
    if collector.parents:
        asked += f", for each `{collector.identity}`"
    rules = sorted(check.id for check in CHECKS if collector.record in records_read(check))
    optional = "yes" if collector.optional else ""
    return (
        f"| `{collector.action}` | {asked} | {optional} | {', '.join(f'[{rule}](rules/{rule}.md)' for rule in rules)} |"
    )


def configuration() -> str:
    """Every key of ``auditor.toml``: what its value is, by default as well, what it means, and which rules read it."""
    meanings = {**_meanings(Settings), **_meanings(Thresholds)}
    # A table that holds keys of this page is no key itself.
    keys = [place for place in FORMS if not any(other.startswith(f"{place}.") for other in FORMS)]
    rows = [_setting(place, meanings[place.rpartition(".")[2]]) for place in keys]
    return (
        f"{MADE}# Configuration\n\n`audit`, `check`, `collect`, `permissions` and `prices` read `auditor.toml` in the "
        "current folder, or the file that `--config` names. Every key may be left out. A key that is not on this "
        "page, or a value of another kind, ends the run before AWS is asked, with a line that names it. A dot stands "
        "between a table and its key: `thresholds.min_azs` is `min_azs` below `[thresholds]`.\n\n"
        "| key | value | default | meaning | read by |\n| --- | --- | --- | --- | --- |\n" + "\n".join(rows) + "\n\n"
        "The longest pattern of `rules.enable` and `rules.disable` that matches a rule decides; where two are as long, "
        "`disable`. `--rule` on the command line selects exactly what it matches, whatever stands here.\n"
    )


def _setting(place: str, meaning: str) -> str:
    table, _, member = place.rpartition(".")
    default = getattr(Thresholds() if table == "thresholds" else Settings(), member)
    # To Python, true is a number.
    shown = f"`{json.dumps(default)}`" if isinstance(default, int) else "none"
    _, form = FORMS[place]
    return f"| `{place}` | {form} | {shown} | {meaning} | {_readers(place)} |"


def _readers(place: str) -> str:
    if place == "severities" or place.startswith("rules."):
        return "every rule"
    read = re.compile(rf"\bsettings\.{re.escape(place)}\b")
    rules = sorted(check.id for check in CHECKS if read.search(inspect.getsource(sys.modules[check.judge.__module__])))
    return ", ".join(f"[{rule}](rules/{rule}.md)" for rule in rules) or "no rule yet"


def _meanings(settings: type) -> Mapping[str, str]:
    """The docstring of each member of a class, which Python itself does not keep."""
    definition = next(
        node for node in ast.walk(ast.parse(inspect.getsource(settings))) if isinstance(node, ast.ClassDef)
    )
    return {
        # A cell of a table is one line.
        ast.unparse(member.target): " ".join(ast.literal_eval(text.value).split())
        for member, text in itertools.pairwise(definition.body)
        if isinstance(member, ast.AnnAssign) and isinstance(text, ast.Expr)
    }


def notes() -> str:
    """Each statement of the notes, and the rules that look after it; ValueError where a statement has none.

    KeyError names a rule that does not exist.
    """
    titles = {check.id: check.title for check in CHECKS}
    named = {rule for statement in (*PEERING, *ENDPOINTS) for rule in statement.rules}
    others = sorted(rule for rule in titles if rule not in named)
    parts = [
        f"{MADE}# From statement to rule\n\nEach statement of study notes on VPC peering and VPC endpoints, of March "
        "2023, stands here in short, beside the rules that hold an account to it. Where AWS has moved on since, "
        "or the notes leave out what one must know, the last column says so.\n"
    ]
    parts += [
        f"## {title}\n\n| statement | rules | AWS today |\n| --- | --- | --- |\n"
        + "\n".join(_statement(statement, titles) for statement in statements)
        + "\n"
        for title, statements in (("VPC peering", PEERING), ("VPC endpoints", ENDPOINTS))
    ]
    parts.append(f"## Rules beyond the notes\n\n{', '.join(f'[{rule}](rules/{rule}.md)' for rule in others)}\n")
    return "\n".join(parts)


def _statement(statement: Statement, titles: Mapping[str, str]) -> str:
    if not statement.rules:
        raise ValueError(f"no rule looks after this statement: {statement.says}")
    rules = "<br>".join(f"[{rule}](rules/{rule}.md): {titles[rule]}" for rule in statement.rules)
    today = f"{statement.today} [AWS]({statement.source})" if statement.today else ""
    return f"| {statement.says} | {rules} | {today} |"


def command_reference() -> str:
    """What ``--help`` prints, command by command."""
    program = click.Context(commands, info_name="vpc-auditor", terminal_width=100, **commands.context_settings)
    blocks = [f"# Commands\n\n```text\n{program.get_help()}\n```\n"]
    for name, command in sorted(commands.commands.items()):
        # The names of the help option are the program's, which a command knows through its parent alone.
        context = click.Context(command, parent=program, info_name=name)
        blocks.append(f"## {name}\n\n```text\n{context.get_help()}\n```\n")
    return MADE + "\n".join(blocks)


def _json(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    main()
