"""The short pause that a speaker makes before an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pipeline.call import Call
from pipeline.events import FirstAudio


class Delays(Protocol):
    """The settings of the pause."""

    @property
    def min_delay(self) -> float:
        """The shortest, in seconds."""

    @property
    def max_delay(self) -> float:
        """The longest."""


@dataclass
class Breath:
    """The pause between the end of the caller's turn and the reply, drawn at random for each turn.

    It begins when the turn was likely over, if it was, so that a long silence is not made longer. Times are loop times
    in seconds. `until` is the end of the pause; a reply that is ready later does not wait.
    """

    call: Call
    settings: Delays
    decided: float = 0.0  # when the caller's turn was found to be over; 0: no turn yet
    until: float = 0.0
    likely: tuple[int, float] = (-1, 0.0)  # the turn that was likely over, and since when

    def may_begin(self, turn: int, now: float) -> None:
        """Take note that a turn is likely over from now on."""
        self.likely = turn, now

    def draw(self, turn: int, now: float) -> None:
        """Begin the pause of a turn that is over now."""
        since = self.likely[1] if self.likely[0] == turn else now
        self.decided = now
        self.until = max(now, since + self.call.random.uniform(self.settings.min_delay, self.settings.max_delay))

    def end(self, turn: int, now: float) -> None:
        """Tell that the reply to this turn becomes audible now."""
        if self.decided:
            self.call.tell(FirstAudio(turn, now - self.decided, self.until - self.decided))
