"""The fixed phrases, in each language."""

from __future__ import annotations

import pytest

from pipeline.text import phrase
from pipeline.text.fixed import PHRASES


def test_each_language_has_all_phrases() -> None:
    """None is empty."""
    assert all(PHRASES[language].keys() == PHRASES["en"].keys() for language in PHRASES)
    assert all(text for some in PHRASES.values() for text in some.values())


@pytest.mark.parametrize(("language", "same_as"), [("he-IL", "he"), ("HE", "he"), ("en-GB", "en"), ("xx", "en")])
def test_a_phrase_is_in_the_calls_language(language: str, same_as: str) -> None:
    """By the tag's first part; English where there is none."""
    assert phrase("empty", language) == PHRASES[same_as]["empty"]
