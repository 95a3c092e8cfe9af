"""BEHAVIOUR 4: "she won't let me speak"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline import audio
from pipeline.config import Config
from pipeline.frames import AgentSpeaking, Interrupt, SpeechStarted, Transcript, Utterance
from pipeline.testing import play, voice

LONG = "One two three four five six seven eight. Nine ten eleven twelve."  # 2.4 s and 1.44 s of sound
QUESTION = (1.0, voice(1.0))  # its turn is over at 2.36 s, the reply begins 220 to 360 ms later
OVER = 3.6  # well into the reply


def frames(count: Any) -> bytes:
    return voice(count * audio.FRAME_SECONDS)


def interrupted(agent: Any, count: int, **changes: Any) -> Any:
    """A call in which the caller makes so many voiced frames of sound while the agent speaks."""
    return play(agent(["question", "wait"], [LONG, "Yes?"], changes), [QUESTION, (OVER, frames(count))], 7.0)


def of_reply(call: Any) -> list[tuple[Any, Any]]:
    """The messages sent while the reply ran, from its first."""
    [first, *_] = call.times("media")
    return [(at, message["event"]) for at, message in call.sent if at >= first]


def test_two_voiced_frames_do_not_interrupt(agent: Callable[..., Config]) -> None:
    """A click of 40 ms: the reply is heard to the end."""
    call = interrupted(agent, 2)
    assert not call.frames(Interrupt) and "BARGE_IN: interrupt" not in call.log
    assert [it.heard for _, it in call.frames(AgentSpeaking)][-1] == LONG


def test_three_voiced_frames_interrupt(agent: Callable[..., Config]) -> None:
    """`clear` is sent in the tick of the third, before anything else; the log says so."""
    call = interrupted(agent, 3)
    third = OVER + 3 * audio.FRAME_SECONDS
    [(at, event), *_] = [it for it in of_reply(call) if it[0] > third - 0.001]
    assert (at, event) == (pytest.approx(third), "clear")
    assert call.frames(Interrupt)[0][0] == pytest.approx(third)
    assert call.log.count("BARGE_IN: interrupt") == 1


def test_nothing_of_the_old_turn_follows_the_clear(agent: Callable[..., Config]) -> None:
    """Neither sound nor marks, until the next reply."""
    call = interrupted(agent, 20)
    cleared = call.frames(Interrupt)[0][0]
    again = call.frames(AgentSpeaking)[-2 if not call.frames(AgentSpeaking)[-1][1].on else -1][0]
    assert not [it for it in call.sent if cleared <= it[0] < again and it[1]["event"] != "clear"]


def test_the_interruption_empties_the_line(agent: Callable[..., Config]) -> None:
    """What had been sent ahead is thrown away, never more than 200 ms of it."""
    call = interrupted(agent, 3)
    flushed = [seconds for at, seconds in call.playback.clears if seconds]
    assert len(flushed) == 1 and 0.1 < flushed[0] <= 0.2001


def test_the_model_remembers_only_what_was_heard(agent: Callable[..., Config]) -> None:
    """In whole words, up to the tick of the interruption."""
    call = interrupted(agent, 20)
    [(at, it)] = call.frames(Interrupt)
    assert it.heard and LONG.startswith(it.heard) and len(it.heard) < len(LONG)
    assert call.history()[:3] == [("user", "question"), ("assistant", it.heard), ("user", "wait")]
    began = call.times("media")[0]
    assert it.heard_seconds == pytest.approx(at - began, abs=0.021)


def test_the_callers_first_syllables_are_kept(agent: Callable[..., Config]) -> None:
    """The utterance begins 200 ms before the first voiced frame."""
    call = interrupted(agent, 40)
    utterance = call.frames(Utterance)[1][1]
    assert utterance.started == pytest.approx(OVER)
    assert utterance.voiced == pytest.approx(0.8)
    assert utterance.pcm[:3200] == bytes(3200)
    assert utterance.pcm[3200 : 3200 + 40 * 320] == audio.decode(audio.encode(frames(40)))


@pytest.mark.parametrize(("needed", "count", "stops"), [(5, 4, False), (5, 5, True), (1, 1, True)])
def test_how_many_frames_interrupt_can_be_set(
    agent: Callable[..., Config], needed: int, count: int, stops: bool
) -> None:
    """BARGE_IN_VOICE_FRAMES."""
    call = interrupted(agent, count, **{"end_of_utterance.barge_in_frames": needed})
    assert bool(call.frames(Interrupt)) is stops


def test_without_barge_in_the_agent_speaks_on(agent: Callable[..., Config]) -> None:
    """BARGE_IN=false: nothing that is said over it counts."""
    call = interrupted(agent, 40, **{"end_of_utterance.barge_in": False})
    assert not call.frames(Interrupt) and len(call.frames(SpeechStarted)) == 1
    assert call.frames(AgentSpeaking)[-1][1].heard == LONG


def test_a_cough_does_not_cost_the_rest_of_the_reply(agent: Callable[..., Config]) -> None:
    """Sound of 60 ms interrupted: the agent goes on with the sentences that were not heard."""
    call = play(agent(["question"], [LONG]), [QUESTION, (5.3, frames(3))], 9.0)
    assert call.said() == [
        "One two three four five six seven eight.",
        "Nine ten eleven twelve.",
        "Nine ten eleven twelve.",
    ]
    assert call.history()[1][1].startswith("One two three four five six")
    assert len(call.frames(Transcript)) == 1


def test_speech_without_words_does_not_cost_the_rest_of_the_reply(agent: Callable[..., Config]) -> None:
    """A noise of any length interrupted: the agent goes on, and asks for nothing to be repeated."""
    call = play(agent(["question", ""], [LONG]), [QUESTION, (OVER, voice(0.8))], 9.0)
    assert call.said()[-1] == "Nine ten eleven twelve." and "Sorry" not in " ".join(call.said())


# ---- the refractory time ------------------------------------------------------------------------------------------

REPLY = "Yes, we do."  # 0.66 s


def after_reply(agent: Any, gap: float, count: int, **line: Any) -> tuple[Any, Any]:
    """A call whose caller makes so many voiced frames of sound `gap` seconds after the agent was heard to the end."""
    steady = play(agent(["question"], [REPLY]), [QUESTION], 6.0, **line)
    played = next(at for at, it in steady.frames(AgentSpeaking) if not it.on)
    at = round((played + gap) / audio.FRAME_SECONDS) * audio.FRAME_SECONDS
    config = agent(["question", "yes"], [REPLY, "Good."])
    return play(config, [QUESTION, (at, frames(count))], at + 3.0, **line), at


@pytest.mark.parametrize("gap", [0.02, 0.3, 0.6])
def test_a_breath_after_the_agents_voice_is_no_speech(agent: Callable[..., Config], gap: float) -> None:
    """100 ms of voice within 750 ms."""
    call, _ = after_reply(agent, gap, 5)
    assert len(call.frames(SpeechStarted)) == 1


@pytest.mark.parametrize("gap", [0.02, 0.3, 0.6])
def test_a_quick_yes_after_the_agents_voice_is_not_lost(agent: Callable[..., Config], gap: float) -> None:
    """120 ms of voice are speech, from their first frame on and with their pre-roll."""
    call, at = after_reply(agent, gap, 6)
    utterance = call.frames(Utterance)[1][1]
    assert utterance.started == pytest.approx(at) and utterance.voiced == pytest.approx(0.12)
    assert utterance.pcm[3200 : 3200 + 6 * 320] == audio.decode(audio.encode(frames(6)))
    assert call.said()[-1] == "Good."


def test_after_750_ms_three_frames_are_speech_again(agent: Callable[..., Config]) -> None:
    """Voice that ends 0.76 s after the agent's; 0.1 s earlier it is a breath."""
    assert len(after_reply(agent, 0.72, 3)[0].frames(SpeechStarted)) == 2
    assert len(after_reply(agent, 0.62, 3)[0].frames(SpeechStarted)) == 1


@pytest.mark.fault("C20")
def test_the_refractory_time_counts_from_what_was_played(agent: Callable[..., Config]) -> None:
    """Marks, not sending: with none coming back it begins a second later, when they are given up."""
    steady = play(agent(["question"], [REPLY]), [QUESTION], 6.0)
    lost = play(agent(["question"], [REPLY]), [QUESTION], 6.0, echo_marks=False)
    played, given_up = (next(at for at, it in call.frames(AgentSpeaking) if not it.on) for call in (steady, lost))
    assert played == pytest.approx(steady.playback.end)
    assert given_up == pytest.approx(played + 1.0)


@pytest.mark.fault("C20")
def test_while_marks_are_missing_the_caller_can_interrupt(agent: Callable[..., Config]) -> None:
    """Nobody waits for a mark to be allowed to speak."""
    call = play(agent(["question", "yes"], [REPLY, "Good."]), [QUESTION, (3.5, voice(0.5))], 6.0, echo_marks=False)
    assert call.said()[-1] == "Good."
    assert call.history()[:3] == [("user", "question"), ("assistant", REPLY), ("user", "yes")]
