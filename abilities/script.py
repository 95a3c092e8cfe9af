"""`script`: a tool that gives answers in turn: a stand-in for tests and demos."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Annotated, Any

from abilities._shared.taking import Taking
from pipeline.arguments import Arguments
from pipeline.settings import Duration, doc
from pipeline.tool import Result, Tool, ToolFailed, View


class Script(Tool):
    """Gives its answers one after the other, then the last one again; nothing is done."""

    class Settings(Taking, frozen=True, kw_only=True):
        """The settings of the word."""

        give: Annotated[list[Any], doc("Its results, one after the other; the last one again when they are over.")] = []
        after: Annotated[Duration, doc("How long each use takes.", 0, 600)] = 0.0
        fail: Annotated[str, doc("The sentence with which each use fails; blank: none does.")] = ""

    settings: Settings

    def __init__(self, settings: Settings, shared: object = None) -> None:
        super().__init__(settings, shared)
        self.arguments = Arguments(settings.takes, settings.timezone)
        self._uses = count()

    async def use(self, arguments: dict[str, Any], call: View) -> Result:
        await asyncio.sleep(self.settings.after)
        return self.rehearse(arguments)

    def rehearse(self, arguments: dict[str, Any]) -> Result:
        if self.settings.fail:
            raise ToolFailed(self.settings.fail)
        given = self.settings.give or [{"ok": True}]
        return Result(given[min(next(self._uses), len(given) - 1)])
