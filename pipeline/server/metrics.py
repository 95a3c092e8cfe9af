"""What the server counts, in Prometheus' format. Every label's values come from a closed set."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from pipeline.breaker import CLOSED, Breaker
from pipeline.call import LISTENING, SPEAKING, THINKING, Watcher
from pipeline.frames import AgentSpeaking, Interrupt, SpeechStopped
from pipeline.limiter import Limiter

_OURS = ("stop", "max_call", "no_media", "never_started", "faults", "media_format", "shutdown")
_PEERS = ("closed", "lost", "peer_not_reading", "refused")
CAUSES = frozenset((*_OURS, *_PEERS, "hung_up"))

_MESSAGES = ("json", "field", "event", "stream", "binary", "late", "lost", "digit", "digit_flood", "second_start")
_STARTS = ("early_media", "no_start", "account", "call_sid", "secret", "media_format", "taken", "full")
_REQUESTS = ("signature", "token", "body", "slow_body", "unstarted", "draining", "protocol")
REASONS = frozenset((*_MESSAGES, *_STARTS, *_REQUESTS))
_FAULTS = ("INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE", "UNAUTHENTICATED", "PERMISSION_DENIED")
_TROUBLES = ("NOT_FOUND", "ALREADY_EXISTS", "RESOURCE_EXHAUSTED", "CANCELLED", "DEADLINE_EXCEEDED", "ABORTED")
_BREAKS = ("UNAVAILABLE", "INTERNAL", "DATA_LOSS", "UNKNOWN", "UNIMPLEMENTED")
REOPENED = frozenset(("age", "stall", "OK", *_FAULTS, *_TROUBLES, *_BREAKS))  # gRPC's statuses, and reasons of ours
STATES = ("RESERVED", LISTENING, THINKING, SPEAKING)
GAPS = (0.3, 0.5, 0.7, 0.9, 1.1, 1.4, 1.7, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0)  # seconds


class Metrics:
    """One server's counters; `states` tells how many calls are in which state.

    `breakers` and `limiters` are all there are, `loop` is the one whose tasks are counted.
    """

    def __init__(
        self,
        states: Callable[[], Tally[str]],
        breakers: Sequence[Breaker] = (),
        limiters: Sequence[Limiter] = (),
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.registry = registry = CollectorRegistry()
        counter = partial(Counter, registry=registry)
        self._calls = counter("kav_calls", "Calls that ended, by cause.", ["cause"])
        self._refused = counter("kav_refused", "What was not taken, by reason.", ["reason"])
        self._turns = counter("kav_turns", "Turns of callers.")
        self._barge_ins = counter("kav_barge_ins", "Replies that callers interrupted.")
        self._faults = counter("kav_faults", "Failures of steps.")
        self._ahead = counter("kav_ahead", "Answers begun ahead of a turn's end, by what came of them.", ["outcome"])
        self._reopened = counter("kav_asr_reopened", "Recognisers' streams that were replaced, by why.", ["why"])
        self._underruns = counter("kav_tts_underruns", "Sentences that a voice did not make as fast as they are heard.")
        self._unspoken = counter("kav_tts_failed", "Attempts of a voice that gave no sound.", ["provider"])
        self._gap = Histogram(
            "kav_response_gap_seconds",
            "From the end of a caller's turn to the agent's voice.",
            buckets=GAPS,
            registry=registry,
        )
        self._providers = frozenset(breaker.provider for breaker in breakers)
        _gauges(registry, states, breakers, limiters, loop)

    def ended(self, cause: str) -> None:
        """A call has ended; a cause of the agent's own is `hung_up`."""
        self._calls.labels(cause if cause in CAUSES else "hung_up").inc()

    def refused(self, reason: str) -> None:
        """Something was not taken."""
        self._refused.labels(_known(reason, REASONS)).inc()

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
            else:
                self._note(what, particulars)

        return watch

    def _note(self, what: str, particulars: dict[str, Any]) -> None:
        match what:
            case "fault":
                self._faults.inc()
            case "ahead":
                self._ahead.labels(particulars["outcome"]).inc()
            case "refused":
                self.refused(particulars["reason"])
            case "asr_reopened":
                self._reopened.labels(_known(particulars["why"], REOPENED)).inc()
            case "tts_underrun":
                self._underruns.inc()
            case "tts_failed":
                self._unspoken.labels(_known(particulars["provider"], self._providers)).inc()


def _known(value: str, values: frozenset[str]) -> str:
    return value if value in values else "other"


def _gauges(
    registry: CollectorRegistry,
    states: Callable[[], Tally[str]],
    breakers: Sequence[Breaker],
    limiters: Sequence[Limiter],
    loop: asyncio.AbstractEventLoop | None,
) -> None:
    """What is looked at only when somebody asks."""
    gauge = partial(Gauge, registry=registry)
    active = gauge("kav_active_calls", "Calls that hold a slot, by state.", ["state"])
    for state in STATES:
        active.labels(state.lower()).set_function(partial(_count, states, state))
    broken = gauge("kav_breaker_open", "Steps whose provider is left alone.", ["provider"])
    for word in {breaker.provider for breaker in breakers}:
        broken.labels(word).set_function(partial(_open, [it for it in breakers if it.provider == word]))
    used = gauge("kav_quota_used", "How much of a provider's quota is used, 0 to 1, by limit.", ["quota", "limit"])
    for name, limit in {(limiter.name, limit) for limiter in limiters for limit in limiter.limits}:
        used.labels(name, limit).set_function(partial(_used, [it for it in limiters if it.name == name], limit))
    if loop is not None:
        gauge("kav_tasks", "Tasks of the event loop.").set_function(lambda: len(asyncio.all_tasks(loop)))
    ProcessCollector(registry=registry)


def _count(states: Callable[[], Tally[str]], state: str) -> int:
    return states()[state]


def _open(breakers: list[Breaker]) -> int:
    return sum(breaker.state != CLOSED for breaker in breakers)


def _used(limiters: list[Limiter], limit: str) -> float:
    return max(limiter.shares.get(limit, 0.0) for limiter in limiters)
