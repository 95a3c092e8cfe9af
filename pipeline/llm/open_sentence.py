"""The caller's sentence while it is being said: open, as long as its last word ends none; or a question."""

from __future__ import annotations

from pipeline.frames import SentenceOpen
from pipeline.text.questions import is_question
from pipeline.text.unfinished import is_unfinished


class OpenSentence:
    """Follows the interim words of a call's turns."""

    def __init__(self) -> None:
        self._told = SentenceOpen(-1, False)  # of the words that came last

    def change(self, turn: int, text: str, language: str) -> SentenceOpen | None:
        """Take the words of a turn so far; return the control that tells of it if that is news."""
        was = self._told if self._told.turn == turn else SentenceOpen(turn, False)
        self._told = SentenceOpen(turn, is_unfinished(text, language), is_question(text, language))
        return self._told if self._told != was else None
