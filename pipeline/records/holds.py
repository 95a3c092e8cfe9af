"""The agent's pauses for voice that might interrupt it, derived from a call's events, and what came of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from pipeline.events import ReplyResumed
from pipeline.frames import SpeechHeld, SpeechReleased, TurnDropped
from pipeline.vocabulary import DropReason


class Hold(msgspec.Struct):
    """A pause of the agent at voice that might have interrupted it; times are moments."""

    turn: int  # the number of that speech, if it became a turn
    at: float
    released_at: float | None = None  # when the agent went on; None if it was interrupted


class Holds:
    """The pauses of one call; `nods` and `resumed` are the moments of dropped nods and of replies that went on.

    `takes` has a function for each name of an event that counts.
    """

    def __init__(self) -> None:
        self.all: list[Hold] = []
        self.nods: list[float] = []
        self.resumed: list[float] = []
        self.takes: dict[str, Callable[[float, Any], None]] = {
            SpeechHeld.__name__: lambda at, frame: self.all.append(Hold(frame.turn, at)),
            SpeechReleased.__name__: self._released,
            TurnDropped.__name__: self._dropped,
            ReplyResumed.name: lambda at, _: self.resumed.append(at),
        }

    @property
    def gone_on(self) -> list[float]:
        """The moments at which the agent went on after a pause."""
        return [it.released_at for it in self.all if it.released_at is not None]

    def _released(self, at: float, frame: Any) -> None:
        if self.all and self.all[-1].turn == frame.turn:
            self.all[-1].released_at = at

    def _dropped(self, at: float, frame: Any) -> None:
        if frame.reason == DropReason.NOD:
            self.nods.append(at)
