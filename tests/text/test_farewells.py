"""Words that are nothing but a goodbye, or nothing but a no."""

from __future__ import annotations

import pytest

from pipeline.text.farewells import is_farewell, is_refusal
from pipeline.text.fixed import FAREWELLS, PHRASES, REFUSALS


@pytest.mark.parametrize("language", PHRASES)
def test_each_language_has_its_own(language: str) -> None:
    """Each of its farewells is one, and each of its refusals."""
    assert all(is_farewell(words, language) for words in FAREWELLS[language])
    assert all(is_refusal(words, language) for words in REFUSALS[language])
    assert not any(is_refusal(words, language) for words in FAREWELLS[language])


@pytest.mark.parametrize(
    ("text", "language", "leaves"),
    [
        ("Okay, thank you. Bye!", "en-US", True),
        ("bye", "he-IL", True),
        ("תודה רבה, להתראות", "he-IL", True),
        ("yes", "en-US", False),
        ("thanks, one more question", "en-US", False),
        ("goodbye is a sad word", "en-US", False),
        ("", "en-US", False),
    ],
)
def test_a_farewell_says_nothing_else(text: str, language: str, leaves: bool) -> None:
    """Nods may stand before it, and alone are none."""
    assert is_farewell(text, language) is leaves


@pytest.mark.parametrize(("text", "no"), [("No.", True), ("no, no", True), ("no, Monday", False), ("not now", False)])
def test_a_refusal_is_a_plain_no(text: str, no: bool) -> None:
    """One with more to it asks for something."""
    assert is_refusal(text, "en-US") is no
