"""The end that an agent means: after a goodbye, or before a transfer, once its words were heard to their end."""

from __future__ import annotations

from pipeline.frames import Control
from pipeline.text.farewells import is_farewell
from pipeline.text.normalise import is_end_of

SECOND = 2  # times that the caller's words withdraw an end; the next one stands, whatever they say


class Leaving:
    """The end that is meant by the reply under way; the caller's words withdraw it, unless they take leave, too."""

    def __init__(self) -> None:
        self._meant: Control | None = None
        self._withdrawn = 0

    @property
    def is_meant(self) -> bool:
        """True if the reply under way is the last."""
        return self._meant is not None

    def mean(self, control: Control) -> None:
        """Mean to raise this control once the reply under way was heard to its end."""
        self._meant = control

    def stands(self, words: str, language: str) -> bool:
        """True if an end is meant, and stands after these words of the caller's; otherwise it is withdrawn."""
        if self._meant is None:
            return False
        # Of a caller who goes on for the third time the model has judged three times that nothing more is wanted.
        if is_farewell(words, language) or self._withdrawn >= SECOND:
            return True
        self._meant, self._withdrawn = None, self._withdrawn + 1
        return False

    def forget(self) -> None:
        """Mean no end any more: another reply begins."""
        self._meant = None

    def after(self, heard: str, said: list[str]) -> Control | None:
        """Return the control to raise, once, after a reply whose pieces were said and heard so; None: not yet."""
        # Nothing at all is heard of a goodbye that no voice could say: the call ends all the same.
        if self._meant is None or not (not heard or (said and is_end_of(heard, said[-1]))):
            return None
        return self.take()

    def take(self) -> Control | None:
        """Return the control to raise, once; None if no end is meant."""
        control, self._meant = self._meant, None
        return control
