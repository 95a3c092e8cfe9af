"""The uses of a call's tools: a use belongs to the call, not to the reply in which it was asked for.

No voice ends a use that has begun. Reads run side by side, effects one after the other, each after a hold in which the
caller's words withdraw it. An effect is done once: the same request later has the first one's result.
"""

from __future__ import annotations

import asyncio
from asyncio import CancelledError, Task
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from pipeline.memory import Use
from pipeline.tool import Result, Tool
from pipeline.uses.hold import Hold
from pipeline.uses.interest import asks_anew
from pipeline.uses.read_back import ReadBack
from pipeline.uses.report import Report
from pipeline.uses.request import KEPT, Malformed, Refusal, Request, earlier, offered, read
from pipeline.uses.results import told
from pipeline.uses.running import Outcome, key_of, outcome
from pipeline.vocabulary import UseOutcome
from pipeline.worker import Worker

Ahead = dict[tuple[str, str], Task[Outcome]]  # reads begun by a guess, by name and arguments

AT_ONCE = 4  # uses that are under way
MOST = 30  # requests of one answer that are looked at
OWED = (UseOutcome.DONE, UseOutcome.FAILED, UseOutcome.UNKNOWN)  # outcomes of which the caller is to hear


class Moment(NamedTuple):
    """The moment at which a model asks for tools."""

    turn: int
    worded: bool  # the reply has words, heard or not yet
    audible: bool  # the caller hears it
    interrupted: bool  # the caller has made a sound since
    telling: frozenset[int]  # numbers of the uses whose results the reply tells


