"""Tests of configs, played: what they see, and what fails them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.faults import ConfigError
from pipeline.tools.configtest.player import play
from pipeline.tools.configtest.running import Outcome
from pipeline.tools.configtest.suite import Suite


def texts(outcome: Outcome) -> list[str]:
    return [failure.text for failure in outcome.failures]


@pytest.mark.parametrize(
    "expect",
    [
        "{frame: Transcript, text: hello}",
        "{frame: Transcript, text: {contains: ell}, turn: 1, final: true, confidence: '> 0.5'}",
        "{frame: Utterance, voiced: 1s, count: 1}",
        "{frame: SpeechStarted, at: 1.06s}",
        "{frame: SpeechStarted, at: 1s, within: 60ms}",
        "{frame: Utterance, after: {frame: SpeechStarted}, within: 1.3s}",
        "{frame: ReplyText, text: And seven., after: {frame: ReplyText, text: /^One/}}",
        "{message: mark, count: 2}",
        "{message: mark, name: '1.2'}",
        "{message: media, count: '> 100'}",
        "{message: clear, at: 2.66s}",
        "{message: media, after: {message: clear, after: {frame: Utterance}}, within: 0s}",
        "{control: AgentSpeaking, on: true, between: [2.6s, 2.7s]}",
        "{log: 'ASR_TEXT: hello'}",
        "{log: /tts_done turn=1/}",
        "{heard: /seven/}",
        "{heard: [/One.*seven/]}",
        "{no: {frame: Transcript, between: [0s, 2s]}}",
        "{no: {message: clear, after: {message: mark}}}",
        "{response_gap: 660ms}",
        "{turns: 1}",
        "{replies: '>= 1'}",
        "{length: '> 7s'}",
    ],
)
def test_what_is_so_passes(outcome: Callable[..., Outcome], expect: str) -> None:
    """A second of speech, an answer of 2.2 s that begins 0.66 s after it."""
    assert not outcome("[{speech: 1s, at: 1s}]", f"[{{turns: 1}}, {expect}]").failures


@pytest.mark.parametrize(
    ("expect", "came"),
    [
        ("{frame: Transcript, text: helo}", 'frame Transcript turn=1 text="hello"'),
        ("{frame: Transcript, count: 2}", 'frame Transcript turn=1 text="hello"'),
        ("{frame: SpeechStarted, at: 1.05s}", "frame SpeechStarted turn=1 at=1"),
        ("{frame: Utterance, after: {frame: SpeechStarted}, within: 1.29s}", "frame Utterance turn=1"),
        ("{frame: Dtmf}", "nothing like it"),
        ("{frame: Utterance, after: {frame: Dtmf}}", "frame Dtmf: never came"),
        ("{message: media, between: [0s, 1s]}", "message media at 2.660 s"),
        ("{no: {frame: Transcript}}", 'frame Transcript turn=1 text="hello"'),
        ("{no: {frame: Dtmf, between: [0s, 1h]}}", "the call was over at"),
        ("{heard: [/One/, /two/]}", "heard One two three"),
        ("{heard: []}", "heard One two three"),
        ("{response_gap: < 660ms}", "660ms at 2.660 s"),
        ("{barge_in: <= 1ms}", "no sample"),
        ("{replies: 2}", "1 at 2.660 s"),
    ],
)
def test_what_is_not_so_fails_and_says_what_came(outcome: Callable[..., Outcome], expect: str, came: str) -> None:
    """With the events around it."""
    made = outcome("[{speech: 1s, at: 1s}]", f"[{{turns: 1}}, {expect}]")
    [failure] = made.failures
    assert failure.text.startswith("expected ") and failure.around
    assert any(came in each for each in failure.came), failure.came
    assert str(failure.place).startswith("agent.test.yaml:4:")


def test_who_speaks_over_the_agent(outcome: Callable[..., Outcome]) -> None:
    """So long after its voice began, to the millisecond; what was heard is cut there."""
    over = "{speech: 700ms, after: {control: AgentSpeaking, on: true, by: 500ms}}"
    cleared = "{message: clear, after: {frame: SpeechStarted, turn: 2}, within: 0s}"
    seen = f"[{{barge_in: <= 1ms}}, {{interruptions: 1}}, {cleared}]"
    assert not outcome(f"[{{speech: 700ms}}, {over}]", seen).failures


@pytest.mark.parametrize(
    ("send", "expect"),
    [
        ("{dtmf: 5, at: 1s}", "{frame: Dtmf, digit: '5', at: 1s}"),
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


def test_a_test_that_passes_without_its_caller_fails(outcome: Callable[..., Outcome]) -> None:
    """It would show nothing of what they do."""
    made = outcome("[{speech: 700ms, at: 6s}]", "[{heard: /Hello/}]", "    env: {HELLO: Hello.}\n")
    [text] = texts(made)
    assert text.startswith("this test passes just as well if the caller does nothing")


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


def test_a_step_that_fails_fails_the_test(outcome: Callable[..., Outcome], plug: Callable[[str, str], str]) -> None:
    """Whatever else is expected: the chain went on without it. What it raised is said, and where in its code."""
    made = outcome("[{speech: 700ms}]", "[{turns: 1}]", config=plug("failing_step", FAILING))
    assert texts(made) == ["a step failed: Fail (agent.yaml:11): ZeroDivisionError: division by zero (it.py:12)"]


def test_an_agent_that_is_wrong_about_what_was_heard_fails_the_test(
    outcome: Callable[..., Outcome], plug: Callable[[str, str], str]
) -> None:
    """Whatever it says of itself: Twilio's buffer knows better."""
    over = "{speech: 700ms, after: {control: AgentSpeaking, on: true, by: 500ms}}"
    swap = "swap: {pacer: boasting_step.it}\n"
    config = plug("boasting_step", BOASTING).replace("  - boasting_step.it\n", "")
    [text] = texts(outcome(f"[{{speech: 700ms}}, {over}]", "[{heard: /All/}]", swap, config=config))
    assert text == "the agent takes 9.00 s of its reply for heard, the caller heard 0.55 s"


