"""One call of the GO test: the expected behaviour, the caller's end, and the events of an agent in this process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from loguru import logger

from pipeline.events import Event, Passed
from pipeline.frames import AgentSpeaking, Interrupt
from pipeline.phone.result import CallResult
from pipeline.text import Phrases
from pipeline.tools.go.sound import between, stretches
from pipeline.tools.troubles import Troubles


class AgentEvents:
    """The events of an agent in this process: the words that the caller heard of each reply, its log, its troubles.

    `settled` waits until the agent has ended its calls.
    """

    def __init__(self, settled: Callable[[], Awaitable[None]] | None = None) -> None:
        self.settled = settled
        self.said: list[str] = []
        self.log: list[str] = []
        self.troubles = Troubles()

    def watch(self, _: float, event: Event) -> None:
        """Take an event of the agent's call, and keep the words that the caller heard of a reply."""
        self.troubles.take(event)
        frame = event.frame if isinstance(event, Passed) else None
        if isinstance(frame, Interrupt) or (isinstance(frame, AgentSpeaking) and not frame.on):
            self.said.append(frame.heard)

    def listen(self) -> int:
        """Keep the log's messages from now on; return the sink's number for `logger.remove`."""
        return logger.add(lambda message: self.log.append(message.record["message"]), level="DEBUG")

    async def taken(self) -> AgentEvents:
        """Wait until the agent has ended the call, then return its words and log and start afresh."""
        if self.settled is not None:
            await self.settled()
        taken = AgentEvents()
        taken.said, self.said = self.said, []
        taken.troubles, self.troubles = self.troubles, Troubles()
        taken.log[:] = self.log
        self.log.clear()
        return taken


class ObservedCall(msgspec.Struct, frozen=True):
    """A call that was placed; `inside` is None if the agent runs elsewhere."""

    result: CallResult
    inside: AgentEvents | None = None

    @property
    def reached(self) -> bool:
        """True if the stream opened: sound was sent on it."""
        return bool(self.result.tx)

    def sound(self, reply: int) -> bytes:
        """Return the sound of a reply up to the next one, 16-bit PCM."""
        starts = [*self.result.replies, self.result.ended]
        start, end = (at - self.result.started for at in starts[reply : reply + 2])
        return between(self.result.agent_track, start, end)

    def seconds(self, reply: int) -> float:
        """Return the length of a reply in seconds, pauses included; 0 if it was silence."""
        heard = stretches(self.sound(reply))
        return round(heard[-1][1] - heard[0][0], 2) if heard else 0.0


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """The behaviour expected of the agent; `greeting` is None if unknown, `after` and `patience` are in seconds."""

    greeting: bool | None = None
    after: float = 0.8
    patience: float = 15.0  # until an answer
    introductions: Phrases = Phrases(())
