"""The replies of a dialogue with tools, in whole calls: at openings, after words, and when the model fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.config import load
from pipeline.testing import voice
from pipeline.text.fixed import PHRASES
from pipeline.vocabulary import UseOutcome
from tests.kit.chain import chain
from tests.kit.tooled import Make, Slow, outcomes, play

DONE = UseOutcome.DONE
FIND = {"use": "find", "with": {"rooms": "3"}}
BOOK = {"use": "book", "with": {"rooms": "3"}}
ASK = (0.5, voice(0.6))
COUGH = voice(0.07)

BREAKS = """\
from processors.llm.script import ScriptDialogue


class Breaks(ScriptDialogue):
    async def answer(self, history):
        if self.said:
            raise OSError("no network")
        async for bit in super().answer(history):
            yield bit
"""


@pytest.mark.fault("J2")
def test_t2_words_while_an_effect_runs(agent: Make) -> None:
    """They are answered, with "still running" known, and the result is told at the next opening."""
    book = Slow("book", 4, effect=True)
    said = [BOOK, "It is still being booked.", "It is booked."]
    played = play(agent(["book it", "are you done"], said), [book], [ASK, (3.0, voice(0.6, 350.0))], 14)
    assert [it for it in played.heard() if it][-2:] == ["It is still being booked.", "It is booked."]
    assert outcomes(played) == [("book", DONE)] and book.ended == 1


@pytest.mark.fault("J3")
def test_t3_a_result_that_comes_while_the_caller_speaks_is_told_once_afterwards(agent: Make) -> None:
    """Neither over the caller's words nor twice."""
    book = Slow("book", 2, effect=True)
    said = [BOOK, "Thrown away.", "Good, and it is booked.", "Never said."]
    played = play(agent(["book it", "and another thing is this"], said), [book], [ASK, (2.8, voice(1.6, 350.0))], 14)
    assert [it for it in played.heard() if it][-1:] == ["Good, and it is booked."]
    assert book.ended == 1


@pytest.mark.fault("J4")
def test_t4_a_read_whose_asker_has_asked_for_something_else_is_not_told(agent: Make) -> None:
    """Their question is answered; the result is kept for the model, and no reply begins by itself."""
    find = Slow("find", 4)
    said = [FIND, "We open at nine.", "Never said."]
    played = play(
        agent(["three rooms", "no, when do you open on Monday"], said), [find], [ASK, (3.0, voice(0.9, 350.0))], 14
    )
    assert [it for it in played.heard() if it][-1:] == ["We open at nine."]
    assert outcomes(played) == [("find", DONE)]


@pytest.mark.fault("J5")
@pytest.mark.parametrize(("hold", "done"), [(2.0, 0), (0.1, 1)])
def test_t5_the_turn_was_no_end(agent: Make, hold: float, done: int) -> None:
    """ "Book it … no, Monday": within the hold it is withdrawn; after it, it is done once, and the model sees both."""
    book = Slow("book", 1, effect=True, hold=hold)
    said = [BOOK, "Monday it is.", "It was booked."]
    played = play(agent(["book it", "no, Monday"], said), [book], [ASK, (2.0, voice(0.6, 350.0))], 12)
    assert len(book.begun) == done
    assert outcomes(played) == [("book", DONE if done else UseOutcome.WITHDRAWN)]


@pytest.mark.fault("J10")
@pytest.mark.parametrize("done", ["The viewing is booked.", ""])
def test_t10_an_effect_was_done_and_then_the_model_fails(tmp_path: Path, done: str) -> None:
    """`done` is said, once; without one the apology is, and the result is tried to be told once more."""
    (tmp_path / "breaks.py").write_text(BREAKS)
    (tmp_path / "agent.yaml").write_text(chain("plugins: [breaks.py]\n", llm=f"breaks: {json.dumps({'say': [BOOK]})}"))
    book = Slow("book", 0.2, effect=True, done=done)
    call = play(load(tmp_path / "agent.yaml"), [book], [ASK], 20)
    assert call.heard() == ([done] if done else [PHRASES["en"]["failed"], PHRASES["en"]["failing"]])
    assert book.ended == 1 and call.call.memory.uses[0].told


@pytest.mark.fault("J21")
def test_t21_the_limit_of_text_is_reached_before_the_use(agent: Make) -> None:
    """The use runs all the same, no more text is said, and its result is told at the next opening."""
    book = Slow("book", 0.1, effect=True)
    said = [["One. Two. Three. Four. Five.", BOOK], "It is booked."]
    played = play(agent(["book it"], said), [book], [ASK], 14)
    assert played.heard() == ["One. Two. Three. Four.", "It is booked."] and book.ended == 1
