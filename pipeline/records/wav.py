"""The WAV file of a record: the caller on the left, the agent on the right, 8 kHz, as mu-law or as 16-bit PCM."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import msgspec

from pipeline import audio
from pipeline.config.toplevel import SoundFormat
from pipeline.records.files import PART

PCM, ULAW = 1, 7  # codes of a WAV file's formats


class Tracks(msgspec.Struct, frozen=True):
    """Both sides of a call as mu-law of equal length; `is_exact` is False if they were converted from PCM."""

    caller: bytes
    agent: bytes
    is_exact: bool = True

    @property
    def checksum(self) -> int:
        """A checksum (CRC-32) of both."""
        return zlib.crc32(self.agent, zlib.crc32(self.caller))


def write(path: Path, tracks: Tracks, sound: SoundFormat) -> None:
    """Write both tracks in one step, so that no reader finds half of them. Raises OSError."""
    made = path.with_name(path.name + PART)
    if sound == "wav":
        audio.write_wav(made, audio.decode(tracks.caller), audio.decode(tracks.agent))
    else:
        made.write_bytes(ulaw_file(tracks.caller, tracks.agent))
    made.replace(path)


def ulaw_file(left: bytes, right: bytes) -> bytes:
    """Return a WAV file of two mu-law tracks; the shorter one is padded with silence."""
    length = max(len(left), len(right))
    data = bytearray(2 * length)
    data[0::2], data[1::2] = left.ljust(length, b"\xff"), right.ljust(length, b"\xff")
    shape = struct.pack("<HHIIHHH", ULAW, 2, audio.RATE, 2 * audio.RATE, 2, 8, 0)
    head = b"WAVE" + _chunk(b"fmt ", shape) + _chunk(b"fact", struct.pack("<I", length))
    return _chunk(b"RIFF", head + _chunk(b"data", data))


def read(path: Path) -> Tracks:
    """Read a record's WAV file. Raises OSError, and ValueError if it is not of this kind."""
    chunks = _chunks(path.read_bytes())
    code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunks.get(b"fmt ", b"").ljust(16, b"\0"))
    data = chunks.get(b"data", b"")
    if (channels, rate) != (2, audio.RATE) or (code, bits) not in ((ULAW, 8), (PCM, 16)):
        raise ValueError("is not stereo sound at 8 kHz, as mu-law or 16-bit PCM")
    both = data if code == ULAW else audio.encode(data[: len(data) // 4 * 4])
    return Tracks(both[0 : len(both) // 2 * 2 : 2], both[1::2], code == ULAW)


def _chunk(name: bytes, content: bytes | bytearray) -> bytes:
    return name + struct.pack("<I", len(content)) + content


def _chunks(content: bytes) -> dict[bytes, bytes]:
    """Return the chunks of a RIFF file by name; the last one may be cut short."""
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise ValueError("is not a WAV file")
    found, at = dict[bytes, bytes](), 12
    while at + 8 <= len(content):
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        found[content[at : at + 4]] = content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return found
