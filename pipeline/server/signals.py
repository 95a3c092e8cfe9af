"""Signal handlers of the server: SIGTERM and SIGINT set events, SIGHUP reloads."""

from __future__ import annotations

import os
import signal
from asyncio import AbstractEventLoop, Event
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from loguru import logger

Act = Callable[[], None]


@contextmanager
def stop_signals(
    loop: AbstractEventLoop, reload: Callable[[], None], names: Mapping[str, Any] | None = None
) -> Iterator[tuple[Event, Event]]:
    """Handle signals inside the block, and yield two events.

    The first is set by SIGTERM or SIGINT: stop. The second is set by SIGINT or another SIGTERM: stop at once. SIGHUP
    calls `reload`; if the terminal that the program was started from has closed, it counts as SIGTERM. On Windows,
    SIGBREAK (Ctrl-Break) counts as SIGTERM, and there is no SIGHUP. `names` are the signals of the system, by default
    those of the module `signal`.

    After the block the next SIGINT is told of and ignored, as the steps are being closed; the one after that interrupts
    the program.
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

    acts = {"SIGTERM": terminate, "SIGINT": interrupt, "SIGHUP": hang_up, "SIGBREAK": terminate}
    with handled(loop, acts, vars(signal) if names is None else names):
        yield stop, hurry
    _ignore_next_interrupt(loop)


def _ignore_next_interrupt(loop: AbstractEventLoop) -> None:
    def told() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        logger.info("STOPPING the steps are being closed; Ctrl-C again leaves them as they are")

    with suppress(NotImplementedError):  # Windows
        loop.add_signal_handler(signal.SIGINT, told)


@contextmanager
def handled(loop: AbstractEventLoop, acts: Mapping[str, Act], names: Mapping[str, Any]) -> Iterator[None]:
    """Call the act of a signal on the loop inside the block; signals that the system does not have are left out.

    A loop without signal handlers (Windows) gets the act by a handler of the module `signal`.
    """
    if "SIGHUP" not in names:
        logger.info("SIGHUP is not supported here: changed files alone reload the configs")
    undo = [_handle(loop, names[name], act) for name, act in acts.items() if name in names]
    try:
        yield
    finally:
        for each in undo:
            each()


def _handle(loop: AbstractEventLoop, number: int, act: Act) -> Callable[[], object]:
    """Install the handler of one signal, and return the function that removes it."""
    try:
        loop.add_signal_handler(number, act)
    except NotImplementedError:
        before = signal.signal(number, lambda *_: loop.call_soon_threadsafe(act))
        return partial(signal.signal, number, before)
    return partial(loop.remove_signal_handler, number)
