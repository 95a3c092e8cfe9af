"""Voices: a reply is spoken sentence by sentence, with fallbacks so that no sentence is left out."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from asyncio import Task
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

from pipeline import audio
from pipeline.events import Underrun, Unspoken, VoiceExchange, VoiceFailed
from pipeline.frames import (
    AgentSpeaking,
    AudioEnded,
    AudioOut,
    Frame,
    Interrupt,
    ReplyAhead,
    ReplyEnded,
    ReplyText,
    SpeechStarted,
    TurnDropped,
)
from pipeline.processor import on
from pipeline.providers.fallback import Request
from pipeline.settings import StepSettings
from pipeline.text import normalise
from pipeline.text.normalise import without_marks_of_direction
from pipeline.text.plain_json import whole
from pipeline.tts.checked import checked
from pipeline.tts.lookahead import JITTER, MOST_TEXT, FirstSentence, Lookahead
from pipeline.tts.settings import VoiceSettings
from pipeline.tts.shared import MB, SharedVoice, SoundCache, SynthesisError, fingerprint, longest, shortest
from pipeline.vocabulary import Refusal
from pipeline.worker import Worker

PATIENCE = 3.0  # seconds without more of a sound that has begun, after which synthesis has failed
RETRY = 2.0  # seconds that a second attempt gets at least


class Speaker(Worker):
    """Speaks a reply sentence by sentence, and synthesises the next one while one plays.

    Stops when the caller interrupts, or speaks before the reply is audible.
    """

    gives = (AudioOut, AudioEnded)
    holds = (ReplyText, ReplyEnded, ReplyAhead)
    optional = (ReplyAhead, TurnDropped, SpeechStarted, AgentSpeaking, Interrupt)

    def __init__(self, settings: StepSettings | None = None, shared: object = None) -> None:
        super().__init__(settings, shared)
        self.reply: Lookahead | None = None
        self.first = FirstSentence(self._synthesis, self._spawn)
        self.turn = -1
        self.audible = False

    @abstractmethod
    def sound(self, text: str) -> AsyncGenerator[bytes, None]:
        """Yield the sound of a text, 8 kHz 16-bit mono PCM in pieces of any length."""

    def ready(self, text: str) -> bytes:
        """Return the whole sound of a text, PCM, if it is in memory; otherwise nothing."""
        return b""

    @on(ReplyText, ReplyEnded)
    def read(self, frame: ReplyText | ReplyEnded) -> None:
        made = self.first.take(frame.turn, frame.text if isinstance(frame, ReplyText) else "")
        reply = self.reply
        if reply is None or frame.turn != self.turn or not self.working:
            reply = Lookahead(self.chain.loop, self._synthesis, self._spawn, self._underrun)
        if isinstance(frame, ReplyEnded):
            reply.end()
        elif not reply.add(frame.text, made):
            self.call.refuse(Refusal.REPLY_TOO_LONG, f"more than {MOST_TEXT} characters are not spoken")
        # Started only now that it has a sentence, or its end: its first step then hands over sound that is ready in
        # this same tick, and does not wait for a later turn of the loop.
        if reply is not self.reply:
            self.start(frame.turn, self._speak(frame.turn, reply))
            self.turn, self.reply = frame.turn, reply

    @on(ReplyAhead)
    def foresee(self, frame: ReplyAhead) -> None:
        self.first.make(frame.turn, frame.text)

    @on(TurnDropped)
    def dropped(self, frame: TurnDropped) -> None:
        self.first.drop()
        self.push(frame)

    @on(AgentSpeaking)
    def speaking(self, control: AgentSpeaking) -> None:
        self.audible = control.on

    @on(SpeechStarted)
    def speech(self, frame: SpeechStarted) -> None:
        self.first.drop()
        # An audible reply goes on here: the pacer below decides on the barge-in and raises `Interrupt`.
        if not self.audible:
            self.stop()
        self.push(frame)

    @on(Interrupt)
    def interrupted(self, control: Interrupt) -> None:
        self.audible = False
        self.stop()

    def stop(self) -> None:
        self.first.drop()
        if self.reply is not None:
            self.reply.stop()
        super().stop()

    def failed_at(self, frame: Frame) -> None:
        """Beep in the place of a sentence; at a reply's end, let the sentences that were taken be heard to theirs."""
        if isinstance(frame, ReplyEnded) and self.reply is not None and self.working and frame.turn == self.turn:
            self.reply.end()
        else:
            super().failed_at(frame)

    def _synthesis(self, text: str) -> bytes | Request[bytes]:
        text = whole(text)
        if pcm := self.ready(text):
            self.answered_at_once(VoiceExchange, text, len(pcm))
            return pcm
        return self.new_request(VoiceExchange, text, self.sound(text))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> Task[None]:
        return self.spawn(work, awaited=True)

    def _underrun(self) -> None:
        self.call.tell(Underrun(self.turn))

    async def _speak(self, turn: int, reply: Lookahead) -> AsyncGenerator[Frame, None]:
        length = 0.0
        try:
            async with aclosing(reply.sound()) as pieces:
                async for text, pcm in pieces:
                    length += audio.seconds(pcm)
                    yield AudioOut(turn, pcm, text, last=not pcm)
        finally:
            reply.stop()  # also after an error in one sentence: the next one's synthesis is a task of its own
        self.call.log.info("tts_done turn={} seconds={:.2f}", turn, length)
        yield AudioEnded(turn)


