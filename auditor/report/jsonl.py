"""The findings as JSON, one a line, for log pipelines."""

from auditor.report.document import Look, Report, entry
from auditor.report.json import compact


def render(report: Report, _look: Look) -> str:
    """A line for each finding; empty where there is none."""
    return "".join(f"{compact(entry(finding))}\n" for finding in report.findings)
