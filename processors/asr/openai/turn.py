"""A caller's turn: its sound, how much of it a session has, and its words."""

from __future__ import annotations

import asyncio

from pipeline import audio
from processors._shared.clean import clean
from processors._shared.openai_client import ProviderFault

SHORTEST = audio.RATE // 10  # samples of a turn: a commit of less than 100 ms is an error
LONGEST = 60 * audio.RATE  # samples of a turn; what is said after that is not sent
LETTERS = 4000  # of a turn's interim words; more are not the caller's


class Turn:
    """A turn from its start to its outcome; its sound is mu-law, a byte a sample.

    `over` is set with the outcome: `text`, or `fault`. `sent` counts the samples that the present session has;
    `closed` is True once it has been told that no more will come, `acknowledged` once it has said so.
    """

    def __init__(self, number: int, ulaw: bytes) -> None:
        self.number = number
        self.sound = bytearray(ulaw[:LONGEST])
        self.ended = self.dropped = self.closed = self.acknowledged = False
        self.sent = 0
        self.item = ""  # the session's name for it
        self.words = ""  # interim words of the present session
        self.former = ""  # the most interim words that a session before gave
        self.text = ""
        self.fault: ProviderFault | None = None
        self.over = asyncio.Event()

    @property
    def event_id(self) -> str:
        """The name of the event that closes it, by which a session tells that it is refused."""
        return f"turn-{self.number}"

    def feed(self, ulaw: bytes) -> None:
        """Add sound; of a turn longer than 60 s the rest is left out."""
        self.sound += ulaw[: LONGEST - len(self.sound)]

    def end(self) -> None:
        """Take no more sound, and make it long enough to be committed."""
        self.sound += audio.SILENCE[:1] * (SHORTEST - len(self.sound))
        self.ended = True

    def drop(self) -> None:
        """End it without an outcome."""
        self.ended = self.dropped = True
        self.over.set()

    def restart(self) -> None:
        """Begin to send it anew, to another session; its interim words stay until there are as many new ones."""
        self.former, self.words = self.best, ""
        self.sent, self.item = 0, ""
        self.closed = self.acknowledged = False

    def hear(self, item: str, delta: str) -> None:
        """Add interim words; the first of an item replace those of another."""
        if item != self.item:
            self.item, self.words = item, ""
        self.words += delta[: LETTERS - len(self.words)]

    @property
    def best(self) -> str:
        """The interim words so far: a session that hears the turn again begins with its first word."""
        return self.words if len(self.words.split()) >= len(self.former.split()) else self.former

    def settle(self, text: str | None) -> None:
        """Take the final words; if the session names none, those before have to do."""
        if not self.over.is_set():
            self.text = clean(self.best if text is None else text)
            self.over.set()

    def fail(self, fault: ProviderFault) -> None:
        """Take note that there will be no final words; interim ones are better than none."""
        if not self.over.is_set():
            self.text, self.fault = clean(self.best), fault
            self.over.set()
