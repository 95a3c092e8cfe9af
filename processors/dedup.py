"""Drops a caller's turn that repeats the one before: the same sound, or the same words."""

from __future__ import annotations

from hashlib import blake2b
from typing import Annotated

from pipeline.frames import AgentSpeaking, Interrupt, Transcript, TurnDropped, Utterance
from pipeline.processor import Processor, on
from pipeline.settings import Duration, StepSettings, doc
from pipeline.text import normalise
from pipeline.vocabulary import DropReason

QUESTION_MARKS = frozenset("?？؟\u037e")  # of Latin, Chinese and Japanese, Arabic, Greek


class Dedup(Processor):
    """Drops an utterance or a final transcript that repeats the last one within a window; a question ends the window.

    Two windows run side by side: one for the sound, compared bit for bit, which catches a line that sends audio twice
    and saves its recognition; one for the normalised words. Each starts when its sound or words are let through, and is
    not prolonged by the repetitions in it. A repetition ends its turn with TurnDropped("repeated").
    """

    gives = (TurnDropped,)
    optional = (Utterance, Transcript, AgentSpeaking, Interrupt)  # above a recogniser the sound, below it the words

    class Settings(StepSettings, frozen=True, kw_only=True):
        window: Annotated[Duration, doc("How long a repetition is ignored; 0s: never.", 0, 600)] = 14.0

    settings: Settings

    def begin(self) -> None:
        self.sound, self.sound_until = b"", 0.0  # a digest: the sounds themselves would be most of a call's memory
        self.words, self.words_until = "", 0.0

    @on(Utterance)
    def hear(self, frame: Utterance) -> None:
        if not self.settings.window:
            self.push(frame)
            return
        sound = blake2b(frame.pcm, digest_size=16).digest()
        # Loop time, as for words: a Transcript carries no stream time.
        if sound == self.sound and self.now < self.sound_until:
            self.ignore(frame.turn)
            return
        self.sound, self.sound_until = sound, self.now + self.settings.window
        self.push(frame)

    @on(Transcript)
    def read(self, frame: Transcript) -> None:
        # Interim transcripts pass: each repeats the words of the one before. Empty ones do, too, as they have no words
        # to repeat.
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
        """Close both windows once the caller has heard a question: its answer may be the words of the last answer."""
        if not QUESTION_MARKS.isdisjoint(control.heard):
            self.sound_until = self.words_until = 0.0
