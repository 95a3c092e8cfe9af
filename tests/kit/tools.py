"""Tools for tests that ask a model about them."""

from __future__ import annotations

from typing import Any

from pipeline.arguments import Argument, Arguments
from pipeline.memory import Use
from pipeline.tool import Tool, ToolSettings
from pipeline.vocabulary import UseOutcome


def tool(name: str, *arguments: str, about: str = "") -> Tool:
    """A tool that takes texts of these names."""
    made = Tool(ToolSettings(name=name, about=about))
    made.arguments = Arguments({each: Argument() for each in arguments})
    return made


FIND, BOOK = tool("find_listings", "city", about="Looks up flats."), tool("book", "city", about="Books a viewing.")


def use(
    number: int, place: int, name: str = "find_listings", arguments: str = '{"city":"Acre"}', **changed: Any
) -> Use:
    """A use that is done."""
    done: dict[str, Any] = {"outcome": UseOutcome.DONE, "result": '{"count":2}', "told": True, **changed}
    return Use(number=number, name=name, arguments=arguments, turn=0, place=place, **done)
