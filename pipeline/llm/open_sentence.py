"""The caller's sentence while it is being said: open, as long as its last word ends none; or a question."""

from __future__ import annotations

from pipeline.frames import SentenceOpen
from pipeline.text import normalise
from pipeline.text.questions import is_question
from pipeline.text.unfinished import is_unfinished


class OpenSentence:
    """Follows the interim words of a call's turns."""

    def __init__(self) -> None:
        self._told = SentenceOpen(-1, False)  # of the words that came last
        self._doubted = -1, ""  # the turn and the words that the model took for unfinished

    def change(self, turn: int, text: str, language: str) -> SentenceOpen | None:
        """Take the words of a turn so far; return the control that tells of it if that is news."""
        if (turn, normalise(text)) == self._doubted:
            return None
        was = self._told if self._told.turn == turn else SentenceOpen(turn, False)
        self._told = SentenceOpen(turn, is_unfinished(text, language), is_question(text, language))
        return self._told if self._told != was else None

    def doubt(self, turn: int, text: str) -> SentenceOpen:
        """Take these words of a turn for open, as the model does; return the control that tells of it."""
        self._told, self._doubted = SentenceOpen(turn, True), (turn, normalise(text))
        return self._told
