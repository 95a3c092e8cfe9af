"""A model of Twilio's playback buffer: it tells when the caller hears the sent sound, and which part is never heard.

Pure: every method takes `now`, loop time in seconds, so that it works the same on a real clock and on a virtual one.
Source: https://www.twilio.com/docs/voice/media-streams/websocket-messages, and the error codes 31924, 31950, 31951.
"""

from __future__ import annotations

import math
import re
from collections import deque

import msgspec

from pipeline import audio
from pipeline.faults import KavError
from pipeline.twilio.messages import Sent, SentClear, SentMark, SentMedia, parse_sent

SAMPLE = 1 / audio.RATE  # seconds
SETTLE = 0.6  # seconds of silence that end a reply; later sound is another reply
WAV = re.compile(rb"RIFF.{4}WAVE", re.DOTALL)  # speech has the first four bytes alone now and then
MAX_BUFFER = 600.0  # seconds of unplayed sound; Twilio documents no limit, but memory needs one


class TwilioWarning(KavError):
    """A warning as Twilio's debugger would show it for a message: error code and text."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"Twilio {code}: {text}")
        self.code = code
        self.text = text


class Playback:
    """The buffer of one stream, played in real time from the arrival of its sound.

    All times are loop times in seconds. `end` is when the buffer is played out, `media` counts the messages with sound,
    `replies` are the arrivals of each reply's first sound. `clears` has pairs of a clear's arrival and the seconds of
    sound that it discarded, `marks` pairs of the time a mark was sent back and its name, `underruns` pairs of an
    arrival and the seconds of silence that the caller heard before it in the middle of a reply.
    """

    def __init__(self, stream_sid: str) -> None:
        self.stream_sid = stream_sid
        self.end = -math.inf
        self.media = 0
        self.replies: list[float] = []
        self.clears: list[tuple[float, float]] = []
        self.marks: list[tuple[float, str]] = []
        self.underruns: list[tuple[float, float]] = []
        self._replying = False  # True: sound within SETTLE of the last continues the present reply
        self._sounds: list[tuple[float, bytearray]] = []  # pieces without a gap inside: start and mu-law
        self._pending: deque[tuple[float, str]] = deque()  # marks: when each is due, and its name

    def feed(self, message: bytes | str, now: float, binary: bool = False) -> Sent:
        """Play one message of the server, and return it decoded; `binary` if it came as a binary frame.

        Raises TwilioWarning if Twilio would warn of the message; it then has no effect.
        """
        match checked := self._checked(message, now, binary):
            case SentMedia(media=sound):
                self._play(sound.payload, now)
            case SentMark(mark=mark):
                self._pending.append((max(now, self.end), mark.name))
            case SentClear():
                self._flush(now)
        return checked

    def due(self, now: float) -> list[str]:
        """Remove and return the names of the marks to send back now: the sound before them is played or cleared."""
        names = []
        while self._pending and self._pending[0][0] <= now:
            name = self._pending.popleft()[1]
            self.marks.append((now, name))
            names.append(name)
        return names

    def next_due(self) -> float | None:
        """Return the time at which the next mark is due, unless a `clear` comes first; None if no mark waits."""
        return self._pending[0][0] if self._pending else None

    def drop(self, name: str) -> float | None:
        """Remove a pending mark that has come back another way, and return when it was due; None if not pending."""
        for place, (due, pending) in enumerate(self._pending):
            if pending == name:
                del self._pending[place]
                return due
        return None

    def caller_spoke(self) -> None:
        """Note that the caller spoke: sound after the next silence, however short, is a new reply."""
        self._replying = False

    def heard(self, until: float = math.inf) -> list[tuple[float, bytes]]:
        """Return the sound that the caller heard before `until`: gapless pieces of 16-bit PCM, each with its start."""
        return [(start, audio.decode(piece)) for start, piece in self.sounds(until)]

    def sounds(self, until: float = math.inf) -> list[tuple[float, bytes]]:
        """Return the same as mu-law, byte for byte as it was sent."""
        pieces = [(start, bytes(sound[: _samples(until - start)])) for start, sound in self._sounds if start < until]
        return [(start, piece) for start, piece in pieces if piece]

    def track(self, start: float, until: float) -> bytes:
        """Return the sound that the caller heard from `start` to `until` as 16-bit PCM, silence as zeros."""
        track = bytearray(2 * _samples(until - start))
        for at, pcm in self.heard(until):
            offset = 2 * round((at - start) * audio.RATE)
            skipped = max(0, -offset)
            piece = pcm[skipped : len(track) - offset]
            track[offset + skipped : offset + skipped + len(piece)] = piece
        return bytes(track)

    def _checked(self, message: bytes | str, now: float, binary: bool) -> Sent:
        if binary:
            raise TwilioWarning(31950, "a binary frame: messages are JSON in text frames")
        try:
            checked: Sent = parse_sent(message)
        except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as error:
            raise TwilioWarning(31951, f"{error}; it began {message[:60]!r}") from None
        if checked.stream_sid != self.stream_sid:
            raise TwilioWarning(31951, f"streamSid is {checked.stream_sid[:40]!r}, not {self.stream_sid!r}")
        if isinstance(checked, SentMedia):
            self._check_sound(checked.media.payload, now)
        return checked

    def _check_sound(self, payload: bytes, now: float) -> None:
        if not payload:
            raise TwilioWarning(31951, "media with an empty payload")
        if WAV.search(payload):
            raise TwilioWarning(31951, "the header of a WAV file in the audio: payloads are raw mu-law")
        if max(self.end - now, 0) + len(payload) * SAMPLE > MAX_BUFFER:
            raise TwilioWarning(31924, f"more than {MAX_BUFFER:.0f} s of audio waits to be played")

    def _play(self, payload: bytes, now: float) -> None:
        self.media += 1
        silence = now - self.end
        if silence > SAMPLE or (silence >= 0 and not self._replying):
            self._begin(silence, now)
        start, sound = self._sounds[-1]
        sound += payload
        self.end = start + len(sound) * SAMPLE

    def _begin(self, silence: float, now: float) -> None:
        if self._replying and silence < SETTLE:
            self.underruns.append((now, silence))
        else:
            self.replies.append(now)
        self._replying = True
        self._sounds.append((now, bytearray()))

    def _flush(self, now: float) -> None:
        self.clears.append((now, max(0.0, self.end - now)))
        self._replying = False
        self._pending = deque((min(at, now), name) for at, name in self._pending)
        self.end = min(self.end, now)
        if self._sounds:
            start, sound = self._sounds[-1]
            del sound[_samples(now - start) :]


def _samples(length: float) -> int:
    """Return the number of whole samples in `length` seconds, with a tolerance for rounding errors."""
    return 2**62 if length == math.inf else max(0, math.floor(length * audio.RATE + 1e-6))
