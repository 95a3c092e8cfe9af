"""A watchdog for the event loop: when something keeps it, every call waits, and nothing on the loop could say so."""

from __future__ import annotations

import asyncio
import sys
import threading
from asyncio import Handle
from collections.abc import Callable
from time import monotonic, process_time
from types import FrameType, TracebackType

from loguru import logger

from pipeline.chain import guilty

BEAT = 0.1  # seconds between turns of the loop that are noted
BLOCKED = 0.25  # seconds that a turn may be late
SURE = 0.05  # seconds in which a process that the machine has let run again catches up


class Blocked(Exception):
    """The loop is kept by what its traceback shows."""


class Watchdog:
    """Watches the running loop inside a `with` block: a thread logs, once for each time, who keeps it.

    `blocked` gets the seconds when it turns again.
    """

    def __init__(self, blocked: Callable[[float], None]) -> None:
        self._blocked = blocked
        self._loop = asyncio.get_running_loop()
        self._loops_thread = threading.get_ident()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._told = 0.0
        self._home: FrameType | None = None  # what runs the loop
        self._timer: Handle | None = None

    def __enter__(self) -> Watchdog:
        self._due, self._spent = monotonic(), process_time()  # when the loop has to turn next, and the CPU until then
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
        """Seconds until the loop could be late; what is late already has been told of."""
        left = self._due + BLOCKED - monotonic()
        return left if left > 0 else BLOCKED

    def _look(self, due: float) -> None:
        trace = _trace(sys._current_frames().get(self._loops_thread), self._home)
        if trace is None or not self._kept(due):
            return
        self._told = due
        step = guilty(trace)
        call = getattr(step, "call", None)  # a step that is being made has none yet
        log = logger if call is None else logger.bind(call_sid=call.sid)  # the loop is kept, and its lines with it
        who = "the server" if step is None else f"{type(step).__name__} ({step.where})"
        error = Blocked(f"for {monotonic() - due:.2f} s so far")
        log.opt(exception=(Blocked, error, trace)).error("BLOCKED by {}: every call waits", who)

    def _kept(self, due: float) -> bool:
        """Whether it is this process' own doing: it has computed, or is still there when it could have gone on."""
        return process_time() - self._spent > BLOCKED / 2 or not (self._over.wait(SURE) or self._due != due)


def _trace(frame: FrameType | None, home: FrameType | None) -> TracebackType | None:
    """A stack as an error's traceback, from what the loop has called on; None if the loop itself waits."""
    trace = None
    while frame is not None and frame is not home:
        trace = TracebackType(trace, frame, frame.f_lasti, frame.f_lineno or 0)
        frame = frame.f_back
    return trace
