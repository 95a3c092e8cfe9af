"""BEHAVIOUR 8 and 9: the lines that must appear, the states, and the end of a call."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.config import Config
from pipeline.frames import CallEnded, SpeechStarted
from pipeline.testing import play, voice

QUESTION = (1.0, voice(1.0))
MZ, CA = "MZ" + "0" * 32, "CA" + "0" * 32


def states(call: Any) -> list[Any]:
    return [it["now"] for _, what, it in call.events if what == "state"]


def test_the_lines_of_a_call(agent: Callable[..., Config]) -> None:
    """In this order: the stream, its sound, the words, the voice, what was sent."""
    call = play(agent(["three rooms"]), [QUESTION], 6.0)
    lines = [line for line in call.log if not line.startswith("STATE")]
    assert lines[:4] == [
        f"WS_START sid={MZ} call_sid={CA}",
        f"WS_MEDIA sid={MZ} rx=50",
        "ASR_TEXT: three rooms",
        "tts_done turn=1 seconds=0.78",
    ]
    assert lines[4:] == [f"WS_TX sid={MZ} tx=39", "REPLY: Good morning."]


def test_the_words_of_each_reply_show_as_they_were_heard(agent: Callable[..., Config]) -> None:
    """A greeting, a whole reply, an interrupted one with the part that was heard, one that the call's end cut off."""
    config = agent(["one", "two"], ["Good morning, everybody."], {"greeting.text": "Hello there."})
    call = play(config, [(2.5, voice(1.0)), (5.0, voice(0.8))], 7.6)
    greeting, whole, cut = [line for line in call.log if line.startswith("REPLY")]
    assert greeting == "REPLY: Hello there."
    assert whole.startswith("REPLY: Good") and whole.endswith(" (interrupted)")
    assert cut.startswith("REPLY: I see") and cut.endswith(" (the call ended)")


def test_sound_is_reported_within_two_seconds(agent: Callable[..., Config]) -> None:
    """`rx=50` after a second of it."""
    assert f"WS_MEDIA sid={MZ} rx=50" in play(agent(), [], 1.01).log
    assert not any("WS_MEDIA" in line for line in play(agent(), [], 0.98).log)


def test_what_was_sent_is_never_reported_as_nothing(agent: Callable[..., Config]) -> None:
    """`tx=0` would send whoever diagnoses a call to the voice."""
    call = play(agent(["one", "two"]), [QUESTION, (6.0, voice(1.0, 400))], 11.0)
    sent = [int(tx) for line in call.log for tx in re.findall(r"WS_TX .* tx=(\d+)", line)]
    assert len(sent) == 2 and 0 < sent[0] < sent[1] == call.call.tx == len(call.times("media"))


def test_a_recogniser_that_hears_no_words_shows(agent: Callable[..., Config]) -> None:
    """`ASR_TEXT: ` with nothing after it."""
    assert "ASR_TEXT: " in play(agent([""]), [QUESTION], 4.0).log


def test_an_interruption_shows(agent: Callable[..., Config]) -> None:
    """`BARGE_IN: interrupt`, once each."""
    call = play(agent(["one", "two"], ["Good morning, everybody."]), [QUESTION, (3.2, voice(0.8))], 6.0)
    assert call.log.count("BARGE_IN: interrupt") == 1


def test_a_call_goes_through_its_states(agent: Callable[..., Config]) -> None:
    """LISTENING → THINKING → SPEAKING → LISTENING, and ENDED once."""
    call = play(agent(), [QUESTION], 6.0)
    assert states(call) == ["THINKING", "SPEAKING", "LISTENING", "ENDED"]
    assert [line for line in call.log if line.startswith("STATE")][:2] == [
        "STATE LISTENING → THINKING",
        "STATE THINKING → SPEAKING",
    ]


def test_an_interrupted_call_listens(agent: Callable[..., Config]) -> None:
    """At once, and then thinks about what it hears."""
    call = play(agent(["one", "two"], ["Good morning, everybody."]), [QUESTION, (3.2, voice(0.8))], 8.0)
    assert states(call) == ["THINKING", "SPEAKING", "LISTENING", "THINKING", "SPEAKING", "LISTENING", "ENDED"]
    assert [at for at, what, it in call.events if what == "state"][2] == call.frames(SpeechStarted)[1][0]


def test_a_call_whose_caller_goes_on_listens_again(agent: Callable[..., Config]) -> None:
    """Who speaks is listened to."""
    call = play(agent(["one", "two"], changes={"llm.delay": "1s"}), [QUESTION, (2.6, voice(0.8))], 7.0)
    assert states(call) == ["THINKING", "LISTENING", "THINKING", "SPEAKING", "LISTENING", "ENDED"]


@pytest.mark.parametrize("heard", ["", "hello"])
@pytest.mark.parametrize("seconds", [0.06, 0.2])
def test_a_call_never_stays_thinking(agent: Callable[..., Config], heard: str, seconds: float) -> None:
    """A click or a cough leaves it listening."""
    call = play(agent([heard]), [(1.0, voice(seconds))], 6.0)
    assert states(call)[-2:] == ["LISTENING", "ENDED"]


def test_speech_without_words_for_the_third_time_leaves_it_listening(agent: Callable[..., Config]) -> None:
    """Nobody is asked a third time, and nobody waits for an answer."""
    sounds = [(1.0 + 7 * index, voice(1.0, 300 + 50 * index)) for index in range(3)]
    assert states(play(agent([""]), sounds, 20.0))[-3:] == ["THINKING", "LISTENING", "ENDED"]


@pytest.mark.parametrize("seconds", [0.5, 1.5, 2.4, 2.8, 3.2, 4.0])
def test_a_call_ends_once_whatever_it_was_doing(agent: Callable[..., Config], seconds: float) -> None:
    """Listening, thinking, breathing, speaking: one end, one cause, nothing is sent after it."""
    config = agent(said=["Good morning, everybody."], changes={"llm.delay": "300ms", "tts.delay": "100ms"})
    call = play(config, [QUESTION], seconds)
    assert [it.reason for _, it in call.frames(CallEnded)] == ["stop"]
    assert states(call).count("ENDED") == 1 and call.call.cause == "stop"
    assert all(at <= seconds for at, _ in call.sent)
    assert not call.chain.tasks and not any(step.timers for step in call.chain.steps)


def test_a_call_that_says_goodbye_hangs_up(agent: Callable[..., Config]) -> None:
    """Once it was heard."""
    rules = {"llm.rules": {"intents": [{"hear": ["bye"], "say": ["Goodbye."], "hang_up": True}], "fallback": ["Yes?"]}}
    call = play(agent(["bye"], swap={"llm": rules}), [QUESTION], 20.0)
    assert call.call.cause == "goodbye"
    ended = next(at for at, what, it in call.events if what == "CallEnded")
    assert ended == pytest.approx(call.playback.end, abs=0.021)


@pytest.mark.parametrize("words", [True, False])
def test_the_log_may_be_without_words(agent: Callable[..., Config], log: list[str], words: bool) -> None:
    """`log_words: false` keeps the words of the caller and of the agent out of it, from INFO on."""
    play(agent(["three rooms"], ["Four, then."], changes={"log_words": words}), [QUESTION], 6.0)
    assert any("three rooms" in line for line in log) is words
    assert any("Four" in line for line in log) is words
