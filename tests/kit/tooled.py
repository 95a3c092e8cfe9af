"""Whole calls with tools, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.agent import Agent
from pipeline.arguments import Argument, Arguments
from pipeline.call import Call
from pipeline.chain import Chain
from pipeline.config import Config
from pipeline.events import Event
from pipeline.log.setup import messages
from pipeline.memory import Use
from pipeline.phone.virtual_line import converse
from pipeline.testing import Line, Played, run_virtual, spoken, voice
from pipeline.tool import Result, Tool, ToolSettings, View
from pipeline.vocabulary import UseOutcome

Make = Callable[..., Config]


class Slow(Tool):
    """A tool that takes its time, and counts how often it was used and how often it came to its end."""

    def __init__(self, name: str, after: float = 0.0, give: Any = None, *, effect: bool = False, **settings: Any):
        super().__init__(ToolSettings(name=name, effect=effect, **settings))
        self.arguments = Arguments({"rooms": Argument(type="text", optional=True)})
        self.after, self.give = after, {"state": "found"} if give is None else give
        self.begun: list[dict[str, Any]] = []
        self.views: list[View] = []
        self.ended = 0

    async def use(self, arguments: dict[str, Any], call: View) -> Result:
        self.begun.append(arguments)
        self.views.append(call)
        await asyncio.sleep(self.after)
        self.ended += 1
        if isinstance(self.give, BaseException):
            raise self.give
        return self.give if isinstance(self.give, Result) else Result(self.give)


@dataclass
class _Agent:
    """An agent with tools that no config has."""

    agent: Agent
    tools: Sequence[Tool]
    acts: bool
    uses: Sequence[Use]

    @property
    def config(self) -> Config:
        return self.agent.config

    def answer(self, call: Call) -> Chain:
        call.acts, self.agent.tools = self.acts, tuple(self.tools)
        call.memory.uses += self.uses
        return self.agent.answer(call)


def play(
    config: Config,
    tools: Sequence[Tool],
    parts: Sequence[tuple[float, bytes]],
    seconds: float,
    acts: bool = True,
    memory: Sequence[Use] = (),
    **line: Any,
) -> Played:
    """Play a call with these tools, which is over when the work after it is; `memory` has uses of an earlier stream."""
    return run_virtual(played(config, tools, parts, seconds, acts, line, memory))


async def played(
    config: Config,
    tools: Sequence[Tool],
    parts: Sequence[tuple[float, bytes]],
    seconds: float,
    acts: bool,
    options: dict[str, Any],
    memory: Sequence[Use] = (),
) -> Played:
    """Play a call like `play`, inside a virtual loop that runs already."""
    told: list[tuple[float, Event]] = []
    with messages("DEBUG") as log:
        async with Agent.open(config) as agent:
            line = Line(asyncio.get_running_loop(), **options)
            watch = lambda at, event: told.append((at - line.start, event))  # noqa: E731
            with_tools: Any = _Agent(agent, tools, acts, memory)
            call, chain = await converse(with_tools, line, spoken(*parts), seconds, watch)
            if (work := agent.after_call(chain, virtual=True)) is not None:
                await work.task
            return Played(call, chain, line.playback, told, line.messages, log)


def uses(call: Played) -> list[Use]:
    """The uses of a call."""
    return call.call.memory.uses


def outcomes(call: Played) -> list[tuple[str, UseOutcome | None]]:
    """The uses of a call, each with its outcome."""
    return [(use.name, use.outcome) for use in uses(call)]


def use(name: str, **values: Any) -> dict[str, Any]:
    """A model's request for a tool, as a script has it."""
    return {"use": name, "with": values}


def asked(agent: Make, tools: Sequence[Tool], *said: Any, **options: Any) -> Played:
    """A call with one question, whose model answers so."""
    return play(agent(["go"], [*said, "Well."]), tools, [(0.5, voice(0.6))], 12, **options)


def results(played: Played) -> list[str]:
    """The results of a call's uses, as the model is told them."""
    return [each.result for each in played.call.memory.uses]
