"""A task that begins at once: what need not wait for anything does not wait for the event loop either.

The loop begins a task on its next turn, after whatever else is ready, and a reply passes through four of them. On a
core with hundreds of calls that is what a caller would wait for longest.
"""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, CancelledError, Task
from asyncio.tasks import _enter_task, _leave_task  # for whoever makes tasks; documented under "Extending"
from collections.abc import Coroutine, Generator
from contextvars import copy_context
from types import FrameType
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")


class Eager(Generic[Item]):
    """A task, and what runs its work up to where it first waits; whoever never calls `begin` has a task like any other.

    Source: Python 3.12's eager tasks, which 3.11 has not, and which begin before whoever makes one holds it.
    """

    def __init__(self, loop: AbstractEventLoop, work: Coroutine[Any, Any, Item]) -> None:
        self._loop, self._work, self._context = loop, _Begun(work), copy_context()
        self.task: Task[Item] = loop.create_task(self._work, context=self._context)

    def begin(self) -> None:
        """Run the work up to where it first waits; what it raises, the task raises."""
        if self.task.cancelling():
            return
        outer = asyncio.current_task(self._loop)
        if outer is not None:
            _leave_task(self._loop, outer)
        _enter_task(self._loop, self.task)
        try:
            self._context.run(self._work.begin)
        finally:
            _leave_task(self._loop, self.task)
            if outer is not None:
                _enter_task(self._loop, outer)


class _Begun(Coroutine[Any, Any, Item]):
    """A coroutine that may have been run up to where it first waits; its task learns of that on its own first turn."""

    def __init__(self, work: Coroutine[Any, Any, Item]) -> None:
        self._work = work
        self._step: _Step | None = None  # that its task has not taken
        self.__name__, self.__qualname__ = work.__name__, work.__qualname__  # type: ignore[attr-defined]

    def begin(self) -> None:
        self._step = _Step(self._work)

    def send(self, value: Any) -> Any:
        if (step := self._step) is None:
            return self._work.send(value)
        self._step = None
        return step.outcome()

    def throw(self, *error: Any) -> Any:
        step, self._step = self._step, None
        if step is not None and isinstance(error[0], CancelledError):
            step.cancel()
        return self._work.throw(*error)

    def close(self) -> None:
        self._work.close()

    def __await__(self) -> Generator[Any, Any, Item]:
        return self._work.__await__()

    @property
    def cr_frame(self) -> FrameType | None:
        """Where it waits, for whoever looks into a task."""
        frame: FrameType | None = self._work.cr_frame  # type: ignore[attr-defined]
        return frame


class _Step:
    """The first step of a coroutine: what it waits for, or how it ended."""

    def __init__(self, work: Coroutine[Any, Any, Any]) -> None:
        self._waits_for: Any = None
        self._result: tuple[Any] | None = None
        self._error: BaseException | None = None
        try:
            self._waits_for = work.send(None)
        except StopIteration as end:
            self._result = (end.value,)
        except (Exception, CancelledError) as error:  # noqa: BLE001 - it is the task that raises it
            self._error = error

    def outcome(self) -> Any:
        if self._result is not None:
            raise StopIteration(*self._result)
        error, self._error = self._error, None
        if error is None:
            return self._waits_for
        try:
            raise error
        finally:
            del error  # whose traceback holds this frame

    def cancel(self) -> None:
        """As a task does with what it waits for."""
        if self._waits_for is not None:
            self._waits_for.cancel()
