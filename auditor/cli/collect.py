"""``vpc-auditor collect``: write a snapshot only."""

from pathlib import Path

import click

from auditor.cli.collecting import Voice, collect_into, open_snapshot
from auditor.cli.options import (
    collectors_of,
    config_option,
    quiet_option,
    read_settings,
    rule_options,
    select_checks,
    target_options,
    verbose_option,
)
from auditor.targets import plan_targets
from collectors import COLLECTORS


@click.command(short_help="Write a snapshot only.")
@target_options
@click.option(
    "--snapshot", "snapshot_path", type=click.Path(path_type=Path), required=True, metavar="PATH", help="A new folder."
)
@click.option("--resume", "resumed", is_flag=True, help="Go on with a snapshot that is not whole.")
@rule_options
@config_option
@quiet_option
@verbose_option
def collect(
    *,
    profiles: tuple[str, ...],
    regions: tuple[str, ...],
    snapshot_path: Path,
    resumed: bool,
    rule_patterns: tuple[str, ...],
    skip_patterns: tuple[str, ...],
    config_path: Path | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Ask AWS, and write the answers to a folder that `vpc-auditor check` assesses.

    With --rule or --skip-rule, only what the selected rules read is asked.
    """
    chosen = select_checks(rule_patterns, skip_patterns, read_settings(config_path))
    storage = open_snapshot(snapshot_path, resumed=resumed)
    voice = Voice(quiet, verbose)
    plan = plan_targets(profiles, regions, COLLECTORS)
    collect_into(storage, plan, collectors_of(chosen), voice, resumed=resumed)
