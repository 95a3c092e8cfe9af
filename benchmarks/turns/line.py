"""The caller's telephone in virtual time: plays clips into the line by a script, with noise and echo, and listens."""

from __future__ import annotations

import binascii
from asyncio import AbstractEventLoop
from collections.abc import Callable, Generator, Iterable
from typing import Any

import msgspec
import numpy as np

from benchmarks.turns.book import Word
from benchmarks.turns.clips import Samples
from benchmarks.turns.echo import Echo, EchoPath
from pipeline import audio
from pipeline.phone.virtual_line import VirtualLine

LONGEST = 200.0  # seconds of a call
Steps = Generator[None, None, None]  # a frame of 20 ms goes by at each `yield`


class PhoneLine(VirtualLine):
    """The caller's end of a line.

    `script` is run a step for each frame of 20 ms; it lays sound into the frames to come. `said` are the words laid so
    far. `noise` is on the line all the time; `replies` are the agent's replies, the last of them over and over.
    """

    def __init__(
        self, loop: AbstractEventLoop, sid: str, replies: list[str], noise: Samples, echo: Echo | None = None
    ) -> None:
        super().__init__(loop, call_sid=sid, stream_sid="MZ" + sid[2:])
        self.said: list[Word] = []
        self.replies = replies
        self.noise = np.resize(noise, (-(-len(noise) // audio.FRAME_SAMPLES), audio.FRAME_SAMPLES))
        self.track = np.zeros(round(LONGEST * audio.RATE), np.float32)
        self.heard = np.zeros(round(LONGEST * audio.RATE), np.float32)  # the agent's sound, as the caller hears it
        self.echo = EchoPath(echo, sid) if echo else None
        self.at = 0  # sample at which the present frame begins
        self.script: Steps = iter(())  # type: ignore[assignment]

    def reply(self, number: int) -> str:
        return self.replies[min(max(number, 0), len(self.replies) - 1)]

    # ---- the ear -----------------------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        super().send(data)
        if self.echo is None:
            return
        message = msgspec.json.decode(data)
        if message["event"] == "media":
            pcm = audio.decode(binascii.a2b_base64(message["media"]["payload"]))
            end = round((self.playback.end - self.start) * audio.RATE)
            sound = np.frombuffer(pcm, "<i2")[: max(0, len(self.heard) - end + len(pcm) // 2)]
            self.heard[end - len(pcm) // 2 : end][: len(sound)] = sound
        elif message["event"] == "clear":
            self.heard[round(self.now * audio.RATE) :] = 0

    @property
    def is_audible(self) -> bool:
        """True while the agent's sound plays."""
        return self.playback.end > self.loop.time() + audio.FUZZ

    @property
    def calm(self) -> float:
        """Seconds since the agent's sound or the caller's was last played."""
        return self.loop.time() - max(self.playback.end, self.start + self.laid / audio.RATE)

    @property
    def hushed(self) -> float:
        """Seconds since the agent's sound was last played."""
        return self.loop.time() - self.playback.end

    # ---- the mouth ---------------------------------------------------------------------------------------------------

    laid = 0  # sample at which the sound laid so far ends

    def lay(self, sound: Samples, words: Iterable[Word] = ()) -> float:
        """Play a sound from the present frame on, and return its start in seconds of the call."""
        begin, room = self.at / audio.RATE, len(self.track) - self.at
        self.track[self.at : self.at + len(sound)] += sound[: max(0, room)]
        self.said += [Word(word.text, begin + word.begin, begin + word.end) for word in words]
        self.laid = max(self.laid, self.at + len(sound))
        return begin

    def break_off(self) -> None:
        """Play no more of the sound laid, and say no more of its words."""
        self.track[self.at :] = 0
        self.said = [word for word in self.said if word.end <= self.at / audio.RATE]
        self.laid = min(self.laid, self.at)

    def sound(self, at: float) -> bytes:
        """Return the 20 ms that begin now, mu-law; the call ends with its script."""
        self.at = round(at * audio.RATE)
        if next(self.script, self) is self or at > LONGEST - 1:
            self.end()
        begin, size = self.at, audio.FRAME_SAMPLES
        noise = self.noise[begin // size % len(self.noise)]
        if self.echo is None and self.laid <= begin:
            return _ulaw(noise)
        echo = 0.0 if self.echo is None else self.echo.frame(self.heard, begin)
        return _ulaw(self.track[begin : begin + size] + noise + echo)


def _ulaw(samples: Samples) -> bytes:
    return audio.encode(np.minimum(np.maximum(samples, -32768), 32767).astype("<i2").tobytes())


def wait(line: PhoneLine, seconds: float) -> Steps:
    """Let time go by."""
    until = line.at + round(seconds * audio.RATE)
    while line.at + audio.FRAME_SAMPLES <= until:
        yield


def until(line: PhoneLine, true: Callable[[], Any], seconds: float) -> Steps:
    """Wait until something is true, so many seconds at most."""
    last = line.at + round(seconds * audio.RATE)
    while not true() and line.at < last:
        yield


def settled(line: PhoneLine, before: float = 1.2) -> Steps:
    """Let the call begin: the agent may greet, and is heard to its end."""
    yield from wait(line, before)
    yield from until(line, lambda: line.hushed > 1.0, 20)
