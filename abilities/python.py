"""`python`: the functions of a file of Python beside the config, each a tool.

A function's name and docstring are those of the tool, its parameters the arguments; a line `name: …` of the docstring
tells the model of one. Names that begin with an underscore are the file's own.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

from msgspec.structs import replace

from abilities._shared.signature import Signature, about, place, shown
from pipeline.faults import WordError, did_you_mean
from pipeline.settings import FilePath, doc
from pipeline.tool import Result, Tool, ToolSettings, View


class Python(Tool):
    """Calls a function of a file of Python; each public function of the file is a tool."""

    class Settings(ToolSettings, frozen=True, kw_only=True):
        """The settings of the word; those that all tools have are the defaults of the functions' own."""

        file: Annotated[FilePath, doc("The file, beside the config.", sample="crm.py")]
        only: Annotated[list[str], doc("The functions that are tools; none named: all that are public.")] = []

        def faults(self) -> Iterable[tuple[str, str]]:
            """Refuse a name and a description: the functions have their own."""
            for each in ("name", "about"):
                if getattr(self, each):
                    yield each, "is that of each function, in its file"

    settings: Settings

    def __init__(self, settings: Settings, function: Callable[..., Any]) -> None:
        super().__init__(replace(settings, **getattr(function, "tool", {})))
        self.name, self.function = self.settings.name or function.__name__, function
        self.arguments: Signature = Signature(function)
        self.about = self.settings.about or about(function, self.arguments.names)
        self.where = str(place(function))

    @classmethod
    def code(cls, settings: Any) -> Path:
        """Return the file."""
        return Path(settings.file)

    @classmethod
    def offered(cls, settings: Any, shared: ModuleType, word: str) -> Iterable[Tool]:
        """Return a tool for each function of the file's module, in the order of the file."""
        found = {name: it for name, it in vars(shared).items() if _is_public(shared, name, it)}
        file = shown(settings.file)
        for name in settings.only:
            if name not in found:
                raise WordError(f"`{file}` has no function `{name}`", did_you_mean(name, found))
        if not found:
            raise WordError(f"`{file}` has no function that could be a tool", "its own have no `_` before their names")
        return [cls(settings, it) for name, it in found.items() if not settings.only or name in settings.only]

    async def use(self, arguments: dict[str, Any], call: View) -> Result:
        given = self.arguments.values(arguments, call)
        if inspect.iscoroutinefunction(self.function):
            made = await self.function(**given)
        else:
            made = await asyncio.to_thread(self.function, **given)
        return made if isinstance(made, Result) else Result(made)


def _is_public(module: ModuleType, name: str, found: Any) -> bool:
    """True for a function that the module defines under this name, and not for one that it imports."""
    named = getattr(module, "__all__", None)
    if not inspect.isfunction(found) or found.__module__ != module.__name__ or found.__name__ != name:
        return False
    return not name.startswith("_") if named is None else name in named
