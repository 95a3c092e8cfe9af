"""A caller's turn, and the decision that enough of it is understood."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from pipeline.faults import KavError
from processors.asr.google.api import RATE, Result
from processors.asr.google.listener import Listener

SLACK = RATE // 10  # samples before the end of voice at which the last word may end
GRACE = 0.05  # seconds in which a final result may be replaced by a better one


class Turn:
    """A turn from its start to its end; `end` is None until the caller has finished."""

    def __init__(self, number: int, listener: Listener) -> None:
        self.number = number
        self.listener = listener
        self.end: int | None = None  # place in the listener's sound
        self.voice = 0  # place of the end of the last voiced frame
        self.ended_at = 0.0  # loop time
        self.sent_again = False
        self.told = ""  # the latest interim words pushed

    def ended(self, now: float, silence: int) -> None:
        """Note the end of the turn, after this many samples without voice."""
        self.ended_at, self.end = now, self.listener.sound.end
        self.voice = self.end - silence

    @property
    def is_whole(self) -> bool:
        """True if all of the turn has final results."""
        return self.end is not None and self.listener.words.covered >= self.voice - SLACK

    @property
    def is_clean(self) -> bool:
        """True if no further result can belong to this turn."""
        listener = self.listener
        return listener.words.interim is None and listener.error is None and (self.is_whole or self.end is None)

    async def outcome(self) -> Result:
        """Wait for the turn's transcript: all its final results, or the best so far once `final_timeout` is over.

        Raises KavError if Google refuses, or gives no words within `timeout`.
        """
        listener, now = self.listener, self.listener.step.now
        while (wait := self._patience(now)) > 0:
            listener.news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await listener.news.wait()
            now = listener.step.now
            self._send_again(now)
        found = listener.words.best()
        if listener.error is not None and not found.text:
            raise listener.error
        if not (found.text or listener.over or self.is_whole):
            raise KavError(f"asr.google: no words in {listener.settings.timeout:g} s: {listener.failures.last}")
        return found

    def _patience(self, now: float) -> float:
        """Return the seconds to wait for more."""
        listener, settings = self.listener, self.listener.settings
        if listener.over or listener.error is not None:
            return 0.0
        # All is final. Google may still send a better final result for the same words right behind it.
        if self.is_whole:
            return listener.words.covered_at + GRACE - now
        # There are words, perhaps not all: waiting for more costs the caller time, so `final_timeout` bounds it.
        if listener.words.best().text:
            return self.ended_at + settings.final_timeout - now
        return self.ended_at + settings.timeout / (1 if self.sent_again else 2) - now

    def _send_again(self, now: float) -> None:
        """Send the turn again on a new connection if half of `timeout` has passed without a word: it may be dead."""
        listener, halfway = self.listener, self.ended_at + self.listener.settings.timeout / 2
        if (
            self.sent_again
            or now < halfway
            or listener.words.best().text
            or listener.over
            or listener.error is not None
        ):
            return
        self.sent_again = True
        if listener.stream is not None:
            listener.reopen("stall", fresh=True)
