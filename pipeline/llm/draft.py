"""A model's reply while it is being made."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing
from typing import Protocol

from pipeline.providers.fallback import Request
from pipeline.text import Sentences, normalise, shorten
from pipeline.text.sentences import ends_sentence, speakable

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

    `meant` is the reply as the model meant it, said or not. `fixed` has what is said instead, by `empty` and `again`;
    `gives_away` tells of a text whether it may not be said at all, and nothing after it is.
    """

    def __init__(
        self,
        limits: Limits,
        last: str = "",
        fixed: Callable[[str], str] = str,
        gives_away: Judge = lambda _: False,
    ) -> None:
        self.meant: list[str] = []
        self.limits = limits
        self.last = normalise(last)
        self.fixed = fixed
        self.gives_away = gives_away
        self._held: list[str] = []  # what may yet turn out to be the last reply again
        self._whole = False

    @property
    def text(self) -> str:
        """All of it so far."""
        return " ".join(self.meant)

    async def pieces(self, request: Request[str]) -> AsyncGenerator[str, None]:
        """Yield what is to be said of an answer in bits of any size, each piece as soon as it is whole."""
        splitter = Sentences(self.limits.first_clause)
        with request:
            async with aclosing(request.answer) as bits:
                async for bit in bits:
                    request.got(bit)
                    for piece in self._said(splitter.feed(bit)):
                        yield piece
                    if self._whole:
                        break
                else:
                    request.ended()
        for piece in (*self._said(splitter.rest()), *self._last()):
            yield piece

    def _said(self, found: Iterable[str]) -> Iterator[str]:
        """What is to be said of these pieces now."""
        for piece in map(speakable, found):
            if self._whole:
                return
            if not normalise(piece):
                continue  # nobody can say a "…"
            if not (fitting := self._fitting(piece)):
                self._whole = True
                return
            if self.gives_away(f"{self.text} {fitting}"):
                self._whole, self._held = True, [self.fixed("empty")] if self._held == self.meant else []
                return
            self.meant.append(fitting)
            self._held.append(fitting)
            if self._held != self.meant or not self.last.startswith(normalise(self.text)):
                yield from self._held
                self._held = []

    def _last(self) -> list[str]:
        """What is said at the end."""
        if not self.meant:
            return [self.fixed("empty")]
        same = self._held == self.meant and normalise(self.text) == self.last
        return [self.fixed("again")] if same else self._held

    def _fitting(self, piece: str) -> str:
        """As much of a piece as there is room for: none of a sentence too many, some of one that has begun."""
        room = self.limits.max_chars - sum(len(each) + 1 for each in self.meant)
        ended = [ends_sentence(each) for each in self.meant]
        full = room < 1 or sum(ended) == self.limits.max_sentences or (ended[-1:] == [True] and len(piece) > room)
        return "" if full else shorten(piece, room)
