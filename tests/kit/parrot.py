"""An agent for tests of the server: it says what it hears, and each key makes it misbehave in its own way."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvloop
from loguru import logger

from pipeline import audio
from pipeline.catalog import Step
from pipeline.config import Config, RecordSettings, ServerSettings
from pipeline.config.after_settings import AfterSettings
from pipeline.frames import AudioIn, CallStarted, Dtmf, Hangup, Media
from pipeline.log.setup import set_up
from pipeline.processor import Processor, on
from pipeline.server.address import HERE, Address
from pipeline.server.app import running, wait_for_stop
from pipeline.server.options import Limits, Options, Workers
from processors.twilio_serializer import TwilioSerializer
from processors.twilio_sink import TwilioSink

HOUR = 3600.0
BIG = 30_000  # bytes of sound in one message: a peer that does not read is full soon
MUCH = 3000  # as much as a peer that reads keeps up with


class Parrot(Processor):
    """Sends each sound back. Key 1 hangs up, 2 fails, 3 and 6 talk without end, 4 works so, 5 keeps the loop."""

    gives = (Media,)
    holds = (AudioIn, Dtmf)

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        if any(frame.pcm):  # a peer that sends nothing for a second is silent, and gets nothing back
            self.push(Media(audio.encode(frame.pcm)))

    @on(Dtmf)
    def press(self, frame: Dtmf) -> None:
        match frame.digit:
            case "1":
                self.raise_up(Hangup("goodbye"))
            case "2":
                raise RuntimeError("key 2")
            case "3":
                self.talk(BIG)
            case "4":
                self.chain.tasks.add(asyncio.ensure_future(asyncio.Event().wait()))

            case "5":
                time.sleep(HOUR)
            case "6":
                self.talk(MUCH)

    def talk(self, size: int) -> None:
        self.push(Media(bytes(size)))
        self.later(0.001, lambda: self.talk(size))


class Stillborn(Processor):
    """Fails before its call begins."""

    def begin(self) -> None:
        raise RuntimeError("stillborn")


class Shut(Processor):
    """Cannot be opened."""

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, phrases: Any, language: str) -> AsyncIterator[None]:
        raise LookupError("nobody is there")
        yield


class Startled(Processor):
    """Fails at the call's first frame."""

    @on(CallStarted)
    def open(self, frame: CallStarted) -> None:
        raise RuntimeError("startled")


def config(
    *extra: type[Processor],
    name: str = "parrot",
    numbers: tuple[str, ...] = (),
    language: str = "en-US",
    folder: Path | None = None,
    after: AfterSettings | None = None,
    **server: Any,
) -> Config:
    """A config of the parrot, with these steps before it."""
    kinds: tuple[type[Any], ...] = (TwilioSerializer, *extra, Parrot, TwilioSink)
    return Config(
        path=Path(f"{name}.yaml"),
        name=name,
        numbers=numbers,
        language=language,
        steps=tuple(Step(word=kind.__name__, kind=kind, settings=kind.Settings()) for kind in kinds),
        hash="0" * 12,
        record=RecordSettings(folder=str(folder or "")),
        after=after or AfterSettings(),
        server=ServerSettings(**server),
    )


async def served(folder: str, drain: str, workers: str, calls: str, silent: str) -> int:
    """A server of it on any port, with these words of the command line."""
    agent = config(folder=Path(folder) if folder else None, drain=float(drain), max_calls=int(calls))
    options = Options(port=0, admin=Address(HERE, 0), limits=Limits(silent=float(silent)))
    async with running([agent], options, workers=Workers(count=int(workers))) as server:
        return await wait_for_stop(server, lambda: logger.info("READY {} ADMIN {}:", server.url, server.admin_url))


if __name__ == "__main__":  # serve it: parrot.py FOLDER DRAIN WORKERS CALLS SILENT
    from tests.kit import parrot  # under the name by which a worker finds it

    set_up()
    sys.exit(uvloop.run(parrot.served(*sys.argv[1:])))
