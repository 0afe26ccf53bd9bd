"""One row per finding, for spreadsheets: comma-separated values as RFC 4180 has them."""

import csv
import io
import re
from collections.abc import Iterable

from auditor.findings import Finding
from auditor.report.document import Look, Report, causes
from auditor.report.text import visible

COLUMNS = (
    "id",
    "rule",
    "status",
    "severity",
    "confidence",
    "account",
    "region",
    "resource_type",
    "resource_id",
    "resource_name",
    "title",
    "message",
    "missing",
    "related",
    "remediation",
    "monthly_saving_usd",
    "docs",
    "collected_at",
    "suppressed_reason",
)
"""Columns are only ever added at the end: readers may count them."""

# Spreadsheets skip white space and quotes before a formula, and take the wide forms of its signs for the signs:
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile(r"""[\s'"]*[=+\-@＝＋－＠]""")


def render(report: Report, _look: Look) -> str:
    """The header, always, and a row for each finding. Lines end in CRLF: write them as they are."""
    return lines([COLUMNS, *map(_row, report.findings)])


def _row(finding: Finding) -> list[str]:
    saving = finding.monthly_saving_usd
    texts = (
        finding.id,
        finding.rule,
        finding.status,
        finding.severity,
        finding.confidence,
        finding.account,
        finding.region,
        finding.resource.type,
        finding.resource.id,
        finding.resource.name,
        finding.title,
        finding.message,
        "; ".join(str(cause) for cause in causes(finding)),
        " ".join(finding.related),
        " ".join(finding.remediation.split()),
    )
    return [
        *(cell(text) for text in texts),
        # A number of the tool's own stays one, even below zero.
        "" if saving is None else f"{saving:.2f}",
        cell(finding.docs),
        cell(finding.collected_at),
        "",
    ]


def lines(rows: Iterable[Iterable[str]]) -> str:
    """Rows of cells as lines of a file."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def cell(text: str) -> str:
    """The text on one line, and no formula to a spreadsheet."""
    shown = visible(text)
    return f"'{shown}" if _FORMULA.match(shown) else shown
