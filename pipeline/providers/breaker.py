"""Circuit breaker: after some failures in a row, skip the provider for a while.

Closed, every request goes through. After `after` failures in a row it opens, and the provider is skipped. Once the rest
is over, one request goes through as a probe while the others still skip it. A probe that succeeds closes the breaker;
one that fails opens it again, for twice as long.
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
    """The health of one provider, shared by all calls: `state` is closed, open or probing.

    `provider` is its YAML word, `after` the failures in a row that open it, `rest` and `longest` the first and the
    longest time that it stays open, in seconds.
    """

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
        """True if a request may go to the provider at this loop time."""
        return self.state == CLOSED or (self.state == OPEN and now >= self._until)

    def rests_for(self, now: float) -> float | None:
        """Return the seconds until a probe may be made; None if it is not open, or open for good."""
        return max(0.0, self._until - now) if self.state == OPEN and self._until < math.inf else None

    def trial(self, clock: Callable[[], float], tell: Tell) -> Trial:
        """Return a request to the provider; `clock` returns the loop time, `tell` is called with each new state."""
        return Trial(self, clock, tell)

    def give_up(self) -> None:
        """Stay open for good: the provider could not be opened."""
        self.state, self._until = OPEN, math.inf

    def began(self, trial: Trial, now: float, tell: Tell) -> None:
        """Note that a request begins; once the rest is over, it is the probe."""
        if self.state == OPEN and self.lets(now):
            self._probe = trial
            self._become(PROBING, tell)

    def worked(self, tell: Tell) -> None:
        """Close the breaker: a request was answered."""
        # Also by a request that began before the breaker opened: an answer proves the provider's health at least as
        # well as a probe.
        self.failures, self._rest, self._probe = 0, self.shortest, None
        self._become(CLOSED, tell)

    def failed(self, trial: Trial, now: float, tell: Tell) -> None:
        """Count a failure; open at the `after`th in a row, or at once if it was the probe."""
        if self.state == CLOSED:
            self.failures += 1
            if self.failures >= self.after:
                self._open(now + self._rest, tell)
        # Other failures here are of requests sent before the breaker opened. They tell nothing new, and must not
        # lengthen the rest: a hundred calls that time out together count as one outage.
        elif trial is self._probe:
            self._rest = min(2 * self._rest, self.longest)
            self._open(now + self._rest, tell)

    def left(self, trial: Trial, now: float, tell: Tell) -> None:
        """Note that a request was cancelled before its outcome; if it was the probe, the next request is."""
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
    """One request, as a context that counts its outcome.

    An error, an end without `worked`, and a cancellation after `late` are failures; any other cancellation is neither.
    `answered` is True after `worked`.
    """

    def __init__(self, breaker: Breaker, clock: Callable[[], float], tell: Tell) -> None:
        self._breaker, self._clock, self._tell = breaker, clock, tell
        self.answered = self._late = False

    def late(self) -> None:
        """Note that the provider takes too long, and is about to be cancelled for it."""
        self._late = True

    def worked(self) -> None:
        """Note that the provider has answered."""
        self.answered = True

    def __enter__(self) -> Trial:
        self._breaker.began(self, self._clock(), self._tell)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        # A caller who speaks cancels the request, and so proves nothing about the provider; an answer that had begun
        # by then counts all the same.
        if isinstance(error, Exception) or (not self.answered and (kind is None or self._late)):
            self._breaker.failed(self, self._clock(), self._tell)
        elif self.answered:
            self._breaker.worked(self._tell)
        else:
            self._breaker.left(self, self._clock(), self._tell)
