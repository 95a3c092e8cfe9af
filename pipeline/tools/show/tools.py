"""The words of tools: their settings as plain data, for `show` and docs/tools-reference.md."""

from __future__ import annotations

from typing import Any

from pipeline.catalog import find_tool, spec, tool_words
from pipeline.catalog.plugins import Plugins, word_of
from pipeline.faults import WordError
from pipeline.file_stamps import real
from pipeline.tool import Tool, ToolSettings
from pipeline.tools.show import settings

NAMED = "name: look_up, about: When to use it."  # in examples


def named(name: str) -> tuple[str, type[Tool] | None]:
    """Return the word and the class of a tool for a name given on the command line; None if it is no tool's."""
    own, word = Plugins((name.partition(".")[0],)), name
    if name.endswith(".py"):
        path = real(name)
        word = word_of(path.name) or path.stem
        own = Plugins(files={word: path})
    try:
        return word, find_tool(word, own)
    except WordError:
        return word, None


def declared(word: str, kind: type[Tool]) -> dict[str, Any]:
    """Return the declaration of a tool as plain data."""
    return {
        "word": word,
        "doc": spec.doc(kind),
        "effect": kind.effect,
        "steps": list(kind.steps),
        "example": example(word, kind),
        "settings": settings.settings_of(kind.Settings),
    }


def own_settings(kind: type[Tool]) -> tuple[settings.Setting, ...]:
    """Return the settings that a tool has besides those of all."""
    return tuple(each for each in settings.settings_of(kind.Settings) if each.name not in _common())


def common_settings(kind: type[Tool]) -> tuple[settings.Setting, ...]:
    """Return the settings of a tool that all tools have, with its own defaults."""
    return tuple(each for each in settings.settings_of(kind.Settings) if each.name in _common())


def example(word: str, kind: type[Tool]) -> str:
    """Return a small item of `tools` as one line of YAML."""
    given = [(it.name, settings.given_sample(it)) for it in spec.fields(kind.Settings) if it.name not in _common()]
    values = [f"{name}: {value}" for name, value in given if value]
    if kind.code is not Tool.code:  # its tools have names of their own
        return f"{word}: {{{', '.join(values)}}}"
    return f"{word}: {{{', '.join([NAMED, *values])}}}"


def words() -> dict[str, type[Tool]]:
    """Return the class of each built-in word; raises WordError if one lacks its package here."""
    return {word: find_tool(word) for word in tool_words()}


def _common() -> frozenset[str]:
    return frozenset(ToolSettings.__struct_fields__)
