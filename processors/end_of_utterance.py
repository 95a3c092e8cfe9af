"""Endpointing: decides when a caller's turn begins and when it is over."""

from __future__ import annotations

import math
from collections import deque
from typing import Annotated

from pipeline import audio
from pipeline.frames import AgentSpeaking, AudioIn, Interrupt, SpeechStarted, SpeechStopped, TurnDropped, Utterance
from pipeline.processor import Processor, on
from pipeline.settings import Duration, StepSettings, doc
from pipeline.vocabulary import DropReason


class EndOfUtterance(Processor):
    """Gathers the caller's voiced frames into utterances, each ended by the silence after it.

    All times are stream time, counted in frames of 20 ms, and never arrival times: a network that delivers late or in
    bursts neither lengthens nor shortens a silence, and a replay of the same frames decides the same turns.
    """

    gives = (SpeechStarted, SpeechStopped, Utterance, TurnDropped)
    optional = (AgentSpeaking, Interrupt)
    needs = ("vad",)

    class Settings(StepSettings, frozen=True, kw_only=True):
        min_silence: Annotated[Duration, doc("Silence that ends an utterance of more than `short`.", 0.1, 5)] = 0.48
        short: Annotated[Duration, doc("Up to this length an utterance ends after a shorter silence.", 0, 10)] = 1.2
        short_by: Annotated[Duration, doc("How much shorter the silence is that ends those.", 0, 1)] = 0.12
        short_floor: Annotated[Duration, doc("The least silence that ends an utterance up to `short`.", 0, 5)] = 0.35
        hangover: Annotated[Duration, doc("The least silence that ends any utterance.", 0, 2)] = 0.14
        max_length: Annotated[Duration, doc("An utterance of this length is ended without a silence.", 1, 60)] = 7.0
        unbroken: Annotated[
            Duration,
            doc("Speech that never pauses is answered after so long; until it pauses no more of it counts.", 7, 600),
        ] = 20.0
        min_length: Annotated[Duration, doc("Utterances up to this length, pre-roll included, are dropped.", 0, 2)] = (
            0.28
        )
        pre_roll: Annotated[Duration, doc("Sound kept from before the first voiced frame.", 0, 1)] = 0.2
        start_frames: Annotated[int, doc("Voiced frames in a row that begin a turn.", 1, 50)] = 3
        barge_in: Annotated[bool, doc("Let the caller interrupt the agent.")] = True
        barge_in_frames: Annotated[int, doc("Voiced frames in a row that interrupt the agent (barge-in).", 1, 50)] = 3
        refractory: Annotated[
            Duration, doc("Time after the agent's speech in which a breath begins no turn.", 0, 5)
        ] = 0.75
        refractory_voice: Annotated[Duration, doc("Voice in a row that begins a turn in that time.", 0.02, 1)] = 0.12

    settings: Settings

    def begin(self) -> None:
        # Each duration is counted in frames once, here: a frame's handler, run 50 times a second, compares integers.
        s = self.settings
        self.pre_roll = _frames(s.pre_roll)
        self.refractory_frames = max(_frames(s.refractory_voice), s.start_frames)
        self.long_silence = _frames(max(s.min_silence, s.hangover))
        self.short_silence = _frames(max(s.short_floor, s.min_silence - s.short_by, s.hangover))
        self.short, self.min_length, self.max_length = _frames(s.short), _frames(s.min_length), _frames(s.max_length)
        # Room for the pre-roll and for the voiced frames that it takes to see that a turn has begun.
        self.before: deque[bytes] = deque(maxlen=self.pre_roll + max(self.refractory_frames, s.barge_in_frames))
        self.run = 0  # voiced frames in a row, up to now
        self.calm_at = 0.0  # stream time of the end of the refractory time
        self.agent_speaks = False
        self.clock = 0  # frames received in the call: the clock of stream time
        self.pcm: list[bytes] | None = None  # frames of the utterance; None between turns
        self.began = self.last = self.voiced = 0  # clock at its first and last voiced frame; its voiced frames
        self.unbroken = _frames(s.unbroken)
        self.flows = 0  # clock at the start of speech without a pause, of one turn or of several that were cut
        self.cut = 0  # clock at which the last turn was cut, as too long; 0 if it ended by silence
        self.full = False  # the speech has been as long as may be: its answer is due, and no more of it counts

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        self.clock += 1
        self.run = self.run + 1 if frame.voiced and not self.deaf else 0
        if self.full:
            self.await_pause(frame.voiced)
        if self.pcm is None:
            # The frame goes on before a turn begins or ends by it, so that a recogniser has all sound up to
            # SpeechStarted and SpeechStopped when it gets those.
            self.before.append(frame.pcm)
            self.down[AudioIn](frame)
            if self.run and self.run >= self.frames_needed():
                self.begin_turn()
            return
        self.pcm.append(frame.pcm)
        if frame.voiced:
            self.last, self.voiced = self.clock, self.voiced + 1
        self.down[AudioIn](frame)
        self.full = self.clock - self.flows >= self.unbroken
        if self.clock - self.last >= self.silence_needed() or len(self.pcm) >= self.max_length or self.full:
            self.finish()

    @property
    def deaf(self) -> bool:
        """True while the agent speaks and barge-in is off: no voice counts."""
        return self.agent_speaks and not self.settings.barge_in

    def await_pause(self, voiced: bool | None) -> None:
        """Count no voice: until speech that would not end pauses, or its answer has been heard, or none comes."""
        self.run = 0
        self.last = self.clock if voiced else self.last
        waits = self.agent_speaks or self.clock - self.cut < self.max_length
        self.full = waits and self.clock - self.last < self.short_silence
        if not self.full:
            self.cut = 0

    def frames_needed(self) -> int:
        """Voiced frames in a row that count as speech now: more while a breath is likely."""
        if self.agent_speaks:
            return self.settings.barge_in_frames
        return self.settings.start_frames if _seconds(self.clock) > self.calm_at else self.refractory_frames

    def silence_needed(self) -> int:
        """Frames of silence that end this utterance: more after a long one."""
        return self.long_silence if self.length() > self.short else self.short_silence

    def length(self) -> int:
        """Length in frames from the start of the pre-roll to the last voiced frame.

        The pre-roll counts whole, also at the start of a call, where less sound than that has come.
        """
        return self.pre_roll + self.last - self.began + 1

    def begin_turn(self) -> None:
        """Begin the caller's turn, which voids all older ones, with the pre-roll as its first sound."""
        self.pcm = list(self.before)[-(self.pre_roll + self.run) :]
        self.before.clear()
        self.began, self.last, self.voiced = self.clock - self.run + 1, self.clock, self.run
        if not self.cut or self.began - self.cut >= self.short_silence:  # else it goes on with the turn before
            self.flows = self.began
        self.push(SpeechStarted(self.chain.next_turn(), _seconds(self.began - 1), b"".join(self.pcm)))

    def finish(self) -> None:
        """End the caller's turn, with an Utterance if it was long enough, otherwise with TurnDropped."""
        turn, pcm = self.chain.turn, b"".join(self.pcm or ())
        self.pcm, self.run = None, 0
        self.cut = self.clock if self.clock - self.last < self.silence_needed() else 0
        self.push(SpeechStopped(turn, _seconds(self.clock), _seconds(self.clock - self.last)))
        if self.length() <= self.min_length:
            self.push(TurnDropped(turn, DropReason.SHORT))
            return
        self.push(Utterance(turn, pcm, _seconds(self.began - 1), _seconds(self.last), _seconds(self.voiced)))

    @on(AgentSpeaking)
    def agent(self, control: AgentSpeaking) -> None:
        self.agent_speaks = control.on
        if not control.on:
            self.full = False
            self.calm_at = _seconds(self.clock) + self.settings.refractory

    @on(Interrupt)
    def interrupted(self, control: Interrupt) -> None:
        """Take a barge-in as the end of the agent's speech, without the refractory time: the caller is speaking."""
        self.agent_speaks = False
        self.calm_at = 0.0


def _frames(seconds: float) -> int:
    """Return the least number of 20 ms frames that last at least this long."""
    return math.ceil(round(seconds / audio.FRAME_SECONDS, 6))


def _seconds(frames: int) -> float:
    return frames * audio.FRAME_SAMPLES / audio.RATE
