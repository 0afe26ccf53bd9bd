"""The report as one JSON object, for programs."""

import json
from collections.abc import Iterable, Iterator

import msgspec

from auditor.report.document import Look, Report, document
from auditor.report.text import escape_harmful


def render(report: Report, _look: Look) -> str:
    """The document, indented by two, and a newline."""
    return msgspec.json.format(compact(document(report)), indent=2) + "\n"


def compact(value: msgspec.Struct) -> str:
    """JSON on one line that is harmless to print: what would not show is escaped, and reads back as it was.

    Half of a surrogate pair, which UTF-8 cannot hold, becomes U+FFFD.
    """
    text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, separators=(",", ":"))
    return escape_harmful(text, _escape)


def listed(entries: Iterable[msgspec.Struct]) -> Iterator[str]:
    """A list of objects, one a line, piece by piece."""
    before = "[\n"
    for entry in entries:
        yield f"{before}  {compact(entry)}"
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _escape(character: str) -> str:
    return "\ufffd" if "\ud800" <= character <= "\udfff" else json.dumps(character)[1:-1]
