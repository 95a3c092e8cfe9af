"""`tool`: show the tools of a config as a model is told of them, or use one as a call would."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from functools import partial

import msgspec

from pipeline.agent import Agent
from pipeline.call import Call
from pipeline.config import Config, load
from pipeline.faults import UsageError, did_you_mean
from pipeline.installation import command
from pipeline.phone.virtual_line import CALL_SID, NoWire
from pipeline.redaction.secrets import masked
from pipeline.terminal.paint import BOLD, DIM, GREEN, RED, YELLOW, paint_on
from pipeline.tool import Tool
from pipeline.tools.tool.options import ToolOptions
from pipeline.uses.request import Refusal, read
from pipeline.uses.running import Outcome, key_of, outcome
from pipeline.vocabulary import UseOutcome

TURN = NUMBER = 1  # of the only use in the call


def listed(options: ToolOptions) -> int:
    """Print every tool of a config; return the exit code."""
    tools = [tool for item in load(options.config, set=options.changes).tools for tool in item.tools()]
    if options.as_json:
        data = [
            {"name": it.name, "about": it.about, "effect": it.is_effect, "parameters": it.arguments.schema()}
            for it in tools
        ]
        print(msgspec.json.format(msgspec.json.encode({"tools": data}), indent=2).decode())
        return 0
    paint = paint_on(sys.stdout)
    for tool in tools:
        does = paint("changes something", YELLOW) if tool.is_effect else "reads"
        print(f"{paint(tool.name, BOLD)}({', '.join(tool.arguments.names)})  {tool.about}")
        print(f"  {does}  {paint(tool.where, DIM)}")
    if not tools:
        print("no tools: `tools:` of a config has them")
    return 0


async def use(options: ToolOptions) -> int:
    """Use one tool and print its result; return the exit code, 1 if it was refused or has failed.

    Raises UsageError for a tool that the config has not.
    """
    config = load(options.config, set=options.changes)
    item = next((each for each in config.tools if options.name in each.names), None)
    if item is None:
        names = [name for each in config.tools for name in each.names]
        hint = did_you_mean(options.name, names) or f"`{command(f'tool {options.config}')}` shows its tools"
        raise UsageError(f"{options.config} has no tool `{options.name}`: {hint}")
    # The tool alone: none of the steps has to be opened, and no provider of theirs to be reached.
    alone = msgspec.structs.replace(config, steps=(), tools=(item,))
    async with Agent.open(alone) as agent:
        tool = next(each for each in agent.tools if each.name == options.name)
        rehearsed = tool.is_effect and not options.really
        return _told(options, await _used(config, tool, options, rehearsed), rehearsed)


async def _used(config: Config, tool: Tool, options: ToolOptions, rehearsed: bool) -> Outcome:
    loop = asyncio.get_running_loop()
    call = Call(CALL_SID, NoWire(), loop, language=config.language, caller=options.caller, config=config.name)
    call.acts = options.really
    with suppress(TimeoutError):
        await asyncio.wait_for(tool.known(), tool.settings.timeout)
    try:
        request = read(tool.name, options.arguments, {tool.name: tool}, tool.settings.needs, ())
    except Refusal as refusal:
        return Outcome(UseOutcome.REFUSED, msgspec.json.encode({"error": str(refusal)}).decode())
    return await outcome(call, request, key_of(call, request, NUMBER, TURN), partial(loop.create_task), rehearsed)


def _told(options: ToolOptions, end: Outcome, rehearsed: bool) -> int:
    """Print a use's outcome, and return the exit code."""
    worked = end.kind == UseOutcome.DONE
    if options.as_json:
        data = {"outcome": str(end.kind), "rehearsed": rehearsed, "result": msgspec.Raw(masked(end.text).encode())}
        print(msgspec.json.encode({**data, "facts": end.result.facts}).decode())
        return 0 if worked else 1
    paint = paint_on(sys.stdout)
    how = " (rehearsed: nothing was done; --really does it)" if rehearsed else ""
    print(paint(f"{end.kind}{how}", GREEN if worked else RED))
    print(masked(msgspec.json.format(end.text.encode(), indent=2).decode()))
    if end.result.facts:
        print(f"facts: {msgspec.json.encode(end.result.facts).decode()}")
    return 0 if worked else 1
