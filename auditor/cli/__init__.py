"""The command line. With its modules, the one place that imports both registries."""

import sys

import click

from auditor import __version__
from auditor.cli.audit import audit
from auditor.cli.check import check
from auditor.cli.collect import collect
from auditor.cli.endpoints import endpoints_command
from auditor.cli.matrix import matrix_command
from auditor.cli.permissions import permissions
from auditor.cli.plan import plan_command
from auditor.cli.prices import prices_command
from auditor.cli.rules import rules
from auditor.config import ConfigError
from auditor.prices import PriceError
from auditor.report.text import visible
from auditor.snapshot import SnapshotError
from auditor.targets import TargetError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="vpc-auditor")
def commands() -> None:
    """Audit VPC peering and VPC endpoints of live AWS accounts, without changing anything.

    \b
    Exit codes:
      0  complete, and no finding at or above --fail-on
      1  at least one finding at or above --fail-on
      2  it could not run: bad arguments or configuration, no credentials, an unreadable snapshot
      3  no such finding, but something was not seen
    """


for command in (
    audit,
    collect,
    check,
    matrix_command,
    plan_command,
    endpoints_command,
    rules,
    permissions,
    prices_command,
):
    commands.add_command(command)


def main() -> None:
    """Run the command line, and say on one line why it could not run."""
    try:
        # click gives the code of a command that ended itself back, rather than ending the program.
        sys.exit(commands.main(prog_name="vpc-auditor", standalone_mode=False))
    except click.Abort:
        click.echo("vpc-auditor: interrupted; what was collected into --snapshot stays, and --resume goes on", err=True)
        sys.exit(130)
    except click.ClickException as error:
        if isinstance(error, click.UsageError) and error.ctx is not None:
            click.echo(f"{error.ctx.get_usage()}\nTry '{error.ctx.command_path} --help' for help.\n", err=True)
        # What a person typed comes back in the message, whatever it holds.
        click.echo(f"Error: {visible(error.format_message())}", err=True)
        sys.exit(2)
    except (ConfigError, PriceError, SnapshotError, TargetError) as error:
        click.echo(f"vpc-auditor: {visible(str(error))}", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"vpc-auditor: {visible(str(error.filename or 'a file'))}: {error.strerror}", err=True)
        sys.exit(2)
