"""The filler: a few words, or a soft tone, for a caller who has waited long for an answer."""

from __future__ import annotations

import math
from asyncio import TimerHandle

from pipeline.audio import FUZZ
from pipeline.events import FillerSaid
from pipeline.frames import AudioOut, FillerDue
from pipeline.processor import Processor

EVERY = 5.0  # seconds from the end of one filler's words to the next one's, at least
LONGEST = 1.9  # seconds of silence, from the caller's last voice on, before something is heard: less than two


class Filler:
    """Asks for a filler once the caller has heard nothing for `after` seconds in the agent's turn; 0: never.

    Words come again EVERY seconds after the last ones at the earliest, whether or not the caller has spoken between
    them; before that, a soft tone takes their place. `pacer` sends the request up the chain, from which the sound
    comes.
    """

    def __init__(self, pacer: Processor, text: str, after: float) -> None:
        self.pacer, self.text, self.after = pacer, text, after
        self._since = 0.0  # loop time of the end of the last sound, the caller's or the agent's
        self._next = -math.inf  # loop time from which the words may come again
        self._asked = ""  # the words asked for last
        self._timer: TimerHandle | None = None

    def wait(self, since: float, thinking: float = 0.0) -> None:
        """Wait from this loop time on: nothing has been heard since then.

        Of that time `thinking` seconds do not count, as the caller was not waiting yet; no silence gets longer than
        LONGEST by them.
        """
        self.stop()
        if self.after:
            self._since = since
            latest = since + max(self.after, LONGEST)
            due = min(since + thinking + self.after, latest)
            self._set(self._next if due < self._next <= latest else due)

    def stop(self) -> None:
        """Wait no more: there is sound, or none is to come."""
        self.pacer.cancel_timer(self._timer)
        self._timer = None

    def came(self, frame: AudioOut, ends: float) -> None:
        """Note that the sound of a filler has come; it has been heard by the loop time `ends`."""
        if self._asked:
            self._next = ends + EVERY
        self.pacer.call.tell(FillerSaid(frame.turn, self.pacer.now - self._since, self._asked))

    def _set(self, at: float) -> None:
        self._timer = self.pacer.later(at - self.pacer.now, self._ask)

    def _ask(self) -> None:
        self._timer = None
        if self.pacer.call.company:  # the tool that the reply waits for has sentences of its own
            self._set(self.pacer.now + self.after)
            return
        self.ask(self.text if self.pacer.now >= self._next - FUZZ else "")

    def ask(self, text: str) -> None:
        """Ask for the sound of these words, or for a soft tone."""
        self._asked = text
        self.pacer.raise_up(FillerDue(self.pacer.chain.turn, text))
