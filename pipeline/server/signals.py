"""SIGTERM and SIGINT as events, SIGHUP as a call."""

from __future__ import annotations

import os
import signal
from asyncio import AbstractEventLoop, Event
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stop_signals(loop: AbstractEventLoop, reload: Callable[[], None]) -> Iterator[tuple[Event, Event]]:
    """Two events: to stop, at the first signal, and to hurry, at SIGINT or a second SIGTERM.

    SIGHUP calls `reload`, but when the terminal that the program was started from has gone, it is a SIGTERM.
    """
    stop, hurry = Event(), Event()
    at_terminal = os.isatty(0)

    def terminate() -> None:
        (hurry if stop.is_set() else stop).set()

    def interrupt() -> None:
        stop.set()
        hurry.set()

    def hang_up() -> None:
        (terminate if at_terminal and not os.isatty(0) else reload)()

    handlers = {signal.SIGTERM: terminate, signal.SIGINT: interrupt, signal.SIGHUP: hang_up}
    for number, act in handlers.items():
        loop.add_signal_handler(number, act)
    try:
        yield stop, hurry
    finally:
        for number in handlers:
            loop.remove_signal_handler(number)
