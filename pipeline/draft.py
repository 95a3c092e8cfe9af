"""A model's reply while it is being made."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from pipeline.text import Sentences, normalise, shorten


class Draft:
    """Whole sentences, within the limits; not none, and not the last reply once more.

    `sentences` is the reply as the model meant it, said or not. `empty` and `again` are what is said instead.
    """

    def __init__(self, max_sentences: int, max_chars: int, last: str, empty: str, again: str) -> None:
        self.sentences: list[str] = []
        self.max_sentences = max_sentences
        self.max_chars = max_chars
        self.last = normalise(last)
        self.empty = empty
        self.again = again

    @property
    def text(self) -> str:
        """All of it so far."""
        return " ".join(self.sentences)

    async def pieces(self, bits: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
        """What is to be said of a reply that comes in bits of any size."""
        held: list[str] = []  # what may yet turn out to be the last reply again
        async for sentence in Sentences().of(bits):
            room = self.max_chars - sum(len(each) + 1 for each in self.sentences)
            if len(self.sentences) == self.max_sentences or (self.sentences and len(sentence) > room):
                break
            self.sentences.append(shorten(sentence, room))
            held.append(self.sentences[-1])
            if held != self.sentences or not self.last.startswith(normalise(self.text)):
                for piece in held:
                    yield piece
                held = []
        if not self.sentences:
            held = [self.empty]
        elif held and normalise(self.text) == self.last:
            held = [self.again]
        for piece in held:
            yield piece
