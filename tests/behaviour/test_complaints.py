"""What people said of the agent that the guide repaired: each complaint is a call that has to go well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeline.config import Config
from pipeline.frames import Interrupt, Transcript, Utterance
from pipeline.llm import Dialogue
from pipeline.testing import play, voice


def test_she_wont_let_me_speak(agent: Callable[..., Config]) -> None:
    """The caller speaks at once, over the answer, and over the next one: each time the agent stops within the tick."""
    config = agent(
        ["hello", "no, listen", "I only want three rooms"],
        [
            "Good morning and welcome, my name is Dana and I have a lot to say.",
            "But first let me tell you this.",
            "Fine.",
        ],
        {"greeting.text": "Welcome to our office, please listen to our greeting."},
    )
    call = play(config, [(0.1, voice(0.8)), (2.2, voice(1.0, 400)), (5.0, voice(1.2, 500))], 10.0)
    assert [it.text for _, it in call.frames(Transcript)] == ["hello", "no, listen", "I only want three rooms"]
    assert len(call.frames(Interrupt)) == 2 and call.heard()[-1] == "Fine."
    for _, it in call.frames(Interrupt):
        assert it.heard_seconds < 2


def test_no_transcription(agent: Callable[..., Config]) -> None:
    """On a line with hum and clicks, words short and long are all understood."""
    hum = b"\x40\x00\xc0\xff" * 4000 * 22  # an RMS of 64
    words = [(1.0, 0.16), (6.0, 3.0), (13.0, 0.4), (18.0, 1.0)]
    clicks = [(4.5, 0.02), (5.0, 0.04), (11.9, 0.02)]
    sounds = [(0.0, hum[: 16000 * 22])]
    sounds += [(at, voice(seconds, 300 + 20 * index)) for index, (at, seconds) in enumerate([*words, *clicks])]
    call = play(agent(["כן", "three rooms", "yes", "goodbye"], [f"Reply {n}." for n in range(4)]), sounds, 22.0)
    assert [it.text for _, it in call.frames(Transcript)] == ["כן", "three rooms", "yes", "goodbye"]
    assert call.heard() == [f"Reply {n}." for n in range(4)]


def test_silence(agent: Callable[..., Config]) -> None:
    """Whatever goes wrong behind the line, the caller hears something each time they have spoken."""
    config = agent(
        ["hello", "", "yes", "well"], ["", "Gladly. ", "Gladly.", "…"], {"asr.delay": "700ms", "tts.delay": "900ms"}
    )
    sounds = [(1.0 + 9 * index, voice(1.0, 300 + 50 * index)) for index in range(4)]
    call = play(config, sounds, 38.0, echo_marks=False)
    assert len(call.heard()) == 4 and all(call.heard())
    assert call.call.state == "ENDED" and call.call.faults == 0


def test_loops(agent: Callable[..., Config]) -> None:
    """A recogniser that hears the same thing over and over, and a model that says the same, do not make a loop."""
    config = agent(["hello"], ["How can I help."])
    sounds = [(1.0 + 2.75 * index, voice(0.8, 300 + 20 * index)) for index in range(5)]
    call = play(config, sounds, 30.0)
    again = "I see. Shall I go into detail, or shall we move on?"
    assert call.heard()[0] == "How can I help." and call.heard()[-1] == again
    assert call.heard().count(again) == 1 and call.log.count("DEDUP user → ignore") == 3


def test_i_specialise_in_again_and_again(agent: Callable[..., Config]) -> None:
    """A model that introduces itself in every reply does so once."""
    config = agent(
        ["שלום", "שלושה חדרים", "בחיפה", "תודה"],
        [
            "שמי דנה, אני מתמחה במקסימוס נדל״ן. איך אפשר לעזור?",
            "אני מתמחה בדירות כאלה.",
            "שמי דנה. בחיפה יש לנו שתיים.",
        ],
        {"language": "he-IL"},
    )
    sounds = [(1.0 + 12 * index, voice(1.0, 300 + 50 * index)) for index in range(4)]
    call = play(config, sounds, 48.0)
    assert sum("מתמחה" in text or "שמי" in text for text in call.heard()) == 1
    assert len(call.heard()) == 4


def test_disconnects(agent: Callable[..., Config]) -> None:
    """Seven minutes of stalls, bursts, lost marks and odd messages later the call is still there, and answers."""

    def late(at: Any) -> Any:
        return max(0.0, 2.0 - at % 17) if at > 15 else 0.0

    texts = [f"question {n}" for n in range(42)]
    sounds = [(1.0 + 10 * index, voice(1.0, 300 + index)) for index in range(42)]
    call = play(agent(texts, [f"Reply {n}." for n in range(42)]), sounds, 425.0, late=late, lost={"3.1", "7.1", "8.1"})
    assert call.call.cause == "stop" and call.call.faults == 0
    assert len(call.frames(Utterance)) == 42 and call.heard() == [f"Reply {n}." for n in range(42)]
    [dialogue] = [step for step in call.chain.steps if isinstance(step, Dialogue)]
    assert len(dialogue.history) == 84
