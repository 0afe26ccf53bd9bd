import unicodedata

import pytest

from auditor.report.text import escape_harmful, visible
from tests.auditor.report.examples import HOSTILE_NAMES


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("prod-to-shared", "prod-to-shared"),
        ("Büro 東京 🏢", "Büro 東京 🏢"),
        ("=cmd() <b>", "=cmd() <b>"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x9b2J", r"\x9b2J"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("\x00\x07\x7f", r"\x00\x07\x7f"),
        ("abc\u202egnp.exe", r"abc\u202egnp.exe"),
        ("a\u2066b\u2069", r"a\u2066b\u2069"),
        ("a\u200b\u200d\u2060\ufeffb", r"a\u200b\u200d\u2060\ufeffb"),
        ("a\u2028b\u2029c\x85d", r"a\u2028b\u2029c\x85d"),
        ("\U000e0041", r"\U000e0041"),
        ("\ud83d", r"\ud83d"),
    ],
)
def test_what_could_move_the_cursor_or_hide_is_written_out_and_the_rest_is_left(name: str, shown: str) -> None:
    assert visible(name) == shown


def test_no_hostile_name_keeps_a_character_that_does_not_print() -> None:
    shown = "".join(map(visible, HOSTILE_NAMES))
    assert {unicodedata.category(character)[0] for character in shown}.isdisjoint("C")
    assert shown.splitlines() == [shown]
    assert shown.encode().decode() == shown


def test_the_caller_says_how_a_character_is_escaped() -> None:
    assert escape_harmful("a\x1bé\u200b", lambda character: f"<{ord(character)}>") == "a<27>é<8203>"
