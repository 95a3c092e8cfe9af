"""A worker: a processor whose work really waits (recognition, a language model, speech synthesis)."""

from __future__ import annotations

from asyncio import Task, current_task
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any, ClassVar, TypeVar

from pipeline.frames import Frame
from pipeline.loop.eager import Eager
from pipeline.processor import Processor
from pipeline.providers.fallback import Provider
from pipeline.settings import StepSettings

Item = TypeVar("Item")


class Worker(Processor, Provider):
    """A step with one task at a time: new work ends the old, and what ended work still yields is dropped."""

    recorded: ClassVar[bool] = True  # whether a replay takes what it gives from the record, or works it out again

    def __init__(self, settings: StepSettings | None = None, shared: object = None) -> None:
        Processor.__init__(self, settings, shared)
        Provider.__init__(self)
        self._task: Task[None] | None = None

    @property
    def working(self) -> bool:
        """Whether work is under way."""
        return self._task is not None and not self._task.done()

    def start(self, turn: int, work: AsyncGenerator[Frame, None]) -> Task[None]:
        """End what runs; then push each frame that `work` yields, until `turn` is void."""
        busy = self.working
        self.stop()
        run = self._enrolled(self._run(turn, work))
        self._task = run.task
        if not busy:  # or what the old work had open is closed first, on the loop's next turn
            self.chain.begin(run)
        return run.task

    def stop(self) -> None:
        """End what runs: nothing of it is pushed any more, and what it had open is closed."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def spawn(self, work: Coroutine[Any, Any, Item]) -> Task[Item]:
        """Run something that ends with the call; whoever waits for it learns what went wrong in it.

        It begins now, or as soon as what is crossing has left.
        """
        run = self._enrolled(work)
        self.chain.begin(run)
        return run.task

    def _enrolled(self, work: Coroutine[Any, Any, Item]) -> Eager[Item]:
        run = Eager(self.chain.loop, work)
        self.chain.tasks.add(run.task)
        run.task.add_done_callback(self._over)
        return run

    def _over(self, task: Task[Any]) -> None:
        self.chain.tasks.discard(task)
        if not task.cancelled():
            task.exception()  # has been seen, even if nobody waits for it to its end

    def is_void(self, turn: int) -> bool:
        """Whether what work for this turn still yields is of no use any more."""
        return turn != self.chain.turn

    def failed(self, turn: int, error: Exception) -> None:
        """What to do when work failed; by default it is a fault of this step, as from any handler."""
        raise error

    def close(self) -> None:
        self.stop()

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
