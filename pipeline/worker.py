"""A worker: a processor whose work really waits (recognition, a language model, speech synthesis)."""

from __future__ import annotations

from asyncio import Task, current_task
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from pipeline.frames import Frame
from pipeline.processor import Processor

Item = TypeVar("Item")


class Worker(Processor):
    """One piece of work at a time: new work ends the old, and what ended work still yields is dropped."""

    def __init__(self, settings: Any = None, shared: Any = None) -> None:
        super().__init__(settings, shared)
        self._task: Task[None] | None = None

    @property
    def working(self) -> bool:
        """Whether work is under way."""
        return self._task is not None and not self._task.done()

    def start(self, turn: int, work: AsyncGenerator[Frame, None]) -> Task[None]:
        """End what runs; then push each frame that `work` yields, until `turn` is void."""
        self.stop()
        self._task = self.chain.loop.create_task(self._run(turn, work))
        self.chain.tasks.add(self._task)
        self._task.add_done_callback(self.chain.tasks.discard)
        return self._task

    def stop(self) -> None:
        """End what runs: nothing of it is pushed any more, and what it had open is closed."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def spawn(self, work: Coroutine[Any, Any, None]) -> Task[None]:
        """Run something that ends with the call; whoever waits for it learns what went wrong in it."""
        task = self.chain.loop.create_task(work)
        self.chain.tasks.add(task)
        task.add_done_callback(self.chain.tasks.discard)
        task.add_done_callback(lambda it: it.cancelled() or it.exception())  # of what nobody waits for to its end
        return task

    def is_void(self, turn: int) -> bool:
        """Whether what work for this turn still yields is of no use any more."""
        return turn != self.chain.turn

    def failed(self, turn: int, error: Exception) -> None:
        """What to do when work failed; by default it is a fault of this step, as from any handler."""
        raise error

    def close(self) -> None:
        self.stop()

    async def attempt(self, stream: AsyncGenerator[Item, None]) -> AsyncGenerator[Item, None]:
        """What `stream` yields, up to its end or its failure; a failure is noted and the work goes on without it."""
        try:
            async with aclosing(stream):
                async for item in stream:
                    yield item
        except Exception as error:  # noqa: BLE001 - a provider's trouble of any kind has the same answer: what stands in for it
            self.call.fault(error, self)

    async def _run(self, turn: int, work: AsyncGenerator[Frame, None]) -> None:
        mine = current_task()
        try:
            async with aclosing(work):
                async for frame in work:
                    if self.is_void(turn) or self._task is not mine:
                        return
                    self.chain.enter(self.push, frame)
        except Exception as error:  # noqa: BLE001 - to the one door, where it becomes the call's fault policy
            if self._task is mine and not self.is_void(turn):
                self.chain.enter(self.failed, turn, error)
