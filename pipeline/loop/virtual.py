"""Virtual time: an event loop whose clock jumps to the next timer instead of waiting for it."""

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
    """Nothing is ready and nothing is scheduled, so that virtual time would stand still for ever."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in which waiting costs nothing, and everything happens in the same order every time.

    `time()` is in virtual seconds from 0.0. Work for an executor runs in this thread, as the next thing. There are no
    other threads to wait for, and no real sockets: time would have jumped past their answers. Errors that reach nobody
    are kept in `unseen`. Raises Deadlock when there is nothing left to wait for.
    """

    def __init__(self) -> None:
        self._now, self._timers = START, 0
        self.unseen: list[dict[str, Any]] = []
        super().__init__(_Jump(self))
        self.set_exception_handler(_keep)

    def time(self) -> float:
        return self._now

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> TimerHandle:
        timer = _Timer(when, callback, args, self, context)
        timer.number = self._timers = self._timers + 1
        heapq.heappush(self._scheduled, timer)  # type: ignore[attr-defined]
        timer._scheduled = True  # type: ignore[attr-defined]  # as asyncio's own does, so that a cancelled one is dropped
        return timer

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do until a timer rings."""
        return not (self._ready or self._stopping)  # type: ignore[attr-defined]

    def jump(self) -> None:
        """Go to the next timer, exactly; raises Deadlock if there is none."""
        scheduled = self._scheduled  # type: ignore[attr-defined]  # now + timeout would miss it by a rounding error
        if not scheduled:
            raise Deadlock(f"at {self._now:.3f} s nothing is ready and nothing is scheduled; {_waiting(self)}")
        self._now = max(self._now, scheduled[0].when())

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Future[Any]:  # type: ignore[override]
        async def work() -> Any:
            return func(*args)

        return self.create_task(work())


class _Timer(TimerHandle):
    """A timer that rings after those that were set before it for the same moment; asyncio's own leave that open."""

    number = 0

    def __lt__(self, other: TimerHandle) -> bool:
        assert isinstance(other, _Timer)
        return (self.when(), self.number) < (other.when(), other.number)


class _Jump(selectors.DefaultSelector):
    """A selector that never waits: where it would, the clock jumps."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0) if len(self.get_map()) > 1 else []  # its own says nothing
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
    """Run a coroutine to its end in virtual time, and give back what it returns.

    Raises AssertionError if it left a task behind or an error that nobody saw, Deadlock if it waits for nothing.
    """
    with asyncio.Runner(loop_factory=kind) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        result = runner.run(_alone(main))
    for context in loop.unseen:
        raise AssertionError(f"nobody saw: {context['message']}") from context.get("exception")
    return result


async def _alone(main: Coroutine[Any, Any, T]) -> T:
    result = await main
    for _ in range(TICKS):
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if not left:
            break
        await asyncio.sleep(0)
    assert not left, "left behind: " + "; ".join(sorted(_place(task) for task in left))
    return result
