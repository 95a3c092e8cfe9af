"""The metrics of several processes as one page."""

from collections import Counter

from pipeline.events import Passed
from pipeline.frames import AgentSpeaking, Utterance
from pipeline.providers.quota import Limiter
from pipeline.server.metrics import Metrics
from pipeline.server.workers.totals import Totals
from pipeline.testing import run_virtual
from tests.kit.parrot import config


def page(calls: int = 0, gap: float = 0.4, state: str = "LISTENING", used: int = 0) -> bytes:
    """What a process shows that has had so many calls, with one answer each, and has one now."""

    async def made() -> bytes:
        limiter = Limiter("tts", 10)
        metrics = Metrics(lambda: Counter([state]), limiters=lambda: [limiter], configs=lambda: [config()])
        for _ in range(calls):
            metrics.ended("closed", config())
            counts = metrics.counts()
            for at, frame in ((1.0, Utterance(1, b"", 0.5, 1.0, 0.5)), (1.0 + gap, AgentSpeaking(True))):
                counts[type(frame)](at, Passed(frame, ""))
        for _ in range(used):
            async with limiter.slot(0):
                pass
        return metrics.page()

    return run_virtual(made())


def values(text: bytes) -> dict[str, float]:
    """Each line's value."""
    rows = [row.rpartition(" ") for row in text.decode().splitlines() if not row.startswith("#")]
    return {name: float(value) for name, _, value in rows}


def test_counts_and_gauges_are_added_and_quotas_are_not() -> None:
    """A quota is as used as that of the process that has used most of its part."""
    found = values(Totals().page([page(2, used=1), page(3, 2.2, used=7)], 2))
    assert found['kav_calls_total{cause="closed"}'] == 5
    assert found['kav_active_calls{state="listening"}'] == 2
    assert found['kav_response_gap_seconds_bucket{le="0.5"}'] == 2
    assert found["kav_response_gap_seconds_count"] == 5
    assert found['kav_quota_used{limit="requests",quota="tts"}'] == 0.7
    assert found['kav_config_info{hash="000000000000",name="parrot"}'] == 1
    assert found["kav_workers"] == 2


def test_what_a_lost_process_had_counted_stays() -> None:
    """Its counters and histograms, so that no sum falls; not what it had at that moment. Nothing of it is nothing."""
    totals = Totals()
    totals.keep(b"")
    for calls in (2, 4):
        totals.keep(page(calls))
        totals.lost += 1
    found = values(totals.page([page(1)], 1))
    assert found['kav_calls_total{cause="closed"}'] == 7
    assert found["kav_response_gap_seconds_count"] == 7
    assert found['kav_active_calls{state="listening"}'] == 1
    assert found["kav_workers_lost_total"] == 2


def test_the_page_is_what_one_process_would_show() -> None:
    """Its families and types, but for when counting began."""
    kinds = [row for row in page(1).decode().splitlines() if row.startswith("# TYPE") and "_created" not in row]
    assert set(kinds) < set(Totals().page([page(1)], 1).decode().splitlines())
