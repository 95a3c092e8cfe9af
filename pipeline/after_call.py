"""The work after a call: the `after_call` of its steps, run side by side within a time limit."""

from __future__ import annotations

import asyncio
from asyncio import CancelledError, Event, Task
from collections.abc import Callable

from pipeline.call import CallSummary
from pipeline.chain import Chain
from pipeline.events import AfterCallFailed
from pipeline.loop.exits import contained
from pipeline.processor import Processor

ENDING = 2.0  # seconds that cancelled work has to end
LASTING = 62.0  # seconds for effects of tools to end after the call: the longest `finish` that there is, and two more


class Unfinished(Exception):
    """The work of a step after a call was not finished in its time."""


def working(chain: Chain) -> list[Processor]:
    """Return the steps of a chain, and their fallbacks, that have work after a call."""
    steps = [each for step in chain.steps for each in (step, *step.spares)]
    return [step for step in steps if type(step).after_call is not Processor.after_call]


class AfterCall:
    """The work after one call, for these steps of its closed chain; `task` is done once all of it has ended.

    Effects of tools that had begun before the call's end are waited for first.
    Each step has `limit` seconds; work that goes on is cancelled, has 2 seconds to end (ENDING), and is left behind if
    it does not. An error of a step, and work not finished, is logged and counted as a fault of the step, and keeps no
    other step from its own. Needs a running loop.
    """

    def __init__(self, chain: Chain, steps: list[Processor], limit: float) -> None:
        self._chain, self._steps, self._limit = chain, steps, limit
        self._summary = chain.call.summary()
        self._hurried = False
        self._running: dict[Task[None], Processor] = {}
        if not chain.call.lasting:
            self._start()
        self.task = asyncio.ensure_future(self._run())

    def hurry(self) -> None:
        """Cancel the work that is not finished."""
        self._hurried = True
        for task in (*self._running, *self._chain.call.lasting):
            task.cancel()

    def _start(self) -> None:
        self._running = {asyncio.ensure_future(_work(step, self._summary)): step for step in self._steps}
        if self._hurried:
            self.hurry()

    async def _run(self) -> None:
        # Each ends by a time of its own, `finish`; the bound is for one that does not end when cancelled. The steps
        # begin after it, as their work may rest on what the tools have done.
        if lasting := self._chain.call.lasting:
            await asyncio.wait(set(lasting), timeout=LASTING)
            self._start()
        if not self._running:
            return
        began = self._chain.loop.time()
        _, late = await asyncio.wait(self._running, timeout=self._limit)
        self.hurry()
        if late:
            await asyncio.wait(late, timeout=ENDING)
        for task, step in self._running.items():
            self._settle(task, step, self._chain.loop.time() - began)

    def _settle(self, task: Task[None], step: Processor, seconds: float) -> None:
        log = self._chain.call.log
        if not task.done() or (task.cancelled() and task.cancelling()):
            log.error("AFTER_CALL not finished in {:.1f} s: {}", seconds, step)
            self._chain.fault(step, Unfinished(f"not finished in {seconds:.1f} s"), AfterCallFailed)
        elif (error := _error(task)) is not None:
            self._chain.fault(step, contained(error), AfterCallFailed)
        else:
            log.info("AFTER_CALL done in {:.1f} s: {}", seconds, step)


class AfterCalls:
    """The work after the calls of an agent or a server, as long as it goes on."""

    def __init__(self) -> None:
        self._going_on: set[AfterCall] = set()

    def add(self, work: AfterCall, done: Callable[[], None] = lambda: None) -> None:
        """Keep the work of one call until it has ended, when `done` is called."""

        def ended(_: object) -> None:
            self._going_on.discard(work)
            done()

        self._going_on.add(work)
        work.task.add_done_callback(ended)

    async def worked(self, hurry: Event | None = None, patience: float = 0.0) -> None:
        """Wait until all work has ended; once `hurry` is set, `patience` seconds more, then it is cancelled."""
        hurry = hurry or Event()
        hurried = asyncio.ensure_future(hurry.wait())
        while self._going_on and not hurry.is_set():
            await asyncio.wait({hurried, *self._tasks()}, return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()
        if self._going_on:
            await asyncio.wait(self._tasks(), timeout=patience)
        for work in self._going_on:
            work.hurry()
        if self._going_on:
            await asyncio.wait(self._tasks())

    def _tasks(self) -> list[Task[None]]:
        return [each.task for each in self._going_on]


def _error(task: Task[None]) -> BaseException | None:
    return CancelledError("raised by the step") if task.cancelled() else task.exception()


async def _work(step: Processor, summary: CallSummary) -> None:
    # In a coroutine of ours, so that a mistake in the call itself, e.g. of a plain `def`, is the step's fault as well.
    try:
        await step.after_call(summary)
    except (SystemExit, KeyboardInterrupt) as error:  # of the step: Ctrl-C reaches the loop, which cancels
        raise contained(error) from None
