"""The running of a use: results and errors of a tool."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.tool import ToolFailed, ToolRefused, ToolUnknown
from pipeline.vocabulary import UseOutcome
from tests.kit.tooled import Make, Slow, asked, outcomes, results, use

DONE, FAILED, REFUSED = UseOutcome.DONE, UseOutcome.FAILED, UseOutcome.REFUSED


@pytest.mark.fault("J14")
def test_t14_a_tool_that_fails_three_times_rests(agent: Make) -> None:
    """The fourth use is refused at once."""
    find = Slow("find", give=ToolFailed("the shop is closed"))
    played = asked(agent, [find], *[use("find", rooms=each) for each in "abc"])
    assert [kind for _, kind in outcomes(played)] == [FAILED] * 3 and "closed" in results(played)[0]
    again = asked(agent, [find], use("find"))
    assert outcomes(again) == [("find", REFUSED)] and "not available" in results(again)[0]


@pytest.mark.fault("J15")
@pytest.mark.parametrize(
    ("give", "kind", "text"),
    [
        ("x" * 1_000_000, DONE, "the first part of 1000002 characters"),
        (object(), FAILED, "no JSON"),
        (float("nan"), DONE, "null"),
        ({1, 2}, DONE, "[1,2]"),
        (b"\x00\xff", DONE, "AP8="),
        ("\ud800", FAILED, "no JSON"),
    ],
)
def test_t15_results_that_are_no_use(agent: Make, give: Any, kind: UseOutcome, text: str) -> None:
    """Each is bounded, or told as an error; the call has no fault."""
    played = asked(agent, [Slow("find", give=give)], use("find"))
    assert outcomes(played) == [("find", kind)] and text in results(played)[0]
    assert len(results(played)[0]) <= 4000 and played.call.faults == 0


@pytest.mark.fault("J15")
def test_t15_a_result_that_is_nested_too_deeply(agent: Make) -> None:
    """It is told as an error."""
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    played = asked(agent, [Slow("find", give={"it": deep})], use("find"))
    assert outcomes(played) == [("find", FAILED)] and played.call.faults == 0


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (ToolRefused("not today"), REFUSED, "not today"),
        (ToolUnknown("the line broke"), UseOutcome.UNKNOWN, "may have been done"),
        (ToolFailed("no room is free"), FAILED, "no room is free"),
        (ValueError("password=1234"), UseOutcome.UNKNOWN, "cannot be used now: it may have been done"),
        (SystemExit("password=1234"), UseOutcome.UNKNOWN, "cannot be used now: it may have been done"),
    ],
)
def test_errors_of_a_tool_are_told_to_the_model(agent: Make, error: BaseException, kind: UseOutcome, text: str) -> None:
    """In its own words if it meant them; those of a mistake are for the log alone. No fault of the call."""
    played = asked(agent, [Slow("book", effect=True, give=error)], use("book"))
    assert outcomes(played) == [("book", kind)] and text in results(played)[0]
    assert "1234" not in results(played)[0] and played.call.faults == 0
