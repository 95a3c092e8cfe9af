"""SIGTERM and SIGINT as events."""

from __future__ import annotations

import signal
from asyncio import AbstractEventLoop, Event
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stop_signals(loop: AbstractEventLoop) -> Iterator[tuple[Event, Event]]:
    """Two events: to stop, at the first signal, and to hurry, at SIGINT or a second SIGTERM."""
    stop, hurry = Event(), Event()

    def terminate() -> None:
        (hurry if stop.is_set() else stop).set()

    def interrupt() -> None:
        stop.set()
        hurry.set()

    loop.add_signal_handler(signal.SIGTERM, terminate)
    loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        yield stop, hurry
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        loop.remove_signal_handler(signal.SIGINT)
