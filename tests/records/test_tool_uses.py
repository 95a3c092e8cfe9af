"""The uses of a call's tools, as its record has them."""

from __future__ import annotations

import pytest

from pipeline.records.reader import Event
from pipeline.records.timeline import timeline
from pipeline.records.tool_uses import ToolUse
from pipeline.testing import voice
from pipeline.tool import Result, ToolFailed
from tests.kit.tooled import Make, Slow, play


def test_a_call_tells_each_use_with_its_span_and_outcome(agent: Make) -> None:
    """From the events of a call that goes on: one that works and one that fails, with hidden values as bullets."""
    found = Slow("look", 0.5, Result({"rooms": 3, "owner": "Dana"}, {"owner": "Dana", "city": "Haifa"}), hide=["owner"])
    failing = Slow("book", 0.2, ToolFailed("no such flat"), effect=True, hold=0.0)
    config = agent(["rooms"], [[{"use": "look", "with": {"rooms": "3"}}, {"use": "book"}], "There you are."])
    played = play(config, [found, failing], [(0.5, voice(0.6))], 8)
    events = [Event(at, 0, what, content) for at, what, content in played.events]
    told = timeline(events).tools
    look, book = told.all
    assert (look.name, look.arguments, look.outcome) == ("look", '{"rooms":"3"}', "done")
    assert look.seconds == pytest.approx(0.5, abs=0.02) and '"owner":"•"' in look.result
    assert told.facts == {"owner": "•", "city": "Haifa"}
    assert (book.outcome, book.error) == ("failed", "ToolFailed") and "no such flat" in book.result


def test_a_use_of_a_call_that_broke_off_is_under_way() -> None:
    """And one that was never begun ends as it begins."""
    asked = {"to": "book {}", "ask": 2, "tool": "book"}
    ended = {"to": "look {}", "ask": 1, "tool": "look", "after": 0.0, "ended": True, "outcome": "refused"}
    events = [
        Event(1.0, 0, "tool", {"to": "look {}", "ask": 1, "tool": "look"}),
        Event(1.0, 1, "tool", ended),
        Event(1.5, 2, "tool", {**asked, "rehearsed": True}),
        Event(1.6, 3, "tool", {"other": "form"}),
    ]
    assert timeline(events).tools.all == [
        ToolUse(1, "look", 1.0, "{}", 1.0, "refused"),
        ToolUse(2, "book", 1.5, "{}", rehearsed=True),
    ]
