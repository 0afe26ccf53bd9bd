"""``vpc-auditor collect``: write a snapshot only."""

from pathlib import Path

import click

from auditor.assess import assess
from auditor.cli.collecting import Voice, collect_into, open_snapshot, outstanding
from auditor.cli.dry_run import shown
from auditor.cli.options import (
    collectors_of,
    config_option,
    metrics_option,
    quiet_option,
    rate_option,
    read_settings,
    rule_options,
    select_checks,
    verbose_option,
)
from auditor.cli.output import say
from auditor.cli.reporting import INCOMPLETE
from auditor.cli.targeting import target_options
from auditor.collect import forecast
from auditor.snapshot import read_snapshot
from auditor.targets import Selection, plan_targets
from collectors import COLLECTORS


@click.command(short_help="Write a snapshot only.")
@target_options
@click.option("--snapshot", "snapshot_path", type=click.Path(path_type=Path), metavar="PATH", help="A new folder.")
@click.option("--resume", "resumed", is_flag=True, help="Go on with a snapshot that is not whole.")
@click.option("--dry-run", is_flag=True, help="Find the targets, print what would be asked of them, and end.")
@rate_option
@metrics_option
@rule_options
@config_option
@quiet_option
@verbose_option
@click.pass_context
def collect(
    context: click.Context,
    *,
    selection: Selection,
    snapshot_path: Path | None,
    resumed: bool,
    dry_run: bool,
    max_rate: float,
    metrics: bool,
    rule_patterns: tuple[str, ...],
    skip_patterns: tuple[str, ...],
    config_path: Path | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Ask AWS, and write the answers to a folder that `vpc-auditor check` assesses.

    With --rule or --skip-rule, only what the selected rules read is asked. With --dry-run, AWS is asked only on the
    way to the targets, and nothing is written.
    """
    settings = read_settings(config_path)
    chosen = select_checks(rule_patterns, skip_patterns, settings)
    if snapshot_path is None and (resumed or not dry_run):
        raise click.UsageError("name the folder to write to: --snapshot PATH")
    storage = open_snapshot(snapshot_path, resumed=resumed) if snapshot_path else None
    voice = Voice(quiet, verbose)
    collectors = collectors_of(chosen, metrics=metrics)
    plan = plan_targets(selection, COLLECTORS, collectors)
    if dry_run or storage is None:
        voice.warn_of(plan)
        targets = outstanding(storage, plan, collectors) if storage and resumed else None
        say(shown(plan, collectors, forecast(plan, collectors, max_rate, targets), max_rate) + "\n")
        return
    collect_into(storage, plan, collectors, voice, resumed=resumed, max_rate=max_rate)
    coverage = assess(read_snapshot(storage), COLLECTORS, (), settings)
    if coverage.incomplete or plan.failures:
        voice.warn(f"not everything was seen; `vpc-auditor check {snapshot_path}` says what")
        context.exit(INCOMPLETE)
