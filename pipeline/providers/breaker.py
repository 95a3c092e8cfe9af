"""A breaker: who asks a provider that fails and fails has callers wait for nothing, so for a while nobody does.

Closed, all may ask. After some failures in a row it opens, and nobody need ask for a while; then one asks, as a probe,
and the others go on without until that one knows. A probe that fails opens it again, for twice as long.
Source: M. Nygard, Release It!, "Circuit Breaker".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import TracebackType

CLOSED, OPEN, PROBING = "closed", "open", "probing"

AFTER = 3  # failures in a row
REST = 10.0  # seconds that it is open the first time; each probe that fails doubles that
LONGEST = 60.0  # seconds, up to this

Tell = Callable[[str], None]


class Breaker:
    """What all calls know of one provider: `state` is closed, open or probing; `provider` is its YAML word."""

    def __init__(self, provider: str, after: int = AFTER, rest: float = REST, longest: float = LONGEST) -> None:
        self.provider = provider
        self.state = CLOSED
        self.after = after
        self.shortest, self.longest = rest, longest
        self.failures = 0  # in a row
        self._rest = rest
        self._until = 0.0  # loop time at which a probe may be made
        self._probe: Trial | None = None

    def lets(self, now: float) -> bool:
        """Whether its provider is to be asked at this loop time."""
        return self.state == CLOSED or (self.state == OPEN and now >= self._until)

    def trial(self, clock: Callable[[], float], tell: Tell) -> Trial:
        """A request to the provider; `clock` gives the loop time, `tell` is told each new state."""
        return Trial(self, clock, tell)

    def give_up(self) -> None:
        """Stay open for good."""
        self.state, self._until = OPEN, math.inf

    def began(self, trial: Trial, now: float, tell: Tell) -> None:
        """A request begins: the probe, if it is time for one."""
        if self.state == OPEN and self.lets(now):
            self._probe = trial
            self._become(PROBING, tell)

    def worked(self, tell: Tell) -> None:
        """A request was answered, whenever it began."""
        self.failures, self._rest, self._probe = 0, self.shortest, None
        self._become(CLOSED, tell)

    def failed(self, trial: Trial, now: float, tell: Tell) -> None:
        """A request failed; once it is open only the probe's failure is news."""
        if self.state == CLOSED:
            self.failures += 1
            if self.failures >= self.after:
                self._open(now + self._rest, tell)
        elif trial is self._probe:
            self._rest = min(2 * self._rest, self.longest)
            self._open(now + self._rest, tell)

    def left(self, trial: Trial, now: float, tell: Tell) -> None:
        """Nobody wants to know any more how a request ends; if it was the probe, the next one is."""
        if trial is self._probe:
            self._open(now, tell)

    def _open(self, until: float, tell: Tell) -> None:
        self._until, self._probe = until, None
        self._become(OPEN, tell)

    def _become(self, state: str, tell: Tell) -> None:
        if state != self.state:
            self.state = state
            tell(state)


class Trial:
    """One request, as a context; an error, or an end without `worked`, is a failure; to be cancelled is neither.

    `answered` is whether it has worked.
    """

    def __init__(self, breaker: Breaker, clock: Callable[[], float], tell: Tell) -> None:
        self._breaker, self._clock, self._tell = breaker, clock, tell
        self.answered = False

    def worked(self) -> None:
        """There is an answer."""
        self.answered = True

    def __enter__(self) -> Trial:
        self._breaker.began(self, self._clock(), self._tell)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, Exception) or (kind is None and not self.answered):
            self._breaker.failed(self, self._clock(), self._tell)
        elif self.answered:
            self._breaker.worked(self._tell)
        else:
            self._breaker.left(self, self._clock(), self._tell)
