"""BEHAVIOUR 4: "she won't let me speak"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline import audio
from pipeline.config import Config
from pipeline.frames import (
    AgentSpeaking,
    Interrupt,
    SpeechHeld,
    SpeechReleased,
    SpeechStarted,
    Transcript,
    Utterance,
)
from pipeline.testing import play, voice

LONG = "One two three four five six seven eight. Nine ten eleven twelve."  # 2.4 s and 1.44 s of sound
SENTENCES = ["One two three four five six seven eight.", "Nine ten eleven twelve."]
QUESTION = (1.0, voice(1.0))  # its turn is over at 2.36 s, the reply begins 220 to 360 ms later
OVER = 3.6  # well into the reply


def frames(count: Any) -> bytes:
    return voice(count * audio.FRAME_SECONDS)


LITERAL = {"end_of_utterance.confirm": "0s"}  # the third voiced frame interrupts, whatever comes of it


def interrupted(agent: Any, count: int, said: Any = "wait", **changes: Any) -> Any:
    """A call in which the caller makes so many voiced frames of sound while the agent speaks."""
    return play(agent(["question", said], [LONG, "Yes?"], changes), [QUESTION, (OVER, frames(count))], 7.0)


def of_reply(call: Any) -> list[tuple[Any, Any]]:
    """The messages sent while the reply ran, from its first."""
    [first, *_] = call.times("media")
    return [(at, message["event"]) for at, message in call.sent if at >= first]


def test_two_voiced_frames_do_not_interrupt(agent: Callable[..., Config]) -> None:
    """A click of 40 ms: the reply is heard to the end."""
    call = interrupted(agent, 2)
    assert not call.frames(Interrupt) and "BARGE_IN: interrupt" not in call.log
    assert [it.heard for _, it in call.frames(AgentSpeaking)][-1] == LONG


def test_three_voiced_frames_stop_her(agent: Callable[..., Config]) -> None:
    """From the tick of the third on no sound leaves: she falls silent when the 200 ms under way have been heard."""
    call = interrupted(agent, 20)
    third, cleared = OVER + 3 * audio.FRAME_SECONDS, call.frames(Interrupt)[0][0]
    assert not [at for at in call.times("media") if third - 0.001 < at <= cleared]
    assert cleared == pytest.approx(OVER + 0.4) and call.log.count("BARGE_IN: interrupt") == 1
    assert call.frames(Interrupt)[0][1].silent_after == pytest.approx(0.25, abs=0.05)


def test_by_the_literal_rule_three_voiced_frames_interrupt(agent: Callable[..., Config]) -> None:
    """`clear` is sent in the tick of the third, before anything else; the log says so."""
    call = interrupted(agent, 3, **LITERAL)
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
    call = interrupted(agent, 3, **LITERAL)
    flushed = [seconds for at, seconds in call.playback.clears if seconds]
    assert len(flushed) == 1 and 0.1 < flushed[0] <= 0.2001


def test_the_model_remembers_only_what_was_heard(agent: Callable[..., Config]) -> None:
    """In whole words, up to the tick of the interruption, or to the last sound that was sent."""
    call = interrupted(agent, 20)
    [(_, it)] = call.frames(Interrupt)
    assert it.heard and LONG.startswith(it.heard) and len(it.heard) < len(LONG)
    assert call.history()[:3] == [("user", "question"), ("assistant", it.heard), ("user", "wait")]
    began = call.times("media")[0]
    assert it.heard_seconds == pytest.approx(OVER + it.silent_after - began, abs=0.021)


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
    assert bool(call.frames(SpeechHeld)) is stops


def test_without_barge_in_the_agent_speaks_on(agent: Callable[..., Config]) -> None:
    """BARGE_IN=false: nothing that is said over it counts."""
    call = interrupted(agent, 40, **{"end_of_utterance.barge_in": False})
    assert not call.frames(Interrupt) and len(call.frames(SpeechStarted)) == 1
    assert call.frames(AgentSpeaking)[-1][1].heard == LONG


@pytest.mark.parametrize("length", [0.06, 0.16, 0.3, 0.38])
def test_a_sound_that_is_no_word_is_a_pause(agent: Callable[..., Config], length: float) -> None:
    """The agent goes on with the very next 20 ms; of the caller's turn nothing was ever known."""
    for said in ("", "mm-hm", "Yeah, okay."):
        call = interrupted(agent, round(length / 0.02), said)
        plain = play(agent(["question"], [LONG]), [QUESTION], 7.0)
        assert call.heard() == [LONG] and call.said() == plain.said() and len(call.frames(SpeechStarted)) == 1
        assert [it["media"] for _, it in call.sent if it["event"] == "media"] == [
            it["media"] for _, it in plain.sent if it["event"] == "media"
        ]
        assert call.chain.turn == 1 and len(call.frames(SpeechReleased)) == 1
        [(at, _)], went = call.frames(SpeechReleased), call.times("media")
        assert at == pytest.approx(OVER + length + 0.16) and min(it for it in went if it > at - 0.001) == at


