"""Eager tasks: a task takes its first step at once instead of on the event loop's next turn.

The loop starts a new task behind everything else that is ready, and a reply passes through four tasks. On a core with
hundreds of calls this queueing is the largest part of a caller's wait.
"""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, CancelledError, Task
from asyncio.tasks import _enter_task, _leave_task  # public to makers of tasks: documented under "Extending"
from collections.abc import Coroutine, Generator
from contextvars import copy_context
from types import FrameType
from typing import Any, Generic, TypeVar

from pipeline.loop.exits import PASSED_ON, contained

Item = TypeVar("Item")


class Eager(Generic[Item]):
    """A task that takes its first step, up to where it first waits, in `begin`; without `begin` it is a plain task.

    Source: eager tasks of Python 3.12, which 3.11 lacks, and which start before their maker has hold of the task.
    Guarantees: the task exists, and can be enrolled and cancelled, before its first step runs. A task cancelled before
    `begin` never starts. Exceptions and cancellation in the first step are raised by the task, not by `begin`. A
    SystemExit of the work is an error of the task (Exited); of a plain task it would end the loop. Call `begin` once at
    most.
    """

    def __init__(self, loop: AbstractEventLoop, work: Coroutine[Any, Any, Item]) -> None:
        self._loop, self._work, self._context = loop, _Begun(work), copy_context()
        self.task: Task[Item] = loop.create_task(self._work, context=self._context)

    def begin(self) -> None:
        """Run the work up to where it first waits; an exception it raises ends the task."""
        # Cancelled while it waited to begin (a barge-in in the same tick): running the step would ask a provider in
        # vain.
        if self.task.cancelling():
            return
        # The step may run inside another task (a socket's reader, another worker). asyncio allows one current task per
        # loop, and `asyncio.timeout`, `current_task` and cancellation scopes read it; so the outer one leaves while the
        # inner one runs.
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
    """A coroutine that may have taken its first step already; its task gets that step's outcome on its first turn."""

    def __init__(self, work: Coroutine[Any, Any, Item]) -> None:
        self._work = work
        self._step: _Step | None = None  # the step that ran already and that the task has not seen yet
        self.__name__, self.__qualname__ = work.__name__, work.__qualname__  # type: ignore[attr-defined]

    def begin(self) -> None:
        """Run the first step."""
        self._step = _Step(self._work)

    def send(self, value: Any) -> Any:
        # The task's first `send` is asyncio's, on the loop's next turn: it gets the outcome of the step that has run
        # already, and from then on talks to the coroutine itself.
        if (step := self._step) is not None:
            self._step = None
            return step.outcome()
        try:
            return self._work.send(value)
        except PASSED_ON:
            raise
        except BaseException as error:  # noqa: BLE001 - of one task, and asyncio would end the loop
            raise contained(error) from None

    def throw(self, *error: Any) -> Any:
        step, self._step = self._step, None
        # Work that ended in its first step cannot be cancelled any more: its result stands, and so does its error.
        if step is not None and step.has_ended:
            return step.outcome()
        # Cancelled between `begin` and the task's first turn. The task does not know the future that the work waits
        # for, so it throws here instead of cancelling it; left alone, that future's work (a sub-task, a request) would
        # go on for nothing.
        if step is not None and isinstance(error[0], CancelledError):
            step.cancel()
        return self._work.throw(*error)

    def close(self) -> None:
        self._work.close()

    def __await__(self) -> Generator[Any, Any, Item]:
        return self._work.__await__()

    @property
    def cr_frame(self) -> FrameType | None:
        """The frame where the work waits, for tools that look into a task."""
        frame: FrameType | None = self._work.cr_frame  # type: ignore[attr-defined]
        return frame


class _Step:
    """The first step of a coroutine: the future that it waits for, its result, or its exception."""

    def __init__(self, work: Coroutine[Any, Any, Any]) -> None:
        self._waits_for: Any = None
        self._result: tuple[Any] | None = None
        self._error: BaseException | None = None
        try:
            self._waits_for = work.send(None)
        except StopIteration as end:
            self._result = (end.value,)
        except CancelledError as error:
            self._error = error
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - raised again in the task, by `outcome`
            self._error = contained(error)

    @property
    def has_ended(self) -> bool:
        """True if the step was the last."""
        return self._result is not None or self._error is not None

    def outcome(self) -> Any:
        """Return or raise the step's outcome, as `send` on the coroutine would have."""
        if self._result is not None:
            raise StopIteration(*self._result)
        error, self._error = self._error, None
        if error is None:
            return self._waits_for
        try:
            raise error
        finally:
            del error  # its traceback holds this frame, and the frame it: a cycle only the GC would break

    def cancel(self) -> None:
        """Cancel the future that the step waits for, as a task does on cancellation."""
        if self._waits_for is not None:
            self._waits_for.cancel()
