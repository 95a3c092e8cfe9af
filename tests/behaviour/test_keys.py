"""A caller who presses keys: over the agent, under speech, and in any order with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import Config, load
from pipeline.frames import Keys, SpeechStarted, Transcript, TurnDropped
from pipeline.testing import Played, play, voice
from pipeline.vocabulary import State
from tests.kit.chain import chain

LONG = "llm.script: {say: [Good morning and welcome to our very long sentence about nothing at all.]}"


def config(folder: Path, step: str = "keys", llm: str = "llm.script: {say: [Good morning.]}") -> Config:
    """A whole agent with `keys`, above the model."""
    path = folder / "keys.yaml"
    path.write_text(chain(asr=("asr.script: {say: [hello]}", step), llm=llm), encoding="utf-8")
    return load(path)


def typed(at: float, text: str, every: float = 0.15) -> list[tuple[float, str]]:
    """Keys that are pressed from a time on."""
    return [(at + every * number, key) for number, key in enumerate(text)]


def entered(call: Played) -> list[str]:
    """The keys of each entry."""
    return [it.digits for _, it in call.frames(Keys)]


@pytest.mark.fault("K1")
def test_a_key_over_the_agents_voice_stops_it_in_the_same_tick(tmp_path: Path) -> None:
    """As a voice does, and every key counts."""
    call = play(config(tmp_path, llm=LONG), [(0.5, voice(0.8))], 12.0, keys=typed(3.01, "12#"))
    assert 3.01 in [pytest.approx(at, abs=1e-6) for at in call.times("clear")]
    assert entered(call) == ["12"] and ("user", "[keys] 12") in call.history()


@pytest.mark.fault("K1", "K2")
def test_sixteen_keys_at_eight_a_second_under_speech_are_exact(tmp_path: Path) -> None:
    """The speech comes to nothing."""
    digits = "4929038475610293"
    call = play(config(tmp_path), [(0.5, voice(4.0)), (6.0, voice(0.8))], 12.0, keys=typed(1.0, f"{digits}#", 0.125))
    assert entered(call) == [digits]
    assert [text for role, text in call.history() if role == "user"] == [f"[keys] {digits}", "hello"]
    assert {it.reason for _, it in call.frames(TurnDropped)} == {"keys"}


def test_a_key_that_interrupts_is_answered(tmp_path: Path) -> None:
    """Also if it is an entry of its own."""
    agent = config(tmp_path, "keys: {menu: {1: sales, 2: service}}", LONG)
    call = play(agent, [(0.5, voice(0.8))], 12.0, keys=[(3.01, "1")])
    assert call.call.faults == 0 and call.history()[-2:] == [("user", "sales"), ("assistant", call.heard()[-1])]


def test_a_menu_is_answered_at_once(tmp_path: Path) -> None:
    """By the words that the key stands for."""
    call = play(config(tmp_path, "keys: {menu: {'1': sales}}"), [], 4.0, keys=[(1.0, "1")])
    assert call.history() == [("user", "sales"), ("assistant", "Good morning.")]
    [(at, _)] = [(at, it) for at, it in call.frames(Transcript) if it.final]
    assert at == pytest.approx(1.0)


SPEECH = st.lists(st.tuples(st.floats(0, 1.5), st.floats(0.1, 2.5)), max_size=4)
TYPED = st.lists(st.tuples(st.floats(0.05, 5.0), st.sampled_from("0123456789*#")), max_size=12)


@pytest.mark.fault("K2", "K3")
@settings(max_examples=25, deadline=None)
@given(SPEECH, TYPED)
def test_whatever_comes_between_keys_each_counts_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, speech: list[tuple[float, float]], pressed: list[tuple[float, str]]
) -> None:
    """No turn is left without an end, and in the end it is the caller's turn."""
    at, sound, keys = 0.0, [], []
    for pause, seconds in speech:
        sound.append((at + pause, voice(seconds)))
        at += pause + seconds + 0.1
    now = 0.5
    for pause, key in pressed:
        now += pause
        keys.append((now, key))
    call = play(config(tmp_path_factory.mktemp("keys")), sound, max(at, now) + 12.0, keys=keys)
    expected = "".join(key for _, key in keys)
    found = "".join(it.digits + ("#" if it.why == "end" else "") for _, it in call.frames(Keys))
    assert found == expected and call.call.faults == 0 and call.call.state == State.ENDED
    ends = {it.turn for kind in (Transcript, TurnDropped) for _, it in call.frames(kind) if getattr(it, "final", True)}
    assert {it.turn for _, it in call.frames(SpeechStarted)} <= ends
    assert _last_state(call) == "LISTENING"


def _last_state(call: Played) -> str:
    """The state before the call's end."""
    moves: list[dict[str, Any]] = [it for _, what, it in call.events if what == "state"]
    return str(moves[-1]["was"])
