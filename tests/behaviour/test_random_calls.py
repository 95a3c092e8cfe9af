"""Calls that nobody wrote: whatever is said, however slow everything is, some things always hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

from pipeline.config import Config
from pipeline.testing import play
from pipeline.tools.storm.call_log import CallLog
from pipeline.tools.storm.invariants import judge
from tests.kit.random_calls import calls, quickly, track


def played(agent: Any, sounds: Any, heard: Any, said: Any, changes: Any, stalls: Any, lost: Any) -> Any:
    parts, seconds, late = track(sounds, stalls)
    return play(agent(heard, said, changes), parts, seconds, late=late, lost=lost)


@pytest.mark.fault("C20", "E11")
@settings(quickly, max_examples=60)
@given(calls)
def test_some_things_hold_in_every_call(agent: Callable[..., Config], call: Any) -> None:
    """The rules of a storm; and it ends when the caller hangs up, listening, without a fault."""
    it = played(agent, **call)
    sent = [(at, {"event": message["event"], **message.get("mark", {})}) for at, message in it.sent]
    wrong = {"mark": len(call["lost"])}
    assert judge(CallLog(it.call, it.chain, it.events, sent, it.events[-1][0], wrong=wrong)) == []
    states = [(event["was"], event["now"]) for _, what, event in it.events if what == "state"]
    assert it.call.cause == "stop" and it.call.faults == 0 and states[-1] == ("LISTENING", "ENDED")
    assert all(seconds <= 0.2001 for _, seconds in it.playback.clears)


@settings(quickly, max_examples=12)
@given(calls)
def test_the_same_call_is_the_same_call(agent: Callable[..., Config], call: Any) -> None:
    """Log and messages, byte for byte and to the moment."""
    one, other = played(agent, **call), played(agent, **call)
    assert one.log == other.log
    assert one.sent == other.sent
