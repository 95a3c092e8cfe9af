"""Barge-in: decides whether speech over the agent is an interruption."""

from __future__ import annotations

from pipeline.frames import (
    AgentSpeaking,
    HeldUtterance,
    Interrupt,
    ReplyHeld,
    SentenceOpen,
    SpeechHeld,
    SpeechReleased,
    SpeechStarted,
    SpeechStopped,
    Transcript,
    TurnDropped,
    TurnLikely,
    Utterance,
    WordsHeld,
)
from pipeline.processor import on
from pipeline.text import normalise
from pipeline.text.fixed import nods
from pipeline.text.nods import Nods
from pipeline.vocabulary import DropReason
from processors.end_of_utterance.endpointing import seconds
from processors.end_of_utterance.held import HeldSpeech
from processors.end_of_utterance.patient import PatientEndpointing
from processors.end_of_utterance.settings import EndOfUtteranceSettings, frames

THIN = 2  # times `confirm`: a pause so long without enough voice in it is for noise, some of which is taken for voice


class EndOfUtterance(PatientEndpointing):
    """Gathers the caller's voiced frames into utterances, each ended by the silence after it.

    All times are stream time, counted in frames of 20 ms, and never arrival times: a network that delivers late or in
    bursts neither lengthens nor shortens a silence, and a replay of the same frames decides the same turns.

    Voice over the agent is held first: the agent pauses, and the speech is no turn. `confirm` of voice, or words that
    are no nod, make it an interruption; silence of `release` lets the agent go on. The words of all speech that began
    so come here from the recogniser, and go down as a Transcript unless they are a nod: a nod is dropped, but if the
    agent has just asked or has said about all of its reply, it is an answer.
    """

    gives = (
        SpeechStarted,
        TurnLikely,
        SpeechHeld,
        SpeechReleased,
        SpeechStopped,
        Utterance,
        HeldUtterance,
        TurnDropped,
    )
    relays = (Transcript,)  # of WordsHeld
    optional = (AgentSpeaking, Interrupt, SentenceOpen, ReplyHeld, WordsHeld)
    needs = ("vad",)

    Settings = EndOfUtteranceSettings

    def begin(self) -> None:
        super().begin()
        self.confirm, self.release = frames(self.settings.confirm), frames(self.settings.release)
        self.nods = Nods(self.settings.nods or nods(self.call.language))
        self.awaited: dict[int, HeldSpeech] = {}  # speech that was held, and whose final words have not come, by turn

    # ---- voice -----------------------------------------------------------------------------------------------------

    def begin_turn(self) -> None:
        """Let the speech under way be a turn, or hold it if it may be no interruption."""
        held, self.held = self.held, None
        if held is None and self.agent_speaks and self.run < self.confirm:
            turn = self.chain.reserve_turn()
            self.held = self.awaited[turn] = HeldSpeech(turn, self.began, self.run)
            self.pause(self.held)
        elif held is None:
            super().begin_turn()
        elif held.turn < self.chain.turn:  # a step has begun a turn meanwhile: this is a later one, of another number
            self.drop(held.turn, DropReason.SHORT)
            super().begin_turn()
        else:
            self.take_place(held)
            self.started(held.turn)

    def take_place(self, held: HeldSpeech) -> None:
        """Let held speech be the caller's turn."""
        held.begun = True
        self.chain.turn = held.turn

    def pause(self, held: HeldSpeech) -> None:
        """Let the agent pause, and the recogniser listen."""
        held.waits, held.rests, held.paused = True, False, self.clock
        since, within = seconds(self.clock - self.began + 1), seconds(THIN * self.confirm + self.release)
        self.push(SpeechHeld(held.turn, seconds(self.began - 1), b"".join(self.pcm or ()), since, within))

    def go_on(self, held: HeldSpeech) -> None:
        """Let the agent go on; later voice counts anew."""
        held.voiced = 0
        if held.waits:
            held.waits = False
            self.push(SpeechReleased(held.turn))

    def weigh(self, held: HeldSpeech, voiced: bool) -> None:
        if not voiced:
            if self.clock - self.last >= self.release:
                held.rests = True
                self.go_on(held)
            return
        held.voiced += 1
        if held.voiced >= (self.confirm if self.agent_speaks else self.frames_needed()):
            self.begin_turn()
        elif held.waits and self.clock - held.paused >= THIN * self.confirm:
            self.go_on(held)
        # Only voice after a rest pauses the agent anew: what goes on after an interim nod has `confirm` to be more.
        elif self.run == self.settings.barge_in_frames and self.agent_speaks and held.rests:
            self.pause(held)

    def finish(self) -> None:
        if (held := self.held) is not None:
            self.go_on(held)
            held.last = self.last
        super().finish()

    # ---- words -----------------------------------------------------------------------------------------------------

    @on(WordsHeld)
    def read(self, words: WordsHeld) -> None:
        """Judge the words of speech that was held."""
        if (held := self.awaited.get(words.turn)) is None:
            return
        if words.final:  # recognisers give them turn by turn: none of an older one will come
            self.awaited = {turn: each for turn, each in self.awaited.items() if turn > words.turn}
        is_nod = not held.answers and self.nods.are(words.text)
        if normalise(words.text) and not is_nod:
            self.interrupt(held)
            self.pass_on(words)
        elif not words.final:
            # Recognisers repeat interim words: only new ones say that the voice so far was a nod.
            if is_nod and not held.begun and normalise(words.text) != held.words:
                held.words = normalise(words.text)
                self.go_on(held)
        elif held.begun and not is_nod:
            self.pass_on(words)
        else:
            self.drop(words.turn, DropReason.NOD if is_nod else DropReason.COUGH)

    def interrupt(self, held: HeldSpeech) -> None:
        """Let held speech be a turn by its words, if it is none yet; it may be over by then."""
        if held.begun:
            return
        if held is self.held:
            self.begin_turn()
        elif held.turn > self.chain.turn:
            self.take_place(held)
            self.push(SpeechStarted(held.turn, seconds(held.began - 1), since=seconds(self.clock - held.began + 1)))
            self.push(SpeechStopped(held.turn, seconds(self.clock), seconds(self.clock - held.last)))

    def pass_on(self, words: WordsHeld) -> None:
        """Send words down as a transcript, once the interruption that they may be is through."""
        given = Transcript(words.turn, words.text, words.final, words.language, words.confidence, words.failed)
        # Behind the controls of the interruption: the model must have heard of it before it reads the words.
        self.chain.enter(self.push, given)

    def drop(self, turn: int, reason: DropReason) -> None:
        """End speech that came to nothing."""
        self.awaited.pop(turn, None)
        self.push(TurnDropped(turn, reason))

    # ---- the agent -------------------------------------------------------------------------------------------------

    @on(AgentSpeaking)
    def agent(self, control: AgentSpeaking) -> None:
        self.agent_speaks = control.on
        if not control.on:
            self.unbroken.full = False
            self.calm_at = seconds(self.clock) + self.settings.refractory

    @on(ReplyHeld)
    def heard(self, control: ReplyHeld) -> None:
        """Note how far the caller had heard the agent."""
        if (held := self.awaited.get(control.turn)) is not None:
            held.heard, held.left = control.heard, control.left

    @on(Interrupt)
    def interrupted(self, control: Interrupt) -> None:
        """Take a barge-in as the end of the agent's speech, without the refractory time: the caller is speaking."""
        self.agent_speaks = False
        self.calm_at = 0.0
        for held in self.awaited.values():
            if not held.begun:
                held.left = 0.0  # of this reply nothing is left for a nod to go on with
