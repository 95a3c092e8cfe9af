"""What the server counts."""

from collections import Counter

from pipeline.server.metrics import Metrics


def test_answers_begun_ahead_are_counted_by_what_came_of_them():
    """Used, wasted, late."""
    metrics = Metrics(Counter)
    watch = metrics.watcher()
    for outcome in ("used", "wasted", "wasted"):
        watch(0.0, "ahead", {"turn": 1, "outcome": outcome})
    page = metrics.page().decode()
    assert 'kav_ahead_total{outcome="used"} 1.0' in page and 'kav_ahead_total{outcome="wasted"} 2.0' in page
