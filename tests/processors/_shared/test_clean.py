"""Text of recognisers, made safe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors._shared.clean import LONGEST, clean


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (" two\t rooms\n", "two rooms"),
        ("a\x1b[31mb\u202ec", "a[31mbc"),
        ("e\u0301", "\u00e9"),
        ("\u05e9\u05dc\u05d5\u05dd", "\u05e9\u05dc\u05d5\u05dd"),
        ("ni\u200cman", "ni\u200cman"),
    ],
)
def test_letters_stay_and_control_characters_go(sent: str, kept: str) -> None:
    """White space is single, and letters are composed."""
    assert clean(sent) == kept


@given(st.text())
def test_clean_text_is_clean_and_short(text: str) -> None:
    """Cleaning it again changes nothing, and it has at most 2 kB."""
    assert clean(clean(text)) == clean(text)
    assert len(clean(text * 100).encode()) <= LONGEST
