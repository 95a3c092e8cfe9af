"""The uses that are under way in a call: they are held, run in their order, waited for, and end with their outcome."""

from __future__ import annotations

import asyncio
from asyncio import CancelledError, Task
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import Any, NamedTuple

import msgspec

from pipeline.memory import Use
from pipeline.tool import Result, Tool
from pipeline.uses.hold import Hold
from pipeline.uses.report import Report
from pipeline.uses.request import Request
from pipeline.uses.results import told
from pipeline.uses.running import Outcome, key_of, outcome
from pipeline.vocabulary import UseOutcome
from pipeline.worker import Worker

OWED = (UseOutcome.DONE, UseOutcome.FAILED, UseOutcome.UNKNOWN)  # outcomes of which the caller is to hear

Ahead = dict[tuple[str, str], Task[Outcome]]  # reads begun by a guess, by name and arguments


class Moment(NamedTuple):
    """The moment at which a model asks for tools."""

    turn: int
    worded: bool  # the reply has words, heard or not yet
    audible: bool  # the caller hears it
    interrupted: bool  # the caller has made a sound since
    telling: frozenset[int]  # numbers of the uses whose results the reply tells


class UnderWay:
    """Runs the uses of one call; `settled` is called, inside the chain, when one has its outcome."""

    def __init__(self, worker: Worker, settled: Callable[[], None]) -> None:
        self._worker, self._call, self._memory = worker, worker.call, worker.call.memory
        self.results: dict[int, Result] = {}  # of the uses that worked, by number
        self._report, self._settled = Report(worker), settled
        self._news = asyncio.Event()
        self._holds: dict[int, tuple[Hold, Use, Tool]] = {}  # of effects that have not begun, by number
        self._asking: dict[int, tuple[Tool, Task[Result]]] = {}  # effects that were begun, by number
        self._effect: Task[None] | None = None  # the last one

    def begin(self, use: Use, work: Coroutine[Any, Any, None]) -> None:
        """Run the work of a use in a task: of an effect one that goes on after the call's end."""
        if not use.effect:
            self._worker.spawn(work)
            return
        self._effect = self._call.outlives(work)

    def driven(self, use: Use, request: Request, moment: Moment) -> Coroutine[Any, Any, None]:
        """Return the work of a use that is asked for now; an effect is held first."""
        hold = None
        if use.effect:
            audible = moment.audible or not moment.worded
            behind = self._effect is not None and not self._effect.done()
            hold = Hold(self._call.loop, request.tool.settings.hold, audible, behind)
            self._holds[use.number] = hold, use, request.tool
            if moment.interrupted:
                hold.pause()
        return self.run(use, request, partial(self._held, use, hold, self._effect) if hold is not None else None)

    async def _held(self, use: Use, hold: Hold, before: Task[None] | None) -> bool:
        """Wait for an effect's turn and hold; False if it is not to begin."""
        if before is not None:
            await asyncio.wait({before})
            hold.free()
        return await hold.passed() and self._holds.pop(use.number, None) is not None

    async def run(
        self,
        use: Use,
        request: Request,
        held: Callable[[], Coroutine[Any, Any, bool]] | None,
        ahead: Task[Outcome] | None = None,
    ) -> None:
        """Use the tool, once `held` lets it, or take the outcome of a use that was begun ahead."""
        tool, rehearsed = request.tool, use.effect and not self._call.acts
        if held is not None and not await held():
            return
        self._report.began(use, tool, rehearsed)
        key = key_of(self._call, request, use.number, use.turn)
        asking = ahead or outcome(self._call, request, key, partial(self._asked, use, tool), rehearsed)
        try:
            end = await asking
        except CancelledError:
            kind = UseOutcome.UNKNOWN if use.effect else UseOutcome.FAILED
            self.end(use, tool, Outcome(kind, told({"error": "the call ended before it had answered"})))
            raise
        self.end(use, tool, end, rehearsed)

    def _asked(self, use: Use, tool: Tool, work: Coroutine[Any, Any, Result]) -> Task[Result]:
        if not use.effect:
            return self._worker.spawn(work, awaited=True)
        task = self._call.outlives(work)
        self._asking[use.number] = tool, task
        return task

    async def repeated(self, use: Use, tool: Tool, first: Use) -> None:
        """Give a use the outcome of the first one."""
        await self.wait([first])
        kind = UseOutcome.REPEATED if first.outcome in (UseOutcome.DONE, UseOutcome.UNKNOWN) else first.outcome
        self.end(use, tool, Outcome(kind or UseOutcome.FAILED, first.result))

    def end(self, use: Use, tool: Tool | None, end: Outcome, rehearsed: bool = False) -> None:
        """Give a use its outcome, and tell of it."""
        use.outcome, use.result = end.kind, end.text
        use.place = len(self._memory.conversation)  # behind the words heard meanwhile: the model goes on from here
        # That the agent's part ends is told by its words: no caller waits for it, least of all one who goes on.
        use.told = use.told or end.kind not in OWED or (tool is not None and tool.ends and end.kind == UseOutcome.DONE)
        if tool is not None and end.kind == UseOutcome.DONE:
            # Its data is told by now, and may be megabytes: a reply that is broken off never takes it.
            self.results[use.number] = msgspec.structs.replace(end.result, data=None)
            self._memory.facts.update(end.result.facts)
            gained = dict.fromkeys((*tool.settings.grants, *end.result.grants))
            self._memory.rights += [right for right in gained if right not in self._memory.rights]
        self._asking.pop(use.number, None)
        self._report.ended(use, tool, end, rehearsed)
        self._news.set()
        self._worker.chain.enter(self._settled)

    async def wait(self, uses: Iterable[Use], seconds: float | None = None) -> bool:
        """Wait until all these uses have their outcomes, or for this long; True if they have."""
        uses = list(uses)
        try:
            async with asyncio.timeout(seconds):
                while any(use.outcome is None for use in uses):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    # ---- the caller --------------------------------------------------------------------------------------------

    def audible(self) -> None:
        """Note that the agent is heard: effects that are held begin after their time."""
        for hold, _, _ in self._holds.values():
            hold.start()

    def voice(self) -> None:
        """Note the caller's voice, which may be words or not: no effect begins meanwhile."""
        for hold, _, _ in self._holds.values():
            hold.pause()

    def nothing(self) -> None:
        """Note that the caller's voice was no words."""
        for hold, _, _ in self._holds.values():
            hold.resume()

    def withdraw(self, why: str) -> bool:
        """Give up the effects that have not begun; True if there were any."""
        given_up, self._holds = self._holds, {}
        for hold, use, tool in given_up.values():
            hold.withdraw()
            self.end(use, tool, Outcome(UseOutcome.WITHDRAWN, told({"error": f"{why}: it was not begun"})))
        return bool(given_up)

    def close(self) -> None:
        """End the call's part in the uses: effects that have begun go on, for their tool's `finish` at most."""
        self.withdraw("the call has ended")
        for tool, task in self._asking.values():
            timer = self._call.loop.call_later(tool.settings.finish, task.cancel)
            task.add_done_callback(lambda _, timer=timer: timer.cancel())  # type: ignore[misc]
