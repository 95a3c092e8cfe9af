"""Processes for a verb's work on all cores; Ctrl-C ends them at once, without a traceback of their own."""

from __future__ import annotations

import signal
import sys
import threading
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
    """Hold SIGINT back in the block: a process that it starts inherits that, for good; here, it comes at the end."""
    # The mask is this thread's alone. The system may give the signal to another one, upon which Python would raise in
    # the main thread, in the middle of a process that is half begun: so the handler is held, too.
    with _handler_held(), _masked():
        yield


@contextmanager
def _masked() -> Iterator[None]:
    if sys.platform == "win32":  # which has no masks of signals
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _handler_held() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    # Python runs handlers in the main thread alone; one that it has not set itself cannot be put back.
    if threading.current_thread() is not threading.main_thread() or before is None:
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            signal.raise_signal(signal.SIGINT)
