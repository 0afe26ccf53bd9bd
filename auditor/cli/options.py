"""Options that several commands share, and the choices that they stand for."""

import functools
import math
import re
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from auditor import config
from auditor.assess import records_read
from auditor.check import Check
from auditor.collect import MAX_RATE, collectors_for
from auditor.collector import Collector
from auditor.config import Settings
from auditor.findings import Severity
from auditor.report import FORMATS
from checks import CHECKS
from collectors import COLLECTORS

Command = TypeVar("Command", bound=Callable[..., Any])


def matching(pattern: re.Pattern[str], wanted: str) -> Callable[..., Any]:
    """A callback for an option, given once or repeatedly, that accepts what matches a pattern."""

    def checked(_context: click.Context, _parameter: click.Parameter, given: str | tuple[str, ...] | None) -> Any:
        for value in (given,) if isinstance(given, str) else given or ():
            if not pattern.fullmatch(value):
                raise click.BadParameter(f'"{value}" is not {wanted}')
        return given

    return checked


# IAM's own limits, which leave nothing that a template would read as its own language:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
an_external_id = matching(
    re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII), "an external id: 2 to 1224 letters, digits and _+=,.@:/-"
)
a_role_name = matching(re.compile(r"[\w+=,.@-]{1,64}", re.ASCII), "a role name: 1 to 64 letters, digits and _+=,.@-")
a_role_path = matching(
    re.compile(r"/|/[\w+=,.@/-]{1,510}/", re.ASCII), "a role's path, such as / or /audit/: letters, digits and _+=,.@-"
)


def all_of(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """One decorator that adds options in the order in which they are listed."""
    return lambda command: functools.reduce(lambda made, option: option(made), reversed(options), command)


rule_options = all_of(
    click.option(
        "--rule",
        "rule_patterns",
        multiple=True,
        metavar="ID",
        help="Run this rule alone; repeatable, * is a wildcard. Rules that are off by default can be named.",
    ),
    click.option(
        "--skip-rule", "skip_patterns", multiple=True, metavar="ID", help="Leave this rule out; repeatable, * as above."
    ),
)

config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Whom to trust, thresholds, prices, rules and severities. Default: auditor.toml in this folder, if there is "
    "one.",
)


def _no_nan(_context: click.Context, _parameter: click.Parameter, value: float) -> float:
    # It is not in the range, and no comparison says so.
    if math.isnan(value):
        raise click.BadParameter("nan is not in the range x>0.")
    return value


rate_option = click.option(
    "--max-rate",
    type=click.FloatRange(min=0, min_open=True),
    callback=_no_nan,
    default=MAX_RATE,
    show_default=True,
    metavar="N",
    help="Requests a second for each account and region; the default is half of what AWS gives back to one action.",
)

metrics_option = click.option(
    "--metrics",
    is_flag=True,
    help="Read from CloudWatch what NAT gateways and interface endpoints carried in the last 30 days. AWS charges for "
    "that: about a cent for 500 of them.",
)

quiet_option = click.option("--quiet", "-q", is_flag=True, help="No progress and no warnings on standard error.")
verbose_option = click.option("--verbose", "-v", is_flag=True, help="Name each account and region as it completes.")

_SEVERITIES = [severity.value for severity in Severity]


def format_options(known: Collection[str]) -> Callable[[Command], Command]:
    """The options that choose formats among the known ones, and where each goes."""
    *others, last = known
    return all_of(
        click.option(
            "--format",
            "formats",
            multiple=True,
            metavar="FORMAT[=FILE]",
            help=f"{', '.join(others)} or {last}; repeatable with a file each. Default: table.",
        ),
        click.option(
            "--output",
            "-o",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Where a --format without a file goes.",
        ),
    )


report_options = all_of(
    format_options(FORMATS),
    click.option("--min-severity", type=click.Choice(_SEVERITIES), help="Show nothing less severe."),
    click.option("--show-passed", is_flag=True, help="Show what passed, too."),
    click.option(
        "--fail-on",
        type=click.Choice([*_SEVERITIES, "never"]),
        default="high",
        show_default=True,
        help="End with code 1 where a finding is at least so severe.",
    ),
)


def read_settings(path: Path | None) -> Settings:
    """The settings of a configuration file, of ``auditor.toml`` where none is named, or else the defaults."""
    default = Path("auditor.toml")
    if path is None and not default.exists():
        return Settings()
    return config.read(path or default, [check.id for check in CHECKS])


def select_checks(rule_patterns: Iterable[str], skip_patterns: Iterable[str], settings: Settings) -> tuple[Check, ...]:
    """The checks that a run consists of."""
    chosen = config.select(
        [(check.id, check.enabled) for check in CHECKS],
        rule_patterns=tuple(rule_patterns),
        skip_patterns=tuple(skip_patterns),
        settings=settings,
    )
    return tuple(check for check in CHECKS if check.id in chosen)


def collectors_of(chosen: Iterable[Check], *, metrics: bool) -> tuple[Collector, ...]:
    """What must be asked of AWS for some checks, and no more; what AWS charges for only with ``metrics``."""
    records = {record for check in chosen for record in records_read(check)}
    wanted = {each.record for each in COLLECTORS if each.record in records and (metrics or not each.on_request)}
    return collectors_for(wanted, COLLECTORS)
