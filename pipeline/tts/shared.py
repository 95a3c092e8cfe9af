"""The sound that the calls of one voice share: fixed sentences, a clip, and a cache of sentences spoken before."""

from __future__ import annotations

import asyncio
import os
import re
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Generic, TypeVar

import msgspec

from pipeline import audio
from pipeline.catalog.words import words
from pipeline.faults import FAILURES, ProviderError
from pipeline.installation import PROCESSORS
from pipeline.settings import Secret

Make = Callable[[str], AsyncGenerator[bytes, None]]
Value = TypeVar("Value")

TOO_SHORT = 400  # bytes of PCM, 25 ms: less than this is no speech
LETTER = 160  # bytes of PCM, 10 ms: half of the time for a letter at the fastest; less is no speech of the text
DRAWL = 16_000  # bytes of PCM, 1 s: more than any voice takes for a letter; beyond it, synthesis does not end
PRERENDER = 10.0  # seconds that a fixed sentence may take before the first call
AT_ONCE = 4  # fixed sentences in synthesis at a time
MEMORY = 16_000_000  # bytes, about a quarter of an hour of sound
MB = 1_000_000

_FILE = re.compile(r"[0-9a-f]{64}\.sound")
_MAGIC = b"kav sound 1\n"  # followed by the sha256 of the rest of the file, which is PCM


class SynthesisError(ProviderError):
    """A voice could not speak; `again` is False if another attempt at the same text would fail as well."""

    def __init__(self, text: str, again: bool = True) -> None:
        super().__init__(text)
        self.again = again


class SoundCache:
    """A cache of one voice's sound by its text, in memory and, with a `folder`, on disk from run to run.

    `voice` is the voice's fingerprint; `memory` and `disk` are limits in bytes, beyond which the least recently used
    sound is dropped. If the folder cannot be read or written, one warning is logged and memory alone is used.
    """

    def __init__(self, voice: str = "", folder: Path | None = None, memory: int = MEMORY, disk: int = 64 * MB) -> None:
        self._voice = voice
        self._memory: _Bounded[bytes] = _Bounded(memory)
        self._disk: _Bounded[None] = _Bounded(disk)  # names of files; their sound is read on demand
        self._folder = folder
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> SoundCache:
        """List the folder's files and drop those beyond the limit; files of other names are left alone."""
        if self._folder is not None:
            await self._look(self._folder)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Wait until all sound is written."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _look(self, folder: Path) -> None:
        try:
            found = await asyncio.to_thread(_files, folder)
            old = [gone for name, size in found for gone in self._disk.put(name, None, size)]
            await asyncio.to_thread(_remove, folder, old)
        except OSError as error:
            self._give_up(error)

    def get(self, text: str) -> bytes:
        """Return the sound of this text, PCM, if it is in memory; otherwise nothing."""
        return self._memory.get(text) or b""

    async def find(self, text: str) -> bytes:
        """Return the sound of this text, PCM, from memory or from the folder; otherwise nothing."""
        if (pcm := self.get(text)) or self._folder is None or (name := self._name(text)) not in self._disk:
            return pcm
        # In a thread: a slow disk or a network folder would hold up the sound of all calls.
        pcm = await asyncio.to_thread(_read, self._folder / name)
        if pcm:
            self._disk.get(name)  # counts as use
            self._memory.put(text, pcm, len(pcm))
        else:
            self._disk.drop(name)
        return pcm

    def put(self, text: str, pcm: bytes) -> None:
        """Keep the whole sound of this text, PCM; it is written to the folder in the background."""
        self._memory.put(text, pcm, len(pcm))
        name = self._name(text)
        if self._folder is not None and name not in self._disk:
            task = asyncio.get_running_loop().create_task(self._store(self._folder, name, pcm))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _store(self, folder: Path, name: str, pcm: bytes) -> None:
        if self._folder is None:  # given up since the task was created
            return
        # Noted before it is written: a second call with the same text must not write the same file meanwhile.
        old = self._disk.put(name, None, len(pcm))
        try:
            await asyncio.to_thread(_write, folder, name, pcm, old)
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        # For good: a full disk would otherwise cost a thread and a line of the log for every sentence.
        if self._folder is not None:
            from loguru import logger

            logger.warning("CACHE {} cannot be used, going on without: {}", self._folder.name, error.strerror or error)
        self._folder = None

    def _name(self, text: str) -> str:
        return sha256(f"{self._voice}\0{text}".encode("utf-8", "replace")).hexdigest() + ".sound"


