"""A test's call, played in virtual time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.faults import ConfigError
from pipeline.tools.configtest.player import play
from pipeline.tools.configtest.running import Outcome
from pipeline.tools.configtest.suite import Suite
from tests.kit.suites import texts


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
    assert text == "the agent takes 9.00 s of its reply for heard, the caller heard 0.74 s"


def test_a_step_that_waits_outside_of_virtual_time_fails_the_test(
    outcome: Callable[..., Outcome], plug: Callable[[str, str], str]
) -> None:
    """Even if it does not declare that: it is told, and hangs nothing."""
    [text] = texts(outcome("[{speech: 700ms}]", "[{turns: 1}]", config=plug("stuck_step", STUCK)))
    assert "the call could not be played" in text and "stuck_step.it: is not open after 30 s" in text


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
from processors.pacer.pacer import Pacer


class Boast(Pacer):
    def interrupt(self, reply, kind=None, since=0.0):
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