def test_a_step_that_waits_outside_of_virtual_time_fails_the_test(
    outcome: Callable[..., Outcome], plug: Callable[[str, str], str]
) -> None:
    """Even if it does not declare that: it is told, and hangs nothing."""
    [text] = texts(outcome("[{speech: 700ms}]", "[{turns: 1}]", config=plug("stuck_step", STUCK)))
    assert "the call could not be played" in text and "nothing is scheduled" in text


def test_a_step_that_says_what_it_needs_is_a_fault(
    outcome: Callable[..., Outcome], plug: Callable[[str, str], str]
) -> None:
    """One of somebody else's, too."""
    with pytest.raises(ConfigError, match=r"`needy_step.it` at .* needs a printer, which virtual time has not"):
        outcome("[{speech: 700ms}]", "[{turns: 1}]", config=plug("needy_step", FAILING.replace("gives", NEEDS)))


def test_a_call_is_the_same_every_time(suite: Callable[..., Suite]) -> None:
    """Event for event."""
    send = "[{speech: 1s}, {noise: 1s, after: {message: media}}]"
    [case] = suite(f"tests: [{{name: it, send: {send}, expect: [{{turns: 2}}]}}]").cases
    first, second = ([str(each) for each in play(case.config, case.send).events] for _ in range(2))
    assert first == second and len(first) > 100


FAILING = """
from pipeline.frames import ReplyText
from pipeline.processor import Processor, on


class Fail(Processor):
    gives = (ReplyText,)

    @on(ReplyText)
    def fail(self, frame):
        self.push(frame)
        1 / 0
"""
NEEDS = "outside = 'a printer'\n    gives"

BOASTING = """
from pipeline.frames import Clear, Interrupt
from processors.pacer import Pacer


class Boast(Pacer):
    def interrupt(self, reply):
        self.raise_up(Clear(reply.turn))
        self.raise_up(Interrupt(reply.turn, "All of it.", 9.0))
"""

STUCK = """
import asyncio
from contextlib import asynccontextmanager

from pipeline.frames import ReplyText
from pipeline.processor import Processor, on


class Wait(Processor):
    gives = (ReplyText,)

    @classmethod
    @asynccontextmanager
    async def share(cls, settings, phrases, language):
        yield await asyncio.get_running_loop().create_future()

    @on(ReplyText)
    def go(self, frame):
        self.push(frame)
"""
