"""What the server counts."""

from __future__ import annotations

from collections import Counter

import pytest

from pipeline.events import AnsweredAhead, EchoHeard, RecognitionReopened, Underrun, VoiceFailed
from pipeline.frames import (
    AgentSpeaking,
    CallStarted,
    Control,
    Frame,
    HeldUtterance,
    Interrupt,
    SpeechHeld,
    SpeechReleased,
    SpeechStarted,
    SpeechStopped,
    TurnDropped,
    Utterance,
)
from pipeline.providers.breaker import Breaker
from pipeline.providers.quota import Limiter, in_use, shared
from pipeline.server.metrics import Metrics
from pipeline.testing import run_virtual
from pipeline.vocabulary import AheadOutcome
from tests.kit.serving import Serve


def test_answers_begun_ahead_are_counted_by_what_came_of_them() -> None:
    """Used, wasted, late."""
    metrics = Metrics(Counter)
    counts = metrics.counts()
    for outcome in (AheadOutcome.USED, AheadOutcome.WASTED, AheadOutcome.WASTED):
        counts[AnsweredAhead](0.0, AnsweredAhead(1, outcome))
    page = metrics.page().decode()
    assert 'kav_ahead_total{outcome="used"} 1.0' in page and 'kav_ahead_total{outcome="wasted"} 2.0' in page


def test_streams_that_were_replaced_are_counted_by_why() -> None:
    """Our reasons and gRPC's statuses by their names, whatever else as other."""
    metrics = Metrics(Counter)
    counts = metrics.counts()
    for why in ("age", "stall", "UNAVAILABLE", "UNAVAILABLE", "a new status"):
        counts[RecognitionReopened](0.0, RecognitionReopened(why))
    page = metrics.page().decode()
    assert 'kav_asr_reopened_total{why="UNAVAILABLE"} 2.0' in page and 'kav_asr_reopened_total{why="other"} 1.0' in page
    assert page.count("kav_asr_reopened_total{") == 4


def test_voices_in_trouble_are_counted() -> None:
    """Sound that comes too slowly, and none at all, by the config's providers."""
    metrics = Metrics(Counter, lambda: [Breaker("tts.google"), Breaker("tts.espeak")])
    counts = metrics.counts()
    counts[Underrun](0.0, Underrun(1))
    for provider in ("tts.google", "tts.google", "somebody else's"):
        counts[VoiceFailed](0.0, VoiceFailed(provider))
    page = metrics.page().decode()
    assert "kav_tts_underruns_total 1.0" in page
    assert 'kav_tts_failed_total{provider="tts.google"} 2.0' in page
    assert 'kav_tts_failed_total{provider="other"} 1.0' in page


def test_a_lines_echo_is_counted_once_a_call() -> None:
    """As it was found first, by its lag and by its level."""
    metrics = Metrics(Counter)
    counts = metrics.counts()
    counts[EchoHeard](0.4, EchoHeard(0.2, 0.1))  # not known yet
    counts[EchoHeard](1.0, EchoHeard(0.5, 0.2, 0.12, -18.0))
    counts[EchoHeard](9.0, EchoHeard(8.5, 0.2, 0.7, -3.0))
    metrics.counts()[EchoHeard](1.0, EchoHeard(0.5, 0.2, 0.35, -26.0))
    page = metrics.page().decode()
    assert 'kav_echo_lag_seconds_bucket{le="0.15"} 1.0' in page and "kav_echo_lag_seconds_count 2.0" in page
    assert 'kav_echo_level_decibels_bucket{le="-25.0"} 1.0' in page and "kav_echo_level_decibels_count 2.0" in page


def test_a_call_is_watched_for_nothing_but_what_is_counted() -> None:
    """Frames that come often are not among it: words, sentences, sound, marks."""
    frames = {kind for kind in Metrics(Counter).counts() if issubclass(kind, Frame | Control)}
    turns = {CallStarted, SpeechStarted, SpeechStopped, Utterance, HeldUtterance, TurnDropped}
    assert frames == turns | {AgentSpeaking, Interrupt, SpeechHeld, SpeechReleased}


def test_how_near_the_quotas_are_is_shown() -> None:
    """Each limit by itself; of accounts with the same name the nearest one; what has no limit is not there."""

    async def pages() -> tuple[str, str]:
        one, other = shared("tts.google", 10, 4), shared("tts.google", 100, account="another")
        metrics = Metrics(Counter, limiters=in_use)
        async with one.slot(0), one.slot(0), other.slot(0):
            return metrics.page().decode(), Metrics(Counter, limiters=lambda: [Limiter("none", 0)]).page().decode()

    page, unlimited = run_virtual(pages())
    assert 'kav_quota_used{limit="requests",quota="tts.google"} 0.2' in page
    assert 'kav_quota_used{limit="sessions",quota="tts.google"} 0.5' in page
    assert "kav_quota_used{" not in unlimited


@pytest.mark.fault("G6")
async def test_a_server_shows_its_process(serve: Serve) -> None:
    """Tasks and memory: what grows where something leaks."""
    async with serve() as (server, client), client.get(f"{server.admin_url}/metrics") as answer:
        page = await answer.text()
    tasks = next(line for line in page.splitlines() if line.startswith("kav_tasks "))
    assert 1 <= float(tasks.split()[1]) < 20
    assert "process_resident_memory_bytes" in page
