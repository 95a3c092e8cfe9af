"""An agent for tests of transfers: key 9 hands the caller over, and each stream tells what it remembers."""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.config import Config
from pipeline.conversation import add
from pipeline.frames import CallStarted, Dtmf, Handover
from pipeline.processor import Processor, on
from pipeline.tool import Tool, ToolSettings
from pipeline.transfer import Destination
from tests.kit.parrot import config as parrot

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
