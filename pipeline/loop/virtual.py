"""Virtual time: an event loop with a clock that jumps to the next timer instead of waiting for it."""

from __future__ import annotations

import asyncio
import heapq
import selectors
from asyncio import AbstractEventLoop, Future, Task, TimerHandle
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, TypeVar

T = TypeVar("T")

START = 0.0  # seconds on the virtual clock when a loop is made
TICKS = 10  # turns of the loop that a cancelled task may take to end


class Deadlock(RuntimeError):
    """No callback is ready and no timer is set: virtual time would stand still for ever."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time: sleeping costs nothing, and callbacks run in the same order every time.

    `time()` is in virtual seconds from 0.0. Work for an executor runs in this thread, as a task. No other threads and
    no real sockets may be waited for: the clock would have jumped past their answers. Exceptions that no task or caller
    received are kept in `unseen`. Raises Deadlock when nothing is left to wait for.
    """

    _whole = False  # until `__init__` has run to its end

    def __init__(self) -> None:
        self._now, self._timers = START, 0
        self.unseen: list[dict[str, Any]] = []
        super().__init__(_Jump(self))
        self.set_exception_handler(_keep)
        self._whole = True

    def __del__(self) -> None:
        # Ctrl-C may come while asyncio's `__init__` runs, and its `__del__` would then fail, with a traceback.
        if self._whole:
            super().__del__()

    def time(self) -> float:
        return self._now

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> TimerHandle:
        # asyncio's own `call_at`, but for the timer's class: a heap of equal times has no fixed order, and a test that
        # depends on the order of two timers would pass or fail by chance.
        timer = _Timer(when, callback, args, self, context)
        timer.number = self._timers = self._timers + 1
        heapq.heappush(self._scheduled, timer)  # type: ignore[attr-defined]
        timer._scheduled = True  # type: ignore[attr-defined]  # lets the loop count and drop cancelled timers
        return timer

    @property
    def is_idle(self) -> bool:
        """True if nothing can run until a timer fires."""
        return not (self._ready or self._stopping)  # type: ignore[attr-defined]

    def jump(self) -> None:
        """Set the clock to exactly the next timer's time; raises Deadlock if there is no timer."""
        scheduled = self._scheduled  # type: ignore[attr-defined]  # `now + timeout` misses it by a rounding error
        if not scheduled:
            raise Deadlock(f"at {self._now:.3f} s nothing is ready and nothing is scheduled; {_waiting(self)}")
        self._now = max(self._now, scheduled[0].when())

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Future[Any]:  # type: ignore[override]
        async def work() -> Any:
            return func(*args)

        return self.create_task(work())


class _Timer(TimerHandle):
    """A numbered timer: of timers due at the same time the one set first fires first, which asyncio leaves open."""

    number = 0

    def __lt__(self, other: TimerHandle) -> bool:
        assert isinstance(other, _Timer)
        return (self.when(), self.number) < (other.when(), other.number)


class _Jump(selectors.DefaultSelector):
    """A selector that never blocks: where it would, the clock jumps."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        # Sockets beside the loop's own wake-up pipe are polled without waiting; the pipe says nothing, as no thread
        # writes to it.
        ready = super().select(0) if len(self.get_map()) > 1 else []  # one is the pipe
        if not ready and self._loop.is_idle:
            self._loop.jump()
        return ready


def _keep(loop: AbstractEventLoop, context: dict[str, Any]) -> None:
    assert isinstance(loop, VirtualLoop)
    loop.unseen.append(context)


def _waiting(loop: AbstractEventLoop) -> str:
    places = sorted(_place(task) for task in asyncio.all_tasks(loop))
    return "waiting: " + "; ".join(places) if places else "no task is left"


def _place(task: Task[Any]) -> str:
    frames = task.get_stack(limit=1)
    where = f" at {frames[0].f_code.co_filename}:{frames[0].f_lineno}" if frames else ""
    return f"{task.get_name()} {getattr(task.get_coro(), '__qualname__', '')}{where}"


def run_virtual(main: Coroutine[Any, Any, T], kind: type[VirtualLoop] = VirtualLoop) -> T:
    """Run a coroutine to its end in virtual time and return its result.

    Raises AssertionError if it left a task behind, or an exception that nothing received; Deadlock if it waits for
    nothing.
    """
    with asyncio.Runner(loop_factory=kind) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        result = runner.run(_alone(main))
    for context in loop.unseen:
        raise AssertionError(f"unhandled: {context['message']}") from context.get("exception")
    return result


async def _alone(main: Coroutine[Any, Any, T]) -> T:
    result = await main
    # A task that was cancelled needs a few turns to run its `finally` blocks; those are not left behind.
    for _ in range(TICKS):
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if not left:
            break
        await asyncio.sleep(0)
    assert not left, "left behind: " + "; ".join(sorted(_place(task) for task in left))
    return result
