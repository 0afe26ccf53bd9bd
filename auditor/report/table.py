"""The report for people at a terminal: the worst first, grouped by rule, then what was assessed and what was not."""

import itertools
from collections.abc import Iterator, Sequence

from auditor.assess import Assessment
from auditor.findings import Finding, Severity, Status, total_saving
from auditor.report import unseen
from auditor.report.document import Look, Report
from auditor.report.grid import CHARACTER, GAP, INDENT, LEAST_WIDTH, NARROW, column, drawn, lines_of, spread, wrapped
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

_LEAST_MESSAGE = 30
"""Columns without which a message is no pleasure to read: the other columns are then stacked into one."""


def render(report: Report, look: Look) -> str:
    """The findings as tables that fit ``look.width``, the passes if shown, a summary, and what was not seen."""
    width = max(look.width, LEAST_WIDTH)
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
    account = column("account", [finding.account for finding in findings])
    region = column("region", [finding.region for finding in findings])
    ids = column("resource", [finding.resource.id for finding in findings])
    room = width - INDENT - account - region - 3 * GAP
    if room - ids >= _LEAST_MESSAGE:
        resource = max(ids, min(column("resource", map(_label, findings)), room // 2))
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
        message = max(NARROW, width - INDENT - resource - GAP)
        headers = ["resource", "what is wrong"]
        rows = [[_stacked(finding, resource), _message(finding, message)] for finding in findings]
    return drawn(headers, rows, width)


def _label(finding: Finding) -> str:
    name = finding.resource.name
    return f"{finding.resource.id} ({name})" if name else finding.resource.id


def _resource(finding: Finding, width: int) -> str:
    """The id and the name, on one line if it holds both."""
    label = spread(visible(_label(finding)))
    return label if len(label) <= width else "\n".join([visible(finding.resource.id), *_name(finding, width)])


def _stacked(finding: Finding, width: int) -> str:
    """The id, the name and the place, one below the other."""
    place = f"{finding.account} {finding.region}".strip()
    return "\n".join([visible(finding.resource.id), *_name(finding, width), visible(place)])


def _name(finding: Finding, width: int) -> list[str]:
    name = finding.resource.name
    return lines_of(visible(f"({name})"), width, whole=CHARACTER) if name else []


def _message(finding: Finding, width: int) -> str:
    return "\n".join(lines_of(visible(finding.message), width))


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
