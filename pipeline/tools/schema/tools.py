"""The items of `tools` as JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.catalog import find_tool, spec, tool_words
from pipeline.catalog.plugins import Plugins
from pipeline.tools.list.listing import own_tools
from pipeline.tools.schema.types import struct

Json = dict[str, Any]

_OTHERS = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$"
_FILE = r"\.py$"


def tool_settings(own: Plugins) -> dict[str, Json]:
    """Return the schema of the settings of each tool's word, a config's own among them."""
    kinds = {word: find_tool(word) for word in tool_words()} | dict(own_tools(own))
    return {word: {"description": spec.doc(kind), **struct(kind.Settings)} for word, kind in kinds.items()}


def tool_definitions(known: Mapping[str, Json]) -> dict[str, Json]:
    """Return the definition of an item of `tools`, and one for each word's settings."""
    settings = {word: {"$ref": f"#/definitions/{_name(word)}"} for word in known}
    bare = [word for word, each in known.items() if "required" not in each]
    # A word that needs no settings for the schema may need them all the same: `check` knows its rules.
    keyed = {
        "type": "object",
        "properties": settings,
        "patternProperties": {_OTHERS: {}, _FILE: {"type": ["object", "null"]}},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    texts = [known[word]["description"] for word in bare]
    alone = {"type": "string", "pattern": f"{_OTHERS}|{_FILE}"}
    item = {"anyOf": [{"enum": bare, "markdownEnumDescriptions": texts}, keyed, alone]}
    return {"tool": item, **{_name(word): each for word, each in known.items()}}


def _name(word: str) -> str:
    return f"tool-{word}"
