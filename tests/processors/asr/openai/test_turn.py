"""The words of a turn that more than one session heard."""

from __future__ import annotations

from processors._shared.openai_client import ProviderFault
from processors.asr.openai.turn import Turn


def test_words_of_a_session_before_stay_until_there_are_as_many_new_ones() -> None:
    """A session that hears the turn again begins with its first word; if it breaks, too, the longer words are kept."""
    turn = Turn(1, b"")
    turn.hear("a", "one two three")
    turn.restart()
    turn.hear("b", "one")
    assert turn.best == "one two three"
    turn.restart()
    turn.fail(ProviderFault("broken"))
    assert turn.text == "one two three"


def test_new_words_replace_the_former_once_there_are_as_many() -> None:
    """They are the better ones: that session has heard the turn to its end."""
    turn = Turn(1, b"")
    turn.hear("a", "won too")
    turn.restart()
    turn.hear("b", "one ")
    turn.hear("b", "two")
    assert turn.best == "one two"


def test_a_final_event_without_a_text_loses_no_word() -> None:
    """The interim words have to do; an empty text means that nothing was said."""
    unnamed, empty = Turn(1, b""), Turn(2, b"")
    for turn, text in ((unnamed, None), (empty, "")):
        turn.hear("a", "one two")
        turn.settle(text)
    assert (unnamed.text, empty.text) == ("one two", "")
