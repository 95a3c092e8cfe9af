"""BEHAVIOUR 4: the greeting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.agent import Agent
from pipeline.config import Config
from pipeline.frames import AgentSpeaking, Transcript
from pipeline.llm import Dialogue
from pipeline.testing import play, run_virtual, voice
from tests.kit.chain import chain

HELLO = "Welcome to Kav."


@pytest.fixture
def greets(agent: Callable[..., Config]) -> Callable[..., Any]:
    return lambda text=HELLO, changes=(): agent(["question"], ["Yes, we do."], {"greeting.text": text, **dict(changes)})


def test_a_caller_who_is_quiet_is_greeted_after_800_ms(greets: Any) -> None:
    """At once then: its sound is ready."""
    call = play(greets(), [], 4.0)
    assert call.times("media")[0] == pytest.approx(0.8, abs=0.001)
    assert call.frames(AgentSpeaking)[-1][1].heard == HELLO


def test_when_it_comes_can_be_set(greets: Any) -> None:
    """`after`."""
    assert play(greets(changes={"greeting.after": "2s"}), [], 5.0).times("media")[0] == pytest.approx(2.0, abs=0.001)


def test_its_sound_is_made_before_the_call(greets: Any) -> None:
    """A voice that takes two seconds costs the caller nothing."""
    call = play(greets(changes={"tts.delay": "2s"}), [], 4.0)
    assert call.times("media")[0] == pytest.approx(0.8, abs=0.001)


@pytest.mark.parametrize("at", [0.0, 0.3, 0.7])
def test_a_caller_who_speaks_first_is_never_greeted(greets: Any, at: float) -> None:
    """They get one answer, and no greeting later."""
    call = play(greets(), [(at, voice(0.8))], 12.0)
    assert call.said() == ["Yes, we do."]


def test_a_caller_who_speaks_just_after_it_began_interrupts_it(greets: Any) -> None:
    """It is a reply like any other."""
    call = play(greets(), [(1.0, voice(0.8))], 6.0)
    assert call.said() == [HELLO, "Yes, we do."] and "BARGE_IN: interrupt" in call.log


@pytest.mark.parametrize("text", ["", "  "])
def test_a_blank_text_is_no_greeting(greets: Any, text: str) -> None:
    """Nothing is sent to a caller who says nothing."""
    assert play(greets(text), [], 10.0).sent == []


def test_the_model_knows_that_it_was_said(greets: Any) -> None:
    """The conversation begins with it."""
    call = play(greets(), [(3.0, voice(0.8))], 7.0)
    [dialogue] = [step for step in call.chain.steps if isinstance(step, Dialogue)]
    assert [(it.role, it.text) for it in dialogue.history] == [
        ("assistant", HELLO),
        ("user", "question"),
        ("assistant", "Yes, we do."),
    ]


def test_a_click_on_the_line_does_not_cost_the_greeting(greets: Any) -> None:
    """It is no speech: nobody has spoken, and nobody is left in silence."""
    call = play(greets(), [(0.5, voice(0.06))], 5.0)
    assert call.said() == [HELLO] and not call.frames(Transcript)
    assert call.times("media")[0] == pytest.approx(0.92, abs=0.37)


def test_it_needs_to_hear_when_the_caller_speaks(config: Callable[..., Config]) -> None:
    """A greeting above `end_of_utterance` would greet a caller who is speaking: a fault of the config."""
    text = chain(vad=("vad.energy", "greeting: {text: Hello.}"))
    with pytest.raises(Exception, match="`greeting` needs `end_of_utterance` above it"):
        config(text)


def test_an_agent_says_what_it_has_ready(greets: Any) -> None:
    """The phrases of every step, once each."""

    async def main() -> set[Any]:
        async with Agent.open(greets()) as agent:
            return {
                text
                for place in agent.opened
                if hasattr(shared := place[0].shared, "prerendered")
                for text in shared.prerendered
            }

    phrases = run_virtual(main())
    assert HELLO in phrases and "All right, how can I help?" in phrases and "" not in phrases
