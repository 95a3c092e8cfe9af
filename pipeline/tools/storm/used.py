"""The uses of tools in a call of a storm: the deeds outside, the log's lines, and the memory at each moment."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import msgspec
from loguru import logger

from pipeline.agent import Agent
from pipeline.call import Call
from pipeline.chain import Chain
from pipeline.events import Event, ModelExchange, ToolExchange
from pipeline.frames import AgentSpeaking, Interrupt, ReplyText, Transcript
from pipeline.memory import Memory
from pipeline.tools.storm.tools import Deed, deeds

# Events after which a model may be asked, or the memory has changed.
MOMENTS = {each.name for each in (ModelExchange, ToolExchange)}
MOMENTS |= {each.__name__ for each in (Transcript, AgentSpeaking, Interrupt, ReplyText)}


class Used:
    """Watches one call, from its start until its uses have ended."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.deeds: tuple[Deed, ...] = ()
        self.lines: list[str] = []  # of the log
        self.odd: list[tuple[float, str]] = []  # call time, and what no model could be told of the memory
        self.left = 0  # tasks of uses that go on
        self._sink = logger.add(
            self._write, level="DEBUG", format="{message}", backtrace=False, diagnose=False, filter=self._is_mine
        )
        call.watch(self._look)

    async def finish(self, agent: Agent, chain: Chain) -> None:
        """Wait for the work after the call."""
        if (work := agent.after_call(chain, virtual=True)) is not None:
            await work.task
        self.left = len(self.call.lasting)
        self.deeds = deeds(agent.tools, self.call.sid)
        logger.remove(self._sink)

    def _is_mine(self, record: Any) -> bool:
        return bool(record["extra"].get("call_sid") == self.call.sid)

    def _write(self, line: Any) -> None:
        self.lines.append(str(line))

    def _look(self, at: float, event: Event) -> None:
        if not self.odd and event.what in MOMENTS:
            self.odd += [(at - self.call.started, text) for text in unfit(self.call.memory)]


def unfit(memory: Memory) -> Iterator[str]:
    """Yield what keeps a memory from being told to a model, of which each use is a request and its one result."""
    uses, size = memory.uses, len(memory.conversation)
    if any(one.number >= other.number for one, other in pairwise(uses)):
        yield "the uses are not numbered in their order"
    for use in uses:
        if not 0 <= use.place <= size:
            yield f"use {use.number} stands behind line {use.place} of {size}"
        if (use.outcome is None) != (not use.result):
            yield f"use {use.number} has the outcome {use.outcome}, and the result {use.result[:40]!r}"
        elif use.result:
            try:
                msgspec.json.decode(use.result)
            except msgspec.DecodeError:
                yield f"the result of use {use.number} is no JSON: {use.result[:40]!r}"
