"""The texts of a starter in the language of its calls, and the steps that can work in it."""

from __future__ import annotations

from typing import Any

from pipeline.catalog import find
from pipeline.faults import WordError
from pipeline.text.fixed import example, has_phrases
from pipeline.text.languages import same_language

STAND_INS = {"asr": "asr.script", "tts": "tts.tone"}


def texts(language: str) -> dict[tuple[str, str], Any]:
    """Return the values of settings with words in them, by the word of the step and the setting."""
    it = example(language)
    intents = [
        {"hear": it.hear, "say": [it.answer]},
        {"hear": it.goodbye, "say": [it.farewell], "hang_up": True},
    ]
    return {
        ("asr.script", "say"): [it.question, it.goodbye[0]],
        ("greeting", "text"): it.greeting,
        ("llm.rules", "intents"): intents,
        ("llm.rules", "fallback"): [it.rephrase],
        ("llm.script", "say"): [it.answer],
    }


def usable(word: str, purpose: str, language: str) -> str:
    """Return the word of a step chosen for its capability alone, or that of a stand-in if it does not work here."""
    if word == "asr.pocketsphinx":
        return word if same_language(language, "en") else STAND_INS[purpose]
    if word == "tts.espeak":
        return STAND_INS[purpose] if _is_silent(word, language) else word
    return word


def notes(words: list[str], chosen: list[str], language: str) -> list[str]:
    """Return sentences on the things that a starter lacks in its language; it has `chosen`, `words` were asked for."""
    said = []
    if "asr.script" in chosen and "asr.script" not in words:
        said.append(
            f"No offline recogniser hears {language}: asr.script stands in and hears its texts, one a turn, whatever "
            "is said. asr.google and asr.openai hear callers."
        )
    if "tts.tone" in chosen and "tts.tone" not in words:
        said.append(f"No offline voice speaks {language}: tts.tone stands in and hums.")
    if not has_phrases(language):
        said.append(f"The texts are English, as Kav has none in {language}: translate them.")
    return said


def _is_silent(word: str, language: str) -> bool:
    try:
        return bool(list(find(word).Settings().faults_in(language)))
    except WordError:  # its extra is not installed: told of when the word is looked up
        return False
