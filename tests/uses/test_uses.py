"""The uses of tools: what is refused, repeated, bounded, and kept from logs and records."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.memory import Use
from pipeline.testing import Played, voice
from pipeline.tool import Result, ToolFailed, ToolRefused, ToolUnknown
from pipeline.vocabulary import UseOutcome
from tests.kit.tooled import Make, Slow, outcomes, play

DONE, FAILED, REFUSED = UseOutcome.DONE, UseOutcome.FAILED, UseOutcome.REFUSED
ASK = (0.5, voice(0.6))


def use(name: str, **values: Any) -> dict[str, Any]:
    return {"use": name, "with": values}


def asked(agent: Make, tools: list[Slow], *said: Any, **options: Any) -> Played:
    """A call with one question, whose model answers so."""
    return play(agent(["go"], [*said, "Well."]), tools, [ASK], 12, **options)


def results(played: Played) -> list[str]:
    return [each.result for each in played.call.memory.uses]


@pytest.mark.fault("J12")
def test_t12_a_use_whose_process_was_lost_is_unknown(agent: Make) -> None:
    """The call goes on in another one with its memory; the key of the same effect is the same there."""
    book = Slow("book", effect=True)
    lost = Use(number=1, name="book", arguments="{}", turn=1, place=1, effect=True, began=1.0)
    played = asked(agent, [book], use("book"), memory=[lost])
    assert outcomes(played)[0] == ("book", UseOutcome.UNKNOWN)
    first = asked(agent, [book], use("book", rooms="3"))
    again = asked(agent, [book], "Hello.", use("book", rooms="3"))
    assert first.call.sid == again.call.sid
    assert len({view.key for view in book.views}) == 1


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


@pytest.mark.fault("J16")
def test_t16_an_unknown_tool(agent: Make) -> None:
    """The result names those there are, without those whose rights are missing."""
    find, secret = Slow("find"), Slow("secret", needs=["verified"])
    played = asked(agent, [find, secret], [use("fnid"), use("secret")])
    assert outcomes(played) == [("fnid", REFUSED), ("secret", REFUSED)]
    assert results(played)[0] == '{"error":"there is no tool `fnid`; those there are: find"}'
    assert "verified" in results(played)[1] and not secret.begun


@pytest.mark.fault("J17")
def test_t17_arguments_that_do_not_fit_twice_end_in_words(agent: Make) -> None:
    """One sentence says what is wrong; after two such the model is offered no tool."""
    find = Slow("find")
    played = asked(agent, [find], use("find", room="3"), use("find", rooms="x" * 100_000), use("find"), "Never said.")
    assert outcomes(played) == [("find", REFUSED), ("find", REFUSED)] and not find.begun
    assert "100" in results(played)[1] and len(played.call.memory.uses[1].arguments) <= 500


@pytest.mark.fault("J19")
def test_t19_thirty_uses_in_one_step(agent: Make) -> None:
    """Four run, the rest is refused."""
    find = Slow("find", 1, most=100)
    played = asked(agent, [find], [use("find", rooms=str(each)) for each in range(30)])
    kinds = [kind for _, kind in outcomes(played)]
    assert kinds == [DONE] * 4 + [REFUSED] * 26 and len(find.begun) == 4


def test_a_tool_has_its_most_uses(agent: Make) -> None:
    """Those that were refused do not count."""
    find = Slow("find", most=1)
    played = asked(agent, [find], use("find"), use("find"))
    assert [kind for _, kind in outcomes(played)] == [DONE, REFUSED]


def test_a_right_is_granted_by_the_success_of_a_tool(agent: Make) -> None:
    """From then on the tool that needs it may be used; facts are kept."""
    check = Slow("check", give=Result({"ok": True}, facts={"id": "7"}, grants=("known",)), grants=["verified"])
    secret = Slow("secret", needs=["verified", "known"])
    played = asked(agent, [check, secret], use("check"), use("secret"))
    assert [kind for _, kind in outcomes(played)] == [DONE, DONE]
    assert played.call.memory.rights == ["verified", "known"] and played.call.memory.facts == {"id": "7"}


@pytest.mark.parametrize(("once", "times"), [("call", 1), ("turn", 1), ("no", 2)])
def test_once_is_for_the_call_the_turn_or_not_at_all(agent: Make, once: str, times: int) -> None:
    """The same effect in one reply."""
    book = Slow("book", effect=True, hold=0, once=once)
    played = asked(agent, [book], use("book"), use("book"))
    assert len(book.begun) == times and len({view.key for view in book.views}) == times
    assert outcomes(played)[1][1] == (DONE if times == 2 else UseOutcome.REPEATED)


def test_the_same_effect_twice_at_once_is_done_once(agent: Make) -> None:
    """The second request waits for the first one's result."""
    book = Slow("book", 1, {"number": 7}, effect=True)
    played = asked(agent, [book], [use("book"), use("book")])
    assert len(book.begun) == 1 and results(played) == ['{"number":7}'] * 2


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (ToolRefused("not today"), REFUSED, "not today"),
        (ToolUnknown("the line broke"), UseOutcome.UNKNOWN, "may have been done"),
        (ToolFailed("no room is free"), FAILED, "no room is free"),
        (SystemExit("password=1234"), UseOutcome.UNKNOWN, "the tool has a fault"),
        (ValueError("password=1234"), UseOutcome.UNKNOWN, "the tool has a fault; it cannot be used now: it may have been"),
    ],
)
def test_errors_of_a_tool_are_told_to_the_model(agent: Make, error: BaseException, kind: UseOutcome, text: str) -> None:
    """In its own words if it meant them; those of a mistake are for the log alone. No fault of the call."""
    played = asked(agent, [Slow("book", effect=True, give=error)], use("book"))
    assert outcomes(played) == [("book", kind)] and text in results(played)[0]
    assert "1234" not in results(played)[0] and played.call.faults == 0


def test_an_idempotent_effect_may_be_repeated_after_an_unknown_outcome(agent: Make) -> None:
    """With the same key."""
    book = Slow("book", 5, effect=True, hold=0, timeout=0.2, idempotent=True)
    asked(agent, [book], use("book"), use("book"))
    assert len(book.begun) == 2 and len({view.key for view in book.views}) == 1


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
