"""Columns are those of a terminal, whatever the script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.terminal.columns import aligned, columns, fitted, padded
from pipeline.terminal.paint import END_ISOLATE, ISOLATE, Paint

WIDTHS = {
    "": 0,
    "abc": 3,
    "שלום": 4,
    "שָׁלוֹם": 4,
    "e\u0301": 1,
    "你好": 4,
    "\uff21": 2,
    "\uff76": 1,
    "한국": 4,
    "\u1112\u1161\u11ab": 2,
    "🙂": 2,
    "❤": 1,
    "❤\ufe0f": 2,
    "👍🏽": 2,
    "👩\u200d👩\u200d👧": 2,
    "🙂\u200d\u2194\ufe0f": 2,
    "\u0646\u200d\u0647": 2,
    "\u200d ": 1,
    "🇮🇱": 2,
    f"{ISOLATE}שלום{END_ISOLATE}": 4,
    "…–→": 3,
}
ROWS = (("no", "said", "at"), ("1", "שָׁלוֹם", "5 s"), ("22", "你好", "10 s"), ("3", "👍🏽 ok", "7 s"))


@pytest.mark.parametrize(("text", "width"), WIDTHS.items())
def test_the_width_of_a_text(text: str, width: int) -> None:
    """Marks and joiners have none, CJK and emoji two, and an emoji of several characters is one."""
    assert columns(text) == width


def test_the_columns_of_a_table_stand_below_each_other() -> None:
    """Each cell begins or ends at the same column in every row, and no line ends in spaces."""
    assert aligned(ROWS, (1,)) == ["no  said     at", " 1  שָׁלוֹם    5 s", "22  你好   10 s", " 3  👍🏽 ok   7 s"]


def test_a_table_on_a_terminal_isolates_hebrew_alone() -> None:
    """The spaces stay outside, or they would go to the other end of the words; the heading is bold."""
    head, first, *_, last = aligned(ROWS, (1,), Paint(colours=True, isolates=True))
    assert head.endswith("at\x1b[0m") and first == f" 1  {ISOLATE}שָׁלוֹם{END_ISOLATE}    5 s"
    assert ISOLATE not in last


@given(st.text(), st.integers(1, 30))
def test_a_text_is_padded_and_cut_to_a_width(text: str, width: int) -> None:
    """Never wider, and with at most one column left by a wide character."""
    cut = fitted(text, width)
    assert columns(cut) <= width and (cut == text or cut.endswith("…"))
    assert columns(padded(cut, width)) == width == columns(padded(cut, width, right=True))
