"""A model's request for a tool: read, and refused in a sentence that the model can act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from pipeline.arguments import BadArguments
from pipeline.memory import Use
from pipeline.tool import Tool
from pipeline.vocabulary import UseOutcome

LONGEST = 10_000  # characters of arguments: some twelve minutes of speech
KEPT = 500  # characters of arguments that were refused

_NEVER = (UseOutcome.REFUSED, UseOutcome.WITHDRAWN)


class Refusal(Exception):
    """A use is not begun; the text is told to the model."""


class Malformed(Refusal):
    """The arguments do not fit; a model that sends such twice in a reply is asked for words."""


class Request(NamedTuple):
    """A request that can be done: the tool, its values, and these as JSON with sorted keys."""

    tool: Tool
    values: dict[str, Any]
    arguments: str


def read(name: str, text: str, tools: Mapping[str, Tool], rights: Sequence[str], uses: Sequence[Use]) -> Request:
    """Return the request for the tool of this name with a model's arguments, or raise Refusal."""
    tool = tools.get(name)
    if tool is None or not tool.arguments.are_known:
        known = ", ".join(each.name for each in offered(tools, rights)) or "none"
        raise Refusal(f"there is no tool `{name[:64]}`; those there are: {known}")
    if missing := [right for right in tool.settings.needs if right not in rights]:
        raise Refusal(f"it needs {', '.join(missing)} first, which another tool gives")
    if sum(use.name == name and use.outcome not in _NEVER for use in uses) >= tool.settings.most:
        raise Refusal(f"it was used {tool.settings.most} times in this call, which is the most")
    if len(text) > LONGEST:
        raise Malformed(f"the arguments have {len(text)} characters, and {LONGEST} is the most")
    try:
        values = tool.arguments.read(text)
    except BadArguments as error:
        raise Malformed(str(error)) from None
    return Request(tool, values, msgspec.json.encode(values, order="sorted").decode())


def offered(tools: Mapping[str, Tool], rights: Sequence[str]) -> tuple[Tool, ...]:
    """Return the tools that are there, and may be used with these rights."""
    there = (tool for tool in tools.values() if tool.arguments.are_known)
    return tuple(tool for tool in there if all(right in rights for right in tool.settings.needs))


def earlier(request: Request, turn: int, uses: Sequence[Use]) -> Use | None:
    """Return the earlier use of an effect in whose place the same request stands; None if it is to be done.

    One that is under way counts as well. One of an unknown outcome is never repeated, unless that does no harm.
    """
    settings = request.tool.settings
    if not request.tool.is_effect:
        return None
    for use in reversed(uses):
        if (use.name, use.arguments) != (request.tool.name, request.arguments):
            continue
        again = settings.once == "no" or (settings.once == "turn" and use.turn != turn)
        if use.outcome == UseOutcome.UNKNOWN and not settings.idempotent:
            return use
        if use.outcome in (None, UseOutcome.DONE) and not again:
            return use
    return None
