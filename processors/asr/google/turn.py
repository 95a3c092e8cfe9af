"""A turn of the caller's, and when enough is known of what was said in it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from pipeline.faults import KavError
from processors.asr.google.api import RATE, Result
from processors.asr.google.listening import Ear

SLACK = RATE // 10  # samples before the last voiced frame at which the last word may have ended
GRACE = 0.05  # seconds in which a final result may be followed by another one for the same words


class Turn:
    """What was said from the start of a turn to its end; `end` is None until that has come."""

    def __init__(self, number: int, ear: Ear) -> None:
        self.number = number
        self.ear = ear
        self.end: int | None = None  # place in the ear's sound
        self.voice = 0  # place of the end of the last voiced frame
        self.ended_at = 0.0  # loop time
        self.sent_again = False
        self.told = ""  # the interim words that were passed on

    def ended(self, now: float, silence: int) -> None:
        """The turn is over, after so many samples without voice."""
        self.ended_at, self.end = now, self.ear.sound.end
        self.voice = self.end - silence

    @property
    def is_whole(self) -> bool:
        """Whether all that was said is final."""
        return self.end is not None and self.ear.words.covered >= self.voice - SLACK

    @property
    def is_clean(self) -> bool:
        """Whether nothing that Google still says can be about this turn."""
        ear = self.ear
        return ear.words.interim is None and ear.error is None and (self.is_whole or self.end is None)

    async def outcome(self) -> Result:
        """What was understood: all that is final, or the best there is when waiting for it would be too long.

        Raises KavError if Google will not, or does not, answer.
        """
        ear, now = self.ear, self.ear.step.now
        while (wait := self._patience(now)) > 0:
            ear.news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await ear.news.wait()
            now = ear.step.now
            self._send_again(now)
        found = ear.words.best()
        if ear.error is not None and not found.text:
            raise ear.error
        if not (found.text or ear.over or self.is_whole):
            raise KavError(f"asr.google: no words in {ear.settings.timeout:g} s: {ear.failures.last}")
        return found

    def _patience(self, now: float) -> float:
        """How long to wait for more, seconds."""
        ear, settings = self.ear, self.ear.settings
        if ear.over or ear.error is not None:
            return 0.0
        if self.is_whole:
            return ear.words.covered_at + GRACE - now
        if ear.words.best().text:
            return self.ended_at + settings.final_timeout - now
        return self.ended_at + settings.timeout / (1 if self.sent_again else 2) - now

    def _send_again(self, now: float) -> None:
        """Halfway without a word, the connection may be dead."""
        ear, halfway = self.ear, self.ended_at + self.ear.settings.timeout / 2
        if self.sent_again or now < halfway or ear.words.best().text or ear.over or ear.error is not None:
            return
        self.sent_again = True
        if ear.stream is not None:
            ear.reopen("stall", fresh=True)