class Voice(Speaker):
    """A voice: if synthesis of a sentence fails, a second attempt, the fallback voices, the clip, and a beep follow.

    A subclass provides `synthesize`, and `engine` if that needs a library or a client.

    Guarantees:
    - Completeness: each sentence with a letter or digit in it gives sound, at the least a beep. A sentence of which
      some sound was handed over is not tried again, even if its synthesis fails in the middle.
    - Bounds: an attempt fails if its first sound takes longer than `patience` (a second attempt: at least RETRY) or a
      further piece longer than PATIENCE, if it ends with less than speech of the text has (`shortest`, at most 200 ms),
      or if it goes on beyond `longest`.
    - Concurrency: at most two sentences of a call are in synthesis, besides one synthesised preemptively. `synthesize`
      must allow that; `shared.engine` is used by all calls at once.
    - Cancellation: `synthesize` is cancelled where it waits when the caller interrupts, a time limit passes or the call
      ends. Its `finally` blocks run, and may wait; it must let the cancellation pass.
    """

    Settings: ClassVar[type[StepSettings]] = VoiceSettings
    trips = 2  # failures in a row that open its breaker: as many as the attempts for one sentence
    settings: VoiceSettings
    shared: SharedVoice

    @abstractmethod
    def synthesize(self, text: str) -> AsyncGenerator[bytes, None]:
        """Yield the sound of a text, 8 kHz 16-bit mono PCM or a WAV file, in pieces of any length.

        It may use `settings` and `shared.engine` alone: fixed sentences are synthesised before the first call, when
        there is no `call` yet. Raises SynthesisError if the text cannot be spoken; any other error is a fault of the
        call.
        """

    def spelled(self, text: str) -> str:
        """Return a text in the spelling that this voice can read; the text itself is what is cached and remembered."""
        return without_marks_of_direction(text)

    def checked(self, text: str) -> AsyncGenerator[bytes, None]:
        """Yield the sound of a text, decoded if it is a WAV file. Raises SynthesisError for anything else."""
        return checked(self.synthesize(self.spelled(text)))

    def patience(self, text: str) -> float:
        """Return the seconds that the first sound of a text may take."""
        return self.settings.first_timeout

    @classmethod
    @asynccontextmanager
    async def engine(cls, settings: Any, language: str) -> AsyncIterator[Any]:
        """Open the library or the client that synthesis uses; the value yielded is `shared.engine` of all calls."""
        yield None

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, phrases: tuple[str, ...], language: str) -> AsyncIterator[SharedVoice]:
        async with AsyncExitStack() as stack:
            shared = SharedVoice(await stack.enter_async_context(cls.engine(settings, language)))
            shared.clip = await asyncio.to_thread(audio.read_wav, settings.clip) if settings.clip else b""
            same = frozenset(VoiceSettings.__struct_fields__)  # settings without an effect on the sound
            folder = Path(settings.cache) if settings.cache else None
            shared.cache = SoundCache(fingerprint(cls, settings, language, same), folder, disk=settings.cache_mb * MB)
            await stack.enter_async_context(shared.cache)
            voice = cls(settings, shared)
            voice.begin()
            await shared.prerender(voice.checked, phrases)
            yield shared

    def ready(self, text: str) -> bytes:
        return self.shared.prerendered.get(text) or self.shared.cache.get(text)

    async def sound(self, text: str) -> AsyncGenerator[bytes, None]:
        """Yield the sound of a sentence from the first source that has any; nothing if no letter or digit is in it."""
        if not normalise(text):
            return
        if kept := await self.shared.cache.find(text):
            yield kept
            return
        hopeless: set[Voice] = set()  # voices that would fail again at this text
        for voice, patience in self._sources(text):
            if voice in hopeless:
                continue
            heard = False
            with self.attempt():
                async with aclosing(self._spoken_by(voice, text, patience, hopeless)) as pieces:
                    async for pcm in pieces:
                        heard = True
                        yield pcm
            # Another voice that began the sentence anew would be worse to hear than its missing end.
            if heard:
                return
            self.call.log.warning("TTS_ERR no sound from {}", type(voice).__name__)
            self.call.tell(VoiceFailed(voice.breaker.provider))
        instead = "the clip" if self.shared.clip else "a beep"
        self.call.log.warning("TTS_ERR no voice spoke a sentence: the caller hears {}", instead)
        self.call.tell(Unspoken(text))
        yield self.shared.clip or audio.beep()

    def _sources(self, text: str) -> Iterator[tuple[Voice, float]]:
        """Yield the voices to ask in turn, this one twice, each with the seconds that its first sound may take."""
        # A change of voice within a reply is audible, so this one gets a second attempt first; not if its breaker has
        # opened meanwhile, unless there is no other voice.
        for voice in self.providers():
            patience = voice.patience(text)
            yield voice, patience
            if voice is self and (not self.spares or self.breaker.lets(self.now)):
                yield self, max(patience, RETRY)

    def _failed(self, voice: Voice, error: Exception, patience: float, hopeless: set[Voice]) -> None:
        """Log a voice's failure; one that another try cannot help joins the hopeless."""
        self.call.log.warning("TTS_ERR {}: {}", type(voice).__name__, error or f"silent for {patience:g} s")
        if isinstance(error, SynthesisError) and not error.again:
            hopeless.add(voice)

    async def _spoken_by(
        self, voice: Voice, text: str, patience: float, hopeless: set[Voice]
    ) -> AsyncGenerator[bytes, None]:
        """Yield one voice's sound once it has enough to be speech; nothing on failure or timeout."""
        if ready := await voice.shared.cache.find(text):
            yield ready
            return
        # Held back until it is long enough for speech: an empty file or a click counts as a failure, and must not be
        # heard. No more than JITTER, as `Lookahead` waits for that much anyway.
        made, given, enough = bytearray(), 0, min(shortest(text), JITTER)
        try:
            with voice.trial() as trial:
                async with asyncio.timeout(patience) as waiting, aclosing(voice.checked(text)) as pieces:
                    async for pcm in pieces:
                        made += pcm
                        if len(made) > longest(text):
                            raise SynthesisError(f"no end after {audio.seconds(bytes(made)):.0f} s", again=False)
                        if len(made) >= enough:
                            waiting.reschedule(self.now + PATIENCE)
                            trial.worked()
                            yield bytes(made[given:])
                            given, enough = len(made), len(made) + 1
        except (SynthesisError, TimeoutError) as error:
            self._failed(voice, error, patience, hopeless)
            return
        # Some voices end a failed answer early and without an error. Twice the minimum is asked for before a sound is
        # kept, or such a stump would be spoken from the cache from then on.
        if len(made) >= 2 * shortest(text):
            voice.shared.cache.put(text, bytes(made))
