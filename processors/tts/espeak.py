"""A voice without a cloud: espeak-ng, in English and (of placeholder quality) Hebrew."""

from __future__ import annotations

import asyncio
import ctypes
import re
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pipeline import audio
from pipeline.faults import KavError, need
from pipeline.settings import doc
from pipeline.text.languages import primary, same_language
from pipeline.text.normalise import without_niqqud
from pipeline.tts import Voice, VoiceSettings

need("offline", "espeakng-loader", "espeakng_loader")

Engine = tuple["_Library", str, ThreadPoolExecutor]  # the library, the voice's name, the thread that it runs in

_GERSHAYIM = re.compile(r"(?<=[א-ת])[\"״](?=[א-ת])")  # in abbreviations that are read as words
_NUMBER = re.compile(r"(?<![\d.,])(?:\+\d|0\d)[\d-]{5,}\d|(?<![\d.,])\d{7,}(?![\d.,])")  # read digit by digit

VOICES = {"en": "en-us", "no": "nb", "zh": "cmn"}  # by primary language; others have that name


class EspeakVoice(Voice):
    """Speaks with espeak-ng, off the event loop and in pieces, so that an interruption stops it at once."""

    outside = "a library whose sound is never the same twice"
    imports = ("samplerate",)

    class Settings(VoiceSettings, frozen=True, kw_only=True):
        voice: Annotated[str, doc("espeak-ng's name of the voice, e.g. en-us+f3; blank: by language.")] = ""
        speed: Annotated[int, doc("Words per minute.", 80, 400)] = 165
        pitch: Annotated[int, doc("Pitch, 50 is the voice's own.", 0, 99)] = 50

        def faults_in(self, language: str) -> Iterable[tuple[str, str]]:
            if not self.voice and _voice(language) not in _installed():
                yield "voice", f"is needed: espeak-ng has no voice of its own for `language` {language}"

        def doubts_in(self, language: str) -> Iterable[tuple[str, str]]:
            spoken = self.voice.partition("+")[0]
            if spoken.lower() in _installed() and not same_language(spoken, language):
                yield "voice", f"speaks {spoken}, and `language` is {language}"

    settings: Settings

    @classmethod
    @asynccontextmanager
    async def engine(cls, settings: Settings, language: str) -> AsyncIterator[Engine]:
        library, name = _library(), settings.voice or _voice(language)
        if not library.has(name):
            raise KavError(
                f"tts.espeak: espeak-ng has no voice `{name}`; set `voice` to one that it has, e.g. en-us or he"
            )
        with ThreadPoolExecutor(1, "espeak") as thread:
            yield library, name, thread

    def spelled(self, text: str) -> str:
        """Return a text as espeak-ng can read it: it would spell out niqqud, and read a phone number as one."""
        plain = _GERSHAYIM.sub("", without_niqqud(super().spelled(text)))
        return _NUMBER.sub(lambda found: " ".join(filter(str.isdigit, found[0])), plain)

    async def synthesize(self, text: str) -> AsyncGenerator[bytes, None]:
        engine: Engine = self.shared.engine
        library, name, thread = engine
        loop, pieces, stop = asyncio.get_running_loop(), asyncio.Queue[bytes | None](), threading.Event()

        def take(pcm: bytes) -> bool:
            loop.call_soon_threadsafe(pieces.put_nowait, pcm)
            return stop.is_set()

        work = loop.run_in_executor(thread, library.speak, text, (name, self.settings.speed, self.settings.pitch), take)
        work.add_done_callback(lambda _: pieces.put_nowait(None))
        resampler = audio.Resampler(library.rate)
        try:
            while (pcm := await pieces.get()) is not None:
                yield resampler.feed(pcm)
                # The library is faster than the sound is taken: pieces would follow each other without a turn of the
                # loop, on which all other calls wait.
                await asyncio.sleep(0)
            await work
            yield resampler.feed(b"", last=True)
        finally:
            stop.set()


def _voice(language: str) -> str:
    """Return espeak-ng's name of the voice of a language (BCP 47)."""
    first = primary(language)
    return VOICES.get(first, first)


@cache
def _installed() -> frozenset[str]:
    """Return the names of the languages that espeak-ng has data of, in lower case; the library is not loaded."""
    import espeakng_loader

    folder = Path(str(espeakng_loader.get_data_path())) / "lang"
    return frozenset(each.name.lower() for each in folder.rglob("*") if each.is_file())


class _Library:
    """espeak-ng's C library, once per process; locked, as it crashes with two threads in it.

    Source: espeak-ng/src/include/espeak-ng/speak_lib.h, in its synchronous mode.
    """

    SYNCHRONOUS, UTF8, RATE, PITCH, PIECE = 2, 1, 1, 3, 40  # the piece in milliseconds

    def __init__(self) -> None:
        import espeakng_loader

        self.lock = threading.Lock()
        self.lib = ctypes.cdll.LoadLibrary(str(espeakng_loader.get_library_path()))
        data = str(espeakng_loader.get_data_path()).encode()
        self.rate: int = self.lib.espeak_Initialize(self.SYNCHRONOUS, self.PIECE, data, 0)  # Hz
        if self.rate <= 0:
            raise KavError("tts.espeak: espeak-ng did not find its data; install espeakng-loader again")
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
        self.callback = kind(self._take)  # kept, or the library would call into freed memory
        self.lib.espeak_SetSynthCallback(self.callback)
        self.take: Callable[[bytes], bool] = lambda _: True

    def has(self, name: str) -> bool:
        """True if there is a voice of this name."""
        with self.lock:
            return bool(self.lib.espeak_SetVoiceByName(name.encode()) == 0)

    def speak(self, text: str, voice: tuple[str, int, int], take: Callable[[bytes], bool]) -> None:
        """Call `take` with the sound of a text, 16-bit PCM at `rate`, piece by piece, until it returns True.

        `voice` is a name, words per minute and a pitch. Raises RuntimeError if the library refuses the text.
        """
        name, speed, pitch = voice
        data = text.replace("\0", " ").encode() + b"\0"
        with self.lock:
            self.take = take
            self.lib.espeak_SetVoiceByName(name.encode())
            self.lib.espeak_SetParameter(self.RATE, speed, 0)
            self.lib.espeak_SetParameter(self.PITCH, pitch, 0)
            if self.lib.espeak_Synth(data, len(data), 0, 1, 0, self.UTF8, None, None) != 0:
                raise RuntimeError("espeak-ng refused the text")

    def _take(self, samples: Any, count: int, _events: int | None) -> int:
        return int(self.take(ctypes.string_at(samples, 2 * count))) if samples and count > 0 else 0


@cache
def _library() -> _Library:
    return _Library()
