"""Words that end no sentence."""

from __future__ import annotations

import pytest

from pipeline.text.fixed import PHRASES
from pipeline.text.unfinished import WORDS, is_unfinished


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I want a flat and", "en-US"),
        ("Because", "en"),
        ("it is for the,", "en-GB"),
        ("my name is uh…", "en-US"),
        ("אני מחפש דירה או", "he-IL"),
        ("המחיר של", "he-IL"),
        ("אני צריך את", "he"),
        ("I want the", "he-IL"),
        ("quiero una casa con", "es-ES"),
        ("parce que", "fr-FR"),
        ("я хочу, чтобы", "ru-RU"),
        ("私は", "ja-JP"),
        ("我要苹果和", "zh-CN"),
        ("my number is 054", "en-US"),
        ("054 12 34", "he-IL"),
        ("אפס חמש ארבע", "he-IL"),
        ("zero five four one", "en-US"),
    ],
)
def test_a_text_that_goes_on(text: str, language: str) -> None:
    """A conjunction, an article, a preposition before its noun, a sound of thinking, the first digits of a number."""
    assert is_unfinished(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("", "en-US"),
        ("...", "en-US"),
        ("no", "en-US"),
        ("I want to buy a flat", "en-US"),
        ("where are you from", "en-US"),
        ("my id", "en-US"),
        ("command", "en-US"),
        ("דירה של שלושה חדרים", "he-IL"),
        ("כן", "he-IL"),
        ("חנות", "he-IL"),
        ("Tel Aviv", "he-IL"),
        ("sí, si", "es-ES"),
        ("好的", "zh-CN"),
        ("054 123 4567", "he-IL"),
        ("12", "en-US"),
        ("2026", "en-US"),
        ("0", "en-US"),
        ("and", "xx"),
    ],
)
def test_a_text_that_may_be_whole(text: str, language: str) -> None:
    """The rest is left to the voice; a word within another is none."""
    assert not is_unfinished(text, language)


def test_every_language_with_phrases_has_a_list() -> None:
    """A new language needs one, too."""
    assert set(WORDS) == set(PHRASES)


@pytest.mark.parametrize("language", sorted(WORDS))
def test_each_word_of_a_list_is_found(language: str) -> None:
    """In the form in which a recogniser writes it, behind others."""
    before = "" if language in ("ja", "zh") else "x "
    assert all(is_unfinished(f"{before}{word}", language) for word in WORDS[language].split(", "))
