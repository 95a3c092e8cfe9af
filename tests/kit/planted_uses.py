"""Steps with a fault in each: what breaks every rule of a storm that is about the uses of tools."""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.frames import ReplyText, ToolBegan, ToolEnded, Transcript
from pipeline.llm import Dialogue
from pipeline.processor import Processor, on
from pipeline.uses.running import Outcome
from pipeline.uses.under_way import Moment
from pipeline.vocabulary import UseOutcome

REPEATED = '{"city":"Haifa"}'


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
        self.dialogue.uses.take([(name, REPEATED)], moment, {})


class Hasty(_Meddler):
    """Acts on the first words of a turn."""

    @on(Transcript)
    def act(self, frame: Transcript) -> None:
        self.push(frame)
        if not frame.final:
            self.ask("find")


class Oblivious(_Meddler):
    """Has forgotten what was done."""

    @on(Transcript)
    def act(self, frame: Transcript) -> None:
        self.push(frame)
        if frame.final and frame.text:
            for use in self.call.memory.uses:
                use.arguments += " "
            self.ask("book")


class Doubtful(_Meddler):
    """Takes each use for one that failed before it has ended."""

    @on(ToolBegan)
    def doubt(self, control: ToolBegan) -> None:
        self.raise_up(control)
        uses = self.dialogue.uses
        use = next(each for each in self.call.memory.uses if each.number == control.use)
        uses.end(use, uses.tools[use.name], Outcome(UseOutcome.FAILED, "{}"))


class Shy(_Meddler):
    """Tells no result."""

    @on(ToolEnded)
    def hush(self, control: ToolEnded) -> None:
        self.dialogue.stop()
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
    """Says nothing while a tool is at work, fillers included."""

    @on(ReplyText)
    def withhold(self, frame: ReplyText) -> None:
        self.call.company = True
        if not any(use.outcome is None for use in self.call.memory.uses):
            self.push(frame)


class Blabber(_Meddler):
    """Writes all that it knows into the log."""

    @on(ToolEnded)
    def blab(self, control: ToolEnded) -> None:
        self.call.log.info("USES {}", msgspec.json.encode(self.call.memory.uses).decode())
        self.raise_up(control)


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
