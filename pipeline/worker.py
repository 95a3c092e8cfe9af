"""A worker: a processor whose work really waits (recognition, a language model, speech synthesis)."""

from __future__ import annotations

from asyncio import CancelledError, Task, current_task, iscoroutine
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any, ClassVar, TypeVar

from pipeline.apologies import reply
from pipeline.frames import Frame
from pipeline.loop.eager import Eager
from pipeline.loop.exits import contained
from pipeline.processor import Processor
from pipeline.providers.fallback import Provider
from pipeline.settings import StepSettings

Item = TypeVar("Item")

MOST_FRAMES = 20_000  # of one piece of work: 400 s of sound in pieces of 20 ms


class Endless(RuntimeError):
    """Work goes on and on: it has yielded more than 20,000 frames (MOST_FRAMES)."""


class Uncalled(RuntimeError):
    """Work raised CancelledError, though it was not cancelled."""


class Worker(Processor, Provider):
    """A step with one main task at a time: new work ends the old, and the output of ended work is dropped.

    Guarantees:
    - Cancellation: after `stop`, or `start` of other work, or once the turn is void, no further frame of the old work
      is pushed, even if its generator yields one while it ends. Frames pushed before stay pushed.
    - Cleanup: the generator of ended work is closed in its own task, on a later turn of the loop; `finally` blocks and
      contexts in it run, and may wait. A task cancelled before its first step never runs its generator at all.
    - Exclusion: frames of the work enter the chain one by one, never inside a handler of this or another step.
    - Errors: one in the work reaches `failed` while the work is current; a later one is logged. One in a task of
      `spawn` is a fault of this step, unless the code that awaits the task gets it. Errors are exceptions of any class,
      also a cancellation that was not asked for, and work that yields 20,000 frames (MOST_FRAMES).
    - End of the call: `close` stops the main task; tasks of `spawn` are cancelled right after it, when the chain ends.
      Both are safe whether or not work runs. Work that is to outlive the call belongs in `after_call`.
    """

    recorded: ClassVar[bool] = True  # True if a replay takes its output from the record; False: it is computed again

    def __init__(self, settings: StepSettings | None = None, shared: object = None) -> None:
        Processor.__init__(self, settings, shared)
        Provider.__init__(self)
        self._task: Task[None] | None = None
        self.work_turn = -1  # the turn that the main task's frames belong to; it may be moved to a later one

    @property
    def working(self) -> bool:
        """True while the main task runs."""
        return self._task is not None and not self._task.done()

    def start(self, turn: int, work: AsyncGenerator[Frame, None]) -> Task[None]:
        """Cancel the main task, then run this work as the new one; its frames are pushed until its turn is void.

        Returns the new task. An idle worker takes the work's first step before this returns, or after the action that
        is running now; a busy one on the loop's next turn. Raises RuntimeError once the call has ended.
        """
        busy = self.working
        self.stop()
        self.work_turn = turn
        run = self._enrolled(self._run(work))
        self._task = run.task
        # The cancelled task closes its generator on the loop's next turn. New work that began before that would find
        # the old request still open: two at a time, and the quota's slot still taken.
        if not busy:
            self.chain.begin(run)
        return run.task

    def stop(self) -> None:
        """Cancel the main task: none of its frames is pushed any more, and its generator is closed."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def spawn(self, work: Coroutine[Any, Any, Item], *, awaited: bool = False) -> Task[Item]:
        """Run a coroutine beside the main task, until it ends or the call does.

        Its first step runs before this returns, or after the action that is running now. An error that no code awaits
        is a fault of this step. `awaited`: the task is awaited later, perhaps after it has failed, and an error is left
        to that code. Raises RuntimeError once the call has ended, which would cancel the task.
        """
        run = self._enrolled(work)
        run.task.add_done_callback(_quieten if awaited else self._spawned)
        self.chain.begin(run)
        return run.task

    def _enrolled(self, work: Coroutine[Any, Any, Item]) -> Eager[Item]:
        if not iscoroutine(work):
            raise TypeError(f"`spawn` takes a coroutine, e.g. self.spawn(self.work()), and got {work!r}")
        if self.chain.ending:
            work.close()
            raise RuntimeError("the call has ended, which would cancel this work: it belongs in `after_call`")
        run = Eager(self.chain.loop, work)
        self.chain.tasks.add(run.task)
        run.task.add_done_callback(self.chain.tasks.discard)
        return run

    def _spawned(self, task: Task[Any]) -> None:
        # On the loop's next turn: an awaiter has taken the error by then, and deals with it.
        if not task.cancelled():
            self.chain.loop.call_soon(self._check, task)
        elif not task.cancelling():
            self.chain.fault(self, Uncalled("a task of `spawn` raised CancelledError"))

    def _check(self, task: Task[Any]) -> None:
        # asyncio's own mark of an error that nothing has retrieved; it has no public name.
        if task._log_traceback and (error := task.exception()) is not None:
            self.chain.fault(self, contained(error))

    def is_void(self, turn: int) -> bool:
        """True if frames of this turn are of no use any more: the caller has begun another."""
        return turn != self.chain.turn

    def failed(self, turn: int, error: Exception) -> None:
        """Deal with an error of the work: by default it is a fault, and an apology takes the place of the output.

        The apology is that of `pipeline.apologies`, for a recogniser, a model or a voice.
        """
        self.chain.fault(self, error)
        if not self.is_void(turn):
            for frame in reply(turn, self.gives, self.sorry):
                self.push(frame)

    def close(self) -> None:
        self.stop()

    async def _run(self, work: AsyncGenerator[Frame, None]) -> None:
        # Cancellation takes effect at the work's next wait. Until then it may yield frames, or raise an error of its
        # cleanup: comparing the task with the current one keeps both out of the chain.
        mine, made = current_task(), 0
        try:
            async with aclosing(work):
                async for frame in work:
                    if self._task is not mine or self.is_void(self.work_turn):
                        return
                    made += 1
                    if made > MOST_FRAMES:
                        raise Endless(f"no end after {MOST_FRAMES} frames")
                    self.chain.enter(self.down[type(frame)], frame)
        except CancelledError:
            if mine is None or mine.cancelling():
                raise
            self._broke_off(mine, Uncalled("the work raised CancelledError"))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - to the one door, where it becomes the call's fault policy
            self._broke_off(mine, contained(error))

    def _broke_off(self, mine: Task[Any] | None, error: Exception) -> None:
        if self._task is mine and not self.is_void(self.work_turn):
            self.chain.enter(self.failed, self.work_turn, error)
        else:
            self.call.log.warning("LATE_ERR {} in work of {} that was ended: {}", type(error).__name__, self, error)


def _quieten(task: Task[Any]) -> None:
    # Reading the error marks it as retrieved: the task may be dropped without an awaiter, and asyncio would log
    # "exception was never retrieved" long after the call.
    if not task.cancelled():
        task.exception()
