"""Renders the recorded messages of a call as a stereo WAV file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from pipeline import audio
from pipeline.twilio import messages
from pipeline.twilio.playback import Playback, TwilioWarning

SLACK = 0.2  # seconds that audio from the network may come late without leaving a gap

LONGEST = 12  # digits of a plausible timestamp

_Line = msgspec.json.Decoder(dict[str, msgspec.Raw])


def render(log: Path, to: Path) -> None:
    """Write the sound of a wire log as a WAV file: the caller left, the agent as heard right, in true time.

    Raises OSError if a file cannot be read or written.
    """
    with log.open("rb") as lines:
        mix(_entries(lines), to)


def mix(entries: Iterable[tuple[float, str, bytes]], to: Path) -> None:
    """Write the sound of messages as a WAV file; each is its seconds from the start, `in` or `out`, and its JSON.

    Messages are in order of time. Raises OSError if the file cannot be written.
    """
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
    """Append the caller's sound; silence goes before it if it is over 0.2 s late, as less is jitter."""
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
    """Return the time at which a piece had been spoken by the stream's clock, or `at` without a timestamp.

    Its arrival would not do: sound that the network held back would leave a gap that is never made up.
    """
    known = media.timestamp.isdecimal() and len(media.timestamp) < LONGEST
    return int(media.timestamp) / 1000 + len(media.payload) / audio.RATE if known else at


def _play(playback: Playback, data: bytes, at: float) -> None:
    try:
        playback.feed(data, at)
    except TwilioWarning:  # a message that Twilio would not have played
        return
