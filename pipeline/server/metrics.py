"""The server's metrics, in Prometheus' format. Every label's values come from a closed set."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pipeline.call import Count, Kind
from pipeline.config import Config
from pipeline.events import (
    AfterCallFailed,
    AnsweredAhead,
    EchoHeard,
    Passed,
    RecognitionReopened,
    Refused,
    ReplyResumed,
    StepFailed,
    ToolExchange,
    Underrun,
    VoiceFailed,
)
from pipeline.frames import Interrupt, SpeechHeld, SpeechReleased, SpeechStarted, TurnDropped
from pipeline.providers.breaker import CLOSED, Breaker
from pipeline.providers.quota import Limiter
from pipeline.records.stopwatch import DECISION_TO_AUDIO, ONSET_TO_SILENT, RESPONSE_GAP, TALK_IN, Sample, Stopwatch
from pipeline.server.entry import RESERVED, RINGING
from pipeline.server.memory import least
from pipeline.vocabulary import Cause, DropReason, Refusal, State

CAUSES, REASONS = frozenset(Cause), frozenset(Refusal)
_FAULTS = ("INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE", "UNAUTHENTICATED", "PERMISSION_DENIED")
_TROUBLES = ("NOT_FOUND", "ALREADY_EXISTS", "RESOURCE_EXHAUSTED", "CANCELLED", "DEADLINE_EXCEEDED", "ABORTED")
_BREAKS = ("UNAVAILABLE", "INTERNAL", "DATA_LOSS", "UNKNOWN", "UNIMPLEMENTED")
REOPENED = frozenset(("age", "stall", "OK", *_FAULTS, *_TROUBLES, *_BREAKS))  # gRPC's statuses, and our own reasons
STATES = (RESERVED, RINGING, State.LISTENING, State.THINKING, State.SPEAKING)  # of calls that hold a slot
OTHER = "other"  # the label of every value outside its closed set
GAPS = (0.3, 0.5, 0.7, 0.9, 1.1, 1.4, 1.7, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0)  # seconds
SILENCES = (0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.8, 1.0, 1.5)  # seconds
LAGS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.6, 0.8)  # seconds
LEVELS = (-40.0, -35.0, -30.0, -25.0, -20.0, -15.0, -10.0, -5.0, 0.0)  # dB
BLOCKS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # seconds

ECHO_LAG, ECHO_LEVEL = "echo_lag", "echo_level"
GAP = "Time from the caller's last voiced frame to the agent's first sound, the line's lag included."
DECISION = "Time from the detection of the end of a caller's turn to the agent's first sound."
SILENT = "Time from the first voiced frame of a caller who interrupts to the agent's silence."
TURNS, INTERRUPTED = "Turns of callers.", "Replies that callers interrupted."
BLOCKED = "How long the event loop was blocked, and every call waited."
Labels = TypeVar("Labels", bound=tuple[str, ...])


class Metrics:
    """The metrics of one server process.

    `states` returns the number of calls in each state; `breakers`, `limiters` and `configs` return the present ones,
    which a reload replaces. The tasks of `loop` are counted. All are read only when a page is made.
    """

    def __init__(
        self,
        states: Callable[[], Tally[str]],
        breakers: Callable[[], Iterable[Breaker]] = tuple,
        limiters: Callable[[], Iterable[Limiter]] = tuple,
        configs: Callable[[], Iterable[Config]] = tuple,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.registry = registry = CollectorRegistry()
        counter = partial(Counter, registry=registry)
        self._calls = counter("kav_calls", "Calls that ended, by cause.", ["cause"])
        self._by_config = counter("kav_config_calls", "Calls that ended, by their config.", ["name", "hash"])
        self._handovers = counter("kav_handovers", "Transfers of callers to a person, by outcome.", ["outcome"])
        self._reload_failed = counter("kav_config_reload_failed", "Changed configs that could not be used.")
        self._refused = counter("kav_refused", "Refused messages, streams and requests, by reason.", ["reason"])
        self._turns, self._barge_ins, self._talk_ins, self._faults = _of_calls(counter)
        self._ahead = counter("kav_ahead", "Answers begun ahead of a turn's end, by outcome.", ["outcome"])
        self._reopened = counter("kav_asr_reopened", "Recognisers' streams that were replaced, by reason.", ["why"])
        self._underruns = counter("kav_tts_underruns", "Sentences that a voice made more slowly than they are heard.")
        self._unspoken = counter("kav_tts_failed", "Attempts of a voice that gave no sound.", ["provider"])
        self._waits, self._nods = _waits(registry), counter("kav_nods", "Turns, and held speech, dropped as a nod.")
        self._blocked = Histogram("kav_loop_blocked_seconds", BLOCKED, buckets=BLOCKS, registry=registry)
        self._breakers, self.refusals, self._counts = breakers, 0, self._of_one_event(configs)
        _gauges(registry, states, loop, _Now(breakers, limiters, configs))

    def ended(self, cause: str, config: Config) -> None:
        """Count the end of a call of this config; a cause that is not in `Cause` is counted as `other`."""
        self._calls.labels(_known(cause, CAUSES)).inc()
        self._by_config.labels(config.name, config.hash).inc()

    def handed_over(self, outcome: str) -> None:
        """Count a transfer to a person, by its HandoverOutcome."""
        self._handovers.labels(outcome).inc()

    def reload_failed(self) -> None:
        """Count a changed config that cannot be used."""
        self._reload_failed.inc()

    def refused(self, reason: str) -> None:
        """Count a refused message, stream or request; a reason that is not in `Refusal` is counted as `other`."""
        self.refusals += 1
        self._refused.labels(_known(reason, REASONS)).inc()

    def blocked(self, seconds: float) -> None:
        """Observe for how many seconds the event loop was blocked."""
        self._blocked.observe(seconds)

    def page(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self.registry)

    def counts(self) -> dict[Kind, Count]:
        """Return the counters for a new call, by the class of the event, frame or control that each counts."""
        watch = Stopwatch(self._sample)

        def take(now: float, passed: Passed[Any]) -> None:
            # Not every utterance is a turn as it comes: one that was held becomes one later, or never.
            before = watch.utterances
            watch.takes[passed.kind](now, passed.frame)
            self._turns.inc(watch.utterances - before)

        def dropped(now: float, passed: Passed[TurnDropped]) -> None:
            take(now, passed)
            self._nods.inc(passed.frame.reason == DropReason.NOD)

        def interrupted(now: float, passed: Passed[Interrupt]) -> None:
            take(now, passed)
            self._barge_ins.inc()

        waits: dict[Kind, Count] = dict.fromkeys((*Stopwatch.GAPS, SpeechStarted), take)
        return {**waits, TurnDropped: dropped, Interrupt: interrupted, EchoHeard: self._first_echo(), **self._counts}

    def _sample(self, figure: str, sample: Sample, _: int) -> None:
        if figure == TALK_IN:
            self._talk_ins.inc()
        elif figure in self._waits:
            self._waits[figure].observe(sample.value)

    def _first_echo(self) -> Count:
        """Return the counter of one call's echo, which is observed as it was known first."""
        found: list[EchoHeard] = []

        def echo(_: float, event: EchoHeard) -> None:
            if not found and event.lag is not None and event.level is not None:
                found.append(event)
                self._waits[ECHO_LAG].observe(event.lag)
                self._waits[ECHO_LEVEL].observe(event.level)

        return echo

    def _of_one_event(self, configs: Callable[[], Iterable[Config]]) -> dict[Kind, Count]:
        """Return the counters that keep no state between events, and are shared by all calls."""

        def ahead(_: float, event: AnsweredAhead) -> None:
            self._ahead.labels(event.outcome).inc()

        def refused(_: float, event: Refused) -> None:
            self.refused(event.reason)

        def reopened(_: float, event: RecognitionReopened) -> None:
            self._reopened.labels(_known(event.why, REOPENED)).inc()

        def unspoken(_: float, event: VoiceFailed) -> None:
            self._unspoken_by(event.provider)

        return {
            **_holds(self.registry),
            StepFailed: _counting(self._faults),
            AfterCallFailed: _counting(self._faults),
            Underrun: _counting(self._underruns),
            AnsweredAhead: ahead,
            Refused: refused,
            RecognitionReopened: reopened,
            VoiceFailed: unspoken,
            **_uses(self.registry, configs),
        }

    def _unspoken_by(self, provider: str) -> None:
        providers = frozenset(breaker.provider for breaker in self._breakers())
        self._unspoken.labels(_known(provider, providers)).inc()


