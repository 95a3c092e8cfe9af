"""A caller's turn, and the decision that enough of it is understood."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from pipeline.faults import KavError
from processors.asr.google.api import RATE, Result
from processors.asr.google.listener import Listener

SLACK = RATE // 10  # samples before the end of voice at which the last word may end
QUIET = 1.0  # seconds of voice without a result, upon which a stream that gave words before may be dead
GRACE = 0.05  # seconds in which a final result may be replaced by a better one


class Turn:
    """A turn from its start to its end; `end` is None until the caller has finished."""

    def __init__(self, number: int, listener: Listener) -> None:
        self.number = number
        self.listener = listener
        self.end: int | None = None  # place in the listener's sound
        self.voice = 0  # place of the end of the last voiced frame
        self.ended_at = self.voiced_at = 0.0  # loop times of the end of the turn, and of its last voiced frame
        self.sent_again = False
        self.told = ""  # the latest interim words pushed

    def ended(self, now: float, silence: int) -> None:
        """Note the end of the turn, after this many samples without voice."""
        self.ended_at, self.end = now, self.listener.sound.end
        self.voice, self.voiced_at = self.end - silence, now - silence / RATE

    @property
    def is_whole(self) -> bool:
        """True if all of the turn has final results."""
        return self.end is not None and self.listener.words.covered >= self.voice - SLACK

    @property
    def is_clean(self) -> bool:
        """True if no further result can belong to this turn."""
        listener = self.listener
        return not listener.words.pending and listener.error is None and (self.is_whole or self.end is None)

    async def outcome(self) -> Result:
        """Wait for the turn's transcript: all its final results, or the best so far once `final_timeout` is over.

        Raises KavError if Google refuses, or gives no words within `timeout`.
        """
        listener = self.listener
        self._send_again(listener.step.now)
        while (wait := self._patience(listener.step.now)) > 0:
            listener.news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await listener.news.wait()
            self._send_again(listener.step.now)
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
        if self.is_whole and not listener.words.lacks_some:
            return listener.words.covered_at + GRACE - now
        # There are words, perhaps not all: waiting for more costs the caller time, so `final_timeout` bounds it.
        if listener.words.best().text:
            return self._better_by() - now
        return self.ended_at + settings.timeout / (1 if self.sent_again else 2) - now

    def _better_by(self) -> float:
        """Return when the words so far have to do.

        A stream that was opened late begins with the first word of sound that it has yet to be sent: `final_timeout`
        counts from when it has all, then from its latest result, and `timeout` bounds that.
        """
        listener, settings = self.listener, self.listener.settings
        longest = self.ended_at + max(settings.timeout, settings.final_timeout)
        if (caught_up_at := listener.caught_up_at) is None:
            return longest
        if caught_up_at <= self.ended_at:
            return self.ended_at + settings.final_timeout
        return min(max(caught_up_at, listener.told_at) + settings.final_timeout, longest)

    def _send_again(self, now: float) -> None:
        """Send the turn again on a new connection, once, if the present one seems to be dead."""
        listener = self.listener
        if self.sent_again or not self._seems_dead(now) or listener.over or listener.error is not None:
            return
        self.sent_again = True
        if listener.stream is not None:
            listener.reopen("stall", fresh=True)

    def _seems_dead(self, now: float) -> bool:
        """True if half of `timeout` has passed without a word, or if results ended long before the voice did.

        Voice without a result may also be a noise or laughter: the stream has `final_timeout` to answer the turn's end.
        """
        listener = self.listener
        if not listener.words.best().text:
            return now >= self.ended_at + listener.settings.timeout / 2
        answered = listener.told_at > self.ended_at or now < self.ended_at + listener.settings.final_timeout
        return not answered and not self.is_whole and self.voiced_at - listener.told_at >= QUIET
