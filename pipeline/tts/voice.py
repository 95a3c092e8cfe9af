"""Voices: synthesis with fallbacks, so that no sentence is left out."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from pipeline import audio
from pipeline.events import Unspoken, VoiceFailed
from pipeline.providers.breaker import Trial
from pipeline.providers.race import Entry, Race, step_in
from pipeline.settings import StepSettings
from pipeline.text import normalise
from pipeline.text.normalise import without_marks_of_direction
from pipeline.tts.checked import checked
from pipeline.tts.lookahead import JITTER
from pipeline.tts.settings import VoiceSettings
from pipeline.tts.shared import MB, SharedVoice, SoundCache, SynthesisError, fingerprint, longest, shortest
from pipeline.tts.speaker import Speaker

PATIENCE = 1.5  # seconds without more of a sound that has begun, after which synthesis has failed
RETRY = 2.0  # seconds that a second attempt gets at least
HOLE = 1.7  # seconds without sound, after which a sentence that no voice speaks is given up
AT_LEAST = 0.5  # seconds that the voices have for a sentence, however late it comes


class Voice(Speaker):
    """A voice: if synthesis of a sentence fails, a second attempt, the fallback voices, the clip, and a beep follow.

    A subclass provides `synthesize`, and `engine` if that needs a library or a client.

    Guarantees:
    - Completeness: each sentence with a letter or digit in it gives sound, at the least a beep. A sentence of which
      some sound was handed over is not tried again, even if its synthesis fails in the middle.
    - Bounds: all attempts at a sentence together have `time_limit`; when a part of it is gone, the next one begins
      beside the one that is slow. An attempt fails if its first sound takes longer than `patience` (a second attempt:
      at least RETRY) or a further piece longer than PATIENCE, if it ends with less than speech of the text has
      (`shortest`, at most 200 ms), or if it goes on beyond `longest`.
    - Concurrency: at most two sentences of a call are in synthesis, besides one synthesised preemptively. `synthesize`
      must allow that; `shared.engine` is used by all calls at once.
    - Cancellation: `synthesize` is cancelled where it waits when the caller interrupts, a time limit passes or the call
      ends. Its `finally` blocks run, and may wait; it must let the cancellation pass.
    """

    Settings: ClassVar[type[StepSettings]] = VoiceSettings
    trips = 2  # failures in a row that open its breaker: as many as the attempts for one sentence
    settings: VoiceSettings
    shared: SharedVoice
    spares: tuple[Voice, ...]

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

    def filler(self, text: str) -> bytes:
        """Return the sound of a filler, PCM, of any of the voices that has it in memory."""
        return next((pcm for voice in (self, *self.spares) if (pcm := voice.ready(text))), b"")

    async def sound(self, text: str) -> AsyncGenerator[bytes, None]:
        """Yield the sound of a sentence from the first source that has any; nothing if no letter or digit is in it."""
        if not normalise(text):
            return
        if kept := await self.shared.cache.find(text):
            yield kept
            return
        limit, heard = self.time_limit(), False
        every = step_in(limit, 1 + (len(self.spares) or 1))
        race = Race(self._attempts(text), every, bool, partial(self.spawn, awaited=True))
        with suppress(SynthesisError, TimeoutError):
            async with aclosing(race.answer(self.now + limit)) as pieces:
                async for pcm in pieces:
                    heard = True
                    yield pcm
        # Another voice that began the sentence anew would be worse to hear than its missing end.
        if heard:
            return
        instead = "the clip" if self.shared.clip else "a beep"
        self.call.log.warning("TTS_ERR no voice spoke a sentence: the caller hears {}", instead)
        self.call.tell(Unspoken(text))
        yield self.shared.clip or audio.beep()

    def time_limit(self) -> float:
        """Return the seconds until a sentence asked for now has to be heard.

        The first of a reply: at the end of the turn's time. A later one: before its silence lasts too long.
        """
        if self.reply is not None and self.working and self.reply.plays_until:
            return max(self.reply.plays_until + HOLE - self.now, AT_LEAST)
        left = self.call.answer_by - self.now
        return max(left, AT_LEAST) if left > 0 else self.answers_within

    def _attempts(self, text: str) -> Iterator[Entry[bytes]]:
        """Yield the attempts at a sentence, in the order in which they are made; this voice's are two."""
        failed: list[Voice] = []  # those that have
        hopeless: set[Voice] = set()  # those that would fail again at this text
        for voice in self.providers():
            patience = voice.patience(text)
            yield self._attempt(voice, text, patience, failed, hopeless)
            # A change of voice within a reply is audible, so this one gets a second attempt first; not if its breaker
            # has opened meanwhile, or if it is slow, unless there is no other voice.
            again = not self.spares or (self in failed and self.breaker.lets(self.now))
            if voice is self and self not in hopeless and again:
                yield self._attempt(self, text, max(patience, RETRY), failed, hopeless)

    def _attempt(
        self, voice: Voice, text: str, patience: float, failed: list[Voice], hopeless: set[Voice]
    ) -> Entry[bytes]:
        trial = voice.trial()

        def note(error: Exception) -> None:
            failed.append(voice)
            if isinstance(error, SynthesisError) and not error.again:
                hopeless.add(voice)
            self.call.log.warning("TTS_ERR no sound from {}", type(voice).__name__)
            self.call.tell(VoiceFailed(voice.breaker.provider))

        def late() -> None:
            trial.late()
            note(TimeoutError())

        return Entry(self._spoken_by(voice, text, patience, trial, note), late)

    async def _spoken_by(
        self, voice: Voice, text: str, patience: float, trial: Trial, note: Callable[[Exception], None]
    ) -> AsyncGenerator[bytes, None]:
        """Yield one voice's sound; raise SynthesisError if it gives none, after a report to `note`.

        If it breaks off, the sound up to there stands: another voice that began the sentence anew would be worse to
        hear than its missing end.
        """
        problem: Exception = SynthesisError("no sound")
        heard = False
        with self.attempt():
            try:
                async with aclosing(self._synthesized(voice, text, patience, trial)) as pieces:
                    async for pcm in pieces:
                        heard = True
                        yield pcm
            except (SynthesisError, TimeoutError) as error:
                problem = error
                why = str(error) or f"silent for {PATIENCE if heard else patience:g} s"
                self.call.log.warning("TTS_ERR {}: {}", type(voice).__name__, why)
        if not heard:
            note(problem)
            raise SynthesisError("no sound")

    async def _synthesized(self, voice: Voice, text: str, patience: float, trial: Trial) -> AsyncGenerator[bytes, None]:
        """Yield a voice's sound once it has enough to be speech. Raises TimeoutError and the voice's errors."""
        if ready := await voice.shared.cache.find(text):
            yield ready
            return
        # Held back until it is long enough for speech: an empty file or a click counts as a failure, and must not be
        # heard. No more than JITTER, as `Lookahead` waits for that much anyway.
        made, given, enough = bytearray(), 0, min(shortest(text), JITTER)
        with trial:
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
        # Some voices end a failed answer early and without an error. Twice the minimum is asked for before a sound is
        # kept, or such a stump would be spoken from the cache from then on.
        if len(made) >= 2 * shortest(text):
            voice.shared.cache.put(text, bytes(made))
