"""The tools of a replayed call: each gives its recorded answers, at their pace, and nothing is done."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from pipeline.arguments import Arguments, BadArguments
from pipeline.catalog.tools import ToolItem
from pipeline.config import Config
from pipeline.records.reader import Event
from pipeline.records.timeline import timeline
from pipeline.records.tool_uses import ToolUse
from pipeline.tool import Result, Tool, ToolFailed, ToolRefused, ToolUnknown, View
from pipeline.tools.replay.provider_recording import Guess, ProviderRecording, failure, question_time
from pipeline.uses.results import MASK, masked
from pipeline.uses.running import MAYBE, TimedOut
from pipeline.vocabulary import UseOutcome

LOST = "not recorded, and nothing is done in a replay"


def recorded_uses(events: Iterable[Event]) -> list[ToolUse]:
    """Return the uses of a record that were begun, in their order."""
    never = (UseOutcome.REFUSED, UseOutcome.WITHDRAWN, UseOutcome.REPEATED)  # the checks of a replay find them again
    found = timeline(events).tools.all
    return [use for use in found if use.outcome not in never or use.error == ToolRefused.__name__]


def with_recorded_tools(config: Config, providers: ProviderRecording) -> Config:
    """Return a config whose tools give their recorded answers; those that do nothing outside are used themselves."""
    uses = recorded_uses(providers.events)
    tools = tuple(_replaced(item, uses, providers) for item in config.tools)
    return msgspec.structs.replace(config, tools=tools)


def _replaced(item: ToolItem, uses: list[ToolUse], providers: ProviderRecording) -> ToolItem:
    if not item.kind.recorded:
        return item
    made = tuple(RecordedTool(tool, uses, providers) for tool in item.tools())
    return RecordedItem(**{**msgspec.structs.asdict(item), "kind": RecordedTool}, made=made)


class RecordedTool(Tool):
    """Gives the answers that a tool gave in the recorded call; to other arguments, the likeliest one, as a guess."""

    def __init__(self, tool: Tool, uses: list[ToolUse], providers: ProviderRecording) -> None:
        super().__init__(msgspec.structs.replace(tool.settings, effect=tool.is_effect))
        self.name, self.about, self.where = tool.name, tool.about, tool.where
        self.arguments, self._own = _Recorded(tool.arguments), tool
        self.asks, self.ends, self.destinations = tool.asks, tool.ends, tool.destinations  # type: ignore[misc]
        self._answered: set[int] = set()  # numbers of the uses whose answers were given
        self._uses, self._providers = [use for use in uses if use.name == tool.name], providers

    async def use(self, arguments: dict[str, Any], call: View) -> Result:
        text = msgspec.json.encode(arguments, order="sorted").decode()
        found = self._found(f"{self.name} {masked(text, self.settings.hide)}", call)
        if found is None:
            raise ToolFailed(LOST)
        self._answered.add(found.number)
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(question_time(call.started, found.began, now) + found.seconds - now)
        ends = self._own.rehearse(arguments)
        return msgspec.structs.replace(await _given(found), last=ends.last, then=ends.then)

    def sentences(self, language: str) -> list[str]:
        return self._own.sentences(language)

    def _found(self, to: str, call: View) -> ToolUse | None:
        """Return the recorded use with these arguments, else one of the same tool; None if there is none."""
        same = [use for use in self._uses if _asked(use) == to] or None
        rest = same or self._uses
        found = next((use for use in rest if use.number not in self._answered), rest[-1] if rest else None)
        if same is None:
            told = f"answered as {_asked(found)}" if found is not None else LOST
            at = asyncio.get_running_loop().time() - call.started
            self._providers.guesses.append(Guess(at, call.turn, f"another use of a tool: {to}, {told}"))
        return found


class _Recorded(Arguments):
    """A tool's arguments; a value that the record hides fits, whatever it was."""

    def __init__(self, own: Arguments) -> None:
        super().__init__(own.fields)
        self._own = own

    def read(self, text: str, now: datetime | None = None) -> dict[str, Any]:
        try:
            return self._own.read(text)
        except BadArguments:
            if MASK not in text:
                raise
            return msgspec.json.decode(text, type=dict[str, Any])

    def schema(self) -> dict[str, Any]:
        return self._own.schema()


class RecordedItem(ToolItem, frozen=True, kw_only=True):
    """An item of `tools` whose tools are made already."""

    made: tuple[Tool, ...]

    def tools(self, shared: Any = None) -> tuple[Tool, ...]:
        """Return them."""
        return self.made


def _asked(use: ToolUse) -> str:
    return f"{use.name} {use.arguments}"


async def _given(use: ToolUse) -> Result:
    """Return the result of a recorded use, or raise its error."""
    if not use.error and use.outcome == UseOutcome.DONE:
        return Result(msgspec.json.decode(use.result), facts=use.facts, grants=use.grants)
    if use.error in ("", TimedOut.__name__):
        await asyncio.sleep(math.inf)  # it had not answered when its time, or the call, was over
    text = str(msgspec.json.decode(use.result).get("error", ""))
    ours = {kind.__name__: kind for kind in (ToolFailed, ToolRefused, ToolUnknown)}
    raise ours[use.error](text.partition(f": {MAYBE}")[0]) if use.error in ours else failure(use.error)
