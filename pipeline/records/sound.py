"""The sound of recorded messages: both sides of a call in true time, as mu-law."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pipeline import audio
from pipeline.records.wav import Tracks
from pipeline.twilio import messages
from pipeline.twilio.playback import Playback, TwilioWarning

SLACK = 0.2  # seconds that audio from the network may come late without leaving a gap
LONGEST = 12  # digits of a plausible timestamp


class Mix:
    """Makes both tracks of a call from its messages, which are added in order of time."""

    def __init__(self) -> None:
        self._caller, self._playback, self._last = bytearray(), Playback(""), 0.0

    def add(self, at: float, way: str, data: bytes) -> int:
        """Add a message, `in` or `out`, at its seconds from the start.

        Return the sample of its track at which its sound begins, if all of it is heard; -1 if it has none.
        """
        self._last = at
        return self._hear(data, at) if way == "in" else self._play(data, at)

    def tracks(self) -> Tracks:
        """Return the sound so far: the caller as spoken, the agent as heard."""
        end = max(self._last, len(self._caller) / audio.RATE)
        agent = bytearray(b"\xff" * round(end * audio.RATE))
        for start, sound in self._playback.sounds(end):
            at = round(start * audio.RATE)
            agent[at : at + len(sound)] = sound[: max(0, len(agent) - at)]
        length = max(len(self._caller), len(agent))
        return Tracks(bytes(self._caller).ljust(length, b"\xff"), bytes(agent).ljust(length, b"\xff"))

    def _hear(self, data: bytes, at: float) -> int:
        """Append the caller's sound; silence goes before it if it is over 0.2 s late, as less is jitter."""
        try:
            message = messages.parse(data)
        except messages.Refused:
            return -1
        if message.start is not None and not self._playback.stream_sid:
            self._playback.stream_sid = message.start.stream_sid
        if message.media is None:
            return -1
        sound = message.media.payload
        gap = round(min(at, _spoken(message.media, at)) * audio.RATE) - len(sound) - len(self._caller)
        if gap > audio.RATE * SLACK:
            self._caller += b"\xff" * gap
        self._caller += sound
        return len(self._caller) - len(sound)

    def _play(self, data: bytes, at: float) -> int:
        try:
            sent = self._playback.feed(data, at)
        except TwilioWarning:  # a message that Twilio would not have played
            return -1
        size = len(sent.media.payload) if isinstance(sent, messages.SentMedia) else 0
        return max(-1, round(self._playback.end * audio.RATE) - size) if size else -1


def mix(entries: Iterable[tuple[float, str, bytes]], to: Path) -> None:
    """Write the sound of messages as a WAV file of 16-bit PCM; each is its seconds, `in` or `out`, and its JSON.

    Messages are in order of time. Raises OSError if the file cannot be written.
    """
    made = Mix()
    for entry in entries:
        made.add(*entry)
    tracks = made.tracks()
    audio.write_wav(to, audio.decode(tracks.caller), audio.decode(tracks.agent))


def _spoken(media: messages.Chunk, at: float) -> float:
    """Return the time at which a piece had been spoken by the stream's clock, or `at` without a timestamp.

    Its arrival would not do: sound that the network held back would leave a gap that is never made up.
    """
    known = media.timestamp.isdecimal() and len(media.timestamp) < LONGEST
    return int(media.timestamp) / 1000 + len(media.payload) / audio.RATE if known else at
