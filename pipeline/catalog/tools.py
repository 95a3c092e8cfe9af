"""A YAML word of `tools` → the tool's class that it names; and an item of `tools`, checked."""

from __future__ import annotations

import sys
from typing import Any

import msgspec

from pipeline.catalog import contract, plugins
from pipeline.catalog.plugins import NONE, WORD, Plugins
from pipeline.catalog.spec import Written
from pipeline.catalog.words import own_file, own_module, words
from pipeline.faults import WordError, clipped, did_you_mean
from pipeline.installation import ABILITIES, command
from pipeline.tool import Tool, ToolSettings


class ToolItem(Written, frozen=True, kw_only=True):
    """A checked item of a config's `tools`."""

    kind: type[Tool]
    settings: Any  # of kind.Settings
    names: tuple[str, ...] = ()  # of its tools, by which the model asks for them
    module: str = ""  # name of the module that its file of Python made; blank: it has none
    instead: ToolItem | None = None  # the item of which it takes the place of one tool, its name

    def tools(self, shared: Any = None) -> tuple[Tool, ...]:
        """Make its tools; `shared` is the value that `share` yielded, and None while a config is checked.

        Raises WordError for a tool that cannot be made.
        """
        given = sys.modules[self.module] if self.module else shared
        made = {each.name: each for each in self.kind.offered(self.settings, given, self.word)}
        if self.instead is not None:
            for old in self.instead.tools():
                if old.name in made:
                    _stand_for(made[old.name], old)
        for each in made.values():
            each.where = each.where or self.where
        return tuple(made[name] for name in self.names or made)


ToolItems = tuple[ToolItem, ...]


def tool_words() -> tuple[str, ...]:
    """Return the words of all built-in tools, sorted, without importing any."""
    return words(ABILITIES)


def find_tool(word: str, own: Plugins = NONE) -> type[Tool]:
    """Return the tool's class that a word names; raises WordError, or its kind NotRun for code that may not be run."""
    if word in tool_words():
        return plugins.only(plugins.imported(f"{ABILITIES}.{word}", word), word, Tool)
    if not WORD.fullmatch(word) or word not in own:
        raise WordError(f"no tool `{clipped(word)}`", _hint(word, own))
    return contract.sound(plugins.only(own_module(word, own), word, Tool), word)


def _stand_for(tool: Tool, old: Tool) -> None:
    """Give a tool the words, the arguments and the common settings of another one, as far as it has none of its own."""
    tool.about = tool.about or old.about
    if not tool.arguments.names:
        tool.arguments = old.arguments
    unset, was = ToolSettings(), msgspec.structs.replace(old.settings, effect=old.is_effect)
    left = [name for name in unset.__struct_fields__ if getattr(tool.settings, name) == getattr(unset, name)]
    tool.settings = msgspec.structs.replace(tool.settings, **{name: getattr(was, name) for name in left})


def _hint(word: str, own: Plugins) -> str:
    if word in words():
        return f"`{word}` is a step, and belongs into `pipeline`"
    meant = own_file(word, own) or did_you_mean(word, (*tool_words(), *own.files))
    package, dot, _ = word.partition(".")
    if not meant and dot and WORD.fullmatch(word):
        return f"one of your own? list its package: `plugins: [{package}]`"
    return meant or f"`{command('list')}` names all there are"
