"""The metrics of the outbox: read when a page is made, in the process that delivers."""

from __future__ import annotations

from collections.abc import Iterator
from time import time

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pipeline.after.delivery import Delivery


class Backlog(Collector):
    """Collects the events that are to be delivered, and those given up."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery

    def collect(self) -> Iterator[Metric]:
        pending, dead = self._delivery.pending, self._delivery.dead
        oldest = max(0.0, time() - min(pending.values())) if pending else 0.0
        yield GaugeMetricFamily("kav_outbox_pending", "Ended calls whose events are not all delivered.", len(pending))
        yield GaugeMetricFamily("kav_outbox_oldest_seconds", "Time since the end of the oldest of them.", oldest)
        yield GaugeMetricFamily("kav_outbox_dead", "Calls with an event that was given up.", dead)
