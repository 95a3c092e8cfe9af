"""Voice activity by a neural model that tells speech from noise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from pipeline import audio
from pipeline.faults import need
from pipeline.frames import AgentSpeaking, Interrupt
from pipeline.processor import on
from pipeline.settings import StepSettings, doc
from pipeline.vad import Vad
from processors.vad.silero.caller_level import CallerLevel
from processors.vad.silero.model import CONTEXT, WINDOW, Listening, session

need("silero", "onnxruntime", "onnxruntime")

HYSTERESIS = 0.15  # speech goes on until the probability is this far below the threshold
LEAST = 50  # the lowest floor under a caller whose level is followed (RMS)
AWAITED = 15  # voiced frames, 0.3 s, in which the caller has begun to answer
SEEN = 2 * (CONTEXT + WINDOW)  # bytes given to the model for a window
CALM = 25  # frames, 0.5 s, below the floor, after which the model rests
LEAD = 4  # windows, 128 ms, before the first loud frame, given to the model when it resumes
FORGET = 1500  # frames, 30 s, without speech, after which the model's memory of the line's noise is reset


class SileroVad(Vad):
    """Calls a frame voiced if Silero's model finds speech in it and it is louder than a floor.

    The floor follows the caller: it is `below_caller` under their own level, but no less than an RMS of 50 and no more
    than `rms`; until their level is known it is 50. A quiet voice is made louder for the model. While the agent speaks
    it takes a surer and a louder frame to begin a voice, no more than `barge_in_below` under the caller's level; where
    an answer is awaited, a less sure one. After 0.5 s below the floor the model rests, as a caller listens most of the
    time.
    """

    imports = ("onnxruntime",)
    optional = (AgentSpeaking, Interrupt)

    class Settings(StepSettings, frozen=True, kw_only=True):
        threshold: Annotated[float, doc("Probability of speech from which a frame is voice.", 0.05, 0.95)] = 0.5
        barge_in_threshold: Annotated[float, doc("The same while the agent speaks.", 0.05, 0.95)] = 0.7
        awaited_threshold: Annotated[
            float, doc("The same for the first voice after the agent's speech.", 0.05, 0.95)
        ] = 0.35
        rms: Annotated[
            int, doc("The highest floor while the agent is silent: quieter frames are never voice (RMS).", 0, 32767)
        ] = 210
        below_caller: Annotated[
            float, doc("Decibels from the caller's own level down to the floor; 0: the floor is `rms`.", 0, 60)
        ] = 22.0
        barge_in_below: Annotated[
            float, doc("The same for voice that begins while the agent speaks; 0: no other floor.", 0, 60)
        ] = 10.0

    settings: Settings

    def begin(self) -> None:
        self.sound = bytearray(2 * CONTEXT)  # sound that the model has not had, behind the context
        self.model = Listening(self.shared)
        self.speech = self.voiced = False
        self.silent = 0  # frames without speech in a row
        self.calm = CALM  # frames below the floor in a row
        self.level = CallerLevel()
        self.agent_speaks = False
        self.awaited = 0  # voiced frames that an answer may still be short of
        self.adapt()

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, phrases: tuple[str, ...], language: str) -> AsyncIterator[Any]:
        yield session()

    # ---- thresholds ----------------------------------------------------------------------------------------------

    @on(AgentSpeaking, Interrupt)
    def agent(self, control: AgentSpeaking | Interrupt) -> None:
        """Note that the agent is heard, or that an answer to it is awaited; who has interrupted it is speaking."""
        self.agent_speaks = isinstance(control, AgentSpeaking) and control.on
        self.awaited = AWAITED if isinstance(control, AgentSpeaking) and not control.on else 0
        self.adapt()

    def adapt(self) -> None:
        """Set the thresholds and floors at which voice begins and goes on, and the gain, for the frames to come."""
        s, level = self.settings, self.level
        self.begins, self.gain = s.threshold, 1.0
        if self.agent_speaks:
            self.begins = s.barge_in_threshold
        elif self.awaited:
            self.begins = s.awaited_threshold
        # Once speech, a frame stays speech at a lower probability, so that a weak syllable does not split a word.
        self.goes_on = min(self.begins, s.threshold) - HYSTERESIS
        self.floor = self.low = float(s.rms)
        if s.below_caller:
            self.floor = self.low = min(self.low, max(LEAST, level.below(s.below_caller)))
            self.gain = level.gain
            if self.agent_speaks and s.barge_in_below:
                self.floor = max(self.low, level.below(s.barge_in_below))

    # ---- frames ----------------------------------------------------------------------------------------------------

    def hears(self, pcm: bytes) -> bool:
        loudness = audio.rms(pcm)
        self.calm = 0 if loudness > self.low else self.calm + 1
        self.sound += pcm
        if self.calm < CALM:
            while len(self.sound) >= SEEN:
                self.window()
        else:
            self.wait()
        if self.speech:
            self.silent = 0
            self.voiced = loudness > (self.low if self.voiced else self.floor)
            if not self.agent_speaks:  # else it may be an echo, or a voice in the room
                self.learn(loudness)
            return self.voiced
        self.voiced = False
        self.silent += 1
        if self.silent == FORGET:
            self.model.forget()
            self.silent = 0
        return False

    def learn(self, loudness: int) -> None:
        """Learn the caller's level from a frame of speech; from their first 0.3 s on an answer is no longer awaited."""
        if self.awaited and self.voiced:
            self.awaited -= 1
        if loudness > LEAST and self.level.learn(loudness):
            self.adapt()

    def window(self) -> None:
        probability = self.model.hears(self.sound, self.gain)
        del self.sound[: 2 * WINDOW]
        self.speech = probability > (self.goes_on if self.speech else self.begins)

    def wait(self) -> None:
        """Rest while the line is calm: no frame is speech, and only the last 128 ms are kept, as a possible start."""
        self.speech = False
        while len(self.sound) >= SEEN + LEAD * 2 * WINDOW:
            del self.sound[: 2 * WINDOW]
