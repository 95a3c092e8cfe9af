"""A turn of the caller's, and when enough is known of what was said in it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from pipeline.faults import KavError
from processors.asr.google.api import RATE, Result
from processors.asr.google.listener import Listener

SLACK = RATE // 10  # samples before the last voiced frame at which the last word may have ended
GRACE = 0.05  # seconds in which a final result may be followed by another one for the same words


class Turn:
    """What was said from the start of a turn to its end; `end` is None until that has come."""

    def __init__(self, number: int, listener: Listener) -> None:
        self.number = number
        self.listener = listener
        self.end: int | None = None  # place in the listener's sound
        self.voice = 0  # place of the end of the last voiced frame
        self.ended_at = 0.0  # loop time
        self.sent_again = False
        self.told = ""  # the interim words that were passed on

    def ended(self, now: float, silence: int) -> None:
        """The turn is over, after so many samples without voice."""
        self.ended_at, self.end = now, self.listener.sound.end
        self.voice = self.end - silence

    @property
    def is_whole(self) -> bool:
        """Whether all that was said is final."""
        return self.end is not None and self.listener.words.covered >= self.voice - SLACK

    @property
    def is_clean(self) -> bool:
        """Whether nothing that Google still says can be about this turn."""
        listener = self.listener
        return listener.words.interim is None and listener.error is None and (self.is_whole or self.end is None)

    async def outcome(self) -> Result:
        """What was understood: all that is final, or the best there is when waiting for it would be too long.

        Raises KavError if Google will not, or does not, answer.
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
        """How long to wait for more, seconds."""
        listener, settings = self.listener, self.listener.settings
        if listener.over or listener.error is not None:
            return 0.0
        if self.is_whole:
            return listener.words.covered_at + GRACE - now
        if listener.words.best().text:
            return self.ended_at + settings.final_timeout - now
        return self.ended_at + settings.timeout / (1 if self.sent_again else 2) - now

    def _send_again(self, now: float) -> None:
        """Halfway without a word, the connection may be dead."""
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
