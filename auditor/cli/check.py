"""``vpc-auditor check``: assess a snapshot that was written before."""

from pathlib import Path

import click

from auditor.assess import assess
from auditor.cli.collecting import Voice
from auditor.cli.options import (
    config_option,
    quiet_option,
    read_settings,
    report_options,
    rule_options,
    select_checks,
    verbose_option,
)
from auditor.cli.reporting import Reporting
from auditor.snapshot import Folder, read_snapshot
from collectors import COLLECTORS


@click.command(short_help="Assess a snapshot that was written before.")
@click.argument("snapshot_path", metavar="SNAPSHOT", type=click.Path(path_type=Path))
@rule_options
@config_option
@report_options
@quiet_option
@verbose_option
@click.pass_context
def check(
    context: click.Context,
    *,
    snapshot_path: Path,
    rule_patterns: tuple[str, ...],
    skip_patterns: tuple[str, ...],
    config_path: Path | None,
    formats: tuple[str, ...],
    output: Path | None,
    min_severity: str | None,
    show_passed: bool,
    fail_on: str,
    quiet: bool,
    verbose: bool,
) -> None:
    """Judge the snapshot in the folder SNAPSHOT. AWS is not asked."""
    settings = read_settings(config_path)
    chosen = select_checks(rule_patterns, skip_patterns, settings)
    reporting = Reporting.of(formats, output, min_severity=min_severity, show_passed=show_passed, fail_on=fail_on)
    assessment = assess(read_snapshot(Folder(snapshot_path)), COLLECTORS, chosen, settings)
    voice = Voice(quiet, verbose)
    for target in assessment.targets:
        voice.note(f"{target.account}/{target.region} assessed: {target.status}")
    context.exit(reporting.report(assessment))
