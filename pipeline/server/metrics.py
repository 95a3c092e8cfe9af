"""What the server counts, in Prometheus' format. Every label's values come from a closed set."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from pipeline.breaker import CLOSED, Breaker
from pipeline.call import LISTENING, SPEAKING, THINKING, Watcher
from pipeline.frames import AgentSpeaking, Interrupt, SpeechStopped

_OURS = ("stop", "max_call", "no_media", "never_started", "faults", "media_format", "shutdown")
_PEERS = ("closed", "lost", "peer_not_reading", "refused")
CAUSES = frozenset((*_OURS, *_PEERS, "hung_up"))

_MESSAGES = ("json", "field", "event", "stream", "binary", "late", "lost", "digit", "digit_flood", "second_start")
_STARTS = ("early_media", "no_start", "account", "call_sid", "agent", "secret", "media_format", "taken", "full")
_REQUESTS = ("signature", "token", "body", "slow_body", "unstarted", "draining", "protocol")
REASONS = frozenset((*_MESSAGES, *_STARTS, *_REQUESTS))
STATES = ("RESERVED", LISTENING, THINKING, SPEAKING)
GAPS = (0.3, 0.5, 0.7, 0.9, 1.1, 1.4, 1.7, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0)  # seconds


class Metrics:
    """One server's counters; `states` tells how many calls are in which state, `breakers` are all there are."""

    def __init__(self, states: Callable[[], Tally[str]], breakers: Iterable[Breaker] = ()) -> None:
        self.registry = registry = CollectorRegistry()
        self._calls = Counter("kav_calls", "Calls that ended, by cause.", ["cause"], registry=registry)
        self._refused = Counter("kav_refused", "What was not taken, by reason.", ["reason"], registry=registry)
        self._turns = Counter("kav_turns", "Turns of callers.", registry=registry)
        self._barge_ins = Counter("kav_barge_ins", "Replies that callers interrupted.", registry=registry)
        self._faults = Counter("kav_faults", "Failures of steps.", registry=registry)
        self._ahead = Counter(
            "kav_ahead", "Answers begun ahead of a turn's end, by what came of them.", ["outcome"], registry=registry
        )
        self._gap = Histogram(
            "kav_response_gap_seconds",
            "From the end of a caller's turn to the agent's voice.",
            buckets=GAPS,
            registry=registry,
        )
        active = Gauge("kav_active_calls", "Calls that hold a slot, by state.", ["state"], registry=registry)
        for state in STATES:
            active.labels(state.lower()).set_function(partial(_count, states, state))

        broken = Gauge("kav_breaker_open", "Steps whose provider is left alone.", ["provider"], registry=registry)
        by_word: dict[str, list[Breaker]] = {}
        for breaker in breakers:
            by_word.setdefault(breaker.provider, []).append(breaker)
        for word, those in by_word.items():
            broken.labels(word).set_function(partial(_open, those))

    def ended(self, cause: str) -> None:
        """A call has ended; a cause of the agent's own is `hung_up`."""
        self._calls.labels(cause if cause in CAUSES else "hung_up").inc()

    def refused(self, reason: str) -> None:
        """Something was not taken."""
        self._refused.labels(reason if reason in REASONS else "other").inc()

    def page(self) -> bytes:
        """All of it, in Prometheus' text format."""
        return generate_latest(self.registry)

    def watcher(self) -> Watcher:
        """What counts one call's events."""
        turn, stopped_at = -1, 0.0

        def watch(now: float, what: str, particulars: dict[str, Any]) -> None:
            nonlocal turn, stopped_at
            frame = particulars.get("frame")
            if isinstance(frame, SpeechStopped) and frame.turn > turn:
                turn, stopped_at = frame.turn, now
                self._turns.inc()
            elif isinstance(frame, AgentSpeaking) and frame.on and stopped_at:
                self._gap.observe(now - stopped_at)
                stopped_at = 0.0
            elif isinstance(frame, Interrupt):
                self._barge_ins.inc()
            elif what == "fault":
                self._faults.inc()
            elif what == "ahead":
                self._ahead.labels(particulars["outcome"]).inc()
            elif what == "refused":
                self.refused(particulars["reason"])

        return watch


def _count(states: Callable[[], Tally[str]], state: str) -> int:
    return states()[state]


def _open(breakers: list[Breaker]) -> int:
    return sum(breaker.state != CLOSED for breaker in breakers)
