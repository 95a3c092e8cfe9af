"""How a recorded call sounded: its wire log as a WAV file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from pipeline import audio
from pipeline.twilio import messages
from pipeline.twilio.playback import Playback, TwilioWarning

SLACK = 0.2  # seconds that audio from the network may come late without leaving a gap

LONGEST = 12  # digits of a timestamp that is one

_Line = msgspec.json.Decoder(dict[str, msgspec.Raw])


def render(log: Path, to: Path) -> None:
    """Write what both sides of a call heard: the caller left, the agent right, in true time.

    Raises OSError if a file cannot be read or written.
    """
    with log.open("rb") as lines:
        mix(_entries(lines), to)


def mix(entries: Iterable[tuple[float, str, bytes]], to: Path) -> None:
    """The same of messages in their order: seconds from the start, `in` or `out`, JSON. Raises OSError."""
    caller, playback, last = bytearray(), Playback(""), 0.0
    for last, way, data in entries:
        if way == "in":
            _hear(caller, data, last, playback)
        else:
            _play(playback, data, last)
    end = max(last, len(caller) / (2 * audio.RATE))
    audio.write_wav(to, bytes(caller), playback.track(0.0, end))


def _entries(lines: Iterable[bytes]) -> Iterator[tuple[float, str, bytes]]:
    for line in lines:
        entry = _Line.decode(line)
        at, way = msgspec.json.decode(entry["at"], type=float), msgspec.json.decode(entry["way"], type=str)
        yield at, way, bytes(entry.get("message", b""))


def _hear(caller: bytearray, data: bytes, at: float, playback: Playback) -> None:
    """Put the caller's sound where it arrived, unless it only jittered."""
    try:
        message = messages.parse(data)
    except messages.Refused:
        return
    if message.start is not None and not playback.stream_sid:
        playback.stream_sid = message.start.stream_sid
    if message.media is not None:
        pcm = audio.decode(message.media.payload)
        gap = 2 * round(min(at, _spoken(message.media, at)) * audio.RATE) - len(pcm) - len(caller)
        if gap > 2 * audio.RATE * SLACK:
            caller.extend(bytes(gap))
        caller.extend(pcm)


def _spoken(media: messages.Chunk, at: float) -> float:
    """When these 20 ms had been spoken by the stream's own clock: what the network held back leaves no gap for good."""
    known = media.timestamp.isdecimal() and len(media.timestamp) < LONGEST
    return int(media.timestamp) / 1000 + len(media.payload) / audio.RATE if known else at


def _play(playback: Playback, data: bytes, at: float) -> None:
    try:
        playback.feed(data, at)
    except TwilioWarning:  # Twilio would not have played it either
        return
