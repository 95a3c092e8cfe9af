"""Packs the messages of a call that has ended: their sound is in its WAV file, so it is left out of their log.

A packed line has `"sound": [3200, 160]`, the first sample and the length of its sound in its side's track, in front of
the rest, and its payload is blank. A payload that is not in the track byte for byte (sound that a `clear` discarded)
stays in its line. `unpacked` restores each message as it was.
"""

from __future__ import annotations

import gzip
import zlib
from binascii import b2a_base64
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from pipeline.records.files import PART
from pipeline.records.sound import Mix
from pipeline.records.wav import Tracks

PAYLOAD = b'"payload":"'
CHUNK = 1 << 16  # bytes


class Line(msgspec.Struct, frozen=True):
    """A line of the log of messages; `message` is JSON, or blank if the message was none and is the `text`."""

    at: float
    no: int
    way: str
    message: msgspec.Raw = msgspec.Raw(b"")
    text: str = ""
    sound: tuple[int, int] | None = None

    @property
    def data(self) -> bytes:
        """The message as it was sent or received, but for the sound that was packed."""
        return bytes(self.message) or self.text.encode("utf-8", "surrogatepass")


line = msgspec.json.Decoder(Line).decode


def tracks(path: Path) -> Tracks:
    """Return the sound of a log of messages, plain or compressed, up to its first torn line. Raises OSError."""
    return _placed(path)[0]


def pack(path: Path, to: Path, heard: Tracks | None) -> None:
    """Write a log of messages compressed (gzip), without the sound that is in `heard`. Raises OSError."""
    _, places = _placed(path) if heard is not None else (None, [])
    made = to.with_name(to.name + PART)
    with path.open("rb") as lines, gzip.GzipFile(made, "wb", 6, mtime=0) as file:
        for number, each in enumerate(lines):
            file.write(each if heard is None or number >= len(places) else _packed(each, places[number], heard))
    made.replace(to)


def unpacked(it: Line, heard: Tracks) -> bytes:
    """Return the message of a packed line. Raises ValueError if its sound is not in the track."""
    data = it.data
    if it.sound is None:
        return data
    at, size = it.sound
    sound = (heard.caller if it.way == "in" else heard.agent)[at : at + size]
    start = data.find(PAYLOAD) + len(PAYLOAD)
    if len(sound) < size or start < len(PAYLOAD):
        raise ValueError("a message's sound is missing")
    return data[:start] + b2a_base64(sound, newline=False) + data[start:]


def decompressed(path: Path) -> Iterator[bytes]:
    """Yield the lines of a gzip file as far as it is whole; the last one may be torn. Raises OSError."""
    unpack, rest = zlib.decompressobj(31), b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            try:
                *lines, rest = (rest + unpack.decompress(chunk)).split(b"\n")
            except zlib.error:
                break
            yield from lines
    if rest or not unpack.eof:
        yield rest


def _placed(path: Path) -> tuple[Tracks, list[int]]:
    """Return the sound of a log of messages, and for each line the sample at which its sound begins."""
    mix, places = Mix(), list[int]()
    for it in _whole(_lines(path)):
        places.append(mix.add(it.at, it.way, it.data))
    return mix.tracks(), places


def _lines(path: Path) -> Iterator[bytes]:
    if path.suffix == ".gz":
        yield from decompressed(path)
    else:
        with path.open("rb") as lines:
            yield from lines


def _whole(lines: Iterable[bytes]) -> Iterator[Line]:
    for each in lines:
        try:
            yield line(each)
        except msgspec.DecodeError:  # the server died while it wrote the line
            return


def _packed(whole: bytes, at: int, heard: Tracks) -> bytes:
    start = whole.find(PAYLOAD) + len(PAYLOAD)
    end = whole.find(b'"', start)
    if at < 0 or start < len(PAYLOAD) or end < 0:
        return whole
    track = heard.caller if b'"way":"in"' in whole[:start] else heard.agent
    size = (end - start) // 4 * 3 - whole.count(b"=", start, end)
    if b2a_base64(track[at : at + size], newline=False) != whole[start:end]:
        return whole
    return b'{"sound":[%d,%d],' % (at, size) + whole[1:start] + whole[end:]
