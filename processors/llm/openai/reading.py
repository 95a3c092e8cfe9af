"""The reading of one answer: its spoken words within their bounds, and the uses of tools that it asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.llm.asked import Asked
from pipeline.llm.spoken import Spoken
from pipeline.llm.written import Calls, Written, seems_written, written
from processors._shared.openai_client import ProviderFault
from processors.llm.openai.stream import Piece
from processors.llm.openai.uses import Uses

TOKENS = 600  # the most of a reply, whatever limit the server has been given


class Reading:
    """Reads the pieces of an answer; `longest` is the most characters of its text, `offered` the tools' names.

    Without tools nothing but words is read. With them, the words end at their limit and the uses behind them are read;
    words behind a use that is written as text are not spoken, as models go on with the result that they imagine.
    """

    def __init__(self, longest: int, thinks: bool = False, offered: Sequence[str] = ()) -> None:
        self.text = ""
        self.is_full = False  # nothing more of the answer is wanted: its bounds are reached
        self.written: list[Written] = []  # uses that are part of the text
        self.misspelt = False  # the text has a use in it that is none of an offered tool
        self.uses = Uses(offered)
        self._offered, self._longest, self._tokens = offered, longest, 0
        self._spoken = Spoken(thinks, keeps=bool(offered))
        self._calls = Calls(offered) if offered else None
        self._is_long = self._has_used = False  # no more words are spoken: there are enough, or a use stands in them
        self._is_new = False  # some text was left out and not searched for uses yet

    @property
    def closed(self) -> bool:
        """True if thoughts have ended that were not opened."""
        return self._spoken.closed

    def feed(self, piece: Piece) -> Iterator[str | Asked]:
        """Yield the words of a piece, and its uses. Raises ProviderFault for more text than any reply has."""
        if piece.uses and self._offered:
            yield from self.uses.feed(piece.uses)
            self.is_full = self.uses.is_full
        if not piece.text:
            return
        self._tokens += not self._spoken.is_silent
        if said := self._spoken.feed(piece.text) if self._calls is None else self._said(piece.text, self._calls):
            self.text += said
            if is_looping(self.text):
                raise ProviderFault("the reply repeats itself")
            yield said
            self._is_long = len(self.text) > self._longest
        is_mute = self._is_long or self._has_used
        if self._tokens == TOKENS and not is_mute:
            raise ProviderFault(f"the reply has more than {TOKENS} tokens")
        self.is_full = self.is_full or (is_mute and (not self._offered or self._tokens >= TOKENS))

    def end(self) -> Iterator[str | Asked]:
        """Yield the rest of the words, then every use, whole."""
        said = self._rest()
        if not self.uses and self._spoken.written:
            text = "".join(self._spoken.written)
            self.written = written(text, self._offered)
            self.misspelt = not self.written and seems_written(text)
        if not self._is_long and (self.text or said or not (self.uses or self.written)):
            self.text += said
            yield said + "\n"  # the line's end completes the last sentence before the stream ends
        yield from self.uses.written(self.written)
        yield from self.uses.end()

    def _said(self, text: str, calls: Calls) -> str:
        """Return the words of a text that are spoken, in an answer that may have uses in it."""
        if self._is_new and not self._spoken.is_silent:
            self._has_used = self._has_used or bool(written("".join(self._spoken.written or ()), self._offered))
            self._is_new = False
        said = calls.feed(self._spoken.feed(text))
        self._is_new = self._is_new or len(said) < len(text)
        return "" if self._is_long or self._has_used else said

    def _rest(self) -> str:
        """Return the words that were held back."""
        said = self._spoken.rest()
        if self._calls is not None:
            said = self._calls.feed(said) + self._calls.rest()
        return "" if self._is_long or self._has_used else said


def is_looping(text: str) -> bool:
    """True if a text ends in the same few words over and over: at least six times, and 36 characters in all."""
    for period in range(1, 41):
        times = max(6, -(-36 // period))
        tail = text[-period * times :]
        if len(tail) == period * times and tail == tail[:period] * times:
            return any(map(str.isalnum, tail))  # a ruled line is none
    return False
