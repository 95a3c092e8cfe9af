"""Processes for a verb's work on all cores; Ctrl-C ends them at once, without a traceback of their own."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from typing import Any

from pipeline.terminal.progress import quiet


class Processes(ProcessPoolExecutor):
    """A pool of fresh interpreters: a fork would take this process's threads for its own."""

    def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        """Submit work; a process that this starts never sees the SIGINT of a terminal."""
        with _interrupts_held():
            return super().submit(work, *given, **named)


@contextmanager
def processes(count: int) -> Iterator[Processes]:
    """Yield a pool of this many processes; if the block breaks off, they are terminated, and their work is dropped."""
    pool, done = Processes(count, get_context("spawn"), initializer=quiet), False
    try:
        yield pool
        done = True
    finally:
        for each in () if done else active_children():
            each.terminate()
        pool.shutdown(cancel_futures=True)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Block SIGINT in the block: a process inherits that, for good; here, it comes as the block ends."""
    if sys.platform == "win32":  # which has no masks of signals
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
