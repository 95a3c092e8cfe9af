"""The end that an agent means."""

from __future__ import annotations

import pytest

from pipeline.frames import Hangup
from pipeline.llm.leaving import Leaving

END = Hangup("goodbye")
SAID = ["It was a pleasure.", "Goodbye."]


def leaving() -> Leaving:
    made = Leaving()
    made.mean(END)
    return made


@pytest.mark.parametrize("heard", ["It was a pleasure. Goodbye.", "Goodbye.", ""])
def test_it_comes_once_after_the_words_were_heard_to_their_end(heard: str) -> None:
    """Or after none of them could be said."""
    made = leaving()
    assert made.after(heard, SAID) is END and made.after(heard, SAID) is None


def test_it_does_not_come_after_other_words() -> None:
    """Such as the line of another step."""
    assert leaving().after("Are you still there?", SAID) is None
    assert Leaving().after("Goodbye.", SAID) is None


def test_words_withdraw_it_twice() -> None:
    """A farewell does not; a third end stands."""
    made = leaving()
    assert made.stands("thanks, bye", "en-US") and made.is_meant
    for _ in range(2):
        assert not made.stands("one more question", "en-US") and not made.is_meant
        made.mean(END)
    assert made.stands("one more question", "en-US")


def test_another_reply_means_no_end() -> None:
    """It has to be meant anew."""
    made = leaving()
    made.forget()
    assert made.after("Goodbye.", SAID) is None and not made.stands("bye", "en-US")
