"""An answer that is begun before the caller's turn is over: sooner heard, and never a wrong word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.config import Config
from pipeline.frames import AgentSpeaking, ReplyAhead, TurnDropped
from pipeline.testing import play, voice

QUESTION = (1.0, voice(1.0))  # its turn is over at 2.36 s
DECIDED = 2.36
SLOW = {"asr.delay": "250ms", "llm.delay": "350ms", "tts.delay": "200ms", "asr.interim": "100ms"}
NO_BREATH = {"pacer.min_delay": "0s", "pacer.max_delay": "0s"}


def called(
    agent: Any,
    sounds: tuple[tuple[float, bytes]] | list[Any] = (QUESTION,),
    heard: tuple[str] | list[str] = ("three rooms",),
    said: tuple[str] | list[str] = ("Good morning.",),
    seconds: float = 8.0,
    **changes: Any,
) -> Any:
    fields = SLOW | NO_BREATH | {key.replace("__", "."): value for key, value in changes.items()}
    return play(agent(list(heard), list(said), fields), list(sounds), seconds)


def gap(call: Any) -> Any:
    """Seconds from the end of the caller's turn to the agent's voice."""
    return call.times("media")[0] - DECIDED


def outcomes(call: Any) -> list[Any]:
    return [it["outcome"] for _, what, it in call.events if what == "ahead"]


@pytest.mark.parametrize(("slow", "off", "on"), [("0s", 0.6, 0.25), ("200ms", 0.8, 0.25)])
def test_the_gap_is_shorter_by_what_was_made_ahead(
    agent: Callable[..., Config], slow: str, off: float, on: float
) -> None:
    """By the model's delay, and by that of the voice: what remains is recognition."""
    assert gap(called(agent, tts__delay=slow, llm__preemptive=False)) == pytest.approx(off)
    call = called(agent, tts__delay=slow)
    assert gap(call) == pytest.approx(on) and outcomes(call) == ["used"]


def test_it_is_never_shorter_than_the_breath(agent: Callable[..., Config]) -> None:
    """220 to 360 ms, as ever."""
    call = called(agent, asr__delay="0s", pacer__min_delay="220ms", pacer__max_delay="360ms")
    assert 0.22 - 1e-6 <= gap(call) <= 0.36 + 1e-6
    assert gap(called(agent, pacer__min_delay="500ms", pacer__max_delay="500ms")) == pytest.approx(0.5)


def test_nothing_is_audible_before_the_words_are_final(agent: Callable[..., Config]) -> None:
    """However early all of it is ready."""
    call = called(agent, asr__delay="3s", pacer__filler_after="0s", pacer__answer_within="20s")
    assert gap(call) == pytest.approx(3.0) and min(at for at, _ in call.frames(ReplyAhead)) < DECIDED
    assert call.said() == ["Good morning."] and len(call.times("clear")) == 1


def test_a_slow_model_is_ahead_by_as_much_as_there_was_time(agent: Callable[..., Config]) -> None:
    """Its words stand still at 1.46 s and are final at 2.61 s: that much of its 2 s has passed."""
    assert gap(called(agent, llm__delay="2s", tts__delay="0s")) == pytest.approx(3.46 - DECIDED)


def test_switched_off_nothing_changes(agent: Callable[..., Config]) -> None:
    """Interim words or none."""
    plain, other = (called(agent, llm__preemptive=False, asr__interim=it) for it in ("0s", "100ms"))
    assert plain.sent == other.sent and not other.frames(ReplyAhead) and not outcomes(other)


def test_a_caller_who_goes_on_gets_one_answer_to_all_of_it(agent: Callable[..., Config]) -> None:
    """The guess at their first words is wasted."""
    sounds = [QUESTION, (2.5, voice(1.0, 400))]
    call = called(agent, sounds, ["three rooms", "in Haifa"], ["First.", "Second.", "Third."], llm__delay="1s")
    assert len([it for _, it in call.frames(AgentSpeaking) if it.on]) == 1
    assert "wasted" in outcomes(call) or outcomes(call) == ["used", "used"]


def test_a_repetition_wastes_it(agent: Callable[..., Config]) -> None:
    """It is dropped after recognition, and nobody hears the guess."""
    said = ["First, and a few words more, so that it is still heard.", "Second."]
    call = called(agent, [QUESTION, (3.2, voice(1.0, 400))], ["three rooms"], said, 12.0)
    assert [it.reason for _, it in call.frames(TurnDropped)] == ["repeated"]
    assert "Second." not in call.said() and outcomes(call) == ["used", "wasted"]


def test_an_introduction_is_not_made_ahead_where_it_would_be_dropped(agent: Callable[..., Config]) -> None:
    """The caller has heard the agent: it introduces itself no more."""
    said = ["Good morning.", "שמי דנה.", "We are open. שמי דנה."]
    sounds = [(1.0 + 6 * turn, voice(1.0, 300 + 50 * turn)) for turn in range(3)]
    call = called(agent, sounds, ["one", "two", "three"], said, 20.0)
    assert outcomes(call) == ["used"] * 3
    assert call.heard()[0] == "Good morning." and not any("שמי" in text for text in call.heard())


def test_the_sound_is_whole(agent: Callable[..., Config]) -> None:
    """What was made ahead is heard once, in full, and the next sentence after it."""
    call = called(agent, said=["Good morning. How are you?"])
    assert call.heard() == ["Good morning. How are you?"]
    assert call.playback.media == 39 + 36 and not call.playback.underruns
