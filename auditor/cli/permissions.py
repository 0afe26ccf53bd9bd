"""``vpc-auditor permissions``: the IAM policy that a run needs, and no more."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import click

from auditor.cli.options import collectors_of, config_option, read_settings, rule_options, select_checks
from auditor.collect import collectors_for
from auditor.model import Region
from auditor.partitions import PARTITIONS
from auditor.permissions import Role, cloudformation, policy, terraform
from collectors import COLLECTORS

_PRINCIPAL = re.compile(
    r"\d{12}|arn:(?P<partition>[a-z-]+):(iam|sts)::\d{12}:(root|(user|role|assumed-role)/[\w+=,.@/-]+)", re.ASCII
)
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
"""IAM's own limits, which leave nothing that a template would read as its own language.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""


def _matching(pattern: re.Pattern[str], wanted: str) -> Callable[..., str | None]:
    """A callback that accepts what matches a pattern."""

    def checked(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
        if value is not None and not pattern.fullmatch(value):
            raise click.BadParameter(f'"{value}" is not {wanted}')
        return value

    return checked


@click.command(short_help="Print the IAM policy that a run needs, and no more.")
@rule_options
@config_option
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
    callback=_matching(_EXTERNAL_ID, "an external id: 2 to 1224 letters, digits and _+=,.@:/-"),
    help="What the one who assumes the role must name.",
)
@click.option(
    "--role-name",
    metavar="NAME",
    callback=_matching(_ROLE_NAME, "a role name: 1 to 64 letters, digits and _+=,.@-"),
    help="The role's name.  [default: vpc-auditor]",
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
    form: str,
    principals: tuple[str, ...],
    external_id: str | None,
    role_name: str | None,
    partition: str,
) -> None:
    """Print the IAM policy that a run needs, made from what the rules read. It holds no writing action.

    With --rule or --skip-rule, only what the selected rules read is allowed.
    """
    chosen = select_checks(rule_patterns, skip_patterns, read_settings(config_path))
    # Every run asks for the Regions on its way in, whatever the rules read.
    document = policy({*collectors_of(chosen), *collectors_for([Region], COLLECTORS)}, partition)
    if form == "json":
        if principals or external_id is not None or role_name is not None:
            raise click.UsageError(
                "--principal, --external-id and --role-name describe a role: add --format cloudformation or terraform"
            )
        click.echo(json.dumps(document, indent=2))
        return
    for principal in principals:
        _check_principal(principal, partition)
    role = Role(name=role_name or "vpc-auditor", principals=principals, external_id=external_id)
    click.echo(cloudformation(role, document) if form == "cloudformation" else terraform(role, document))


def _check_principal(principal: str, partition: str) -> None:
    found = _PRINCIPAL.fullmatch(principal)
    if not found:
        raise click.UsageError(
            f'--principal "{principal}" is neither an account id of 12 digits nor the ARN of a role, a user or an '
            "account's root"
        )
    if found["partition"] not in (None, partition):
        raise click.UsageError(f"--principal {principal} is not in {partition}: add --partition {found['partition']}")
