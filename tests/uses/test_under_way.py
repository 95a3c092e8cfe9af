"""The uses that are under way in a call."""

from __future__ import annotations

import pytest

from pipeline.testing import voice
from pipeline.vocabulary import UseOutcome
from tests.kit.tooled import Make, Slow, outcomes, play

DONE = UseOutcome.DONE
FIND = {"use": "find", "with": {"rooms": "3"}}
BOOK = {"use": "book", "with": {"rooms": "3"}}
ASK = (0.5, voice(0.6))
COUGH = voice(0.07)


@pytest.mark.fault("J9")
def test_t9_an_effect_that_times_out_is_unknown_and_not_repeated(agent: Make) -> None:
    """The model is told that it may have been done."""
    book = Slow("book", 60, effect=True, timeout=1)
    said = [BOOK, BOOK, "I do not know."]
    played = play(agent(["book it"], said), [book], [ASK], 10)
    assert outcomes(played) == [("book", UseOutcome.UNKNOWN), ("book", UseOutcome.REPEATED)]
    assert len(book.begun) == 1 and "may have been done" in played.call.memory.uses[1].result


@pytest.mark.fault("J11")
def test_t11_a_caller_who_hangs_up_during_an_effect(agent: Make) -> None:
    """It goes on to its end, for `finish` at most; a read ends with the call."""
    book, late, find = Slow("book", 4, effect=True), Slow("late", 60, effect=True, timeout=100), Slow("find", 9)
    said = [[BOOK, {"use": "late", "with": {}}, FIND], "Never said."]
    played = play(agent(["book it"], said), [book, late, find], [ASK], 3)
    assert outcomes(played) == [("book", DONE), ("late", UseOutcome.WITHDRAWN), ("find", UseOutcome.FAILED)]
    assert find.ended == 0 and book.ended == 1


def test_reads_run_side_by_side_and_effects_in_order(agent: Make) -> None:
    """Two reads take the time of one; two effects that of both."""
    find, look = Slow("find", 1), Slow("look", 1)
    book, note = Slow("book", 1, effect=True, hold=0), Slow("note", 1, effect=True, hold=0)
    said = [[FIND, {"use": "look", "with": {}}, BOOK, {"use": "note", "with": {}}], "Done."]
    played = play(agent(["go"], said), [find, look, book, note], [ASK], 10)
    began = {each.name: each.began for each in played.call.memory.uses}
    assert began["find"] == began["look"] == began["book"] == pytest.approx(began["note"] - 1)


def test_a_rehearsal_does_nothing_and_says_so(agent: Make) -> None:
    """A call that does not act rehearses its effects, and asks its reads."""
    find, book = Slow("find"), Slow("book", effect=True)
    played = play(agent(["go"], [[FIND, BOOK], "Done."]), [find, book], [ASK], 10, acts=False)
    assert len(find.begun) == 1 and not book.begun
    told = [it for _, what, it in played.events if what == "tool" and "outcome" in it]
    assert [(it["tool"], it.get("rehearsed")) for it in told] == [("find", None), ("book", True)]


def test_voice_that_is_held_pauses_the_hold_of_an_effect(agent: Make) -> None:
    """Words over the tool's sentence withdraw it, though they become an interruption only after the hold."""
    book = Slow("book", effect=True, hold=0.5, say=["I am booking this viewing for you in a moment."])
    config = agent(["book it", "no, wait"], [BOOK, "All right."], {"tts.ms_per_letter": 60})
    call = play(config, [book], [ASK, (2.1, voice(0.9, 350.0))], 12)
    assert outcomes(call) == [("book", UseOutcome.WITHDRAWN)] and not book.begun
