"""The uses of tools: what is refused, repeated, bounded, and kept from logs and records."""

from __future__ import annotations

import pytest

from pipeline.memory import Use
from pipeline.testing import voice
from pipeline.tool import Result
from pipeline.vocabulary import UseOutcome
from tests.kit.tooled import Make, Slow, asked, outcomes, results, use

DONE, FAILED, REFUSED = UseOutcome.DONE, UseOutcome.FAILED, UseOutcome.REFUSED
ASK = (0.5, voice(0.6))


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


@pytest.mark.fault("J19")
def test_t19_thirty_uses_in_one_step(agent: Make) -> None:
    """Four run, the rest is refused."""
    find = Slow("find", 1, most=100)
    played = asked(agent, [find], [use("find", rooms=str(each)) for each in range(30)])
    kinds = [kind for _, kind in outcomes(played)]
    assert kinds == [DONE] * 4 + [REFUSED] * 26 and len(find.begun) == 4


def test_a_right_is_granted_by_the_success_of_a_tool(agent: Make) -> None:
    """From then on the tool that needs it may be used; facts are kept."""
    check = Slow("check", give=Result({"ok": True}, facts={"id": "7"}, grants=("known",)), grants=["verified"])
    secret = Slow("secret", needs=["verified", "known"])
    played = asked(agent, [check, secret], use("check"), use("secret"))
    assert [kind for _, kind in outcomes(played)] == [DONE, DONE]
    assert played.call.memory.rights == ["verified", "known"] and played.call.memory.facts == {"id": "7"}


def test_the_same_effect_twice_at_once_is_done_once(agent: Make) -> None:
    """The second request waits for the first one's result."""
    book = Slow("book", 1, {"number": 7}, effect=True)
    played = asked(agent, [book], [use("book"), use("book")])
    assert len(book.begun) == 1 and results(played) == ['{"number":7}'] * 2
