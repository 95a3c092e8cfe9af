"""Drops a caller's turn that repeats the one before: the same sound, or the same words."""

from __future__ import annotations

from hashlib import blake2b
from typing import Annotated

from pipeline.frames import AgentSpeaking, Interrupt, ReplyStopped, Transcript, TurnDropped, Utterance
from pipeline.processor import Processor, on
from pipeline.settings import Duration, StepSettings, doc
from pipeline.text import normalise
from pipeline.text.heard import heard_words
from pipeline.text.questions import since_question
from pipeline.vocabulary import DropReason

DOUBLED = 1.0  # seconds; too short to hear an answer and to ask again: the line or the recogniser has doubled it


class Dedup(Processor):
    """Drops an utterance or a final transcript that repeats the last one while that is being answered.

    Two windows run side by side: one for the sound, compared bit for bit, which catches a line that sends audio twice
    and saves its recognition; one for the normalised words. Each starts when its sound or words are let through, and is
    not prolonged by the repetitions in it. Both close when the caller has heard the answer to its end, or a question in
    it: the same words are then a new request, or the answer to another question. A repetition ends its turn with
    TurnDropped("repeated"), upon which the answer goes on.
    """

    gives = (TurnDropped,)
    optional = (Utterance, Transcript, AgentSpeaking, Interrupt)  # above a recogniser the sound, below it the words

    class Settings(StepSettings, frozen=True, kw_only=True):
        window: Annotated[
            Duration, doc("How long a repetition is ignored while the answer is made and spoken; 0s: never.", 0, 600)
        ] = 14.0

    settings: Settings

    def begin(self) -> None:
        self.sound, self.words = _Window(self.settings.window), _Window(self.settings.window)

    @on(Utterance)
    def hear(self, frame: Utterance) -> None:
        # A digest: the sounds themselves would be most of a call's memory.
        if self.settings.window and self.sound.repeats(blake2b(frame.pcm, digest_size=16).digest(), self.now):
            self.ignore(frame.turn)
        else:
            self.push(frame)

    @on(Transcript)
    def read(self, frame: Transcript) -> None:
        # Interim transcripts pass: each repeats the words of the one before. Empty ones do, too, as they have no words
        # to repeat.
        words = normalise(heard_words(frame.text)) if frame.final and self.settings.window else ""
        if words and self.words.repeats(words, self.now):
            self.ignore(frame.turn)
        else:
            self.push(frame)

    def ignore(self, turn: int) -> None:
        self.call.log.info("DEDUP user → ignore")
        self.push(TurnDropped(turn, DropReason.REPEATED))

    @on(AgentSpeaking, Interrupt)
    def agent(self, control: AgentSpeaking | Interrupt) -> None:
        """Close both windows once no more of an answer is to come, or a question in it has been heard."""
        if control.heard:  # a filler has no words, and answers nothing
            ends = isinstance(control, AgentSpeaking) or since_question(control.heard, self.call.language) is not None
        else:
            ends = isinstance(control, ReplyStopped)
        if ends:
            self.sound.close()
            self.words.close()


class _Window:
    """The time in which the same again is a repetition; `seconds` long unless it is closed before. Loop time."""

    # Loop time for sounds, too: a Transcript carries no stream time.

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.last: bytes | str = ""
        self.since = self.until = 0.0

    def repeats(self, it: bytes | str, now: float) -> bool:
        """Return True for the same again; otherwise begin anew with this."""
        if it == self.last and now < self.until:
            return True
        self.last, self.since, self.until = it, now, now + self.seconds
        return False

    def close(self) -> None:
        self.until = min(self.until, self.since + DOUBLED)
