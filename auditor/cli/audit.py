"""``vpc-auditor audit``: collect, check and report."""

import contextlib
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

import click

from auditor.assess import assess
from auditor.cli.collecting import Voice, collect_into, open_snapshot
from auditor.cli.options import (
    collectors_of,
    config_option,
    metrics_option,
    quiet_option,
    rate_option,
    read_settings,
    report_options,
    rule_options,
    select_checks,
    verbose_option,
)
from auditor.cli.reporting import Reporting
from auditor.cli.targeting import target_options
from auditor.collect import UNLIMITED, Plan
from auditor.collector import Collector
from auditor.snapshot import Folder, Storage, read_snapshot
from auditor.targets import Selection, plan_targets
from collectors import COLLECTORS


@click.command(short_help="Collect, check and report: the main job.")
@target_options
@click.option("--demo", is_flag=True, help="Audit a small organization made in memory; needs no AWS account.")
@click.option(
    "--snapshot", "snapshot_path", type=click.Path(path_type=Path), metavar="PATH", help="Keep the answers in a folder."
)
@click.option("--resume", "resumed", is_flag=True, help="Go on with a snapshot that is not whole.")
@rate_option
@metrics_option
@rule_options
@config_option
@report_options
@quiet_option
@verbose_option
@click.pass_context
def audit(
    context: click.Context,
    *,
    selection: Selection,
    demo: bool,
    snapshot_path: Path | None,
    resumed: bool,
    max_rate: float,
    metrics: bool,
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
    """Ask AWS, judge what it answers, and report.

    With --rule or --skip-rule, only what the selected rules read is asked.
    """
    if demo and (resumed or selection != Selection()):
        raise click.UsageError("--demo brings its own organization; leave --resume and all that names targets out")
    if resumed and snapshot_path is None:
        raise click.UsageError("--resume needs --snapshot with the folder to go on with")
    # All that can be wrong with the arguments comes up before AWS is asked, so that no answer is ever lost to it.
    reporting = Reporting.of(formats, output, min_severity=min_severity, show_passed=show_passed, fail_on=fail_on)
    settings = read_settings(config_path)
    chosen = select_checks(rule_patterns, skip_patterns, settings)
    # The demo's AWS charges nothing.
    collectors = collectors_of(chosen, metrics=metrics or demo)
    with (
        _storage(snapshot_path, resumed=resumed) as storage,
        _plan(selection, collectors, demo=demo) as plan,
    ):
        collect_into(
            storage,
            plan,
            collectors,
            Voice(quiet, verbose),
            resumed=resumed,
            max_rate=UNLIMITED if demo else max_rate,
        )
        assessment = assess(read_snapshot(storage), COLLECTORS, chosen, settings)
    context.exit(reporting.report(assessment, incomplete=bool(plan.failures)))


@contextlib.contextmanager
def _storage(path: Path | None, *, resumed: bool) -> Iterator[Storage]:
    """Where the answers go: the folder that was named, or one that is gone when the report is written."""
    if path is not None:
        yield open_snapshot(path, resumed=resumed)
    else:
        with tempfile.TemporaryDirectory(prefix="vpc-auditor-") as folder:
            yield Folder(Path(folder))


@contextlib.contextmanager
def _plan(selection: Selection, collectors: Collection[Collector], *, demo: bool) -> Iterator[Plan]:
    if not demo:
        yield plan_targets(selection, COLLECTORS, collectors)
        return
    try:
        from auditor.demo import organization  # noqa: PLC0415 - moto is an extra, and slow to import
    except ModuleNotFoundError as error:
        raise click.ClickException(
            "the demo needs moto: install vpc-auditor with its demo extra, such as pip install '.[demo]' in the clone"
        ) from error
    with organization() as plan:
        yield plan
