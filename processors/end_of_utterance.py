"""Decides when the caller's turn begins and when it is over."""

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
    """Gathers the caller's voice into utterances by the silence after it, on the stream's own clock."""

    gives = (SpeechStarted, SpeechStopped, Utterance, TurnDropped)
    needs = ("vad",)

    class Settings(StepSettings, frozen=True, kw_only=True):
        min_silence: Annotated[Duration, doc("Silence that ends an utterance of more than `short`.", 0.1, 5)] = 0.48
        short: Annotated[Duration, doc("Up to this length an utterance ends after a shorter silence.", 0, 10)] = 1.2
        short_by: Annotated[Duration, doc("How much shorter that silence is.", 0, 1)] = 0.12
        short_floor: Annotated[Duration, doc("It is never shorter than this.", 0, 5)] = 0.35
        hangover: Annotated[Duration, doc("No silence below this ends anything.", 0, 2)] = 0.14
        max_length: Annotated[Duration, doc("An utterance that will not end is closed after this.", 1, 60)] = 7.0
        min_length: Annotated[Duration, doc("Utterances up to this length, pre-roll included, are dropped.", 0, 2)] = (
            0.28
        )
        pre_roll: Annotated[Duration, doc("Sound kept from before the first voiced frame.", 0, 1)] = 0.2
        start_frames: Annotated[int, doc("Voiced frames in a row that are speech.", 1, 50)] = 3
        barge_in: Annotated[bool, doc("Whether the caller may interrupt the agent.")] = True
        barge_in_frames: Annotated[int, doc("Voiced frames in a row that interrupt the agent.", 1, 50)] = 3
        refractory: Annotated[
            Duration, doc("After the agent has been heard, breaths are no speech for this long.", 0, 5)
        ] = 0.75
        refractory_voice: Annotated[Duration, doc("In that time, this much voice in a row is speech.", 0.02, 1)] = 0.12

    settings: Settings

    def begin(self) -> None:
        s = self.settings
        self.pre_roll = _frames(s.pre_roll)
        self.refractory_frames = max(_frames(s.refractory_voice), s.start_frames)
        self.long_silence = _frames(max(s.min_silence, s.hangover))
        self.short_silence = _frames(max(s.short_floor, s.min_silence - s.short_by, s.hangover))
        self.short, self.min_length, self.max_length = _frames(s.short), _frames(s.min_length), _frames(s.max_length)
        self.before: deque[bytes] = deque(maxlen=self.pre_roll + max(self.refractory_frames, s.barge_in_frames))
        self.run = 0  # voiced frames in a row
        self.calm_at = 0.0  # stream time at which the refractory time after the agent's voice is over
        self.agent_speaks = False
        self.clock = 0  # frames heard in the call
        self.pcm: list[bytes] | None = None  # the utterance; None while nobody speaks
        self.began = self.last = self.voiced = 0  # its first and last voiced frame, how many of its frames are voiced

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        self.clock += 1
        self.run = self.run + 1 if frame.voiced and not self.deaf else 0
        if self.pcm is None:
            self.before.append(frame.pcm)
            self.down[AudioIn](frame)
            if self.run and self.run >= self.frames_needed():
                self.begin_turn()
            return
        self.pcm.append(frame.pcm)
        if frame.voiced:
            self.last, self.voiced = self.clock, self.voiced + 1
        self.down[AudioIn](frame)
        if self.clock - self.last >= self.silence_needed() or len(self.pcm) >= self.max_length:
            self.finish()

    @property
    def deaf(self) -> bool:
        """Whether nothing that the caller says counts now."""
        return self.agent_speaks and not self.settings.barge_in

    def frames_needed(self) -> int:
        """Voiced frames in a row that are speech now."""
        if self.agent_speaks:
            return self.settings.barge_in_frames
        return self.settings.start_frames if _seconds(self.clock) > self.calm_at else self.refractory_frames

    def silence_needed(self) -> int:
        """Frames of silence that end this utterance: more for a long one."""
        return self.long_silence if self.length() > self.short else self.short_silence

    def length(self) -> int:
        """Frames from the start of the pre-roll, which counts whole even as a call begins, to the last voiced one."""
        return self.pre_roll + self.last - self.began + 1

    def begin_turn(self) -> None:
        """The caller speaks: from here on, every older turn is void."""
        self.pcm = list(self.before)[-(self.pre_roll + self.run) :]
        self.before.clear()
        self.began, self.last, self.voiced = self.clock - self.run + 1, self.clock, self.run
        self.push(SpeechStarted(self.chain.next_turn(), _seconds(self.began - 1), b"".join(self.pcm)))

    def finish(self) -> None:
        """The caller's turn is over: an utterance, if it was long enough to be one."""
        turn, pcm = self.chain.turn, b"".join(self.pcm or ())
        self.pcm, self.run = None, 0
        self.push(SpeechStopped(turn, _seconds(self.clock)))
        if self.length() <= self.min_length:
            self.push(TurnDropped(turn, DropReason.SHORT))
            return
        self.push(Utterance(turn, pcm, _seconds(self.began - 1), _seconds(self.last), _seconds(self.voiced)))

    @on(AgentSpeaking)
    def agent(self, control: AgentSpeaking) -> None:
        self.agent_speaks = control.on
        if not control.on:
            self.calm_at = _seconds(self.clock) + self.settings.refractory

    @on(Interrupt)
    def interrupted(self, control: Interrupt) -> None:
        """The caller is speaking: what they say next is no breath."""
        self.agent_speaks = False
        self.calm_at = 0.0


def _frames(seconds: float) -> int:
    """The frames that last at least this long."""
    return math.ceil(round(seconds / audio.FRAME_SECONDS, 6))


def _seconds(frames: int) -> float:
    return frames * audio.FRAME_SAMPLES / audio.RATE
