"""The agent's own voice comes back over the line: it neither stops the agent nor is it answered."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pipeline.config import Config
from pipeline.events import EchoHeard
from pipeline.frames import AgentSpeaking, Interrupt, SpeechHeld, SpeechStarted
from pipeline.testing import Played
from tests.kit.chain import chain
from tests.kit.echo import Changed, at_level, louder, play_echoing, speech, with_speech

LONG = (
    "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen. " * 2
)
QUESTION = (1.0, speech(1.2, 1, 3000))  # the reply begins at about 3 s, and lasts 13 s
GUARDED = chain(
    vad=("vad.energy", "echo_guard"),
    asr="asr.script: {say: [question, wait]}",
    llm=f'llm.script: {{say: ["{LONG}", "Yes?"]}}',
)


def in_room(decibels: float) -> Changed:
    """An echo path through a room that rings for 40 ms."""
    rng = np.random.default_rng(3)
    ringing = rng.standard_normal(320) * np.exp(-np.arange(320) / 80)
    ringing /= np.sqrt(np.sum(ringing**2))
    before = np.zeros(320)

    def change(_: float, pcm: bytes) -> bytes:
        nonlocal before
        sound = np.concatenate((before, louder(pcm, decibels)))
        before = sound[-320:]
        return bytes(np.convolve(sound, ringing, "full")[320:480].clip(-32768, 32767).astype("<i2"))

    return change


@pytest.fixture
def agent(config: Callable[..., Config]) -> Callable[..., Config]:
    return lambda text=GUARDED: with_speech(config(text))


def replies(call: Played) -> list[str]:
    return [it.heard for _, it in call.frames(AgentSpeaking) if not it.on]


def heard(call: Played) -> list[EchoHeard]:
    return [it for _, it in call.told if isinstance(it, EchoHeard)]


@pytest.mark.parametrize("lag", [0.08, 0.25, 0.75])
@pytest.mark.parametrize("changed", [at_level(-10), at_level(-20), in_room(-12)])
def test_an_echo_stops_nothing(agent: Callable[..., Config], lag: float, changed: Changed) -> None:
    """Early or late, loud or soft, through a room: the reply is heard to its end, and no turn is taken from it."""
    call = play_echoing(agent(), [QUESTION], 18, lag, changed)
    assert replies(call) == [LONG.strip()] and not call.frames(Interrupt)
    assert len(call.frames(SpeechStarted)) == 1


def test_without_the_step_it_stops_itself(agent: Callable[..., Config]) -> None:
    """The same line shows the fault that the step mends."""
    assert play_echoing(agent(GUARDED.replace("  - echo_guard\n", "")), [QUESTION], 18).frames(Interrupt)


def interrupted_at(call: Played) -> tuple[float, float]:
    """The time at which the agent paused, and that at which it was interrupted."""
    [(paused, _), *_], [(interrupted, _), *_] = call.frames(SpeechHeld), call.frames(Interrupt)
    return paused, interrupted


@pytest.mark.parametrize("changed", [at_level(-10), in_room(-10), at_level(-20)])
@pytest.mark.parametrize("seed", range(4))
def test_a_caller_over_an_echo_interrupts(agent: Callable[..., Config], changed: Changed, seed: int) -> None:
    """It pauses no later than 0.1 s after it would on a clean line, and is interrupted no later than 0.2 s after."""
    parts = [QUESTION, (7.0, speech(2, 100 + seed))]
    over = interrupted_at(play_echoing(agent(), parts, 10, changed=changed))
    clean = interrupted_at(play_echoing(agent(), parts, 10, changed=at_level(-90)))
    assert 7 < over[0] <= clean[0] + 0.1 and over[1] <= clean[1] + 0.2


@pytest.mark.parametrize("seed", range(6))
def test_on_a_clean_line_a_caller_interrupts_as_soon_as_without_the_step(
    agent: Callable[..., Config], seed: int
) -> None:
    """To the tick, and no echo is told."""
    parts = [QUESTION, (5.0 + 0.3 * seed, speech(2, 200 + seed))]
    call = play_echoing(agent(), parts, 10, changed=at_level(-90))
    assert interrupted_at(call) == interrupted_at(
        play_echoing(agent(GUARDED.replace("  - echo_guard\n", "")), parts, 10, changed=at_level(-90))
    )
    assert not heard(call)


def test_the_lag_and_the_level_are_told(agent: Callable[..., Config]) -> None:
    """With the stretches of the caller's sound that were echo."""
    told = heard(play_echoing(agent(), [QUESTION], 18, 0.2, at_level(-12)))
    assert told[-1].lag == pytest.approx(0.2, abs=0.001) and told[-1].level == pytest.approx(-12, abs=1)
    assert sum(it.seconds for it in told) > 8


def test_an_echo_that_moves_is_found_again(agent: Callable[..., Config]) -> None:
    """A bridge changes its lag in the middle of a reply."""
    call = play_echoing(agent(), [QUESTION], 18, lambda at: 0.15 if at < 8 else 0.42, at_level(-10))
    assert replies(call) == [LONG.strip()]
    assert heard(call)[-1].lag == pytest.approx(0.42, abs=0.001)


def test_an_echo_that_drifts_is_followed(agent: Callable[..., Config]) -> None:
    """The clocks of a line and of the agent differ by 200 in a million, and more."""
    call = play_echoing(agent(), [QUESTION], 18, lambda at: 0.15 + 0.0005 * at, at_level(-10))
    assert replies(call) == [LONG.strip()]


def test_after_an_interruption_the_echo_of_the_rest_is_still_known(agent: Callable[..., Config]) -> None:
    """`clear` cuts the voice that was sent and not played: the next reply is heard to its end."""
    call = play_echoing(agent(), [QUESTION, (7.0, speech(1.5, 9))], 20, 0.3, at_level(-10))
    assert len(call.frames(Interrupt)) == 1 and replies(call) == ["Yes?"]
