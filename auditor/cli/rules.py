"""``vpc-auditor rules``: list the rules, or explain one."""

import difflib

import click
from tabulate import tabulate

from auditor.cli.output import say
from checks import CHECKS


@click.command(short_help="List the rules, or explain one.")
@click.argument("rule_id", metavar="[RULE]", required=False)
def rules(rule_id: str | None) -> None:
    """List every rule with its severities, or print the page of the rule RULE."""
    by_id = {check.id: check for check in sorted(CHECKS, key=lambda check: check.id)}
    if rule_id is None:
        rows = [
            (
                check.id,
                "/".join(severity.value for severity in check.severities),
                "" if check.enabled else "off",
                check.title,
            )
            for check in by_id.values()
        ]
        say(tabulate(rows, headers=("rule", "severity", "default", "what is wrong"), tablefmt="simple") + "\n")
    elif rule_id in by_id:
        check = by_id[rule_id]
        say(f"{check.id}\n\n{check.page.rstrip()}\n\n## AWS\n{check.source}\n")
    else:
        near = difflib.get_close_matches(rule_id, by_id, n=1)
        hint = f"; did you mean {near[0]}?" if near else "; `vpc-auditor rules` lists them"
        raise click.UsageError(f"there is no rule {rule_id}{hint}")