def _known(value: str, values: Container[str]) -> str:
    return value if value in values else OTHER


def _counting(counter: Counter) -> Count:
    return lambda _, __: counter.inc()


def _of_calls(counter: Callable[[str, str], Counter]) -> tuple[Counter, Counter, Counter, Counter]:
    """Return the counters of turns, of replies that were interrupted, of answers into a turn, and of faults."""
    return (
        counter("kav_turns", TURNS),
        counter("kav_barge_ins", INTERRUPTED),
        counter("kav_talk_ins", "Answers that began while the caller went on within a second."),
        counter("kav_faults", "Failures of steps."),
    )


def _uses(registry: CollectorRegistry, configs: Callable[[], Iterable[Config]]) -> dict[Kind, Count]:
    """Return the counter of tools' uses: their times, by the tool's name in the config and by outcome."""
    times = Histogram(
        "kav_tool_seconds", "Uses of tools, from their beginning.", ["tool", "outcome"], buckets=GAPS, registry=registry
    )

    def used(_: float, event: ToolExchange) -> None:
        if event.outcome is not None:
            # A model may make up names: labels are those of the configs alone.
            names = {name for config in configs() for item in config.tools for name in item.names}
            times.labels(_known(event.tool, names), event.outcome).observe(event.after or 0.0)

    return {ToolExchange: used}


