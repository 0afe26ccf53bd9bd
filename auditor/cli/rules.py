"""``vpc-auditor rules``: list the rules, or explain one."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

import click
from tabulate import tabulate

from auditor.check import Check
from auditor.cli.output import say
from auditor.config import nearest_rule
from checks import CHECKS


@click.command(short_help="List the rules, or explain one.")
@click.argument("rule", metavar="[RULE]", default="*")
def rules(rule: str) -> None:
    """List every rule with its severities, or print the page of the rule RULE.

    Where RULE is a pattern such as 'peering-*', list the rules that match it.
    """
    found = sorted((check for check in CHECKS if fnmatchcase(check.id, rule)), key=lambda check: check.id)
    if not found:
        fault = "no rule matches" if "*" in rule else "there is no rule"
        raise click.UsageError(f"{fault} {rule}{nearest_rule(rule, [check.id for check in CHECKS])}")
    say(_listed(found) if "*" in rule else _page(found[0]))


def _listed(checks: Iterable[Check]) -> str:
    rows = [
        (
            check.id,
            "/".join(severity.value for severity in check.severities),
            "" if check.enabled else "off",
            check.title,
        )
        for check in checks
    ]
    return tabulate(rows, headers=("rule", "severity", "default", "what is wrong"), tablefmt="simple") + "\n"


def _page(check: Check) -> str:
    return f"{check.id}\n\n{check.page.rstrip()}\n\n## AWS\n{check.source}\n"
