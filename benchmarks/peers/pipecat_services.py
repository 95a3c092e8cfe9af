"""What Pipecat's pipeline needs besides itself: voice by loudness, and services that take no time."""

from __future__ import annotations

import warnings
from collections.abc import AsyncGenerator

from pipecat.audio.vad.vad_analyzer import VADAnalyzer, VADParams
from pipecat.frames.frames import (
    Frame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings, STTSettings, TTSSettings
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.utils.time import time_now_iso8601

from benchmarks.load.messages import RATE

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

START, STOP = 0.06, 0.2  # seconds of voice that begin a turn, of silence that end one: as in configs/bench.yaml
LOUD = 210
SENTENCES = ("We are open from nine to five. ", "We are open every day but one.")
SENTENCE = 1.95  # seconds each
PCM = (b"\x40\x1f" * 13 + b"\xc0\xe0" * 13) * (round(SENTENCE * RATE) // 26)


def vad() -> VADAnalyzer:
    """Voice by loudness, in frames of 20 ms."""
    return _Loudness(params=VADParams(start_secs=START, stop_secs=STOP))


class _Loudness(VADAnalyzer):
    def num_frames_required(self) -> int:
        return self.sample_rate // 50

    def voice_confidence(self, buffer: bytes) -> float:
        return 1.0 if audioop.rms(buffer, 2) > LOUD else 0.0

    def _get_smoothed_volume(self, audio: bytes) -> float:
        return 1.0  # without the loudness gate over it, which costs more than the threshold


class Asr(STTService):
    """Has the words as soon as the caller has ended."""

    def __init__(self) -> None:
        super().__init__(ttfs_p99_latency=0.0, settings=STTSettings(model="none", language=None))

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Nothing, until then."""
        yield None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Pipecat's one way in."""
        await super().process_frame(frame, direction)
        if isinstance(frame, VADUserStoppedSpeakingFrame):
            words = TranscriptionFrame("where are you and when are you open", "caller", time_now_iso8601())
            words.finalized = True
            await self.push_frame(words)


class Llm(LLMService):
    """Answers in two sentences, by the frames that Pipecat's own models send."""

    def __init__(self) -> None:
        unset = dict.fromkeys(
            ("system_instruction", "temperature", "max_tokens", "top_p", "top_k", "frequency_penalty", "seed")
        )
        settings = LLMSettings(
            model="none",
            presence_penalty=None,
            filter_incomplete_user_turns=False,
            user_turn_completion_config=None,
            **unset,
        )
        super().__init__(settings=settings)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Pipecat's one way in."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        await self.push_frame(LLMFullResponseStartFrame())
        for sentence in SENTENCES:
            await self._push_llm_text(sentence)
        await self.push_frame(LLMFullResponseEndFrame())


class Tts(TTSService):
    """Has a sentence's sound at once, in pieces of the size that Pipecat's voices use."""

    def __init__(self) -> None:
        super().__init__(
            push_start_frame=True,
            push_stop_frames=True,
            sample_rate=RATE,
            settings=TTSSettings(model="none", voice="none", language=None),
        )

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame, None]:
        """The sound of one sentence."""
        for at in range(0, len(PCM), self.chunk_size):
            await self.stop_ttfb_metrics()
            yield TTSAudioRawFrame(PCM[at : at + self.chunk_size], self.sample_rate, 1, context_id=context_id)
