"""An agent for tests of transfers: key 9 hands the caller over, and each stream tells what it remembers."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import uvloop
from aiohttp import ClientSession
from loguru import logger

from pipeline.config import Config
from pipeline.conversation import add
from pipeline.frames import CallStarted, Dtmf, Handover
from pipeline.log.setup import set_up
from pipeline.processor import Processor, on
from pipeline.server.address import HERE, Address
from pipeline.server.app import running, wait_for_stop
from pipeline.server.options import Options, Workers
from pipeline.tool import Tool, ToolSettings
from pipeline.transfer import Destination
from tests.kit.parrot import config as parrot
from tests.kit.peer import Peer, Served, opened, ring, sid

BRIEF = "Dana looks for three rooms."
PEOPLE = {
    "sales": Destination(name="sales", number="+97231112222", ring=5.0),
    "blind": Destination(name="blind", number="+97231113333", ring=5.0, accept=False),
}


class People(Tool):
    """Somebody to talk to."""

    destinations = PEOPLE


class Operator(Processor):
    """Hands over at key 9, blindly at 8; `SECRET` goes along in the call's memory."""

    gives = ()
    holds = (Dtmf,)

    def begin(self) -> None:
        self.call.tools = (People(ToolSettings(name="people")),)

    @on(CallStarted)
    def open(self, frame: CallStarted) -> None:
        memory = self.call.memory
        said = [line.text for line in memory.conversation]
        uses = [msgspec.json.decode(use.result)["why"] for use in memory.uses]
        self.call.log.info("REMEMBERS {} {} pin={}", said, uses, len(memory.secrets.get("pin", "")))
        self.push(frame)

    @on(Dtmf)
    def press(self, frame: Dtmf) -> None:
        if frame.digit in "89":
            add(self.call.conversation, "user", "a person, please")
            self.call.memory.secrets["pin"] = "4711"
            self.raise_up(Handover("sales" if frame.digit == "9" else "blind", BRIEF))
        else:
            self.push(frame)


def config(**options: Any) -> Config:
    """The config of such an agent."""
    return parrot(Operator, **options)


async def post(server: Served, session: ClientSession, url: str, **form: str) -> ElementTree.Element:
    """The TwiML of a webhook."""
    async with session.post(url, data=form) as response:
        assert response.status == 200, await response.text()
        return ElementTree.fromstring(await response.text())


@asynccontextmanager
async def handed_over(
    server: Served, session: ClientSession, key: str = "9", number: int = 1, stop: bool = False
) -> AsyncIterator[tuple[Peer, str, str]]:
    """A call that was just handed over: its peer, and the addresses of the return and of the briefing."""
    address, parameters = opened(await ring(server, session, sid(number), To="+9722", From="+9721"))
    async with session.ws_connect(address) as ws:
        peer = Peer(ws, sid(number), parameters["token"])
        await peer.start()
        await peer.press(key)
        if stop:
            await peer.say("stop")
        assert await peer.closed() == 1000
    dial = (await post(server, session, f"{server.url}/webhook/call_ended", CallSid=sid(number))).find("Dial")
    assert dial is not None and dial.attrib["callerId"] == "+9722" and dial.attrib["timeout"] == "5"
    yield peer, dial.attrib["action"], dial[0].attrib.get("url", "")


async def served(folder: str) -> int:
    """A server of it with two workers, on any port, with its records in this folder."""
    options = Options(port=0, admin=Address(HERE, 0))
    async with running([config(folder=Path(folder))], options, workers=Workers(count=2)) as server:
        return await wait_for_stop(server, lambda: logger.info("READY {} ADMIN {}:", server.url, server.admin_url))


if __name__ == "__main__":  # serve it: transferring.py FOLDER
    from tests.kit import transferring  # under the name by which a worker finds it

    set_up()
    sys.exit(uvloop.run(transferring.served(sys.argv[1])))
