"""Replies that use tools, in whole calls: the fault table's rows of the life of a use."""

from __future__ import annotations

from pipeline.testing import voice
from pipeline.vocabulary import UseOutcome
from tests.kit.tooled import Make, Slow, outcomes, play

DONE = UseOutcome.DONE
FIND = {"use": "find", "with": {"rooms": "3"}}
BOOK = {"use": "book", "with": {"rooms": "3"}}
ASK = (0.5, voice(0.6))
COUGH = voice(0.07)


def test_a_result_is_told_in_the_same_reply(agent: Make) -> None:
    """The model asks, the tool answers, and the model is asked again at once."""
    find = Slow("find", 0.5, say=["One moment."])
    played = play(agent(["three rooms"], [FIND, "There are two flats."]), [find], [ASK], 8)
    assert played.heard() == ["One moment. There are two flats."]
    assert outcomes(played) == [("find", DONE)]
    assert find.begun == [{"rooms": "3"}]
