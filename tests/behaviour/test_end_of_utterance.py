"""BEHAVIOUR 5: "no transcription"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline import audio
from pipeline.config import Config
from pipeline.frames import AgentSpeaking, SpeechStarted, Transcript, TurnDropped, Utterance
from pipeline.llm import Dialogue
from pipeline.testing import play, spoken, voice

FRAME = audio.FRAME_SECONDS


def chirps(seconds: float) -> Any:
    """Voice that never repeats itself."""
    count = round(seconds / FRAME)
    return b"".join(audio.tone(FRAME, 300 + 5 * (index % 397), 8000) for index in range(count))


def asked(call: Any) -> list[Any]:
    """What the model was asked, in the end."""
    [dialogue] = [step for step in call.chain.steps if isinstance(step, Dialogue)]
    return [line.text for line in dialogue.history if line.role == "user"]


def answers(call: Any) -> list[Any]:
    """What the caller heard to the end."""
    return [it.heard for _, it in call.frames(AgentSpeaking) if not it.on]


def with_pause(agent: Any, before: float, pause: float) -> int:
    """How many utterances there are of two stretches of voice with a pause between them."""
    call = play(agent(["one", "two"]), [(1.0, voice(before)), (1.0 + before + pause, voice(0.5))], 5.0 + before)
    return len(call.frames(Utterance))


@pytest.mark.parametrize(("before", "pause", "utterances"), [
    (1.02, 0.46, 1),  # 1.22 s with the pre-roll: a long one
    (1.02, 0.48, 2),
    (1.0, 0.34, 1),  # exactly 1.2 s: a short one
    (1.0, 0.36, 2),
    (0.16, 0.34, 1),
    (0.16, 0.36, 2),
])  # fmt: skip
def test_so_much_silence_ends_an_utterance(
    agent: Callable[..., Config], before: float, pause: float, utterances: int
) -> None:
    """MIN_UTT_SEC after a long one, 0.12 s less after one of up to 1.2 s."""
    assert with_pause(agent, before, pause) == utterances


@pytest.mark.parametrize(("seconds", "heard"), [(0.04, False), (0.06, False), (0.08, False), (0.1, True), (0.16, True)])
def test_a_click_is_no_utterance_and_a_quick_word_is(agent: Callable[..., Config], seconds: float, heard: bool) -> None:
    """Up to 0.28 s with its pre-roll is dropped before it costs a recognition."""
    call = play(agent(["כן"]), [(1.0, voice(seconds))], 3.0)
    assert [it.text for _, it in call.frames(Transcript)] == ["כן"] * heard
    assert bool(call.frames(TurnDropped)) is (seconds in (0.06, 0.08))
    assert bool(call.times("media")) is heard


def test_a_click_stops_no_reply(agent: Callable[..., Config]) -> None:
    """Two voiced frames while the model thinks are nothing at all."""
    call = play(agent(changes={"llm.delay": "1s"}), [(1.0, voice(1.0)), (2.6, voice(0.04))], 5.0)
    assert len(call.frames(SpeechStarted)) == 1
    assert call.times("media")[0] == pytest.approx(3.36)


def test_speech_is_announced_with_the_third_voiced_frame(agent: Callable[..., Config]) -> None:
    """Where it began and what was said so far come with it."""
    [(at, started)] = play(agent(), [(1.0, voice(1.0))], 3.0).frames(SpeechStarted)
    assert (at, started.at, audio.seconds(started.pcm)) == (pytest.approx(1.06), 1.0, 0.26)


def test_seven_seconds_are_cut_and_what_follows_is_joined(agent: Callable[..., Config]) -> None:
    """A long sentence is two utterances without a sample lost or doubled, and one message to the model."""
    sentence = chirps(9.0)
    call = play(agent(["the first part", "and the rest"]), [(1.0, sentence)], 14.0)
    first, second = (it for _, it in call.frames(Utterance))
    assert audio.seconds(first.pcm) == 7.0
    assert (first.pcm + second.pcm)[: 3200 + len(sentence)] == bytes(3200) + audio.decode(audio.encode(sentence))
    assert asked(call) == ["the first part and the rest"]
    assert answers(call) == ["Good morning."]


@pytest.mark.parametrize("delay", ["0s", "300ms", "2s", "4s"])
def test_however_long_recognition_takes_no_part_is_lost(agent: Callable[..., Config], delay: str) -> None:
    """The caller goes on before the first part has been understood."""
    config = agent(["the first part", "and the rest"], changes={"asr.delay": delay, "pacer.answer_within": "20s"})
    call = play(config, [(1.0, chirps(9.0))], 22.0)
    assert asked(call) == ["the first part and the rest"]
    assert answers(call) == ["Good morning."]


def test_a_pause_for_breath_is_no_end_of_the_question(agent: Callable[..., Config]) -> None:
    """Half a second of silence inside of it: one message, one answer."""
    call = play(agent(["three rooms", "in Haifa"]), [(1.0, voice(1.5)), (3.05, voice(1.0))], 8.0)
    assert len(call.frames(Utterance)) == 2
    assert asked(call) == ["three rooms in Haifa"] and answers(call) == ["Good morning."]
    assert len(call.times("clear")) == 1


# ---- the network --------------------------------------------------------------------------------------------------


def outcome(call: Any) -> tuple[list[tuple[Any, Any, Any, Any]], list[tuple[Any, Any]], list[Any]]:
    """What does not depend on when the sound came."""
    return (
        [(it.turn, it.pcm, it.started, it.ended) for _, it in call.frames(Utterance)],
        [(it.turn, it.at) for _, it in call.frames(SpeechStarted)],
        asked(call),
    )


SOUND = spoken((1.0, chirps(1.5)), (2.9, chirps(0.7)), (9.0, voice(0.16)))


@pytest.mark.fault("C18")
@pytest.mark.parametrize(
    "late",
    [
        lambda at: 0.3,
        lambda at: max(0.0, 2.9 - at) if at > 2.0 else 0.0,  # everything in the pause comes at once, with the next word
        lambda at: max(0.0, 2.4 - at) if at > 1.4 else 0.0,  # a stall in the middle of a word
        lambda at: 0.12 if round(at * 50) % 7 == 0 else 0.0,
        lambda at: 0.02 * (at % 1.0),
    ],
    ids=["all late", "a burst", "a stall", "jitter", "drift"],
)
def test_the_network_changes_nothing(agent: Callable[..., Config], late: Callable[..., Any]) -> None:
    """The stream's own clock says when somebody paused, whenever it is heard of."""
    config = agent(["three rooms", "in Haifa", "yes"])
    assert outcome(play(config, SOUND, 12.0, late=late)) == outcome(play(config, SOUND, 12.0))


@pytest.mark.fault("C19")
def test_half_a_minute_at_once_is_what_it_is_in_time(agent: Callable[..., Config]) -> None:
    """Even if all of a call comes at its end."""
    config = agent(["three rooms", "in Haifa", "yes"])
    late = play(config, SOUND, 12.0, late=lambda at: 12.0 - at)
    assert [it[1] for it in outcome(late)[0]] == [it[1] for it in outcome(play(config, SOUND, 12.0))[0]]
