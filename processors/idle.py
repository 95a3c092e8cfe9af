"""Asks a caller who has gone silent for an answer, and at last says goodbye."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pipeline.audio import FUZZ
from pipeline.frames import (
    AgentSpeaking,
    CallStarted,
    Dtmf,
    Hangup,
    Interrupt,
    Keys,
    ReplyEnded,
    ReplyText,
    SpeechStarted,
    SpeechStopped,
    ToolBegan,
    ToolEnded,
    Transcript,
    TurnDropped,
)
from pipeline.processor import Processor, on
from pipeline.settings import Duration, StepSettings, doc
from pipeline.text import Phrases, normalise, phrase
from pipeline.text.fixed import waits
from pipeline.text.heard import heard_words
from pipeline.text.languages import is_foreign
from pipeline.text.normalise import is_end_of
from pipeline.vocabulary import Cause, State

CUTS = 8  # replies cut short by turns without words, none heard to its end: such noise is no caller
LOOK = 1.0  # seconds to the next look, if the caller or the agent had the word; of quiet after it at the most


class IdleSettings(StepSettings, frozen=True, kw_only=True):
    """The settings of `idle`."""

    after: Annotated[Duration, doc("Silence before each line, from the end of the agent's sound.", 2, 600)] = 15.0
    say: Annotated[list[str], doc("Said one after the other, each after one more silence; default: by language.")] = []
    then: Annotated[
        Literal["hang_up", "go_on"],
        doc("After the last line, which is then a goodbye, end the call; or go on, and say no more until words come."),
    ] = "hang_up"
    more: Annotated[
        Duration, doc("The same before the first line, once the caller has said `wait a moment`.", 2, 600)
    ] = 25.0

    def lines(self, language: str) -> tuple[str, ...]:
        """Return the lines in their order: as set, or the defaults of the language (BCP 47)."""
        names = ("silent", "leaving") if self.then == "hang_up" else ("silent",)
        return tuple(self.say) or tuple(phrase(name, language) for name in names)

    def faults(self) -> Iterable[tuple[str, str]]:
        for number, text in enumerate(self.say, 1):
            if not normalise(text):
                yield f"say[{number}]", "has no words"

    def doubts(self) -> Iterable[tuple[str, str]]:
        if self.then == "hang_up" and len(self.say) == 1:
            yield "say", "has one line, the goodbye: a silent caller is not asked before the end"

    def doubts_in(self, language: str) -> Iterable[tuple[str, str]]:
        for number, text in enumerate(self.say, 1):
            if is_foreign(text, language):
                yield f"say[{number}]", f"is not in the script of the config's language, {language}"


class Idle(Processor):
    """Asks a caller who says nothing whether they are there, and at last says goodbye and hangs up.

    The silence is counted from the end of the agent's sound, as the caller heard it. No line is said while the caller
    speaks or types, an answer is being made, a tool is at work, or the agent is heard. Only words or a key begin the
    lines anew: a turn without words was silence, as is a repetition that `dedup` dropped. A goodbye that was not heard
    to its end ends no call.
    """

    gives = (ReplyText, ReplyEnded, Hangup)
    optional = (AgentSpeaking, Interrupt, Dtmf, Keys, TurnDropped, ToolBegan, ToolEnded)
    needs = ("asr",)

    Settings = IdleSettings
    settings: IdleSettings

    def begin(self) -> None:
        self.lines = self.settings.lines(self.call.language)
        self.waits_for_me = Phrases(waits(self.call.language))
        self.patience = self.settings.after  # the silence before the next line
        self.said = 0  # lines, since the last words
        self.cuts = 0  # replies cut short, since the last words or the last whole reply
        self.due = 0.0  # loop time of the next line
        self.turn: int | None = None  # the one that the caller is in
        self.uses: set[int] = set()  # the numbers of those uses of tools that are under way
        self.waits = False  # a timer is set

    @classmethod
    def phrases(cls, settings: IdleSettings, language: str) -> tuple[str, ...]:
        return settings.lines(language)

    @property
    def leaving(self) -> bool:
        """True if the goodbye was said."""
        return self.said == len(self.lines) and self.settings.then == "hang_up"

    # ---- the caller --------------------------------------------------------------------------------------------

    @on(CallStarted, Dtmf, Keys)
    def present(self, frame: CallStarted | Dtmf | Keys) -> None:
        if isinstance(frame, Keys):
            self.over(frame.turn)
        if not isinstance(frame, Keys) or frame.digits:
            self.anew(self.settings.after)
        self.push(frame)

    @on(SpeechStarted)
    def speech(self, frame: SpeechStarted) -> None:
        self.turn = frame.turn
        self.push(frame)

    @on(SpeechStopped)
    def stopped(self, frame: SpeechStopped) -> None:
        self.turn = None
        self.push(frame)

    @on(Transcript)
    def read(self, frame: Transcript) -> None:
        if frame.final and not heard_words(frame.text):
            self.nothing(frame)
            return
        if frame.final:
            self.over(frame.turn)
            asked = self.waits_for_me.in_(frame.text)
            self.anew(max(self.settings.after, self.settings.more) if asked else self.settings.after)
        self.push(frame)

    @on(TurnDropped)
    def nothing(self, frame: TurnDropped | Transcript) -> None:
        """Pass a turn without words on; say goodbye in its place if such turns have let no reply be heard."""
        self.over(frame.turn)
        if self.cuts < CUTS or self.settings.then == "go_on" or frame.turn != self.chain.turn:
            self.push(frame)
        elif self.cuts < CUTS + 2:
            self.said = len(self.lines) - 1
            self.ask()
        else:
            self.raise_up(Hangup(Cause.SILENCE))

    def over(self, turn: int) -> None:
        """Note that a turn is over; of one that was too long, it is told while the caller speaks on in the next."""
        if turn == self.turn:
            self.turn = None

    def anew(self, patience: float) -> None:
        """Begin with the first line again, after a silence of so many seconds."""
        self.said, self.cuts, self.patience = 0, 0, patience
        self.put_off()
        self.wait(patience)

    def put_off(self) -> None:
        """Let the silence begin now."""
        self.due = self.now + self.patience

    # ---- the agent ---------------------------------------------------------------------------------------------

    @on(Interrupt)
    def interrupted(self, control: Interrupt) -> None:
        self.cuts += 1
        self.put_off()

    @on(AgentSpeaking)
    def agent(self, control: AgentSpeaking) -> None:
        self.put_off()
        if control.on:
            return
        self.cuts = 0
        if self.leaving:
            self.part(control.heard)

    @on(ToolBegan)
    def works(self, control: ToolBegan) -> None:
        self.uses.add(control.use)

    @on(ToolEnded)
    def worked(self, control: ToolEnded) -> None:
        """Let the silence begin when no use is under way: its result is told before, or as soon as it can be."""
        self.uses.discard(control.use)
        self.put_off()

    def part(self, words: str) -> None:
        """Hang up if these words, the ones heard last, are the goodbye."""
        if is_end_of(words, self.lines[-1]):
            self.raise_up(Hangup(Cause.SILENCE))
        else:
            self.said -= 1  # a question came in its place: it is to be said yet

    # ---- silence ---------------------------------------------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        if not self.waits:
            self.waits = True
            self.later(seconds, self.ring)

    def ring(self) -> None:
        """Say the next line if it is due and nothing else goes on; look again when it will be."""
        # The timer is never moved: `due` is, at each word and each reply, and one timer rings after it at the earliest.
        self.waits = False
        if self.due > self.now + FUZZ:
            self.wait(self.due - self.now)
        elif self.turn is not None or self.uses or self.call.state != State.LISTENING:
            self.wait(LOOK)
        elif self.said < len(self.lines):
            self.ask()
        elif self.leaving:
            self.raise_up(Hangup(Cause.SILENCE))  # the goodbye never became audible, or was stopped

    def ask(self) -> None:
        text = self.lines[self.said]
        self.said, self.patience = self.said + 1, self.settings.after
        self.put_off()
        self.wait(self.patience)
        self.call.log.info("IDLE: {} of {}", self.said, len(self.lines))
        turn = self.chain.next_turn()  # a reply of its own: its marks are none of the reply before it
        self.push(ReplyText(turn, text))
        self.push(ReplyEnded(turn))
