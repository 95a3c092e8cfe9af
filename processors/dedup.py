"""Drops what the caller says, or sounds like, a second time."""

from __future__ import annotations

from hashlib import blake2b
from typing import Annotated

from pipeline.frames import AgentSpeaking, Interrupt, Transcript, TurnDropped, Utterance
from pipeline.processor import Processor, on
from pipeline.settings import Duration, StepSettings, doc
from pipeline.text import normalise
from pipeline.vocabulary import DropReason


class Dedup(Processor):
    """Ignores the same sound or words said again; once the agent has asked something, nothing is a repetition."""

    gives = (TurnDropped,)

    class Settings(StepSettings, frozen=True, kw_only=True):
        window: Annotated[Duration, doc("How long a repetition is ignored; 0s: never.", 0, 600)] = 14.0

    settings: Settings

    def begin(self) -> None:
        self.sound, self.sound_until = b"", 0.0  # a digest: the sound itself would be most of a call
        self.words, self.words_until = "", 0.0

    @on(Utterance)
    def hear(self, frame: Utterance) -> None:
        if not self.settings.window:
            self.push(frame)
            return
        sound = blake2b(frame.pcm, digest_size=16).digest()
        if sound == self.sound and self.now < self.sound_until:
            self.ignore(frame.turn)
            return
        self.sound, self.sound_until = sound, self.now + self.settings.window
        self.push(frame)

    @on(Transcript)
    def read(self, frame: Transcript) -> None:
        if frame.final and self.settings.window and (words := normalise(frame.text)):
            if words == self.words and self.now < self.words_until:
                self.ignore(frame.turn)
                return
            self.words, self.words_until = words, self.now + self.settings.window
        self.push(frame)

    def ignore(self, turn: int) -> None:
        self.call.log.info("DEDUP user → ignore")
        self.push(TurnDropped(turn, DropReason.REPEATED))

    @on(AgentSpeaking, Interrupt)
    def agent(self, control: AgentSpeaking | Interrupt) -> None:
        """Whoever has heard a question to its end may answer it with the words of their last answer."""
        if "?" in control.heard:
            self.sound_until = self.words_until = 0.0
