from __future__ import annotations

from typing import Any

import pytest

from pipeline.frames import AgentSpeaking, AudioIn, CallStarted, Dtmf, ReplyEnded, ReplyText, SpeechStarted, TurnDropped
from pipeline.testing import run
from pipeline.vocabulary import DropReason
from processors.greeting import Greeting

START = CallStarted("CA1", "MZ1", {})


def frames(count: int, voiced: bool = False) -> list[float | AudioIn]:
    """So many frames of 20 ms, each after its 20 ms."""
    return [it for _ in range(count) for it in (0.02, AudioIn(bytes(320), 0.0, voiced))]


def greeted(inputs: list[Any], text: str = "Hello.", **changed: Any) -> list[str]:
    out = run(Greeting(Greeting.Settings(text=text, **changed)), [START, *inputs])
    return [it.text for it in out if isinstance(it, ReplyText)]


@pytest.mark.parametrize(("quiet", "said"), [(0.79, []), (0.81, ["Hello."])])
def test_a_quiet_caller_is_greeted_after_800_ms(quiet: float, said: list[Any]) -> None:
    """Not before, and then at once."""
    assert greeted([quiet]) == said


def test_a_greeting_is_a_reply_of_no_turn() -> None:
    """Its text and its end."""
    assert run(Greeting(Greeting.Settings(text="Hello.")), [START, 1.0])[1:] == [ReplyText(0, "Hello."), ReplyEnded(0)]


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_a_blank_text_is_no_greeting(text: str) -> None:
    """None is configured, none is said."""
    assert greeted([5.0], text) == []


def test_a_caller_who_speaks_first_is_never_greeted() -> None:
    """Not at 0.8 s, and not later in that call."""
    assert greeted([0.5, SpeechStarted(1, 0.5), 30.0]) == []


def test_nobody_is_greeted_while_the_agent_speaks() -> None:
    """If it already has, there is nothing to greet for."""
    assert greeted([0.3, AgentSpeaking(True), 0.1, AgentSpeaking(False, "Hi."), 5.0]) == []


def test_a_word_that_has_just_begun_is_waited_for() -> None:
    """Voice at 0.8 s that is no speech yet holds the greeting back: speech ends it, a click lets it go."""
    begun = [*frames(38), *frames(2, voiced=True)]
    assert greeted(begun) == []
    assert greeted([*begun, SpeechStarted(1, 0.8), *frames(20)]) == []
    assert greeted([*begun, *frames(1)]) == ["Hello."]


def test_it_greets_once() -> None:
    """Whatever follows."""
    assert greeted([*frames(45), 10.0, *frames(50)]) == ["Hello."]


def test_a_noise_that_came_to_nothing_is_no_speech() -> None:
    """A click on the line delays the greeting, and does not cost it."""
    click = [0.3, SpeechStarted(1, 0.3), 0.4, TurnDropped(1, DropReason.SHORT)]
    assert greeted([*click, 0.09]) == []
    assert greeted([*click, 0.81]) == ["Hello."]
    assert greeted([0.7, SpeechStarted(1, 0.7), 0.5]) == []
    assert greeted([0.7, SpeechStarted(1, 0.7), 0.5, TurnDropped(1, DropReason.SHORT), 0.01]) == ["Hello."]


def test_its_text_is_known_ahead() -> None:
    """So that its sound is ready before the call."""
    assert Greeting.phrases(Greeting.Settings(text=" Hello. "), "en-US") == ("Hello.",)


def test_a_key_is_as_good_as_a_word() -> None:
    """Who types at once is not greeted."""
    assert greeted([0.3, Dtmf("1"), *frames(60)]) == []
