"""The marks that end a question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.questions import since_question

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
