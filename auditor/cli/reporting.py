"""Where a report goes, and the exit code that it stands for."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from auditor.assess import Assessment
from auditor.cli.output import say_each
from auditor.findings import Severity, Status
from auditor.report import FORMATS, Look
from auditor.report.document import build

COMPLETE, FOUND, INCOMPLETE = 0, 1, 3


@dataclass(frozen=True)
class Reporting:
    """What to report, in which formats, to where; and what counts as a failure."""

    destinations: Mapping[str, Path | None]
    """The file of each format; None is standard output."""
    min_severity: Severity | None
    show_passed: bool
    fail_on: Severity | None

    @staticmethod
    def of(
        formats: tuple[str, ...], output: Path | None, *, min_severity: str | None, show_passed: bool, fail_on: str
    ) -> "Reporting":
        """The choice that the options stand for; click.UsageError where they contradict one another."""
        return Reporting(
            destinations=destinations_of(formats, output, FORMATS),
            min_severity=Severity(min_severity) if min_severity else None,
            show_passed=show_passed,
            fail_on=None if fail_on == "never" else Severity(fail_on),
        )

    def report(self, assessment: Assessment, *, incomplete: bool = False) -> int:
        """Write the report to all its places and give the exit code.

        ``incomplete`` tells that something was missed of which the assessment knows nothing.
        """
        report = build(assessment, min_severity=self.min_severity, show_passed=self.show_passed)
        deliver(self.destinations, lambda name, look: (FORMATS[name](report, look),))
        if any(
            finding.status is Status.FAIL and self.fail_on and finding.severity.at_least(self.fail_on)
            for finding in assessment.findings
        ):
            return FOUND
        return INCOMPLETE if incomplete or assessment.incomplete else COMPLETE


def destinations_of(formats: tuple[str, ...], output: Path | None, known: Collection[str]) -> dict[str, Path | None]:
    """The file of each format that was chosen among the known ones, None for standard output; by default a table.

    click.UsageError where the choices contradict one another, or a file could not be written.
    """
    destinations: dict[str, Path | None] = {}
    asked, output = output, output and _place(output)
    for choice in formats or ("table",):
        name, _, file = choice.partition("=")
        if name not in known:
            raise click.UsageError(f"--format {choice}: there is no format {name!r}; there are {', '.join(known)}")
        if name in destinations:
            raise click.UsageError(f"--format {name} is given twice")
        if choice.endswith("="):
            raise click.UsageError(f"--format {choice}: name a file after the =")
        destinations[name] = _place(Path(file)) if file else output
    _check_places(list(destinations.values()))
    if asked is not None and output not in destinations.values():
        raise click.UsageError("--output has no --format to write; each has a file of its own")
    return destinations


def place_of(output: Path) -> Path | None:
    """Where a text named ``output`` goes, None for standard output; click.UsageError where it could not be written."""
    place = _place(output)
    _check_places([place])
    return place


def deliver(destinations: Mapping[str, Path | None], render: Callable[[str, Look], Iterable[str]]) -> None:
    """Write each format to its place; ``render`` gives the parts of its text, for the look of that place."""
    for name, file in destinations.items():
        if file is None:
            say_each(render(name, _look_of_terminal()))
        else:
            _write(file, render(name, Look()))


def _place(file: Path) -> Path | None:
    """Where a report named ``file`` goes: None for standard output under either of its names."""
    return None if str(file) in ("-", "/dev/stdout") else file


def _check_places(places: list[Path | None]) -> None:
    """Refuse, before AWS is asked, what could not be written in the end."""
    try:
        _check_writable(places)
    except OSError as error:
        raise click.UsageError(f"{error.filename}: {error.strerror}") from error


def _check_writable(places: list[Path | None]) -> None:
    files = [place and place.resolve() for place in places]
    if len(set(files)) < len(files):
        shared = next(place for place, file in zip(places, files, strict=True) if files.count(file) > 1)
        raise click.UsageError(f"two formats go to {shared or 'standard output'}; give each a file: --format csv=FILE")
    for place in filter(None, places):
        if place.is_dir():
            raise click.UsageError(f"{place} is a folder; name a file")
        if not place.parent.is_dir():
            raise click.UsageError(f"{place}: there is no folder {place.parent}")
        if not os.access(place.parent, os.W_OK):
            raise click.UsageError(f"{place}: the folder {place.parent} cannot be written to")


def _look_of_terminal() -> Look:
    return Look(
        width=shutil.get_terminal_size((Look().width, 24)).columns,
        colour=sys.stdout is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR"),
    )


def _write(file: Path, parts: Iterable[str]) -> None:
    """Replace a file whole, readable by its owner alone: mkstemp makes it so. A device or a pipe is written to."""
    if _is_open_elsewhere(file):
        with file.open("wb") as stream:
            stream.writelines(part.encode() for part in parts)
        return
    # What a symbolic link leads to is replaced, not the link.
    file = file.resolve()
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=".vpc-auditor-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(part.encode() for part in parts)
        Path(temporary).replace(file)
    except OSError as error:
        raise click.ClickException(f"{file}: the report could not be written: {error.strerror}") from error
    finally:
        Path(temporary).unlink(missing_ok=True)


def _is_open_elsewhere(file: Path) -> bool:
    """Whether a file is a device, a pipe, or a name for what a process has open: to replace it would cut that off."""
    if file.is_symlink() and str(file.readlink()).startswith(("/proc/", "/dev/")):
        return True
    return file.exists() and not file.is_file()
