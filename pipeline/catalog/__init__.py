"""The catalog of processors and of tools: a YAML word → its class, and the declarations of a class."""

from pipeline.catalog.spec import Field, Step, Steps
from pipeline.catalog.tools import ToolItem, ToolItems, find_tool, tool_words
from pipeline.catalog.words import capability, find, named, own_words, words

__all__ = [
    "Field",
    "Step",
    "Steps",
    "ToolItem",
    "ToolItems",
    "capability",
    "find",
    "find_tool",
    "named",
    "own_words",
    "tool_words",
    "words",
]
