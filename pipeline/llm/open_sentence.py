"""The caller's sentence while it is being said: open, as long as its last word ends none."""

from __future__ import annotations

from pipeline.frames import SentenceOpen
from pipeline.text.unfinished import is_unfinished


class OpenSentence:
    """Follows the interim words of a call's turns."""

    def __init__(self) -> None:
        self._turn, self._open = -1, False  # of the words that came last

    def change(self, turn: int, text: str, language: str) -> SentenceOpen | None:
        """Take the words of a turn so far; return the control that tells of it if they open or close a sentence."""
        was = self._open and self._turn == turn
        self._turn, self._open = turn, is_unfinished(text, language)
        return SentenceOpen(turn, self._open) if self._open != was else None
