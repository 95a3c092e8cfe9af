"""The mark of a caller who has not finished, at the beginning of a reply."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.llm.doubt import Doubt


def read(bits: list[str]) -> tuple[str, bool]:
    """The reply without its mark, and whether it had one."""
    doubt = Doubt()
    return "".join(map(doubt.feed, bits)), doubt.told


def cut(text: str, places: list[int]) -> list[str]:
    """The text in bits."""
    at = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[begin:end] for begin, end in pairwise(at)]


places = st.lists(st.integers(0, 100), max_size=8)


@given(st.sampled_from(["…", "...", " … ", "…\n", ".. ", "…..."]), places)
def test_the_mark_is_taken_off_however_the_reply_is_cut(mark: str, at: list[int]) -> None:
    """Also as dots, with white space around it; dots further on are the reply's own."""
    assert read(cut(f"{mark}Which city… or town?", at)) == ("Which city… or town?", True)


@given(st.text(), places)
def test_a_reply_without_the_mark_stays_as_it_is(text: str, at: list[int]) -> None:
    """Whatever it begins with: one dot is none."""
    plain = "a" + text
    assert read(cut(plain, at)) == (plain, False)
    assert read(cut(".5 of it", at)) == (".5 of it", False)


def test_a_mark_alone_is_no_reply() -> None:
    """It is told at once, before any word has come."""
    assert read(["…"]) == ("", True)
    assert read(["."]) == ("", False)
