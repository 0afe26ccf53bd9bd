import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.network.policies.patterns import DIGITS, Pattern, Patterns, literal, samples, some, wildcard

TEXTS = st.text("ab:", max_size=6)
WILD = st.text("ab:*?", max_size=6)


def regex(text: str, excluded: str = "") -> re.Pattern[str]:
    other = f"[^{excluded}]" if excluded else "."
    words = {"*": f"{other}*", "?": other}
    return re.compile("".join(words.get(character, re.escape(character)) for character in text), re.DOTALL)


@given(WILD, TEXTS)
def test_a_wildcard_matches_what_the_regular_expression_does(pattern: str, text: str) -> None:
    assert Patterns([wildcard(pattern)]).match(text) == bool(regex(pattern).fullmatch(text))
    within = Patterns([wildcard(pattern, excluded=":")]).match(text)
    assert within == bool(regex(pattern, ":").fullmatch(text))


@given(st.lists(WILD, max_size=3), TEXTS)
def test_several_patterns_match_where_one_of_them_does(patterns: list[str], text: str) -> None:
    together = Patterns([wildcard(pattern) for pattern in patterns]).match(text)
    assert together == any(regex(pattern).fullmatch(text) for pattern in patterns)


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (literal("a*b"), "a*b", True),
        (literal("a*b"), "axb", False),
        (literal("Ab", fold=True), "aB", True),
        (wildcard("A*", fold=True), "aXy", True),
        (wildcard("a*"), "Ab", False),
        (DIGITS, "111111111111", True),
        (DIGITS, "11111111111", False),
        (some("ab"), "", False),
        (some("ab"), "abba", True),
        (wildcard(""), "", True),
        (wildcard("*"), "any\nthing", True),
    ],
)
def test_patterns_are_literal_or_wild(pattern: Pattern, text: str, matches: bool) -> None:
    assert Patterns([pattern]).match(text) is matches


def test_many_wildcards_cost_no_more_than_their_number() -> None:
    assert not Patterns([wildcard("*a" * 2000)]).match("b" * 2000)


SHORT = ["".join(letters) for size in range(5) for letters in itertools.product("abc", repeat=size)]


@given(st.lists(st.lists(st.text("ab*?", max_size=4), min_size=1, max_size=2), max_size=3), st.booleans())
def test_samples_show_every_way_in_which_texts_can_match(groups: list[list[str]], non_empty: bool) -> None:
    language = some("abc") if non_empty else wildcard("*")
    found = samples((language,), tuple(tuple(map(wildcard, group)) for group in groups))
    assert found.whole

    def way(text: str) -> tuple[bool, ...]:
        return tuple(any(regex(each).fullmatch(text) for each in group) for group in groups)

    ways = [way(text) for text in found.texts]
    assert len(set(ways)) == len(ways)
    assert set(ways) >= {way(text) for text in SHORT if text or not non_empty}


def test_a_preferred_text_is_taken_where_it_will_do() -> None:
    found = samples((some("abcdefghijklmnopqrstuvwxyz"),), ((wildcard("own*"),),), ("plain", "ownership", "1"))
    assert sorted(found.texts) == ["ownership", "plain"]


def test_too_many_ways_are_not_all_tried() -> None:
    groups = tuple((wildcard(f"*{one}{two}*"),) for one in "abcd" for two in "efgh")
    assert not samples((wildcard("*"),), groups).whole
