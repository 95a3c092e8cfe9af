"""The draft of a reply: a model's words, cut into pieces that can be spoken, within limits."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing

from pipeline.llm.asked import Asked
from pipeline.llm.doubt import Doubt
from pipeline.llm.settings import DialogueSettings
from pipeline.llm.spoken import Spoken
from pipeline.providers.fallback import Request
from pipeline.text import Sentences, normalise, shorten
from pipeline.text.sentences import ends_sentence, speakable

Judge = Callable[[str], bool]


class Draft:
    """One reply in pieces that can be spoken, within the limits of the settings: never empty, never the last one again.

    `last` is the reply before it. `fixed` returns the sentence said instead, for `empty` and `again`; `gives_away` is
    True of a text that must not be said: the reply ends before it. `doubted` is called if it begins with the mark of a
    caller who has not finished, which is never said.
    """

    doubted: Callable[[], None] | None = None

    def __init__(
        self,
        limits: DialogueSettings,
        last: str = "",
        fixed: Callable[[str], str] = str,
        gives_away: Judge = lambda _: False,
    ) -> None:
        self.meant: list[str] = []  # the pieces within the limits, also those held back
        self.limits = limits
        self.last = normalise(last)
        self.fixed = fixed
        self.gives_away = gives_away
        self.doubt = Doubt()
        self._held: list[str] = []  # pieces that so far repeat the last reply from its start
        self._whole = False
        self._uses = False
        self._before = 0  # pieces of the steps before
        self._asked = False

    @property
    def text(self) -> str:
        """All pieces so far."""
        return " ".join(self.meant)

    @property
    def is_whole(self) -> bool:
        """True if its limits leave room for no more."""
        return self._whole

    def go_on(self, before: Sequence[str], uses: bool) -> None:
        """Go on with a reply whose pieces so far are these; `uses`: the answer may ask for tools."""
        self.meant, self._before, self._uses = [*before, *self.meant], len(before), uses
        if before:
            self.last = ""  # a result was asked for: the reply is no repetition

    async def pieces(self, request: Request[str | Asked]) -> AsyncGenerator[str | Asked, None]:
        """Read an answer in bits of any size, and yield each piece as soon as it is complete, and requests for tools.

        Stops reading once the limits are reached, which closes the request, unless it may ask for tools. Raises the
        provider's error.
        """
        splitter, spoken = Sentences(self.limits.first_clause), Spoken()
        with request:
            async with aclosing(request.answer) as bits:
                async for bit in bits:
                    if isinstance(bit, Asked):
                        for item in self._until(bit, request, [*splitter.feed(spoken.rest()), *splitter.rest()]):
                            yield item
                        splitter, spoken = Sentences(self.limits.first_clause), Spoken()
                        continue
                    request.got(bit)
                    for piece in self._said(splitter.feed(self._without_mark(spoken.feed(bit)))):
                        yield piece
                    # Tokens beyond the limits are paid for and never heard. Such an answer has not ended by itself, so
                    # its record has no `ended`.
                    if self._whole and not self._uses:
                        break
                else:
                    request.ended()
        rest = self._without_mark(spoken.rest())
        for piece in (*self._said(splitter.feed(rest)), *self._said(splitter.rest()), *self._last()):
            yield piece

    def _without_mark(self, text: str) -> str:
        before, rest = self.doubt.told, self.doubt.feed(text)
        if self.doubt.told and not before and self.doubted is not None:
            self.doubted()
        return rest

    def _until(self, asked: Asked, request: Request[str | Asked], rest: Iterable[str]) -> Iterator[str | Asked]:
        """Yield the text before a request for a tool, then the request; neither if no tool may be asked for."""
        # A model that was asked for words, and asks for a tool all the same, has said nothing.
        if not self._uses:
            return
        request.asked_for(asked.name, asked.whole)
        yield from self._said(rest)
        yield from self._held  # the reply goes on with a result: it is no repetition
        self._held, self.last, self._asked = [], "", True
        yield asked

    def _said(self, found: Iterable[str]) -> Iterator[str]:
        """Yield those of the new pieces, and of the held ones, that can be said now."""
        for piece in map(speakable, found):
            if self._whole:
                return
            # A piece of punctuation alone, e.g. "…", has no sound: a voice would take it for a failure.
            if not normalise(piece):
                continue
            if not (fitting := self._fitting(piece)):
                self._whole = True
                return
            # Checked with all that stands before it, as a secret may be spread over several pieces. Pieces still held
            # back are dropped with it. If none was said yet, or only half a sentence, a fixed one follows.
            if self.gives_away(f"{self.text} {fitting}"):
                unsaid = self._held == self.meant or not ends_sentence(self.meant[-1])
                self._whole, self._held = True, [self.fixed("empty")] if unsaid else []
                return
            self.meant.append(fitting)
            self._held.append(fitting)
            # A caller who did not understand gains nothing from the same words once more. That it is the same reply is
            # known at its end only, so pieces are held back while all of them match the last one's beginning.
            if self._held != self.meant or not self.last.startswith(normalise(self.text)):
                yield from self._held
                self._held = []

    def _last(self) -> list[str]:
        """Return the pieces to say at the end: the held ones, or a fixed sentence for an empty or repeated reply."""
        if len(self.meant) == self._before:
            return [] if self._asked or (self._before and self._whole) else [self.fixed("empty")]
        same = self._held == self.meant and normalise(self.text) == self.last
        return [self.fixed("again")] if same else self._held

    def _fitting(self, piece: str) -> str:
        """Return as much of a piece as the limits leave room for; blank if none.

        A piece that begins a sentence must fit whole; one that goes on with a sentence is cut after a word.
        """
        # A reply that ends between two sentences sounds finished. Inside one, words cut off are the lesser evil: its
        # beginning may have been heard already.
        room = self.limits.max_chars - sum(len(each) + 1 for each in self.meant)
        ended = [ends_sentence(each) for each in self.meant]
        full = room < 1 or sum(ended) == self.limits.max_sentences or (ended[-1:] == [True] and len(piece) > room)
        return "" if full else shorten(piece, room)
