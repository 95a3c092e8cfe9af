"""A caller who goes silent: asked, and at last told goodbye."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import Config, load
from pipeline.frames import AgentSpeaking
from pipeline.testing import Played, play, voice
from tests.kit.chain import chain

ASK, BYE = "Are you still there?", "I cannot hear you, so I am ending this call. Goodbye."
AGAIN = "Sorry, I did not catch that. Could you say it again?"


def config(
    folder: Path, heard: str = "[hello]", llm: str = "llm.script: {say: [Good morning.]}", idle: str = "idle"
) -> Config:
    """A whole agent with `idle`, which hears the texts of `heard`."""
    path = folder / "idle.yaml"
    path.write_text(chain(asr=(f"asr.script: {{say: {heard}}}", idle), llm=llm), encoding="utf-8")
    return load(path)


def heard(call: Played) -> list[tuple[float, str]]:
    """When each reply had been heard, and its words."""
    return [(at, it.heard) for at, it in call.frames(AgentSpeaking) if not it.on]


@pytest.mark.fault("I-7")
def test_a_caller_who_never_says_a_word_is_gone_after_half_a_minute(tmp_path: Path) -> None:
    """They are asked once."""
    call = play(config(tmp_path), [], 120.0)
    assert call.said() == [ASK, BYE] and call.call.cause == "silence"
    assert call.call.loop.time() - call.call.started < 40 + 120  # virtual time goes on


@pytest.mark.fault("K5")
def test_the_silence_is_counted_from_what_was_heard(tmp_path: Path) -> None:
    """A long reply is no silence."""
    call = play(
        config(tmp_path, llm="llm.script: {say: [One two three four five six seven eight nine ten.]}"),
        [(0.5, voice(0.8))],
        60.0,
    )
    (answered, _), (asked, _), _ = heard(call)
    starts = [at for at, it in call.frames(AgentSpeaking) if it.on]
    assert starts[1] - answered == pytest.approx(15.0, abs=0.1) and asked > starts[1]


def test_a_slow_answer_is_not_spoken_over(tmp_path: Path) -> None:
    """The caller who waits for the model is not asked."""
    call = play(
        config(tmp_path, idle="idle: {after: 2s}", llm="llm.script: {say: [Good morning.], delay: 3s}"),
        [(0.5, voice(0.8))],
        11.0,
    )
    assert call.said()[0] == "Good morning."


@pytest.mark.fault("D7", "I-7")
@pytest.mark.parametrize("every", [10.0, 7.0, 4.0, 2.5])
def test_noise_without_words_does_not_keep_a_call(tmp_path: Path, every: float) -> None:
    """Be it that it cuts short each line of the agent, which is said again each time."""
    noise = [(3.0 + every * at, voice(0.8)) for at in range(60)]
    call = play(config(tmp_path, heard='[""]'), noise, 150.0)
    assert call.said()[0] == AGAIN and BYE in call.said() and call.call.cause == "silence"


def test_an_answer_to_the_question_goes_on_with_the_call(tmp_path: Path) -> None:
    """It is answered by the model, which knows that it had asked."""
    call = play(config(tmp_path), [(18.0, voice(0.8))], 30.0)
    assert call.said() == [ASK, "Good morning."] and call.call.cause == "stop"
    assert [line.text for line in call.call.conversation] == [ASK, "hello", "Good morning."]


@pytest.mark.fault("K5")
def test_a_filler_of_the_agent_is_no_silence(tmp_path: Path) -> None:
    """A reply with a pause in it is one reply: nothing is said in the pause."""
    llm = "llm.script: {say: ['One moment. There are two.'], gap: 3s}"
    call = play(config(tmp_path, idle="idle: {after: 2s}", llm=llm), [(0.5, voice(0.8))], 8.0)
    assert " ".join(call.said()).startswith("One moment. There are two.")
