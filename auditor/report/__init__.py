"""Reports: one module per format, each a function of a report and a look to text."""

from collections.abc import Callable, Mapping

from auditor.report import csv, json, jsonl, table
from auditor.report.document import Look, Report

__all__ = ["FORMATS", "Look", "Report"]

FORMATS: Mapping[str, Callable[[Report, Look], str]] = {
    "table": table.render,
    "csv": csv.render,
    "json": json.render,
    "jsonl": jsonl.render,
}
"""The formats by the names that users choose them by, the usual one first."""
