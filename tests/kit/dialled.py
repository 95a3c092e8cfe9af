"""A call over a real socket: the server, and the phone that dials it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from loguru import logger

from pipeline.config import Config
from pipeline.events import Event, Passed
from pipeline.phone.phone import CallResult, place_call
from pipeline.phone.script import Action
from pipeline.server.app import running
from tests.kit.alone import SLOW, run


@dataclass
class Dialled:
    """What a call was like on both ends."""

    result: CallResult
    log: list[str]
    events: list[Event] = field(default_factory=list)

    def frames(self, kind: type[Any]) -> list[Any]:
        """The frames and controls of one class, in order."""
        return [it.frame for it in self.events if isinstance(it, Passed) and isinstance(it.frame, kind)]

    def lines(self, start: str) -> list[str]:
        """The log lines that start so."""
        return [line for line in self.log if line.startswith(start)]


def dial(config: Config, *script: Action, **phone: Any) -> Dialled:
    """Start a server for this config, place one call to it, and end it; keywords go to the phone."""
    events: list[Event] = []
    log: list[str] = []

    async def main() -> CallResult:
        async with running([config], watch=lambda _, event: events.append(event)) as server:
            result = await place_call(server.url, script, limit=30, **phone)
            await server.registry.idle()
            return result

    sink = logger.add(lambda message: log.append(message.record["message"]), level="INFO")
    try:
        return Dialled(run(main(), limit=SLOW), log, events)
    finally:
        logger.remove(sink)
