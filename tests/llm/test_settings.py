"""The settings that every model has."""

from __future__ import annotations

from pipeline.text.fixed import PHRASES
from processors.llm.script import ScriptDialogue
from tests.kit.dialogue import asked, said, script


def test_the_limits_can_be_set() -> None:
    """`max_chars` and `max_sentences`."""
    assert said(script("One. Two. Three.", max_sentences=2), [asked(), 0.1]) == ["One.", "Two."]
    assert said(script("Twelve chars. Twelve chars.", max_chars=20), [asked(), 0.1]) == ["Twelve chars."]


def test_the_phrases_are_known_ahead() -> None:
    """In the call's language, or as they are set."""
    settings = ScriptDialogue.Settings(say=["x"], failed="Oh no.")
    english = PHRASES["en"]
    assert ScriptDialogue.phrases(settings, "en-US") == (
        english["empty"],
        english["again"],
        english["unheard"],
        "Oh no.",
        english["failing"],
        english["gave_up"],
    )
    assert ScriptDialogue.phrases(settings, "he-IL")[0] == PHRASES["he"]["empty"]
