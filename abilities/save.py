"""`save`: keeps values that the caller has told, as facts of the call.

    tools:
      - save:
          about: Keeps the caller's name and number, as soon as you have one of them.
          takes: {name: {}, phone: {type: phone, region: IL}}

Each value is stored by itself: the model is told which were, what is wrong with others, and which are missing still.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from abilities._shared.taking import Taking
from pipeline.arguments import Arguments
from pipeline.tool import Result, Tool, View


class Fields(Arguments):
    """Fields of which any may be given; their values are checked when they are stored, one by one."""

    def read(self, text: str, now: datetime | None = None) -> dict[str, Any]:
        """Return the values as they are; raises BadArguments for what is no object of these fields."""
        return self.parse(text)

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of an object in which each field may be missing."""
        return {**super().schema(), "required": []}


class Save(Tool):
    """Keeps values in the call's memory; nothing outside changes, so that a rehearsal keeps them, too."""

    class Settings(Taking, frozen=True, kw_only=True):
        """The settings of `save`; `takes` are the fields."""

        def faults(self) -> Iterable[tuple[str, str]]:
            yield from super().faults()
            if not self.takes:
                yield "takes", "has to have the fields to keep, such as `{name: {type: text}}`"

    recorded = False

    settings: Settings

    def __init__(self, settings: Settings, shared: object = None) -> None:
        super().__init__(settings, shared)
        self.arguments = Fields(settings.takes, settings.timezone)

    @property
    def collects(self) -> tuple[str, ...]:
        """The fields."""
        return self.arguments.names

    async def use(self, arguments: dict[str, Any], call: View) -> Result:
        return self._stored(arguments, call.facts)

    def rehearse(self, arguments: dict[str, Any]) -> Result:
        return self._stored(arguments, {})

    def _stored(self, arguments: dict[str, Any], facts: dict[str, Any]) -> Result:
        fitting, wrong = self.arguments.sift(arguments)
        known = {**facts, **fitting}
        fields = self.settings.takes.items()
        missing = [name for name, field in fields if name not in known and name not in wrong and not field.optional]
        data: dict[str, Any] = {"saved": fitting, "wrong": wrong, "missing": missing}
        # A wrong value is no failure of the tool: three of them in a row would have it rest, in all calls.
        return Result({name: part for name, part in data.items() if part}, facts=fitting)
