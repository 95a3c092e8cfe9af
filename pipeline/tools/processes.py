"""Processes for a verb's work on all cores; Ctrl-C ends them at once, without a traceback of their own."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from multiprocessing import active_children, get_context
from typing import Any, TypeVar

from pipeline.terminal.progress import quiet

Item = TypeVar("Item")
Result = TypeVar("Result")


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


def as_done(work: Callable[[Item], Result], items: Sequence[Item], count: int) -> Iterator[Result]:
    """Yield the work's result of each item as it arrives, from up to `count` processes; of one, in order, from here."""
    count = min(count, len(items))
    if count < 2:
        yield from map(work, items)
        return
    with processes(count) as pool:
        rest = iter(items)
        running: set[Future[Result]] = {pool.submit(work, each) for each in islice(rest, 2 * count)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            running |= {pool.submit(work, each) for each in islice(rest, len(done))}
            yield from (each.result() for each in done)


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
