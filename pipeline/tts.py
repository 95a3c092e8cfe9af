"""What every voice does on a call: speak each piece of a reply in turn, and never leave one unspoken."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

from loguru import logger

from pipeline import audio
from pipeline.frames import AgentSpeaking, AudioEnded, AudioOut, Frame, Interrupt, ReplyEnded, ReplyText, SpeechStarted
from pipeline.processor import StepSettings, doc, on
from pipeline.spec import FilePath, Steps
from pipeline.worker import Worker

TOO_SHORT = 400  # bytes of PCM, 25 ms: less than this is no speech
PATIENCE = 3.0  # seconds without sound, after which synthesis has failed


class VoiceSettings(StepSettings, frozen=True, kw_only=True):
    """What may be set of every voice."""

    fallback: Annotated[Steps, doc("Voices to speak with when this one fails, in order.")] = ()
    clip: Annotated[FilePath | None, doc("A WAV file played when no voice can speak.")] = None


@dataclass
class Studio:
    """What all calls of a voice share: its engine, its fallback voices, and the sound of the fixed phrases."""

    engine: Any
    fallback: list[Voice] = field(default_factory=list)
    phrases: dict[str, bytes] = field(default_factory=dict)
    clip: bytes = b""


class Voice(Worker):
    """Speaks a reply piece by piece; if synthesis fails: again, the fallback voices, the clip, a beep."""

    gives = (AudioOut, AudioEnded)
    holds = (ReplyText, ReplyEnded)
    settings: Any
    shared: Studio

    def __init__(self, settings: Any = None, shared: Any = None) -> None:
        super().__init__(settings, shared)
        self.queue: deque[ReplyText | ReplyEnded] = deque()
        self.more = asyncio.Event()
        self.turn = -1
        self.audible = False

    @abstractmethod
    def synthesize(self, text: str) -> AsyncGenerator[bytes, None]:
        """Yield the sound of a text, PCM in pieces of any length; uses `settings` and `shared.engine` alone."""

    @classmethod
    @asynccontextmanager
    async def engine(cls, settings: Any, language: str) -> AsyncIterator[Any]:
        """Open what synthesis needs: a library, a client."""
        yield None

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, phrases: tuple[str, ...], language: str) -> AsyncIterator[Studio]:
        async with AsyncExitStack() as stack:
            studio = Studio(await stack.enter_async_context(cls.engine(settings, language)))
            for step in settings.fallback:
                spare = await stack.enter_async_context(step.kind.share(step.settings, (), language))
                studio.fallback.append(step.kind(step.settings, spare))
            studio.clip = audio.read_wav(settings.clip) if settings.clip else b""
            for text in phrases:
                studio.phrases[text] = await cls(settings, studio).rehearse(text)
            yield studio

    async def rehearse(self, text: str) -> bytes:
        """The sound of a fixed phrase, made ahead; empty if that failed, so that a call tries again."""
        try:
            return b"".join([piece async for piece in self.synthesize(text)])
        except (OSError, ValueError, RuntimeError) as error:
            logger.warning("TTS_ERR no sound for {!r}: {}", text, error)
            return b""

    @on(ReplyText, ReplyEnded)
    def read(self, frame: ReplyText | ReplyEnded) -> None:
        if frame.turn != self.turn or not self.working:
            self.queue.clear()
            self.turn = frame.turn
            self.start(frame.turn, self._speak(frame.turn))
        self.queue.append(frame)
        self.more.set()

    @on(AgentSpeaking)
    def speaking(self, control: AgentSpeaking) -> None:
        self.audible = control.on

    @on(SpeechStarted)
    def speech(self, frame: SpeechStarted) -> None:
        if not self.audible:
            self.stop()
        self.push(frame)

    @on(Interrupt)
    def interrupted(self, control: Interrupt) -> None:
        self.audible = False
        self.stop()

    def stop(self) -> None:
        self.queue.clear()
        super().stop()

    async def _speak(self, turn: int) -> AsyncGenerator[Frame, None]:
        length = 0.0
        while True:
            while not self.queue:
                self.more.clear()
                await self.more.wait()
            frame = self.queue.popleft()
            if isinstance(frame, ReplyEnded):
                self.call.log.info("tts_done turn={} seconds={:.2f}", turn, length)
                yield AudioEnded(turn)
                return
            async for pcm in self._sound(frame.text):
                length += audio.seconds(pcm)
                yield AudioOut(turn, pcm, frame.text, last=False)
            yield AudioOut(turn, b"", frame.text, last=True)

    async def _sound(self, text: str) -> AsyncGenerator[bytes, None]:
        """The sound of a piece, from the first source that has any."""
        if ready := self.shared.phrases.get(text):
            yield ready
            return
        for voice in (self, self, *self.shared.fallback):
            heard = False
            async for pcm in self.attempt(self._prompt(voice.synthesize(text))):
                heard = True
                yield pcm
            if heard:
                return
            self.call.log.warning("TTS_ERR no sound from {}", type(voice).__name__)
        yield self.shared.clip or audio.beep()

    async def _prompt(self, pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        """The pieces, once they are more than a click; none, if they never are. Raises TimeoutError."""
        held, enough = b"", TOO_SHORT
        async with asyncio.timeout(PATIENCE) as waiting, aclosing(pieces):
            async for pcm in pieces:
                held += pcm
                if len(held) >= enough:
                    waiting.reschedule(self.now + PATIENCE)
                    yield held
                    held, enough = b"", 1
