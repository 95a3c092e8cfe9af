"""The outboxes in a server: written by each process with calls, delivered by one, with its metrics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from time import time

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pipeline.after.delivery import Delivery
from pipeline.after.outbox import Outbox
from pipeline.server.switchboard import Switchboard


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


@asynccontextmanager
async def keeping(board: Switchboard) -> AsyncIterator[None]:
    """Write the beginnings and ends of calls to their outboxes inside the block, if these calls act."""
    if not board.options.acts:
        yield
        return
    board.outbox = Outbox(board.registry.loop)
    try:
        yield
    finally:
        await board.outbox.close()


@asynccontextmanager
async def delivering(board: Switchboard) -> AsyncIterator[None]:
    """Deliver inside the block what the outboxes of a server hold; at its end, what its last calls have left."""
    delivery = Delivery(board.registry.loop, lambda: [agent.config for agent in board.agents])
    board.delivery = delivery
    board.metrics.registry.register(Backlog(delivery))
    running = asyncio.ensure_future(delivery.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait((running,))
        await delivery.look()
        await delivery.close()
