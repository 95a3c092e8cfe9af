"""The results that were told."""

from __future__ import annotations

import pytest

from pipeline.llm.telling import Telling
from pipeline.memory import Use
from pipeline.vocabulary import UseOutcome
from tests.kit.tooled import Slow

PIECES = ["One moment.", "There are two flats.", "Which one?"]


def used(**fields: object) -> Use:
    return Use(number=1, name="book", arguments="{}", turn=1, place=1, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("heard", "told"),
    [
        ("", False),
        ("One", False),
        ("One moment.", False),
        ("One moment. There", True),
        ("One moment. There are two flats. Which one?", True),
    ],
)
def test_a_use_is_told_when_a_piece_that_knew_it_was_heard_in_part(heard: str, told: bool) -> None:
    """The sentence before it does not count."""
    telling, use = Telling(), used()
    telling.knows(PIECES[1], (use,))
    telling.knows(PIECES[2], (use,))
    telling.heard(PIECES, heard)
    assert use.told is told


def test_another_reply_tells_nothing_of_the_last_one() -> None:
    """Its pieces are its own."""
    telling, use = Telling(), used()
    telling.knows(PIECES[1], (use,))
    assert telling.numbers == {1}
    telling.forget()
    telling.heard(PIECES, " ".join(PIECES))
    assert not use.told and not telling.numbers


@pytest.mark.parametrize(
    ("effect", "outcome", "said"),
    [
        (True, UseOutcome.DONE, ["It is booked."]),
        (True, UseOutcome.UNKNOWN, []),
        (False, UseOutcome.DONE, []),
    ],
)
def test_instead_of_a_failed_answer_effects_that_were_done_are_told(
    effect: bool, outcome: UseOutcome, said: list[str]
) -> None:
    """Those alone."""
    tools = {"book": Slow("book", effect=effect, done="It is booked.")}
    assert Telling().instead([used(effect=effect, outcome=outcome)], tools) == said
