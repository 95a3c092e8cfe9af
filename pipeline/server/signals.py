"""Signal handlers of the server: SIGTERM and SIGINT set events, SIGHUP reloads."""

from __future__ import annotations

import os
import signal
from asyncio import AbstractEventLoop, Event
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stop_signals(loop: AbstractEventLoop, reload: Callable[[], None]) -> Iterator[tuple[Event, Event]]:
    """Handle signals inside the block, and yield two events.

    The first is set by SIGTERM or SIGINT: stop. The second is set by SIGINT or another SIGTERM: stop at once. SIGHUP
    calls `reload`; if the terminal that the program was started from has closed, it counts as SIGTERM.
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
