"""What the server counts, in Prometheus' format. Every label's values come from a closed set."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pipeline.agent import Agent
from pipeline.breaker import CLOSED
from pipeline.call import LISTENING, SPEAKING, THINKING, Watcher
from pipeline.config import Config
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
    """One server's counters; `states` tells how many calls are in which state, `agents` which take new ones."""

    def __init__(self, states: Callable[[], Tally[str]], agents: Callable[[], Iterable[Agent]] = tuple) -> None:
        self.registry = registry = CollectorRegistry()
        count = partial(Counter, registry=registry)
        self._calls = count("kav_calls", "Calls that ended, by cause.", ["cause"])
        self._by_config = count("kav_config_calls", "Calls that ended, by what they began with.", ["name", "hash"])
        self._reload_failed = count("kav_config_reload_failed", "Changed configs that could not be used.")
        self._refused = count("kav_refused", "What was not taken, by reason.", ["reason"])
        self._turns = count("kav_turns", "Turns of callers.")
        self._barge_ins = count("kav_barge_ins", "Replies that callers interrupted.")
        self._faults = count("kav_faults", "Failures of steps.")
        self._ahead = count("kav_ahead", "Answers begun ahead of a turn's end, by what came of them.", ["outcome"])
        self._gap = Histogram(
            "kav_response_gap_seconds",
            "From the end of a caller's turn to the agent's voice.",
            buckets=GAPS,
            registry=registry,
        )
        active = Gauge("kav_active_calls", "Calls that hold a slot, by state.", ["state"], registry=registry)
        for state in STATES:
            active.labels(state.lower()).set_function(partial(_count, states, state))
        registry.register(_Now(agents))

    def ended(self, cause: str, config: Config) -> None:
        """A call of this config has ended; a cause of the agent's own is `hung_up`."""
        self._calls.labels(cause if cause in CAUSES else "hung_up").inc()
        self._by_config.labels(config.name, config.hash).inc()

    def reload_failed(self) -> None:
        """A config was changed, and cannot be used."""
        self._reload_failed.inc()

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


class _Now(Collector):
    """What is read off the agents that take calls when it is asked for, as a reload puts others in their place."""

    def __init__(self, agents: Callable[[], Iterable[Agent]]) -> None:
        self._agents = agents

    def collect(self) -> Iterator[Metric]:
        agents = tuple(self._agents())
        info = GaugeMetricFamily("kav_config_info", "The configs that new calls get.", labels=["name", "hash"])
        for agent in agents:
            info.add_metric([agent.config.name, agent.config.hash], 1)
        yield info
        broken = GaugeMetricFamily("kav_breaker_open", "Steps whose provider is left alone.", labels=["provider"])
        counts: Tally[str] = Tally()
        for breaker in (it for agent in agents for it in agent.breakers):
            counts[breaker.provider] += breaker.state != CLOSED
        for provider, count in counts.items():
            broken.add_metric([provider], count)
        yield broken
