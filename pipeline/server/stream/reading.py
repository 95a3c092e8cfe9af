"""The watch on whether a peer reads what it is sent: it answers pings, and returns marks.

The buffers of the system hold many seconds of speech, so a peer that does not read would long go unnoticed.
"""

from __future__ import annotations

import secrets
from typing import Protocol

from pipeline.call import Call
from pipeline.vocabulary import Refusal

EVERY = 0.5  # seconds between checks
TRUSTED = 1.0  # seconds after a sign of reading in which no other is asked for


class Line(Protocol):
    """The part of a stream's socket that is used here."""

    def ping(self, data: bytes) -> None:
        """Send a ping."""

    def cut_off(self) -> None:
        """Close the connection of a peer that does not read."""


class Reading:
    """Watches one call's peer while it is sent sound, and cuts it off if it does not read.

    A ping that is not answered in `patience` seconds tells that; of a peer that has answered none in the call, which
    may not know pings, a mark has to be overdue, too. A peer that answers pings may lose as many marks as it likes.
    """

    def __init__(self, line: Line, call: Call, patience: float) -> None:
        self._line, self._call, self._patience = line, call, patience
        self._ping = b""  # the one that is not answered
        self._asked_at = 0.0  # the loop time of it; 0: there is none
        self._knows_pings = False
        self._tx = 0
        self._signed()
        self._next()

    def pong(self, data: bytes) -> None:
        """Note an answer to a ping; one that repeats no ping of ours is no sign."""
        if self._asked_at and data == self._ping:
            self._knows_pings = True
            self._signed()

    def mark(self) -> None:
        """Note that a mark came back."""
        self._signed()

    def close(self) -> None:
        """End the watch."""
        self._timer.cancel()

    def _signed(self) -> None:
        self._signed_at, self._asked_at = self._call.loop.time(), 0.0
        self._overdue = self._call.refused[Refusal.MARK_OVERDUE]

    def _check(self) -> None:
        now, call = self._call.loop.time(), self._call
        if self._asked_at:
            late = now - self._asked_at >= self._patience
            if late and (self._knows_pings or call.refused[Refusal.MARK_OVERDUE] > self._overdue):
                self._line.cut_off()
                return
        elif call.tx != self._tx and now - self._signed_at >= TRUSTED:
            self._ping, self._asked_at = secrets.token_bytes(8), now
            self._line.ping(self._ping)
        self._tx = call.tx
        self._next()

    def _next(self) -> None:
        self._timer = self._call.loop.call_later(EVERY, self._check)
