"""The caller's interest in a result."""

from __future__ import annotations

import pytest

from pipeline.uses.interest import asks_anew


@pytest.mark.parametrize(
    ("text", "anew"),
    [
        ("Hello?", False),
        ("Are you there?", False),
        ("הלו, את שומעת?", False),
        ("もしもし", False),
        ("When do you open on Monday?", True),
        ("כמה עולה הדירה ברחוב הרצל", True),
        ("月曜日は何時に開きますか", True),
    ],
)
def test_a_few_words_are_no_new_question(text: str, anew: bool) -> None:
    """Who says hello still waits for what they asked; scripts without spaces are counted by their signs."""
    assert asks_anew(text) is anew
