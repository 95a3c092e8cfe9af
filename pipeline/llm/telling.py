"""The telling of results: which of a reply's pieces may tell which, and which of them the caller has heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.memory import Use
from pipeline.text import normalise
from pipeline.tool import Tool
from pipeline.vocabulary import UseOutcome


class Telling:
    """The results that the reply under way tells: a use is told when a piece whose model knew it was heard in part."""

    def __init__(self) -> None:
        self._by: dict[str, tuple[Use, ...]] = {}  # piece → the uses that it may tell

    @property
    def numbers(self) -> frozenset[int]:
        """The numbers of the uses whose results are said, and not heard yet."""
        return frozenset(use.number for uses in self._by.values() for use in uses)

    def forget(self) -> None:
        """Begin another reply."""
        self._by = {}

    def knows(self, piece: str, uses: tuple[Use, ...]) -> None:
        """Note a piece whose model knew these uses."""
        if uses:
            self._by[piece] = uses

    def heard(self, pieces: Sequence[str], words: str) -> None:
        """Note that of these pieces so much was heard."""
        # Counted in letters and not compared as text: a step below may leave out words, and the sound of an interrupted
        # piece ends within one.
        left = _length(words)
        for piece in pieces if self._by else ():
            if left <= 0:
                break
            left -= _length(piece)
            for use in self._by.pop(piece, ()):
                use.told = True

    def instead(self, uses: Sequence[Use], tools: Mapping[str, Tool]) -> list[str]:
        """Return what is said when the model fails: the sentences of effects that were done, and are not told yet."""
        found = []
        for use in uses:
            tool = tools.get(use.name)
            if tool is not None and use.effect and use.outcome == UseOutcome.DONE and tool.settings.done:
                self.knows(tool.settings.done, (use,))
                found.append(tool.settings.done)
        return found


def _length(text: str) -> int:
    return len(normalise(text).replace(" ", ""))
