"""The marks that end a question, and the words that begin one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.questions import is_question, since_question

MARKS = "?\uff1f\u061f\u037e\u2e2e\u1367\ua60f\u2047"
"""Of Latin, Chinese, Arabic, Greek, turned, Ethiopic, Vai, and doubled."""


@given(st.text(), st.sampled_from(MARKS), st.text(alphabet="abc .,!"))
def test_what_follows_the_last_mark_is_returned(before: str, mark: str, since: str) -> None:
    """Of any script, whatever stands before it."""
    assert since_question(before + mark + since) == since


@pytest.mark.parametrize(
    ("text", "language", "asked"),
    [
        ("It is far.", "en-US", False),
        ("¿", "es-ES", False),
        ("τι;", "el-GR", True),
        ("so;", "en-US", False),
        ("", "", False),
    ],
)
def test_marks_that_end_no_question_are_none(text: str, language: str, asked: bool) -> None:
    """A Spanish one begins it, and a semicolon ends one in Greek alone."""
    assert (since_question(text, language) is not None) is asked


@pytest.mark.parametrize(
    ("text", "language", "asks"),
    [
        ("how much is it", "en-US", True),
        ("hi, yes, do you have a flat in Haifa", "en-US", True),
        ("I live in Haifa. where are you", "en-US", True),
        ("the man who called", "en-US", False),
        ("when I come home", "en-US", False),
        ("Haifa?", "en-US", True),
        ("is it? no", "en-US", False),
        ("כמה זה עולה", "he-IL", True),
        ("שלום, ומתי אפשר לבוא", "he-IL", True),
        ("אני מחפש דירה", "he-IL", False),
        ("quando arrivo a casa", "it-IT", False),
        ("que vengo mañana", "es-ES", False),
        ("¿qué tal", "es-ES", True),
        ("这个多少钱呢", "zh-CN", True),
        ("how much", "xx", False),
        ("", "en-US", False),
    ],
)
def test_words_that_ask_are_known_by_the_first_of_their_sentence(text: str, language: str, asks: bool) -> None:
    """Behind greetings and nods; words that may begin another clause are not among them."""
    assert is_question(text, language) is asks


@given(st.text(), st.sampled_from(["en-US", "he-IL", "ja-JP", "xx"]))
def test_any_text_asks_or_does_not(text: str, language: str) -> None:
    """Whatever a recogniser writes, and its mark alone is enough."""
    assert is_question(text, language) in (True, False)
    assert is_question(f"{text}?", language)
