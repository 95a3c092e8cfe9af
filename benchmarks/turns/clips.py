"""A set of labelled telephone audio: clips of mu-law at 8 kHz, laid end to end in files, and the lists of them.

Each `NAME.ulaw` has a `NAME.json` beside it, a list with an entry for each clip: `at` and `n` are its first byte and
its length in bytes, which are samples. docs/turn-taking.md has the other fields. A file that is not there is no fault.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline import audio
from pipeline.faults import UsageError

Samples = npt.NDArray[Any]  # 8 kHz, in the scale of 16-bit samples

KINDS = ("turns", "words", "short", "noise", "agent", "music")
QUIET = 184  # RMS of 16-bit samples, -45 dBFS: the voice of a clip is louder than this
HOP = 80  # samples, 10 ms
SHORTEST = 160  # samples that a clip has at least


class BrokenSet(UsageError):
    """A set cannot be read; the text has the file and the place in it."""


class Entry(msgspec.Struct, frozen=True):
    """A clip as its list has it; times in seconds from the clip's start."""

    at: int
    n: int
    key: str = ""
    lang: str = ""
    text: str = ""
    word: str = ""
    end: float | None = None
    holds: tuple[tuple[float, float], ...] = ()


class Clip:
    """A clip of a set: its labels and its sound."""

    def __init__(self, kind: str, number: int, entry: Entry, ulaw: bytes) -> None:
        self.kind, self.number, self.entry, self.ulaw = kind, number, entry, ulaw
        self.key, self.lang = entry.key or f"{kind}-{number}", entry.lang
        self.holds = tuple(entry.holds)
        self.text = entry.text or entry.word

    @cached_property
    def samples(self) -> Samples:
        """The sound."""
        return np.frombuffer(audio.decode(self.ulaw), "<i2").astype(np.float32)

    @property
    def seconds(self) -> float:
        """The length."""
        return len(self.ulaw) / audio.RATE

    @property
    def end(self) -> float:
        """The end of its speech, as labelled, or else as its loudness has it."""
        return self.voice[1] if self.entry.end is None else self.entry.end

    @property
    def speaker(self) -> str:
        """The part of its key that names the speaker: all before the first slash."""
        return self.key.partition("/")[0] if "/" in self.key else self.lang or self.kind

    @cached_property
    def voice(self) -> tuple[float, float]:
        """The start of its first and the end of its last loud piece of 10 ms; the whole clip if none is loud."""
        whole = self.samples[: len(self.samples) // HOP * HOP].reshape(-1, HOP)
        loud = np.flatnonzero(np.sqrt((whole**2).mean(axis=1)) > QUIET)
        if not len(loud):
            return 0.0, self.seconds
        return float(loud[0] * HOP / audio.RATE), float((loud[-1] + 1) * HOP / audio.RATE)

    def trimmed(self) -> bytes:
        """Return its sound from its first to its last loud piece, mu-law."""
        first, last = self.voice
        return self.ulaw[round(first * audio.RATE) : round(last * audio.RATE)]


class ClipSet:
    """The clips of a set by kind; `missing` are the kinds that it lacks."""

    def __init__(self, folder: Path, clips: dict[str, list[Clip]]) -> None:
        self.folder, self._clips = folder, clips
        self.missing = [kind for kind in KINDS if not clips.get(kind)]

    def __getitem__(self, kind: str) -> list[Clip]:
        return self._clips.get(kind, [])


def read(folder: Path) -> ClipSet:
    """Read a set. Raises BrokenSet with the file and the place of the first fault."""
    if not folder.is_dir():
        raise BrokenSet(f"{folder}: there is no such folder")
    clips = {kind: list(_clips(folder, kind)) for kind in KINDS}
    if not any(clips.values()):
        raise BrokenSet(f"{folder}: no audio in it; a set has files such as {KINDS[0]}.json and {KINDS[0]}.ulaw")
    return ClipSet(folder, clips)


def _clips(folder: Path, kind: str) -> Iterator[Clip]:
    listed, sound = folder / f"{kind}.json", folder / f"{kind}.ulaw"
    if not listed.exists() and not sound.exists():
        return
    for file, other in ((listed, sound), (sound, listed)):
        if not file.exists():
            raise BrokenSet(f"{file}: there is no such file, and {other.name} needs it")
    ulaw = _bytes(sound)
    for number, raw in enumerate(_entries(listed)):
        place = f"{listed}: clip {number + 1}"
        entry = _entry(raw, place)
        place += f" ({entry.key})" if entry.key else ""
        _check(entry, kind, place)
        if entry.at + entry.n > len(ulaw):
            over = f"`at` + `n` is {entry.at + entry.n}, and {sound.name} has {len(ulaw)} bytes"
            raise BrokenSet(f"{place}: {over}")
        yield Clip(kind, number, entry, ulaw[entry.at : entry.at + entry.n])


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BrokenSet(f"{file}: {error.strerror or error}") from None


def _entries(file: Path) -> list[object]:
    try:
        found = json.loads(_bytes(file).decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise BrokenSet(f"{file}:{error.lineno}:{error.colno}: no JSON: {error.msg}") from None
    except (UnicodeDecodeError, RecursionError) as error:
        raise BrokenSet(f"{file}: no JSON: {error}") from None
    if not isinstance(found, list):
        raise BrokenSet(f"{file}: wants a list of clips, got {type(found).__name__}")
    return found


def _entry(raw: object, place: str) -> Entry:
    try:
        return msgspec.convert(raw, Entry)
    except msgspec.ValidationError as error:
        raise BrokenSet(f"{place}: {str(error).replace('$.', '')}") from None


def _check(entry: Entry, kind: str, place: str) -> None:
    """Raise BrokenSet for labels that cannot be."""
    length = entry.n / audio.RATE
    if entry.at < 0 or entry.n < SHORTEST:
        raise BrokenSet(f"{place}: `at` is {entry.at} and `n` {entry.n}: wants 0 or more, and {SHORTEST} or more")
    if kind == "words" and not entry.word.strip():
        raise BrokenSet(f"{place}: `word` is missing")
    if kind != "turns":
        return
    if entry.end is None:
        raise BrokenSet(f"{place}: `end` is missing, the second at which the speech is over")
    if not 0 < entry.end <= length:
        raise BrokenSet(f"{place}: `end` is {entry.end:g} s, and the clip is {length:.3f} s long")
    last = 0.0
    for begin, over in entry.holds:
        if not last <= begin < over <= entry.end:
            pause = f"the pause {begin:g} to {over:g} s in `holds`"
            raise BrokenSet(f"{place}: {pause} is out of order or outside the speech")
        last = over
