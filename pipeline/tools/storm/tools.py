"""Random bad tools in place of a config's: slow, failing, hanging, huge, or of results that are none.

A stand-in has the name, the arguments and the settings of its tool. The seed decides the fate of each use.
"""

from __future__ import annotations

import asyncio
from asyncio import CancelledError
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from random import Random
from typing import Any, ClassVar, cast

import msgspec

from pipeline.catalog.tools import ToolItem
from pipeline.tool import Result, Tool, ToolFailed, ToolRefused, ToolSettings, ToolUnknown, View
from pipeline.tools.storm.moods import FOREVER, Trouble, moods

SECRET = "Rosebud"  # in the place of each value that is hidden
CLINGS = 1.0  # seconds for which a tool goes on after it is cancelled
ERRORS = (Trouble, ValueError, CancelledError, TimeoutError, SystemExit, RecursionError, MemoryError, GeneratorExit)
LEVELS = 2000  # of lists in one another


class Deed(msgspec.Struct):
    """One use of a stand-in, as the world outside sees it; `at` is in loop time."""

    sid: str
    tool: str
    arguments: str
    at: float
    turn: int
    done: bool = False  # the world has changed


class StormTool(Tool):
    """Stands in for a tool, and keeps its deeds."""

    class Settings(ToolSettings, frozen=True, kw_only=True):
        """The item of the config, and the behaviour."""

        item: ToolItem | None = None
        seed: int = 0

    WRONG: ClassVar = (
        "slow", "hangs", "clings", "fails", "refuses", "unknown", "raises", "raises", "huge", "no JSON", "deep",
        "odd type", "odd facts",
    )  # fmt: skip

    def __init__(self, of: Tool, seed: int) -> None:
        super().__init__(of.settings)
        self.of, self.name, self.about, self.arguments = of, of.name, of.about, of.arguments
        self.destinations = of.destinations
        self.mood = moods(seed, f"hand {of.name}")[0]
        self.deeds: list[Deed] = []
        self._uses = Counter[str]()

    @classmethod
    def offered(cls, settings: Any, shared: Any, word: str) -> Iterable[Tool]:
        return [_like(tool)(tool, settings.seed) for tool in settings.item.tools()]

    def sentences(self, language: str) -> list[str]:
        return self.of.sentences(language)

    @property
    def is_effect(self) -> bool:
        return self.of.is_effect

    @property
    def collects(self) -> tuple[str, ...]:
        return self.of.collects

    async def use(self, arguments: dict[str, Any], call: View) -> Result:
        self._uses[call.sid] += 1
        random, wrong = self.mood.request(f"{call.sid} {self._uses[call.sid]}", self.WRONG)
        told = msgspec.json.encode(arguments, order="sorted").decode()
        deed = Deed(call.sid, self.name, told, asyncio.get_running_loop().time(), call.turn)
        self.deeds.append(deed)
        deed.done = wrong in ("unknown", "raises", "slow", "hangs", "clings") and random.random() < 0.5
        await self._wait(wrong, random)
        if wrong in _RAISED:
            raise _RAISED[wrong](f"{self.name} does not work")
        if wrong == "raises":
            raise random.choice(ERRORS)(f"a mistake in {self.name}")
        deed.done = True
        return _spoilt(wrong, await self._result(arguments, call))

    async def _wait(self, wrong: str, random: Random) -> None:
        await self.mood.think(random)
        wait = {"slow": self.settings.timeout * random.uniform(0.3, 1.2), "hangs": FOREVER, "clings": FOREVER}
        try:
            await asyncio.sleep(wait.get(wrong, 0.0))
        except CancelledError:
            if wrong == "clings":
                await asyncio.sleep(CLINGS)
            raise

    async def _result(self, arguments: dict[str, Any], call: View) -> Result:
        # What happens inside the call happens in a storm, too.
        inside = self.of.asks or not self.of.recorded or (self.of.ends and not self.of.effect)
        result = await self.of.use(arguments, call) if inside else self.of.rehearse(arguments)
        if not isinstance(result.data, dict):
            return result
        hidden = dict.fromkeys(self.settings.hide, SECRET)
        return msgspec.structs.replace(result, data={**result.data, **hidden})


_RAISED = {"fails": ToolFailed, "refuses": ToolRefused, "unknown": ToolUnknown}


def _spoilt(wrong: str, result: Result) -> Result:
    """Return a result, or what a tool with a fault gives in its place."""
    if wrong == "huge":
        return Result({"page": "a" * 1_000_000})
    if wrong == "no JSON":
        return Result({"at": object()})
    if wrong == "deep":
        deep: list[Any] = []
        for _ in range(LEVELS):
            deep = [deep]
        return Result(deep)
    if wrong == "odd facts":
        return msgspec.structs.replace(result, facts={"note": object(), "half": "\ud800"})
    return cast("Result", "a text, and no result") if wrong == "odd type" else result


def _like(tool: Tool) -> type[StormTool]:
    """Return the class of a tool's stand-in, which has its class's declarations."""
    declared = {name: getattr(tool, name) for name in ("phrases", "steps", "asks", "ends", "effect", "recorded")}
    return type(StormTool.__name__, (StormTool,), {"__module__": __name__, **declared})


def with_storm_tools(items: Sequence[ToolItem], seed: int) -> tuple[ToolItem, ...]:
    """Return the items of `tools`, each with the stand-ins of its tools."""
    return tuple(
        msgspec.structs.replace(
            item, kind=StormTool, settings=StormTool.Settings(item=item, seed=seed), module="", instead=None
        )
        for item in items
    )


def deeds(tools: Collection[Tool], sid: str) -> tuple[Deed, ...]:
    """Return the uses of these tools in a call."""
    made = [deed for tool in tools if isinstance(tool, StormTool) for deed in tool.deeds if deed.sid == sid]
    return tuple(sorted(made, key=lambda deed: deed.at))
