"""What a caller does in a test of a config."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.tools.configtest.running import Outcome
from tests.kit.suites import texts


def test_who_speaks_over_the_agent(outcome: Callable[..., Outcome]) -> None:
    """So long after its voice began, to the millisecond; what was heard is cut there."""
    over = "{speech: 700ms, after: {control: AgentSpeaking, on: true, by: 500ms}}"
    cleared = "{message: clear, after: {frame: SpeechStarted, turn: 2}, within: 0s}"
    seen = f"[{{barge_in: 340ms}}, {{interruptions: 1}}, {cleared}]"
    assert not outcome(f"[{{speech: 700ms}}, {over}]", seen).failures


@pytest.mark.parametrize(
    ("send", "expect"),
    [
        ("{dtmf: 5, at: 1s}", "{frame: Dtmf, digit: '5', at: 1s}"),
        ("{dtmf: '12#', at: 1s}", "{frame: Dtmf, digit: '#', at: 1300ms}"),
        ("{wire: {event: dtmf, streamSid: MZ00000000000000000000000000000000, dtmf: {digit: '7'}}}", "{frame: Dtmf}"),
        ("{wire: '{'}", "{log: /REFUSED json/}"),
        ("{noise: 1s}", "{turns: 1}"),
        ("{speech: 60ms, at: 1s}", "{frame: TurnDropped, reason: short}"),
    ],
)
def test_whatever_a_caller_does(outcome: Callable[..., Outcome], send: str, expect: str) -> None:
    """It comes as Twilio would bring it."""
    assert not outcome(f"[{send}]", f"[{expect}]").failures


def test_who_hangs_up_ends_the_call(outcome: Callable[..., Outcome]) -> None:
    """At once."""
    send = "[{speech: 700ms}, {hang_up: true, after: {message: media, by: 200ms}}]"
    made = outcome(send, "[{turns: 1}, {no: {control: AgentSpeaking, on: false}}, {length: < 2s}]")
    assert not made.failures


def test_a_caller_who_is_quiet_is_greeted(outcome: Callable[..., Outcome]) -> None:
    """Nothing is sent, and something is seen."""
    assert not outcome("[]", "[{heard: [Hello.]}]", "    env: {HELLO: Hello.}\n").failures


def test_a_step_whose_event_never_comes_fails(outcome: Callable[..., Outcome]) -> None:
    """It says which one waits for what."""
    made = outcome("[{speech: 700ms}, {dtmf: 5, after: {heard: /goodbye/}}]", "[{turns: 1}]")
    assert texts(made) == ["`dtmf 5` was not done: nothing came, in 30 s, of what it waits for: heard /goodbye/"]
    assert made.failures[0].place.column > 0


def test_a_step_that_comes_too_late_fails(outcome: Callable[..., Outcome]) -> None:
    """The agent had hung up: whatever was to be shown was not."""
    rules = "{llm: {llm.rules: {fallback: [Bye.], intents: [{hear: [hello], say: [Goodbye.], hang_up: true}]}}}"
    made = outcome("[{speech: 700ms}, {dtmf: 5, at: 9s}]", "[{turns: 1}]", f"swap: {rules}\n")
    assert texts(made) == ["`dtmf 5` was not done: the call was over before"]
