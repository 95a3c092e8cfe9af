"""The facts of a call's page, and its commands."""

from __future__ import annotations

from pathlib import Path

from pipeline.tools.report.facts import commands, facts
from pipeline.tools.report.summary import summarise
from tests.kit.pages_of_calls import answer, parsed, told, turn


def test_the_gaps_have_their_middle_their_slow_ones_and_their_longest() -> None:
    """Of twenty answers, after 0.6, 0.7 … seconds, the nineteenth is p95."""
    events = [
        it for n in range(20) for it in (*turn(n, 5.0 * n), *answer(n, 5.0 * n + 1.7 + 0.1 * n, until=5 * n + 4.5))
    ]
    record = told(*events, caller="+1", called="+2", began="2026-11-27T17:10:15.530+02:00")
    page = parsed(facts(record, summarise(record)))
    found = {each[0].text: "".join(each[1].itertext()) for each in page}
    assert found["median response gap"] == "1650 ms"
    assert (found["p95 response gap"], found["longest response gap"]) == ("2500 ms", "2600 ms")
    assert (found["caller"], found["called"], found["began"]) == ("+1", "+2", "2026-11-27 15:10:15 UTC")
    assert (found["interruptions by the agent"], found["turns"]) == ("0", "20")


def test_a_line_with_an_echo_says_so() -> None:
    """How late and how loud it is; other lines have no such fact."""
    found = []
    for events in (((3.0, "echo", {"_": "", "since": 2.0, "seconds": 0.5, "lag": 0.185, "level": -20.3}),), ()):
        record = told(*events)
        page = parsed(facts(record, summarise(record)))
        found.append({each[0].text: "".join(each[1].itertext()) for each in page}.get("echo of the line"))
    assert found == ["185 ms late, \u221220 dB", None]


def test_the_commands_take_the_record() -> None:
    """Also if its path has letters that a shell would read."""
    made = parsed(commands(told(folder=Path("/calls/a b/$(x)'\"<i>"))))
    replay, tune, diagnose = ["".join(each.itertext()) for each in made.iter("code")]
    assert replay == "python run.py replay '/calls/a b/$(x)'\"'\"'\"<i>'" and replay[14:].split(" ", 1)[1] in tune
    assert diagnose == "python run.py diagnose agent.log"
