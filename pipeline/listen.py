"""How a recorded call sounded: its wire log as a WAV file."""

from __future__ import annotations

from pathlib import Path

import msgspec

from pipeline import audio, wire
from pipeline.tools.playback import Playback, TwilioWarning

SLACK = 0.2  # seconds that audio from the network may come late without leaving a gap

LONGEST = 12  # digits of a timestamp that is one

_Line = msgspec.json.Decoder(dict[str, msgspec.Raw])


def render(log: Path, to: Path) -> None:
    """Write what both sides of a call heard: the caller left, the agent right, in true time.

    Raises OSError if a file cannot be read or written.
    """
    caller, playback, last = bytearray(), Playback(""), 0.0
    with log.open("rb") as lines:
        for line in lines:
            entry = _Line.decode(line)
            last = msgspec.json.decode(entry["at"], type=float)
            if "message" not in entry:
                continue
            if bytes(entry["way"]) == b'"in"':
                _hear(caller, bytes(entry["message"]), last, playback)
            else:
                _play(playback, bytes(entry["message"]), last)
    end = max(last, len(caller) / (2 * audio.RATE))
    audio.write_wav(to, bytes(caller), playback.track(0.0, end))


def _hear(caller: bytearray, data: bytes, at: float, playback: Playback) -> None:
    """Put the caller's sound where it arrived, unless it only jittered."""
    try:
        message = wire.parse(data)
    except wire.Refused:
        return
    if message.start is not None and not playback.stream_sid:
        playback.stream_sid = message.start.stream_sid
    if message.media is not None:
        pcm = audio.decode(message.media.payload)
        gap = 2 * round(min(at, _spoken(message.media, at)) * audio.RATE) - len(pcm) - len(caller)
        if gap > 2 * audio.RATE * SLACK:
            caller.extend(bytes(gap))
        caller.extend(pcm)


def _spoken(media: wire.Chunk, at: float) -> float:
    """When these 20 ms had been spoken by the stream's own clock: what the network held back leaves no gap for good."""
    known = media.timestamp.isdecimal() and len(media.timestamp) < LONGEST
    return int(media.timestamp) / 1000 + len(media.payload) / audio.RATE if known else at


def _play(playback: Playback, data: bytes, at: float) -> None:
    try:
        playback.feed(data, at)
    except TwilioWarning:  # Twilio would not have played it either
        return
