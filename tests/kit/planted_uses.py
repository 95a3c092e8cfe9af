"""Steps with a fault in each: what breaks every rule of a storm that is about the uses of tools."""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.frames import AgentSpeaking, ReplyText, ToolBegan, ToolEnded, Transcript
from pipeline.llm import Dialogue
from pipeline.processor import Processor, on
from pipeline.tools.storm.tools import SECRET
from pipeline.uses.running import Outcome
from pipeline.uses.under_way import Moment
from pipeline.vocabulary import UseOutcome


class _Meddler(Processor):
    """Has its hands in the dialogue's uses."""

    @property
    def dialogue(self) -> Any:
        """The dialogue of its call."""
        chain: Any = self.chain
        return next(step for step in chain.steps if isinstance(step, Dialogue))

    def ask(self, name: str) -> None:
        """Begin a use at once."""
        moment = Moment(self.chain.turn, False, True, False, frozenset())
        arguments = msgspec.json.encode({"city": "Haifa"} | ({"pin": SECRET} if name == "order" else {})).decode()
        self.dialogue.uses.take([(name, arguments)], moment, {})


class Hasty(_Meddler):
    """Acts on the first words of a turn."""

    @on(Transcript)
    def act(self, frame: Transcript) -> None:
        self.push(frame)
        if not frame.final:
            self.ask("find")


class Oblivious(_Meddler):
    """Has forgotten what was done a moment ago."""

    @on(Transcript)
    def act(self, frame: Transcript) -> None:
        self.push(frame)
        for _ in range(3) if frame.final and frame.text else ():
            for use in self.call.memory.uses:
                use.arguments += " "
            self.ask("book")


class Doubtful(_Meddler):
    """Ends each use twice."""

    @on(ToolEnded)
    def doubt(self, control: ToolEnded) -> None:
        self.raise_up(control)
        uses = self.dialogue.uses
        use = next((each for each in self.call.memory.uses if each.number == control.use), None)
        if use is not None and use.outcome != UseOutcome.FAILED:
            uses.end(use, uses.tools.get(use.name), Outcome(UseOutcome.FAILED, "{}"))


class Shy(_Meddler):
    """Looks things up when nobody has asked, and tells nothing of it."""

    @on(AgentSpeaking)
    def look_up(self, control: AgentSpeaking) -> None:
        self.raise_up(control)
        if not control.on:
            self.ask("note")

    @on(ToolEnded)
    def hush(self, control: ToolEnded) -> None:
        for use in self.call.memory.uses:
            use.told = True
        self.raise_up(control)


class Misplacer(_Meddler):
    """Puts uses where no line is."""

    @on(ToolEnded)
    def misplace(self, control: ToolEnded) -> None:
        for use in self.call.memory.uses:
            use.place += 1000
        self.raise_up(control)


class Aloof(_Meddler):
    """Leaves the caller alone with a tool, fillers included."""

    @on(ReplyText)
    def withhold(self, frame: ReplyText) -> None:
        self.call.at_work = self.call.company = True
        self.raise_up(ToolBegan(99, frame.turn, "find", "{}"))
        self.later(7.0, self.give_up)

    def give_up(self) -> None:
        """Let the pacer give the turn up."""
        self.call.at_work = self.call.company = False


class Blabber(_Meddler):
    """Writes all that it knows into the log."""

    @on(Transcript)
    def blab(self, frame: Transcript) -> None:
        self.push(frame)
        if frame.final:
            self.ask("order")
            self.call.log.info("USES {}", msgspec.json.encode(self.call.memory.uses).decode())


USES = {
    Hasty: "sure",
    Oblivious: "once",
    Doubtful: "settled",
    Shy: "owed",
    Misplacer: "pairs",
    Aloof: "company",
    Blabber: "secrets",
}
PLACES = {**dict.fromkeys(USES, "asr.script"), Aloof: "llm.script"}
