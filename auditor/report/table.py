"""The report for people at a terminal: the worst first, grouped by rule, then what was assessed and what was not."""

import itertools
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

import tabulate

from auditor.assess import Assessment
from auditor.findings import Finding, Severity, Status, total_saving
from auditor.report import unseen
from auditor.report.document import Look, Report
from auditor.report.text import visible
from auditor.snapshot import GLOBAL

_COLOURS = {
    Severity.CRITICAL: "1;31",
    Severity.HIGH: "31",
    Severity.MEDIUM: "33",
    Severity.LOW: "36",
    Severity.INFO: "2",
}
"""The parameters of "select graphic rendition", ECMA-48 §8.3.117."""

_LEAST_WIDTH = 40
"""A terminal that is narrower gets lines of this width."""
_INDENT = 2
_GAP = 2
_LEAST_MESSAGE = 30
"""Columns without which a message is no pleasure to read: the other columns are then stacked into one."""
_NARROW = 20
"""What is left for a message where not even stacked columns help; the line is then too long."""

_CHARACTER = re.compile(r".\0?")
"""A character, with its filler if it has one."""
_ID_OR_CHARACTER = re.compile(
    r"arn:aws[^\s,;()]{1,95}"  # An ARN is shorter than a hundred characters: what is longer is none, and may be cut.
    r"|\b[a-z]{1,9}(?:-[a-z]{1,9})?-[0-9a-f]{8,17}\b"
    r"|\b[0-9]{12}\b"
    rf"|{_CHARACTER.pattern}"
)
"""What a line is never broken in: an ARN, the id of a resource or of an account, or else a character."""

_PERHAPS_WIDE = re.compile("[\u1100-\U0010ffff]")
_FILLER = "\0"
"""Stands for the second column of a wide character while the layout is made. It cannot come from a name."""


def render(report: Report, look: Look) -> str:
    """The findings as tables that fit ``look.width``, the passes if shown, a summary, and what was not seen."""
    width = max(look.width, _LEAST_WIDTH)
    parts: list[str] = []
    failed = [finding for finding in report.findings if finding.status is Status.FAIL]
    for _, group in itertools.groupby(failed, key=lambda finding: (finding.severity.rank, finding.rule)):
        parts.append(_group(list(group), width, colour=look.colour))
    if not failed:
        parts.append(_nothing_found(report) + "\n")
    passed = [finding for finding in report.findings if finding.status is Status.PASS]
    if passed:
        parts.append(_passed(passed, width))
    closing = [
        _summary(report.assessment),
        *unseen.lines(report.assessment.findings),
        *_beyond(report.assessment),
        *_savings(report.assessment),
    ]
    parts.append("".join(wrapped(visible(line), width, later="  ") + "\n" for line in closing))
    return "\n".join(parts)


def _group(findings: Sequence[Finding], width: int, *, colour: bool) -> str:
    first = findings[0]
    word = first.severity.upper()
    title = wrapped(visible(f"{word}  {first.rule}: {_in_a_sentence(first.title)}"), width, later="  ")
    if colour:
        title = f"\x1b[{_COLOURS[first.severity]}m{word}\x1b[0m{title.removeprefix(word)}"
    return f"{title}\n\n{_table(findings, width)}\n"


def _in_a_sentence(title: str) -> str:
    """The title with a small first letter, unless its first word is a name such as VPC."""
    first = title.partition(" ")[0]
    return title if first[1:] != first[1:].lower() else title[:1].lower() + title[1:]


