"""Names and tags are text written by others: here it loses its power over whatever shows it."""

import re
import unicodedata
from collections.abc import Callable

_UNUSUAL = re.compile(r"[^ -~]")
_HARMFUL = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Control, format (zero width, direction), unassigned, private, surrogate, line and paragraph separator."""


def visible(text: str) -> str:
    r"""The text on one line, each character that could move a cursor or hide written as Python does: ``\x1b``."""
    return escape_harmful(text, lambda character: character.encode("unicode_escape").decode())


def escape_harmful(text: str, escape: Callable[[str], str]) -> str:
    """The text with ``escape`` in place of each character that shows nothing itself, but may change what is shown."""

    def replacement(match: re.Match[str]) -> str:
        return escape(match[0]) if unicodedata.category(match[0]) in _HARMFUL else match[0]

    return _UNUSUAL.sub(replacement, text)
