"""A watchdog for the event loop: it logs the code that blocks it, from a thread, as nothing on the loop could run."""

from __future__ import annotations

import asyncio
import sys
import threading
from asyncio import Handle
from collections.abc import Callable
from time import monotonic, process_time
from types import FrameType, TracebackType

from loguru import logger

from pipeline.routes import guilty

BEAT = 0.1  # seconds between heartbeats of the loop
BLOCKED = 0.25  # seconds by which a heartbeat may be late
SURE = 0.05  # seconds in which the loop of a process that was suspended catches up


class Blocked(Exception):
    """The event loop is blocked at the place that the traceback shows."""


class Watchdog:
    """Watches the running loop inside a `with` block.

    A heartbeat runs on the loop every 0.1 s. A thread logs the loop's stack, once for each block, when the heartbeat is
    more than 0.25 s late. `blocked` is called on the loop with the seconds when it runs again.
    """

    def __init__(self, blocked: Callable[[float], None]) -> None:
        self._blocked = blocked
        self._loop = asyncio.get_running_loop()
        self._loops_thread = threading.get_ident()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._told = 0.0  # the due time of the heartbeat whose delay was logged
        self._home: FrameType | None = None  # the frame of the loop itself, where a stack of user code begins
        self._timer: Handle | None = None

    def __enter__(self) -> Watchdog:
        self._due, self._spent = monotonic(), process_time()  # when the next heartbeat is due, and the CPU time then
        self._timer = self._loop.call_soon(self._turn)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._over.set()
        self._thread.join()
        self._home = None

    def _turn(self) -> None:
        due, now = self._due, monotonic()
        self._home = sys._getframe(1)
        self._due, self._spent = now + BEAT, process_time()
        self._timer = self._loop.call_later(BEAT, self._turn)
        if now - due > BLOCKED:
            self._blocked(now - due)
        if due == self._told:
            logger.warning("UNBLOCKED after {:.2f} s", now - due)

    def _watch(self) -> None:
        while not self._over.wait(self._pause()):
            due = self._due
            if monotonic() - due > BLOCKED and due != self._told:
                self._look(due)

    def _pause(self) -> float:
        """Return the seconds until the next heartbeat could be late; for one that is late already, 0.25."""
        left = self._due + BLOCKED - monotonic()
        return left if left > 0 else BLOCKED

    def _look(self, due: float) -> None:
        # The stack is taken first: a loop that is back by the end of `_kept` would show another one.
        trace = _trace(sys._current_frames().get(self._loops_thread), self._home)
        if trace is None or not self._kept(due):
            return
        self._told = due
        step = guilty(trace)
        call = getattr(step, "call", None)  # a step in its constructor has none yet
        log = logger if call is None else logger.bind(call_sid=call.sid)  # `call.log` writes on the blocked loop
        who = "the server" if step is None else f"{type(step).__name__} ({step.where})"
        error = Blocked(f"for {monotonic() - due:.2f} s so far")
        log.opt(exception=(Blocked, error, trace)).error("BLOCKED by {}: every call waits", who)

    def _kept(self, due: float) -> bool:
        """True if the process blocks itself, rather than the machine having suspended it.

        It does if it used CPU time since the heartbeat, or if the heartbeat has not come 0.05 s later.
        """
        return process_time() - self._spent > BLOCKED / 2 or not (self._over.wait(SURE) or self._due != due)


def _trace(frame: FrameType | None, home: FrameType | None) -> TracebackType | None:
    """Return the stack above the loop's own frame as a traceback; None if the loop has called nothing."""
    trace = None
    while frame is not None and frame is not home:
        trace = TracebackType(trace, frame, frame.f_lasti, frame.f_lineno or 0)
        frame = frame.f_back
    return trace