def _table(findings: Sequence[Finding], width: int) -> str:
    account = _column("account", [finding.account for finding in findings])
    region = _column("region", [finding.region for finding in findings])
    ids = _column("resource", [finding.resource.id for finding in findings])
    room = width - _INDENT - account - region - 3 * _GAP
    if room - ids >= _LEAST_MESSAGE:
        resource = max(ids, min(_column("resource", map(_label, findings)), room // 2))
        headers = ["account", "region", "resource", "what is wrong"]
        rows = [
            [
                visible(finding.account),
                visible(finding.region),
                _resource(finding, resource),
                _message(finding, room - resource),
            ]
            for finding in findings
        ]
    else:
        resource = max(ids, account + 1 + region)
        message = max(_NARROW, width - _INDENT - resource - _GAP)
        headers = ["resource", "what is wrong"]
        rows = [[_stacked(finding, resource), _message(finding, message)] for finding in findings]
    table = tabulate.tabulate(rows, headers=headers, tablefmt="simple", disable_numparse=True)
    header, rule, body = table.replace(_FILLER, "").split("\n", 2)
    # An id that is longer than its column makes its own line too long, but need not the line under the header.
    return textwrap.indent("\n".join((header, rule[: width - _INDENT], body)), " " * _INDENT)


def _column(header: str, cells: Iterable[str]) -> int:
    """How wide a column is; tabulate makes none narrower than its header and two."""
    return max(len(header) + 2, *(len(_spread(visible(cell))) for cell in cells))


def _label(finding: Finding) -> str:
    name = finding.resource.name
    return f"{finding.resource.id} ({name})" if name else finding.resource.id


def _resource(finding: Finding, width: int) -> str:
    """The id and the name, on one line if it holds both."""
    label = _spread(visible(_label(finding)))
    return label if len(label) <= width else "\n".join([visible(finding.resource.id), *_name(finding, width)])


def _stacked(finding: Finding, width: int) -> str:
    """The id, the name and the place, one below the other."""
    place = f"{finding.account} {finding.region}".strip()
    return "\n".join([visible(finding.resource.id), *_name(finding, width), visible(place)])


def _name(finding: Finding, width: int) -> list[str]:
    name = finding.resource.name
    return _lines(visible(f"({name})"), width, whole=_CHARACTER) if name else []


def _message(finding: Finding, width: int) -> str:
    return "\n".join(_lines(visible(finding.message), width))


Cell = str | tuple[str, ...]
"""A text, or several one below the other."""


def grid(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table of what others may have written, indented; it is as wide as its cells are."""
    shown = [
        ["\n".join(_spread(visible(line)) for line in ((cell,) if isinstance(cell, str) else cell)) for cell in row]
        for row in rows
    ]
    table = tabulate.tabulate(shown, headers=headers, tablefmt="simple", disable_numparse=True)
    return "".join(f"{' ' * _INDENT}{line}".rstrip() + "\n" for line in table.replace(_FILLER, "").splitlines())


def wrapped(text: str, width: int, later: str, first: str = "") -> str:
    """The text in lines of a width, or of the least; ``first`` and ``later`` indent the first line and the others."""
    return "\n".join(_lines(text, max(width, _LEAST_WIDTH), first, later)).replace(_FILLER, "")


def _lines(
    text: str, width: int, first: str = "", later: str = "", whole: re.Pattern[str] = _ID_OR_CHARACTER
) -> list[str]:
    """The text in lines of a width, broken between words; only a longer word is cut, but never within ``whole``."""
    longest = width - len(later)
    words = (_pieces(word, longest, whole) if len(word) > longest else word for word in _spread(text).split(" "))
    return textwrap.wrap(
        " ".join(words),
        width,
        break_long_words=False,
        break_on_hyphens=False,
        initial_indent=first,
        subsequent_indent=later,
    )


def _pieces(word: str, width: int, whole: re.Pattern[str]) -> str:
    """A word cut into pieces of a width; only what stays whole and is longer than that makes a longer one."""
    pieces = [""]
    for part in whole.findall(word):
        if pieces[-1] and len(pieces[-1]) + len(part) > width:
            pieces.append("")
        pieces[-1] += part
    return " ".join(pieces)


def _spread(text: str) -> str:
    """The text as long as it is wide: a filler after each character of two columns."""
    return _PERHAPS_WIDE.sub(lambda match: match[0] + _FILLER if _is_wide(match[0]) else match[0], text)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _nothing_found(report: Report) -> str:
    if not report.assessment.subjects:
        return "Nothing was assessed."
    of_severity = f" of severity {report.min_severity} or worse" if report.min_severity else ""
    in_what = " in what was seen" if unseen.anything(report.assessment.findings) else ""
    return f"Nothing wrong{of_severity} was found{in_what}."


def _passed(findings: Sequence[Finding], width: int) -> str:
    lines = ["Passed:"]
    for rule, group in itertools.groupby(sorted(findings, key=lambda each: each.rule), key=lambda each: each.rule):
        labels = ", ".join(visible(_label(finding)) for finding in group)
        lines.append(wrapped(f"{rule}: {labels}", width, first="  ", later="    "))
    return "\n".join(lines) + "\n"


def _summary(assessment: Assessment) -> str:
    accounts = {target.account for target in assessment.targets}
    regions = {target.region for target in assessment.targets} - {GLOBAL}
    statuses = [finding.status for finding in assessment.findings]
    failed = [finding.severity for finding in assessment.findings if finding.status is Status.FAIL]
    severities = ", ".join(f"{failed.count(each)} {each}" for each in Severity if each in failed)
    return (
        f"{unseen.counted(len(assessment.by_rule), 'rule')} on {unseen.counted(assessment.subjects, 'resource')}"
        f" in {unseen.counted(len(accounts), 'account')} and {unseen.counted(len(regions), 'region')}:"
        f" {len(failed)} fail{f' ({severities})' if failed else ''}, {statuses.count(Status.PASS)} pass,"
        f" {statuses.count(Status.UNKNOWN)} unknown."
    )


def _savings(assessment: Assessment) -> Iterator[str]:
    """What putting things right is worth in a month, as far as that is known."""
    if saving := total_saving(assessment.findings):
        yield f"What was found costs ${saving:,.2f} a month, as far as prices and traffic are known."


def _beyond(assessment: Assessment) -> Iterator[str]:
    """Where peering connections lead that nobody looked at."""
    accounts = assessment.unaudited
    if len(accounts) > unseen.ONE_BY_ONE:
        yield (
            f"{sum(accounts.values())} peerings lead to {len(accounts)} accounts that were not audited:"
            " add them with --account to judge both sides."
        )
        return
    for account, count in accounts.items():
        peerings = "1 peering leads" if count == 1 else f"{count} peerings lead"
        yield f"{peerings} to {account}, which was not audited: add it with --account to judge both sides."
