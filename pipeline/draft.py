"""A model's reply while it is being made."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Protocol

from pipeline.pieces import ends_sentence, pieces
from pipeline.text import normalise, shorten

Judge = Callable[[str], bool]


class Limits(Protocol):
    """What bounds a reply."""

    @property
    def max_sentences(self) -> int:
        """Sentences that it may have."""

    @property
    def max_chars(self) -> int:
        """Characters that it may have."""

    @property
    def first_clause(self) -> bool:
        """Whether its first piece may be less than a sentence."""


class Draft:
    """Pieces that can be spoken, within the limits; not none, and not the last reply once more.

    `meant` is the reply as the model meant it, said or not. `empty` and `again` are what is said instead; `gives_away`
    tells of a text whether it may not be said at all, and nothing after it is.
    """

    def __init__(self, limits: Limits, last: str, empty: str, again: str, gives_away: Judge = lambda _: False) -> None:
        self.meant: list[str] = []
        self.limits = limits
        self.last = normalise(last)
        self.empty = empty
        self.again = again
        self.gives_away = gives_away

    @property
    def text(self) -> str:
        """All of it so far."""
        return " ".join(self.meant)

    async def pieces(self, bits: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
        """What is to be said of a reply that comes in bits of any size."""
        held: list[str] = []  # what may yet turn out to be the last reply again
        async with aclosing(pieces(bits, self.limits.first_clause)) as found:
            async for piece in found:
                if not normalise(piece):
                    continue  # nobody can say a "…"
                if not (fitting := self._fitting(piece)):
                    break
                if self.gives_away(f"{self.text} {fitting}"):
                    if held == self.meant:
                        yield self.empty
                    return
                self.meant.append(fitting)
                held.append(fitting)
                if held != self.meant or not self.last.startswith(normalise(self.text)):
                    for each in held:
                        yield each
                    held = []
        for each in self._instead(held):
            yield each

    def _instead(self, held: list[str]) -> list[str]:
        if not self.meant:
            return [self.empty]
        return [self.again] if held and normalise(self.text) == self.last else held

    def _fitting(self, piece: str) -> str:
        """As much of a piece as there is room for: none of a sentence too many, some of one that has begun."""
        room = self.limits.max_chars - sum(len(each) + 1 for each in self.meant)
        ended = [ends_sentence(each) for each in self.meant]
        full = room < 1 or sum(ended) == self.limits.max_sentences or (ended[-1:] == [True] and len(piece) > room)
        return "" if full else shorten(piece, room)
