"""The sound of sentences that were spoken before: kept in memory and, if there is a folder for it, from run to run."""

from __future__ import annotations

import asyncio
import os
import re
from collections import OrderedDict
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Generic, TypeVar

import msgspec

from pipeline.catalog.words import FOLDER, words
from pipeline.settings import Secret

Value = TypeVar("Value")

MEMORY = 16_000_000  # bytes, about a quarter of an hour of sound
MB = 1_000_000

_FILE = re.compile(r"[0-9a-f]{64}\.sound")
_MAGIC = b"kav sound 1\n"  # then the sha256 of what follows, and that is PCM


def fingerprint(kind: type[Any], settings: msgspec.Struct, language: str, silent: frozenset[str]) -> str:
    """Return what tells a voice's sound from another's: its class, language and settings, without secrets and `silent`.

    The class goes by its YAML word, so that a module that moves within its word's folder empties no cache.
    """
    said = {name: getattr(settings, name) for name in settings.__struct_fields__ if name not in silent}
    heard = {name: str(value) for name, value in said.items() if not isinstance(value, Secret)}
    return f"{_dotted(kind)} {language} {sorted(heard.items())}"


def _dotted(kind: type[Any]) -> str:
    """Return the class's dotted name, up to its YAML word if it has one: `processors.tts.google.GoogleVoice`."""
    known = {f"{FOLDER}.{word}" for word in words()}
    place = kind.__module__
    while place and place not in known:
        place = place.rpartition(".")[0]
    return f"{place or kind.__module__}.{kind.__qualname__}"


class SoundCache:
    """Sound by its words, for one voice; what was not used for longest goes first.

    `voice` is the voice's fingerprint, `memory` and `disk` are in bytes. A folder that cannot be read or written costs
    one warning, and from then on memory is all there is.
    """

    def __init__(self, voice: str = "", folder: Path | None = None, memory: int = MEMORY, disk: int = 64 * MB) -> None:
        self._voice = voice
        self._memory: _Bounded[bytes] = _Bounded(memory)
        self._disk: _Bounded[None] = _Bounded(disk)  # which files there are; their sound is read when it is asked for
        self._folder = folder
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> SoundCache:
        """See what the folder holds; files that are not the cache's own are left alone."""
        if self._folder is not None:
            await self._look(self._folder)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Wait until everything is written."""
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
        """The sound of these words if it is in memory; otherwise none."""
        return self._memory.get(text) or b""

    async def find(self, text: str) -> bytes:
        """The sound of these words, from memory or from the folder; otherwise none."""
        if (pcm := self.get(text)) or self._folder is None or (name := self._name(text)) not in self._disk:
            return pcm
        pcm = await asyncio.to_thread(_read, self._folder / name)
        if pcm:
            self._disk.get(name)
            self._memory.put(text, pcm, len(pcm))
        else:
            self._disk.drop(name)
        return pcm

    def put(self, text: str, pcm: bytes) -> None:
        """Keep the whole sound of these words; it is written without anybody waiting for it."""
        self._memory.put(text, pcm, len(pcm))
        name = self._name(text)
        if self._folder is not None and name not in self._disk:
            task = asyncio.get_running_loop().create_task(self._store(self._folder, name, pcm))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _store(self, folder: Path, name: str, pcm: bytes) -> None:
        if self._folder is None:
            return
        old = self._disk.put(name, None, len(pcm))
        try:
            await asyncio.to_thread(_write, folder, name, pcm, old)
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        if self._folder is not None:
            from loguru import logger

            logger.warning("CACHE {} cannot be used, going on without: {}", self._folder.name, error.strerror or error)
        self._folder = None

    def _name(self, text: str) -> str:
        return sha256(f"{self._voice}\0{text}".encode("utf-8", "replace")).hexdigest() + ".sound"


class _Bounded(Generic[Value]):
    """Things with sizes that together stay under a limit; what was not used for longest goes first."""

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
        """Keep a thing; returns what had to go for it, which is itself if it alone is too large."""
        self.drop(name)
        self._things[name] = (thing, size)
        self._size += size
        gone = []
        while self._size > self._limit:
            oldest = next(iter(self._things))
            self.drop(oldest)
            gone.append(oldest)
        return gone

    def drop(self, name: str) -> None:
        _, size = self._things.pop(name, (None, 0))
        self._size -= size


def _files(folder: Path) -> list[tuple[str, int]]:
    """The cache's files and their bytes of sound, the one that was not used for longest first."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(13, "not writable")
    found = [(path, path.stat()) for path in folder.iterdir() if _FILE.fullmatch(path.name) and path.is_file()]
    return [(path.name, stat.st_size) for path, stat in sorted(found, key=lambda it: it[1].st_mtime)]


def _read(path: Path) -> bytes:
    """The sound in a file; none if it is gone, was cut short, or was never the cache's."""
    try:
        content = path.read_bytes()
        os.utime(path)
    except OSError:
        return b""
    start = len(_MAGIC) + 32
    whole = content[:start] == _MAGIC + sha256(content[start:]).digest()
    return content[start:] if whole else b""


def _write(folder: Path, name: str, pcm: bytes, old: list[str]) -> None:
    """Write a file in one step, so that nobody ever reads half of it; then remove the old ones."""
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
