"""A server whose configs are changed while it runs, and the step that says which version it is."""

from __future__ import annotations

import json
from pathlib import Path

from aiohttp import ClientSession

from pipeline.server.app import Server
from tests.kit.peer import metric, sid

ECHO = """\
import asyncio
import threading
from contextlib import asynccontextmanager
from typing import Annotated
from pathlib import Path

from pipeline import audio
from pipeline.frames import AudioIn, Media
from pipeline.processor import Processor, on
from pipeline.settings import StepSettings, doc


class Echo(Processor):
    "Says what it hears."

    gives = (Media,)
    holds = (AudioIn,)

    class Settings(StepSettings, frozen=True, kw_only=True):
        number: Annotated[int, doc("Which version this is.")] = 0
        text: Annotated[Path | None, doc("A file.")] = None
        hangs: Annotated[str, doc("How it hangs as it opens: task, thread, stubborn.")] = ""

    @classmethod
    @asynccontextmanager
    async def share(cls, settings, phrases, language):
        if settings.hangs == "thread":
            await asyncio.to_thread(threading.Event().wait)
        while settings.hangs:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if settings.hangs != "stubborn":
                    raise
        if settings.number < 0:
            raise LookupError("nobody is there")
        yield settings.number

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        self.push(Media(audio.encode(frame.pcm)))
"""
CONFIG = """\
name: {name}
numbers: [{numbers}]
plugins: [echo.py]
record: {{folder: "{folder}", audio: false, wire: false}}
pipeline:
  - twilio_serializer
  - echo: {{number: {number}}}
  - twilio_sink
"""


class Live:
    """A server of configs in a folder, whose files are changed."""

    def __init__(self, folder: Path, server: Server, session: ClientSession) -> None:
        self.folder, self.server, self.session = folder, server, session

    def write(self, number: int = 0, name: str = "one", numbers: str = "", hangs: str = "", limit: str = "") -> None:
        """A config whose step says which version it is, and may hang as it opens."""
        text = CONFIG.format(name=name, number=number, numbers=numbers, folder=self.folder / "calls")
        if hangs:
            text = text.replace(f"number: {number}", f"number: {number}, hangs: {hangs}")
        if limit:
            text += f"server: {{open_timeout: {limit}}}\n"
        put(self.folder / f"{name}.yaml", text)

    async def look(self, times: int = 2) -> None:
        """What the server does by itself in so many seconds."""
        assert self.server.reloader is not None
        for _ in range(times):
            await self.server.reloader.look()

    @property
    def hash(self) -> str:
        """Of the config that the next call gets."""
        return self.server.board.agents[0].config.hash

    async def failed(self) -> float:
        """How many reloads came to nothing."""
        return await metric(self.server, self.session, "kav_config_reload_failed_total")

    def record(self, number: int) -> str:
        """The hash in the record of the call with this number."""
        (about,) = (self.folder / "calls").glob(f"*/{sid(number)}/call.json")
        told: str = json.loads(about.read_text())["hash"]
        return told


def put(path: Path, text: str) -> None:
    """A file as careful editors save it: a new one takes the old one's place."""
    new = path.with_name(path.name + "~")
    new.write_text(text)
    new.replace(path)
