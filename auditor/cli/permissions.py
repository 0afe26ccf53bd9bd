"""``vpc-auditor permissions``: the IAM policy that a run needs, and no more."""

import json
import re
from pathlib import Path

import click

from auditor.cli.options import (
    a_role_name,
    a_role_path,
    an_external_id,
    collectors_of,
    config_option,
    metrics_option,
    read_settings,
    rule_options,
    select_checks,
)
from auditor.cli.output import say
from auditor.collect import collectors_for
from auditor.model import Region
from auditor.partitions import PARTITIONS, role_arn
from auditor.permissions import Role, caller_policy, cloudformation, policy, terraform
from collectors import COLLECTORS

_PRINCIPAL = re.compile(
    r"\d{12}|arn:(?P<partition>[a-z-]+):(iam|sts)::\d{12}:(root|(user|role|assumed-role)/[\w+=,.@/-]+)", re.ASCII
)


@click.command(short_help="Print the IAM policy that a run needs, and no more.")
@rule_options
@config_option
@metrics_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "cloudformation", "terraform"]),
    default="json",
    show_default=True,
    help="The policy alone, or a template of a role that carries it.",
)
@click.option(
    "--principal",
    "principals",
    multiple=True,
    metavar="ARN|ACCOUNT",
    help="Who may assume the role; repeatable. Default: the template asks for it.",
)
@click.option(
    "--external-id",
    metavar="ID",
    callback=an_external_id,
    help="What the one who assumes the role must name.",
)
@click.option(
    "--role-name",
    metavar="NAME",
    callback=a_role_name,
    help="The role's name.  [default: vpc-auditor]",
)
@click.option("--role-path", metavar="PATH", callback=a_role_path, help="The role's path.  [default: /]")
@click.option(
    "--caller", is_flag=True, help="The policy of who assumes the role in other accounts, instead of the role's own."
)
@click.option(
    "--partition",
    type=click.Choice(PARTITIONS),
    default="aws",
    show_default=True,
    help="Where the policy is used: aws-cn in China, aws-us-gov in GovCloud.",
)
def permissions(
    *,
    rule_patterns: tuple[str, ...],
    skip_patterns: tuple[str, ...],
    config_path: Path | None,
    metrics: bool,
    form: str,
    principals: tuple[str, ...],
    external_id: str | None,
    role_name: str | None,
    role_path: str | None,
    caller: bool,
    partition: str,
) -> None:
    """Print the IAM policy that a run needs, made from what the rules read. It holds no writing action.

    With --rule or --skip-rule, only what the selected rules read is allowed. With --caller, it is the policy of the
    identity that starts an audit of other accounts: it may assume the role there, and list the organization.
    """
    if caller:
        if form != "json" or principals or external_id is not None or rule_patterns or skip_patterns or metrics:
            raise click.UsageError("--caller goes with --role-name, --role-path and --partition alone")
        arn = role_arn(partition, "*", role_path or "/", role_name or "vpc-auditor")
        say(json.dumps(caller_policy(arn, partition), indent=2) + "\n")
        return
    chosen = select_checks(rule_patterns, skip_patterns, read_settings(config_path))
    # Every run asks for the Regions on its way in, whatever the rules read.
    document = policy({*collectors_of(chosen, metrics=metrics), *collectors_for([Region], COLLECTORS)}, partition)
    if form == "json":
        if principals or any(value is not None for value in (external_id, role_name, role_path)):
            raise click.UsageError(
                "--principal, --external-id, --role-name and --role-path describe a role: "
                "add --format cloudformation or terraform"
            )
        say(json.dumps(document, indent=2) + "\n")
        return
    for principal in principals:
        _check_principal(principal, partition)
    role = Role(name=role_name or "vpc-auditor", path=role_path or "/", principals=principals, external_id=external_id)
    text = cloudformation(role, document) if form == "cloudformation" else terraform(role, document)
    say(text.rstrip("\n") + "\n")


def _check_principal(principal: str, partition: str) -> None:
    found = _PRINCIPAL.fullmatch(principal)
    if not found:
        raise click.UsageError(
            f'--principal "{principal}" is neither an account id of 12 digits nor the ARN of a role, a user or an '
            "account's root"
        )
    if found["partition"] not in (None, partition):
        raise click.UsageError(f"--principal {principal} is not in {partition}: add --partition {found['partition']}")