class Uses:
    """The uses of one call's tools; `settled` is called, inside the chain, when one has its outcome."""

    def __init__(self, worker: Worker, settled: Callable[[], None]) -> None:
        self._worker, self._call, self._memory = worker, worker.call, worker.call.memory
        self.tools: dict[str, Tool] = {tool.name: tool for tool in worker.call.tools}
        self.read_back = ReadBack(worker.call.language)
        self.malformed = 0  # requests of this reply whose arguments could not be read
        self.results: dict[int, Result] = {}  # of the uses that worked, by number
        self._report, self._settled = Report(worker), settled
        self._news = asyncio.Event()
        self._holds: dict[int, Hold] = {}
        self._asking: dict[int, tuple[Tool, Task[Result]]] = {}  # effects that were begun, by number
        self._effect: Task[None] | None = None  # the last one
        self._over = False  # the call is
        for use in self._memory.uses:  # of an earlier stream, whose process may have been lost
            if use.outcome is None:
                use.outcome = UseOutcome.UNKNOWN if use.effect else UseOutcome.FAILED
                use.result = told({"state": "unknown", "error": "the line was lost meanwhile"})

    # ---- asked for ---------------------------------------------------------------------------------------------

    @property
    def offered(self) -> tuple[Tool, ...]:
        """The tools that the model may ask for now."""
        return offered(self.tools, self._memory.rights)

    def take(self, asked: Sequence[tuple[str, str]], moment: Moment, begun: Ahead) -> list[Use]:
        """Take a model's requests, each a name and JSON: refuse them, or begin them. Returns a use for each.

        Those of `begun` are begun already, and are taken out of it.
        """
        return [self._taken(name, text, moment, begun) for name, text in asked[:MOST]]

    def look_up(self, name: str, text: str) -> tuple[tuple[str, str], Task[Outcome]] | None:
        """Begin a read that a guess asks for, and return its key for `take`; None if it may not be asked ahead."""
        try:
            request = read(name, text, self.tools, self._memory.rights, self._memory.uses)
        except Refusal:
            return None
        tool = request.tool
        if not tool.settings.ahead or tool.is_effect or tool.ends or not tool.breaker.lets(self._call.loop.time()):
            return None
        key = key_of(self._call, request, 0, self._worker.chain.turn)
        spawn = partial(self._worker.spawn, awaited=True)
        return (name, request.arguments), spawn(outcome(self._call, request, key, spawn, rehearsed=False))

    def _taken(self, name: str, text: str, moment: Moment, begun: Ahead) -> Use:
        memory = self._memory
        number = memory.uses[-1].number + 1 if memory.uses else 1
        use = Use(
            number=number, name=name[:64], arguments=text[:KEPT], turn=moment.turn, place=len(memory.conversation)
        )
        try:
            request = read(name, text, self.tools, memory.rights, memory.uses)
            use.arguments, use.effect = request.arguments, request.tool.is_effect
            first = earlier(request, moment.turn, memory.uses)
            if first is None:
                self._check(request, moment)
        except Refusal as refusal:
            self.malformed += isinstance(refusal, Malformed)
            self._end(use, self.tools.get(name), Outcome(UseOutcome.REFUSED, told({"error": str(refusal)})))
        else:
            if first is not None:
                self._begin(use, self._repeated(use, request.tool, first))
            elif (task := begun.pop((name, request.arguments), None)) is not None:
                self._begin(use, self._run(use, request, None, None, task))
            else:
                self._begin(use, self._driven(use, request, moment))
        memory.uses.append(use)
        return use

    def _check(self, request: Request, moment: Moment) -> None:
        """Raise Refusal if a request cannot be begun now."""
        busy = [use.name for use in self._memory.uses if use.outcome is None]
        if len(busy) >= AT_ONCE:
            raise Refusal(f"{AT_ONCE} tools are at work, which is the most; ask again when they have answered")
        if not request.tool.breaker.lets(self._call.loop.time()):
            raise Refusal("it has failed several times, and is not available for the next seconds")
        untold = [use.name for use in self.owed if use.number not in moment.telling]
        if request.tool.ends and (busy or untold):
            raise Refusal(f"first tell the caller the result of: {', '.join(busy + untold)}")
        if request.tool.ends and moment.interrupted:
            raise Refusal("the caller is speaking: hear them first")
        self.read_back.check(request)

    # ---- under way ---------------------------------------------------------------------------------------------

    def _begin(self, use: Use, work: Coroutine[Any, Any, None]) -> None:
        if not use.effect:
            self._worker.spawn(work)
            return
        self._effect = self._call.outlives(work)

    def _driven(self, use: Use, request: Request, moment: Moment) -> Coroutine[Any, Any, None]:
        hold = None
        if use.effect:
            audible = moment.audible or not moment.worded
            hold = self._holds[use.number] = Hold(self._call.loop, request.tool.settings.hold, audible)
            if moment.interrupted:
                hold.pause()
        return self._run(use, request, hold, self._effect if use.effect else None)

    async def _run(
        self,
        use: Use,
        request: Request,
        hold: Hold | None,
        before: Task[None] | None,
        ahead: Task[Outcome] | None = None,
    ) -> None:
        tool, rehearsed = request.tool, use.effect and not self._call.acts
        if before is not None and not before.done():
            await asyncio.wait({before})
        if hold is not None:
            begins = await hold.begins
            del self._holds[use.number]
            if not begins or self._over:  # also of one that waited for another effect, at the call's end
                self._end(use, tool, Outcome(UseOutcome.WITHDRAWN, told({"error": "the caller spoke: not begun"})))
                return
        self._report.began(use, tool, rehearsed)
        key = key_of(self._call, request, use.number, use.turn)
        asking = ahead or outcome(self._call, request, key, partial(self._asked, use, tool), rehearsed)
        try:
            end = await asking
        except CancelledError:
            kind = UseOutcome.UNKNOWN if use.effect else UseOutcome.FAILED
            self._end(use, tool, Outcome(kind, told({"error": "the call ended before it had answered"})))
            raise
        self._end(use, tool, end, rehearsed)

    def _asked(self, use: Use, tool: Tool, work: Coroutine[Any, Any, Result]) -> Task[Result]:
        if not use.effect:
            return self._worker.spawn(work, awaited=True)
        task = self._call.outlives(work)
        self._asking[use.number] = tool, task
        return task

    async def _repeated(self, use: Use, tool: Tool, first: Use) -> None:
        await self.wait([first])
        kind = UseOutcome.REPEATED if first.outcome in (UseOutcome.DONE, UseOutcome.UNKNOWN) else first.outcome
        self._end(use, tool, Outcome(kind or UseOutcome.FAILED, first.result))

    def _end(self, use: Use, tool: Tool | None, end: Outcome, rehearsed: bool = False) -> None:
        use.outcome, use.result = end.kind, end.text
        use.place = len(self._memory.conversation)  # behind the words heard meanwhile: the model goes on from here
        use.told = use.told or end.kind not in OWED
        if tool is not None and end.kind == UseOutcome.DONE:
            self.results[use.number] = end.result
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
        for hold in self._holds.values():
            hold.start()

    def voice(self) -> None:
        """Note the caller's voice, which may be words or not: no effect begins meanwhile."""
        for hold in self._holds.values():
            hold.pause()

    def nothing(self) -> None:
        """Note that the caller's voice was no words."""
        self.audible()

    def words(self, text: str) -> None:
        """Note the caller's words: they withdraw effects that have not begun, and may make reads of no interest."""
        self.read_back.words(text)
        for hold in self._holds.values():
            hold.withdraw()
        if asks_anew(text):
            for use in self._memory.uses:
                use.told = use.told or not use.effect

    def close(self) -> None:
        """End the call's part in the uses: effects that have begun go on, for their tool's `finish` at most."""
        self._over = True
        for hold in self._holds.values():
            hold.withdraw()
        for tool, task in self._asking.values():
            timer = self._call.loop.call_later(tool.settings.finish, task.cancel)
            task.add_done_callback(lambda _, timer=timer: timer.cancel())  # type: ignore[misc]

    # ---- owed --------------------------------------------------------------------------------------------------

    @property
    def owed(self) -> list[Use]:
        """The uses whose results the caller is still to hear."""
        return [use for use in self._memory.uses if use.outcome is not None and not use.told]
