"""The report of uses: events, controls and log lines."""

from __future__ import annotations

from pipeline.vocabulary import UseOutcome
from tests.kit.tooled import Make, Slow, asked, results, use

DONE, FAILED, REFUSED = UseOutcome.DONE, UseOutcome.FAILED, UseOutcome.REFUSED


def test_hidden_values_are_in_no_event_no_control_and_no_log(agent: Make) -> None:
    """Of arguments and results; the model has them."""
    find = Slow("find", give={"pin": "4321", "street": "Elm"}, hide=["rooms", "pin"])
    played = asked(agent, [find], use("find", rooms="9876"))
    seen = f"{played.events} {played.log}"
    assert "9876" not in seen and "4321" not in seen and "Elm" in seen
    assert results(played) == ['{"pin":"4321","street":"Elm"}']
    assert any(line.startswith("TOOL find done 0.00s") for line in played.log)


def test_the_events_of_a_use(agent: Make) -> None:
    """A question, its result, and its end with the outcome."""
    played = asked(agent, [Slow("find", 0.5)], use("find", rooms="3"))
    told = [it for _, what, it in played.events if what == "tool"]
    assert told == [
        {"to": 'find {"rooms":"3"}', "ask": 1, "tool": "find"},
        {"to": 'find {"rooms":"3"}', "ask": 1, "after": 0.5, "got": '{"state":"found"}', "tool": "find"},
        {"to": 'find {"rooms":"3"}', "ask": 1, "after": 0.5, "ended": True, "tool": "find", "outcome": DONE},
    ]


def test_the_log_has_the_reason_why_a_use_never_began(agent: Make) -> None:
    """There is no time that it took."""
    played = asked(agent, [Slow("find")], use("fnd"))
    assert "TOOL fnd refused: there is no tool `fnd`; those there are: find" in played.log
