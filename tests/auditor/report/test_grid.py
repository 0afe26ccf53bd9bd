import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.report.grid import GAP, INDENT, LEAST_WIDTH, Cell, Layout, grid

SUBNET, TABLE, VPC = "subnet-0a1b2c3d4e5f60718", "rtb-0a1b2c3d4e5f60718", "vpc-0a1b2c3d4e5f60718"

WIDE = Layout(("subnet", "what it is"), [((SUBNET, TABLE), "one of the subnets of the front")])
NARROW = Layout(("it",), [((SUBNET, TABLE, "front"),)])


@pytest.mark.parametrize("width", [61, 100])
def test_a_grid_that_fits_is_as_wide_as_its_cells(width: int) -> None:
    assert grid(width, WIDE, NARROW) == (
        "  subnet                    what it is\n"
        "  ------------------------  -------------------------------\n"
        "  subnet-0a1b2c3d4e5f60718  one of the subnets of the front\n"
        "  rtb-0a1b2c3d4e5f60718\n"
    )


def test_texts_are_folded_between_words_where_the_grid_would_be_too_wide() -> None:
    assert grid(45, WIDE, NARROW) == (
        "  subnet                    what it is\n"
        "  ------------------------  --------------\n"
        "  subnet-0a1b2c3d4e5f60718  one of the\n"
        "  rtb-0a1b2c3d4e5f60718     subnets of the\n"
        "                            front\n"
    )


def test_where_folding_does_not_help_the_next_layout_is_drawn() -> None:
    assert grid(LEAST_WIDTH, Layout(("a", "b"), [(SUBNET, TABLE)]), NARROW) == (
        "  it\n  ------------------------\n  subnet-0a1b2c3d4e5f60718\n  rtb-0a1b2c3d4e5f60718\n  front\n"
    )


def test_where_no_layout_fits_each_row_is_a_list() -> None:
    layout = Layout(("from", "to", ""), [(SUBNET, (TABLE, "two of its words"), "none"), (VPC, "", "x")])
    assert grid(LEAST_WIDTH, layout) == (
        "  from  subnet-0a1b2c3d4e5f60718\n"
        "  to    rtb-0a1b2c3d4e5f60718\n"
        "        two of its words\n"
        "        none\n"
        "\n"
        "  from  vpc-0a1b2c3d4e5f60718\n"
        "  to\n"
        "        x\n"
    )


def test_a_grid_without_rows_is_its_headers() -> None:
    assert grid(80, Layout(("subnet", "table"), [])) == "  subnet    table\n  --------  -------\n"


def test_the_columns_stay_in_line_where_characters_are_wide_and_what_others_wrote_moves_nothing() -> None:
    assert grid(80, Layout(("name", "id"), [("東京\n\x1b[2J", "1"), ("x", "2")])) == (
        "  name           id\n  -------------  ----\n  東京\\n\\x1b[2J  1\n  x              2\n"
    )


IDS = st.sampled_from([SUBNET, TABLE, VPC, "111111111111", "pcx-0a1b2c3d"])
WORDS = st.text("abcxyz-./", min_size=1, max_size=30)
TEXTS = st.lists(IDS | WORDS, max_size=5).map(" ".join)
CELLS: st.SearchStrategy[Cell] = TEXTS | st.lists(TEXTS, min_size=1, max_size=3).map(tuple)


@given(st.integers(1, 4).flatmap(lambda size: st.lists(st.tuples(*[CELLS] * size), min_size=1, max_size=3)), st.data())
def test_whatever_the_width_no_id_is_broken_nothing_is_lost_and_no_line_is_too_long(
    rows: list[tuple[Cell, ...]], data: st.DataObject
) -> None:
    width = data.draw(st.integers(0, 120))
    headers = [f"h{number}" for number in range(len(rows[0]))]
    drawn = grid(width, Layout(headers, rows))
    texts = [text for row in rows for cell in row for text in ([cell] if isinstance(cell, str) else cell)]
    whole = [word for text in texts for word in text.split() if re.fullmatch(r"[a-z]+-[0-9a-f]{8,}|\d{12}", word)]
    assert all(drawn.count(each) >= whole.count(each) for each in whole)
    assert sorted(_shown(drawn)) == sorted(_shown("".join(texts)))
    longest = max(map(len, whole), default=0)
    assert max(map(len, drawn.splitlines())) <= max(width, LEAST_WIDTH, INDENT + len("h0") + GAP + longest)


def _shown(text: str) -> str:
    """What is no space, no header and no line under one."""
    return re.sub(r"[\s-]|h\d", "", text)
