from __future__ import annotations

from typing import Any

import pytest

from pipeline.frames import AgentSpeaking, Hangup, Interrupt, ReplyText, Transcript, TurnDropped
from pipeline.testing import run
from pipeline.vocabulary import DropReason
from processors.llm.rules import Intent, RulesDialogue

SLOTS = {"rooms": ["two", "three", "three and a half"], "city": ["Tel Aviv", "Haifa"]}
INTENTS = [
    Intent(hear=["apartment", "flat"], say=["Gladly. How many rooms?"], then="rooms"),
    Intent(hear=["{rooms} rooms"], say=["{rooms} rooms in {city}.", "{rooms} rooms. In which city?"], then="city"),
    Intent(hear=["{city}"], say=["{rooms} rooms in {city}.", "In {city}. How many rooms?"]),
    Intent(hear=["yes"], say=["Which city, then?"], during="city"),
    Intent(hear=["yes"], say=["Yes to what?"]),
    Intent(hear=["goodbye", "thank you goodbye"], say=["Goodbye."], hang_up=True),
]
FALLBACK = ["Pardon?", "I am lost."]


def rules(**changed: Any) -> RulesDialogue:
    fields = {"intents": INTENTS, "fallback": FALLBACK, "slots": SLOTS, **changed}
    return RulesDialogue(RulesDialogue.Settings(**fields))


def talk(dialogue: RulesDialogue, *texts: str) -> list[str]:
    """The replies to what is said, each heard to the end."""
    inputs = [it for text in texts for it in (Transcript(0, text), 0.1, AgentSpeaking(False, f"heard {text}"))]
    out = run(dialogue, inputs)
    return [it.text for it in out if isinstance(it, ReplyText)]


def test_a_conversation_remembers_what_it_was_told() -> None:
    """The first reply whose slots are all known is given, in the config's spelling and with a capital letter."""
    assert talk(rules(), "an apartment", "three rooms please", "in haifa") == [
        "Gladly.",
        "How many rooms?",
        "Three rooms.",
        "In which city?",
        "Three rooms in Haifa.",
    ]
    assert talk(rules(), "HAIFA!", "two rooms") == ["In Haifa.", "How many rooms?", "Two rooms in Haifa."]


def test_the_longest_words_that_fit_win() -> None:
    """Of a slot's values, too."""
    assert talk(rules(), "three and a half rooms") == ["Three and a half rooms.", "In which city?"]
    assert talk(rules(), "a flat in haifa or goodbye") == talk(rules(), "goodbye")


def test_an_open_topic_comes_first() -> None:
    """What may mean two things means the one that was asked about."""
    assert talk(rules(), "yes") == ["Yes to what?"]
    assert talk(rules(), "two rooms", "yes")[2:] == ["Which city, then?"]


@pytest.mark.parametrize("text", ["apartments", "reflat", "bathrooms", ""])
def test_words_count_whole(text: str) -> None:
    """A part of a word is another word."""
    assert talk(rules(), text or "hm") == ["Pardon?"]


def test_what_fits_nothing_gets_the_fallbacks_in_turn() -> None:
    """Over and over."""
    assert talk(rules(), "a", "b", "c") == ["Pardon?", "I am lost.", "Pardon?"]


def test_hebrew_words_may_have_prefix_letters() -> None:
    """And be spelled with niqqud, or quotes of any kind."""
    dialogue = rules(
        intents=[
            Intent(hear=["דירה"], say=["כמה חדרים?"]),
            Intent(hear=["{city}"], say=["ב{city}."]),
            Intent(hear=["נדל״ן"], say=["כן."]),
        ],
        slots={"city": ["תל אביב", "חיפה"]},
    )
    assert talk(dialogue, "רוצה לשאול על הדירה", "בתל־אביב", "וחֵיפָה", "נדל''ן") == [
        "כמה חדרים?",
        "בתל אביב.",
        "בחיפה.",
        "כן.",
    ]


def test_goodbye_ends_the_call_once_it_was_heard() -> None:
    """Not before, and not if the caller interrupted it."""
    bye: list[Any] = [Transcript(0, "goodbye"), 0.1, AgentSpeaking(True)]
    assert Hangup("goodbye") not in run(rules(), bye)
    assert Hangup("goodbye") in run(rules(), [*bye, AgentSpeaking(False, "Goodbye.")])
    cut: list[Any] = [*bye, Interrupt(0, "Good", 0.1), Transcript(0, "yes"), 0.1, AgentSpeaking(False, "Yes to what?")]
    assert Hangup("goodbye") not in run(rules(), cut)


@pytest.mark.parametrize("next_words", ["what about parking", ""])
def test_an_interrupted_goodbye_hangs_up_on_no_question(next_words: str) -> None:
    """Nor on one without an intent, nor on what is said in its place; the rest of the goodbye, heard later, does."""
    bye: list[Any] = [Transcript(0, "goodbye"), 0.1, AgentSpeaking(True), Interrupt(0, "", 0.1)]
    other: list[Any] = [Transcript(0, next_words), 0.1, AgentSpeaking(True), AgentSpeaking(False, "Which one?")]
    assert Hangup("goodbye") not in run(rules(), [*bye, *other])
    again: list[Any] = [TurnDropped(0, DropReason.SHORT), 0.1, AgentSpeaking(True), AgentSpeaking(False, "Goodbye.")]
    assert Hangup("goodbye") in run(rules(), [*bye, *again])


def test_a_config_that_cannot_work_says_why() -> None:
    """A slot that is not there, a topic that nothing opens."""
    intents = [Intent(hear=["x", "{day}"], say=["{day}"]), Intent(hear=["y"], say=["z", "{rom}"], during="never")]
    settings = RulesDialogue.Settings(intents=intents, fallback=["?"], slots={"room": ["one"]})
    assert list(settings.faults()) == [
        ("intents[1].hear[2]", "uses the slot {day}, which `slots` does not have"),
        ("intents[2].say[2]", "uses the slot {rom}, which `slots` does not have; did you mean {room}?"),
        ("intents[2]", "waits for the topic `never`, which no `then` opens"),
    ]
    assert not list(rules().settings.faults())
