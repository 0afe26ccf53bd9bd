"""Text in columns and in lines of a width. Ids stay whole, and what others wrote moves nothing."""

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import tabulate

from auditor.report.text import visible

LEAST_WIDTH = 40
"""A terminal that is narrower gets lines of this width."""
INDENT = 2
GAP = 2
NARROW = 20
"""What is left for a text where nothing helps; the line is then too long."""

CHARACTER = re.compile(r".\0?")
"""A character, with its filler if it has one."""
_WHOLE = (
    r"arn:aws[^\s,;()]{1,95}"  # An ARN is shorter than a hundred characters: what is longer is none, and may be cut.
    r"|\b[a-z]{1,9}(?:-[a-z]{1,9})?-[0-9a-f]{8,17}\b"
    r"|\b[0-9]{12}\b"
)
_ID = re.compile(_WHOLE)
_ID_OR_CHARACTER = re.compile(rf"{_WHOLE}|{CHARACTER.pattern}")
"""What a line is never broken in: an ARN, the id of a resource or of an account, or else a character."""
_WORD = 24
"""Columns in which a word is better not cut: as many as the longest block of addresses in use has."""

_PERHAPS_WIDE = re.compile("[\u1100-\U0010ffff]")
_FILLER = "\0"
"""Stands for the second column of a wide character while the layout is made. It cannot come from a name."""

Cell = str | tuple[str, ...]
"""A text, or several one below the other."""


@dataclass(frozen=True)
class Layout:
    """The columns of a grid, which may be laid out in several ways."""

    headers: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def grid(width: int, *layouts: Layout) -> str:
    """The first of the layouts that fits a width, its texts folded where they must be; indented.

    Where none fits, each row of the last is a list of its cells with their headers.
    """
    width = max(width, LEAST_WIDTH)
    for layout in layouts:
        widths = _widths(layout, width - INDENT)
        if widths:
            rows = [
                ["\n".join(_folded(cell, size)) for cell, size in zip(row, widths, strict=True)] for row in layout.rows
            ]
            return drawn(layout.headers, rows, width) + "\n"
    return _listed(layouts[-1], width - INDENT)


def drawn(headers: Sequence[str], rows: Iterable[Sequence[str]], width: int) -> str:
    """A table of cells that are made to fit, indented."""
    table = tabulate.tabulate(rows, headers=headers, tablefmt="simple", disable_numparse=True)
    header, rule, *body = table.replace(_FILLER, "").split("\n")
    # An id that is longer than its column makes its own line too long, but need not the line under the header.
    lines = [header, rule[: width - INDENT], *body]
    return "\n".join(f"{' ' * INDENT}{line}".rstrip() for line in lines)


def column(header: str, cells: Iterable[str]) -> int:
    """How wide a column is; tabulate makes none narrower than its header and two."""
    return max(len(header) + 2, *(len(spread(visible(cell))) for cell in cells))


def _widths(layout: Layout, room: int) -> list[int]:
    """How wide each column becomes, none so narrow that a word is cut; nothing where they do not fit."""
    columns = list(zip(*layout.rows, strict=True)) or [() for _ in layout.headers]
    texts = [[text for cell in cells for text in _texts(cell)] for cells in columns]
    widths = [column(header, ["", *cells]) for header, cells in zip(layout.headers, texts, strict=True)]
    least = [
        max(len(header) + 2, *(_longest_word(text) for text in ["", *cells]))
        for header, cells in zip(layout.headers, texts, strict=True)
    ]
    too_much = sum(widths) + GAP * (len(widths) - 1) - room
    while too_much > 0:
        give = [width - minimum for width, minimum in zip(widths, least, strict=True)]
        if max(give) <= 0:
            return []
        widths[give.index(max(give))] -= 1
        too_much -= 1
    return widths


def _longest_word(text: str) -> int:
    words = [min(len(word), _WORD) for word in spread(visible(text)).split(" ")]
    return max(*words, *(len(found) for found in _ID.findall(visible(text))), 0)


def _listed(layout: Layout, room: int) -> str:
    """The rows one below the other, each as a list of its cells with their headers."""
    label = max(map(len, layout.headers))
    size = max(room - label - GAP, NARROW)
    records = []
    for row in layout.rows:
        lines = []
        for header, cell in zip(layout.headers, row, strict=True):
            for number, line in enumerate(_folded(cell, size)):
                lines.append(f"{' ' * INDENT}{header if number == 0 else '':<{label + GAP}}{line}".rstrip() + "\n")
        records.append("".join(lines).replace(_FILLER, ""))
    return "\n".join(records)


def _texts(cell: Cell) -> tuple[str, ...]:
    return (cell,) if isinstance(cell, str) else cell


def _folded(cell: Cell, width: int) -> list[str]:
    return [line for text in _texts(cell) for line in lines_of(visible(text), width) or [""]] or [""]


def wrapped(text: str, width: int, later: str, first: str = "") -> str:
    """The text in lines of a width, or of the least; ``first`` and ``later`` indent the first line and the others."""
    return "\n".join(lines_of(text, max(width, LEAST_WIDTH), first, later)).replace(_FILLER, "")


def lines_of(
    text: str, width: int, first: str = "", later: str = "", whole: re.Pattern[str] = _ID_OR_CHARACTER
) -> list[str]:
    """The text in lines of a width, broken between words; only a longer word is cut, but never within ``whole``."""
    longest = width - len(later)
    words = (_pieces(word, longest, whole) if len(word) > longest else word for word in spread(text).split(" "))
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


def spread(text: str) -> str:
    """The text as long as it is wide: a filler after each character of two columns."""
    return _PERHAPS_WIDE.sub(lambda match: match[0] + _FILLER if _is_wide(match[0]) else match[0], text)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"