@dataclass
class SharedVoice:
    """The engine of a voice, the sound of the config's fixed sentences, the clip and the cache, shared by all calls."""

    engine: Any
    prerendered: dict[str, bytes] = field(default_factory=dict)
    clip: bytes = b""
    cache: SoundCache = field(default_factory=SoundCache)

    async def prerender(self, make: Make, texts: tuple[str, ...]) -> None:
        """Synthesise fixed sentences before the first call; one that fails stays empty, and a call tries again."""
        # A few at a time: all at once would use up a provider's quota, one by one would delay the start.
        slots = asyncio.Semaphore(AT_ONCE)
        made = await asyncio.gather(*(self._prerendered(make, text, slots) for text in texts))
        self.prerendered = dict(zip(texts, made, strict=True))

    async def _prerendered(self, make: Make, text: str, slot: asyncio.Semaphore) -> bytes:
        if ready := await self.cache.find(text):
            return ready
        try:
            async with asyncio.timeout(PRERENDER), slot:
                pcm = b"".join([piece async for piece in make(text)])
            if len(pcm) < shortest(text):
                raise SynthesisError(f"{audio.seconds(pcm):.2f} s are too short")
        except FAILURES as error:
            from loguru import logger

            logger.warning("TTS_ERR no sound for {!r}: {}", text, error or type(error).__name__)
            return b""
        self.cache.put(text, pcm)
        return pcm


def shortest(text: str) -> int:
    """Return the bytes of PCM that speech of this text has at the very least: with fewer, synthesis failed."""
    # Letters and digits alone count: punctuation takes no time, and a reply may have much of it.
    return max(TOO_SHORT, LETTER * sum(map(str.isalnum, text)))


def longest(text: str) -> int:
    """Return the bytes of PCM that speech of this text has at the very most: with more, synthesis will not end."""
    return DRAWL * (10 + len(text))


def fingerprint(kind: type[Any], settings: msgspec.Struct, language: str, silent: frozenset[str]) -> str:
    """Return a text that is equal for voices that sound the same: class, language and settings.

    Left out are secrets and the settings named in `silent`. The class goes by its YAML word, so that a module that
    moves within its word's folder empties no cache.
    """
    # Without secrets, so that a new key keeps the cache, and no trace of a key reaches the names of files.
    said = {name: getattr(settings, name) for name in settings.__struct_fields__ if name not in silent}
    heard = {name: str(value) for name, value in said.items() if not isinstance(value, Secret)}
    return f"{_dotted(kind)} {language} {sorted(heard.items())}"


def _dotted(kind: type[Any]) -> str:
    """Return the class's dotted name, up to its YAML word if it has one: `processors.tts.google.GoogleVoice`.

    It is the same where Kav is installed, so that the repository and the installed Kav share a cache.
    """
    place = kind.__module__.removeprefix(f"{PROCESSORS}.")
    word = place if place != kind.__module__ else ""
    while word and word not in words():
        word = word.rpartition(".")[0]
    return f"processors.{word}.{kind.__qualname__}" if word else f"{kind.__module__}.{kind.__qualname__}"


class _Bounded(Generic[Value]):
    """Items with sizes that together stay within a limit; the least recently used one is dropped first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._things: OrderedDict[str, tuple[Value, int]] = OrderedDict()
        self._size = 0

    def __contains__(self, name: str) -> bool:
        return name in self._things

    def get(self, name: str) -> Value | None:
        if name not in self._things:
            return None
        self._things.move_to_end(name)
        return self._things[name][0]

    def put(self, name: str, thing: Value, size: int) -> list[str]:
        """Keep an item; return the names dropped for it, its own among them if it alone is too large."""
        self.drop(name)
        self._things[name] = (thing, size)
        self._size += size
        gone = []
        while self._size > self._limit:  # ends: without items the size is 0
            oldest = next(iter(self._things))
            self.drop(oldest)
            gone.append(oldest)
        return gone

    def drop(self, name: str) -> None:
        _, size = self._things.pop(name, (None, 0))
        self._size -= size


def cached_sound(folder: Path) -> list[Path]:
    """Return the files of a sound cache; none if the folder cannot be read."""
    try:
        return sorted(path for path in folder.iterdir() if _FILE.fullmatch(path.name) and path.is_file())
    except OSError:
        return []


def _files(folder: Path) -> list[tuple[str, int]]:
    """Return the names and sizes of the cache's files, in bytes, the least recently used first.

    Raises OSError if the folder cannot be made, read or written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(13, "not writable")
    found = [(path, path.stat()) for path in folder.iterdir() if _FILE.fullmatch(path.name) and path.is_file()]
    return [(path.name, stat.st_size) for path, stat in sorted(found, key=lambda it: it[1].st_mtime)]


def _read(path: Path) -> bytes:
    """Return the sound in a file, PCM; nothing if it is gone, was cut short, or is not the cache's own."""
    try:
        content = path.read_bytes()
        os.utime(path)  # the time of last use, by which the next run orders them
    except OSError:
        return b""
    start = len(_MAGIC) + 32
    # The checksum finds files that a crash or a full disk cut short: half a sentence would be spoken from then on.
    whole = content[:start] == _MAGIC + sha256(content[start:]).digest()
    return content[start:] if whole else b""


def _write(folder: Path, name: str, pcm: bytes, old: list[str]) -> None:
    """Write a file in one step, so that another process never reads half of it; then remove the old ones."""
    if name not in old:
        with NamedTemporaryFile(dir=folder, delete=False) as file:
            try:
                file.write(_MAGIC + sha256(pcm).digest() + pcm)
                file.close()
                Path(file.name).replace(folder / name)
            except OSError:
                Path(file.name).unlink(missing_ok=True)
                raise
    _remove(folder, old)


def _remove(folder: Path, names: list[str]) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)
