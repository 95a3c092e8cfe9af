"""One call of the GO test: what was expected, what the caller's end knows, and what the agent does if it runs here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from loguru import logger

from pipeline.events import Event, Passed
from pipeline.frames import AgentSpeaking, Interrupt
from pipeline.phone.result import CallResult
from pipeline.text import Phrases
from pipeline.tools.go.sound import between, stretches


class AgentEvents:
    """What an agent in this process tells of its calls: the words that were heard of each reply, and its log.

    `settled` waits until the agent has ended its calls, too.
    """

    def __init__(self, settled: Callable[[], Awaitable[None]] | None = None) -> None:
        self.settled = settled
        self.said: list[str] = []
        self.log: list[str] = []

    def watch(self, _: float, event: Event) -> None:
        """An event of the agent's call."""
        frame = event.frame if isinstance(event, Passed) else None
        if isinstance(frame, Interrupt) or (isinstance(frame, AgentSpeaking) and not frame.on):
            self.said.append(frame.heard)

    def listen(self) -> int:
        """Keep what is logged from now on; gives the sink's number."""
        return logger.add(lambda message: self.log.append(message.record["message"]), level="DEBUG")

    async def taken(self) -> AgentEvents:
        """What has been told of the call that is over."""
        if self.settled is not None:
            await self.settled()
        taken = AgentEvents()
        taken.said, self.said = self.said, []
        taken.log[:] = self.log
        self.log.clear()
        return taken


class ObservedCall(msgspec.Struct, frozen=True):
    """A call that was placed; `inside` is None if the agent runs elsewhere."""

    result: CallResult
    inside: AgentEvents | None = None

    @property
    def reached(self) -> bool:
        """Whether the stream opened."""
        return bool(self.result.tx)

    def sound(self, reply: int) -> bytes:
        """What was heard of a reply, 16-bit PCM, up to the next one."""
        starts = [*self.result.replies, self.result.ended]
        start, end = (at - self.result.started for at in starts[reply : reply + 2])
        return between(self.result.agent_track, start, end)

    def seconds(self, reply: int) -> float:
        """How long a reply sounded, with its pauses; 0 if it was silence."""
        heard = stretches(self.sound(reply))
        return round(heard[-1][1] - heard[0][0], 2) if heard else 0.0


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What the agent is expected to do: `greeting` None if nobody knows, `after` and `patience` in seconds."""

    greeting: bool | None = None
    after: float = 0.8
    patience: float = 15.0  # until an answer
    introductions: Phrases = Phrases(())
