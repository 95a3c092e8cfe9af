"""A model's request for a tool: refused, or done once."""

from __future__ import annotations

import pytest

from pipeline.vocabulary import UseOutcome
from tests.kit.tooled import Make, Slow, asked, outcomes, results, use

DONE, FAILED, REFUSED = UseOutcome.DONE, UseOutcome.FAILED, UseOutcome.REFUSED


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


def test_a_tool_has_its_most_uses(agent: Make) -> None:
    """Those that were refused do not count."""
    find = Slow("find", most=1)
    played = asked(agent, [find], use("find"), use("find"))
    assert [kind for _, kind in outcomes(played)] == [DONE, REFUSED]


@pytest.mark.parametrize(("once", "times"), [("call", 1), ("turn", 1), ("no", 2)])
def test_once_is_for_the_call_the_turn_or_not_at_all(agent: Make, once: str, times: int) -> None:
    """The same effect in one reply."""
    book = Slow("book", effect=True, hold=0, once=once)
    played = asked(agent, [book], use("book"), use("book"))
    assert len(book.begun) == times and len({view.key for view in book.views}) == times
    assert outcomes(played)[1][1] == (DONE if times == 2 else UseOutcome.REPEATED)


def test_an_idempotent_effect_may_be_repeated_after_an_unknown_outcome(agent: Make) -> None:
    """With the same key."""
    book = Slow("book", 5, effect=True, hold=0, timeout=0.2, idempotent=True)
    asked(agent, [book], use("book"), use("book"))
    assert len(book.begun) == 2 and len({view.key for view in book.views}) == 1