@pytest.mark.parametrize("said", ["stop", "no", "yes but", "לא"])
def test_a_short_word_that_is_no_nod_interrupts(agent: Callable[..., Config], said: str) -> None:
    """Once it is known, even if the agent has gone on: it is a turn like any other, and is answered."""
    for changes in ({}, {"asr.interim": "250ms"}):
        call = interrupted(agent, 12, said, **changes)
        assert call.history()[2:] == [("user", said), ("assistant", "Yes?")]
        assert len(call.frames(Interrupt)) == 1 and call.chain.turn == 2


def test_interim_words_interrupt_at_once(agent: Callable[..., Config]) -> None:
    """Before 400 ms of voice, and before the agent would have gone on."""
    call = interrupted(agent, 15, "stop", **{"asr.interim": "200ms"})
    assert call.frames(Interrupt)[0][0] == pytest.approx(OVER + 0.06 + 0.2)
    assert not call.frames(SpeechReleased)


def test_an_interim_nod_lets_the_agent_go_on(agent: Callable[..., Config]) -> None:
    """In the middle of the voice; more voice than 400 ms after it is an interruption all the same."""
    call = interrupted(agent, 25, "mhm", **{"asr.interim": "200ms"})
    assert call.frames(SpeechReleased)[0][0] == pytest.approx(OVER + 0.26) and call.heard() == [LONG]
    assert interrupted(agent, 60, "mhm", **{"asr.interim": "200ms"}).frames(Interrupt)


def test_a_long_nod_costs_nothing_of_the_reply(agent: Callable[..., Config]) -> None:
    """It interrupted, by its length, before its words came: the agent goes on with what was not heard."""
    call = interrupted(agent, 40, "mm-hmm")
    assert call.frames(Interrupt) and call.said() == [*SENTENCES, *SENTENCES]
    assert [line for line in call.history() if line[0] == "user"] == [("user", "question")]


@pytest.mark.parametrize(
    ("reply", "at", "answers"),
    [
        ("Is it far? One two three four five six seven eight.", 0.9, True),  # just asked
        ("Is it far? One two three four five six seven eight.", 1.9, False),  # the agent has gone on since
        ("One two three four five.", 0.9, True),  # 0.54 s to go
        ("One two three four five.", 0.3, False),
    ],
)
def test_a_nod_that_answers_is_answered(agent: Callable[..., Config], reply: str, at: float, answers: bool) -> None:
    """The agent has just asked, or has less than a second to say."""
    config = agent(["question", "yes"], [reply, "Good."])
    began = play(config, [QUESTION], 6.0).times("media")[0]
    call = play(config, [QUESTION, (round((began + at) / 0.02) * 0.02, voice(0.2))], 9.0)
    assert call.history()[2:] == ([("user", "yes"), ("assistant", "Good.")] if answers else [])
    assert answers or call.heard() == [reply]


def test_voice_over_the_replys_end_is_the_callers_turn(agent: Callable[..., Config]) -> None:
    """From its first frame on; all sound was sent when it began, and all of it is heard."""
    reply = "One two three four."
    steady = play(agent(["question"], [reply]), [QUESTION], 6.0)
    ends = next(at for at, it in steady.frames(AgentSpeaking) if not it.on)
    at = round((ends - 0.1) / 0.02) * 0.02
    call = play(agent(["question", "then"], [reply, "Good."]), [QUESTION, (at, voice(0.3))], 8.0)
    assert call.heard() == [reply, "Good."] and not call.frames(Interrupt)
    assert call.frames(SpeechStarted)[1][1].at == pytest.approx(at)
    assert call.frames(Utterance)[1][1].started == pytest.approx(at)


def test_a_call_that_ends_in_a_pause_leaves_nothing(agent: Callable[..., Config]) -> None:
    """What was heard of the reply is in the record."""
    call = play(agent(["question"], [LONG]), [QUESTION, (OVER, voice(0.3))], OVER + 0.2)
    assert call.frames(SpeechHeld) and not call.frames(Interrupt)


def test_by_the_literal_rule_a_cough_does_not_cost_the_rest_of_the_reply(agent: Callable[..., Config]) -> None:
    """Sound of 60 ms interrupted: the agent goes on with the sentences that were not heard."""
    call = play(agent(["question"], [LONG], LITERAL), [QUESTION, (5.3, frames(3))], 9.0)
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
