"""The uses of a call's tools: a use belongs to the call, not to the reply in which it was asked for.

No voice ends a use that has begun. Reads run side by side, effects one after the other, each after a hold in which the
caller's words withdraw it. An effect is done once: the same request later has the first one's result.
"""

from __future__ import annotations

from asyncio import Task
from collections.abc import Callable, Sequence
from functools import partial

from pipeline.memory import Use
from pipeline.text.plain_json import whole
from pipeline.tool import Tool
from pipeline.uses.interest import asks_anew
from pipeline.uses.read_back import ReadBack
from pipeline.uses.request import KEPT, Malformed, Refusal, Request, earlier, offered, read
from pipeline.uses.results import told
from pipeline.uses.running import Outcome, key_of, outcome
from pipeline.uses.under_way import Ahead, Moment, UnderWay
from pipeline.vocabulary import UseOutcome
from pipeline.worker import Worker

AT_ONCE = 4  # uses that are under way
NAME = 64  # characters of a name that are kept: no tool has a longer one
MOST = 30  # requests of one answer that are looked at


class Uses(UnderWay):
    """The uses of one call's tools; `settled` is called, inside the chain, when one has its outcome."""

    def __init__(self, worker: Worker, settled: Callable[[], None]) -> None:
        super().__init__(worker, settled)
        self.tools: dict[str, Tool] = {tool.name: tool for tool in worker.call.tools}
        self.read_back = ReadBack(worker.call.language)
        self.malformed = 0  # requests of this reply whose arguments could not be read
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
        memory, name, text = self._memory, whole(name[:NAME]), whole(text)
        number = memory.uses[-1].number + 1 if memory.uses else 1
        use = Use(number=number, name=name, arguments=text[:KEPT], turn=moment.turn, place=len(memory.conversation))
        try:
            request = read(name, text, self.tools, memory.rights, memory.uses)
            use.arguments, use.effect = request.arguments, request.tool.is_effect
            first = earlier(request, moment.turn, memory.uses)
            if first is None:
                self._check(request, moment)
        except Refusal as refusal:
            self.malformed += isinstance(refusal, Malformed)
            self.end(use, self.tools.get(name), Outcome(UseOutcome.REFUSED, told({"error": str(refusal)})))
        else:
            if first is not None:
                self.begin(use, self.repeated(use, request.tool, first))
            elif (task := begun.pop((name, request.arguments), None)) is not None:
                self.begin(use, self.run(use, request, None, task))
            else:
                self.begin(use, self.driven(use, request, moment))
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

    # ---- the caller --------------------------------------------------------------------------------------------

    def words(self, text: str) -> bool:
        """Note the caller's words, which may make results of reads of no interest.

        True if they have withdrawn effects that had not begun.
        """
        self.read_back.words(text)
        withdrawn = self.withdraw("the caller spoke")
        if asks_anew(text):
            for use in self._memory.uses:
                use.told = use.told or not use.effect
        return withdrawn

    # ---- owed --------------------------------------------------------------------------------------------------

    @property
    def owed(self) -> list[Use]:
        """The uses whose results the caller is still to hear."""
        return [use for use in self._memory.uses if use.outcome is not None and not use.told]