def _holds(registry: CollectorRegistry) -> dict[Kind, Count]:
    """Return the counters of the agent's pauses for voice that might interrupt it."""
    counter = partial(Counter, registry=registry)
    return {
        SpeechHeld: _counting(counter("kav_speech_held", "Pauses of the agent at voice that might interrupt it.")),
        SpeechReleased: _counting(counter("kav_speech_released", "Those after which the agent went on.")),
        ReplyResumed: _counting(counter("kav_replies_resumed", "Replies that went on after a noise or a nod.")),
    }


def _waits(registry: CollectorRegistry) -> dict[str, Histogram]:
    histogram = partial(Histogram, buckets=GAPS, registry=registry)
    return {
        RESPONSE_GAP: histogram("kav_response_gap_seconds", GAP),
        DECISION_TO_AUDIO: histogram("kav_decision_to_audio_seconds", DECISION),
        ONSET_TO_SILENT: histogram("kav_onset_to_silent_seconds", SILENT, buckets=SILENCES),
        ECHO_LAG: Histogram("kav_echo_lag_seconds", "Lags of lines' echoes.", buckets=LAGS, registry=registry),
        ECHO_LEVEL: Histogram("kav_echo_level_decibels", "Their levels.", buckets=LEVELS, registry=registry),
    }


def _gauges(
    registry: CollectorRegistry, states: Callable[[], Tally[str]], loop: asyncio.AbstractEventLoop | None, now: _Now
) -> None:
    """Register the gauges that are read when a page is made: calls by state, tasks, and the process' own figures."""
    gauge = partial(Gauge, registry=registry)
    active = gauge("kav_active_calls", "Calls that hold a slot, by state.", ["state"])
    for state in STATES:
        active.labels(state.lower()).set_function(partial(_count, states, state))
    if loop is not None:
        gauge("kav_tasks", "Tasks of the event loop.").set_function(lambda: len(asyncio.all_tasks(loop)))
    ProcessCollector(registry=registry)
    registry.register(now)


def _count(states: Callable[[], Tally[str]], state: str) -> int:
    return states()[state]


class _Now(Collector):
    """Collects configs, breakers and quotas when a page is made; a registered gauge would keep those before a reload.

    Breakers are counted by provider; of several limiters of one name, the fullest is shown.
    """

    def __init__(
        self,
        breakers: Callable[[], Iterable[Breaker]],
        limiters: Callable[[], Iterable[Limiter]],
        configs: Callable[[], Iterable[Config]],
    ) -> None:
        self.breakers, self.limiters, self.configs = breakers, limiters, configs

    def collect(self) -> Iterator[Metric]:
        open_: Tally[str] = Tally()
        for breaker in self.breakers():
            open_[breaker.provider] += breaker.state != CLOSED
        used: dict[tuple[str, str], float] = {}
        for limiter in self.limiters():
            for limit in limiter.limits:
                key = (limiter.name, limit)
                used[key] = max(used.get(key, 0.0), limiter.shares.get(limit, 0.0))
        configs = {(config.name, config.hash): 1.0 for config in self.configs()}
        yield _family("kav_config_info", "The configs that new calls get.", ["name", "hash"], configs)
        broken = {(provider,): float(count) for provider, count in open_.items()}
        yield _family("kav_breaker_open", "Steps whose circuit breaker is open.", ["provider"], broken)
        most = {(): least(self.configs())}
        yield _family("kav_memory_limit_bytes", "The least `server.max_memory` of the configs.", [], most)
        yield _family("kav_quota_used", "How much of a provider's quota is used, 0 to 1.", ["quota", "limit"], used)


def _family(name: str, text: str, labels: list[str], values: Mapping[Labels, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for key, value in values.items():
        family.add_metric(list(key), value)
    return family
