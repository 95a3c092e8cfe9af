"""The fixed phrases, in each language."""

from __future__ import annotations

import pytest

from pipeline.text import Phrases, phrase
from pipeline.text.fixed import INTRODUCTIONS, PHRASES, example, introductions
from pipeline.text.languages import is_foreign


@pytest.mark.parametrize("language", PHRASES)
def test_each_phrase_is_in_its_language(language: str) -> None:
    """In its script, and ended like a sentence; the example and the introductions, too."""
    it = example(language)
    texts = [*PHRASES[language].values(), it.greeting, it.answer, it.farewell, it.rephrase]
    assert all(text[-1] in ".?!。？।؟" for text in texts)
    everything = [*texts, it.question, *it.hear, *it.goodbye, *INTRODUCTIONS[language]]
    assert not [text for text in everything if is_foreign(text, language)]
    assert (len(set(texts)) == len(texts) and PHRASES[language] != PHRASES["en"]) or language == "en"


def test_an_introduction_is_found_in_each_language() -> None:
    """As a part of a sentence, in scripts without spaces, too."""
    for language, found in INTRODUCTIONS.items():
        for words in found:
            sentence = (
                f"{words}小王" if language == "zh" else f"小王{words}。" if language == "ja" else f"Oh, {words} X."
            )
            assert Phrases(introductions()).in_(sentence)


def test_each_language_has_all_phrases() -> None:
    """None is empty."""
    assert all(PHRASES[language].keys() == PHRASES["en"].keys() for language in PHRASES)
    assert all(text for some in PHRASES.values() for text in some.values())


@pytest.mark.parametrize(
    ("language", "same_as"),
    [
        ("he-IL", "he"),
        ("HE", "he"),
        ("iw-IL", "he"),
        ("cmn-Hans-CN", "zh"),
        ("es_ES", "es"),
        ("en-GB", "en"),
        ("xx", "en"),
    ],
)
def test_a_phrase_is_in_the_calls_language(language: str, same_as: str) -> None:
    """By the tag's first part; English where there is none."""
    assert phrase("empty", language) == PHRASES[same_as]["empty"]
