"""The hearing of a stand-in recogniser: scripted texts for any voice, or words spoken as tones."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from pipeline import audio
from pipeline.standins.google_speech.script import Script

WORD_FRAMES = 6  # 120 ms of one pitch are a word
NEAR = 60.0  # Hz that a pitch may be off; 20 ms can tell pitches 100 Hz apart


class Result(msgspec.Struct, frozen=True):
    """A result: the words up to a time, seconds of the stream's audio."""

    text: str
    end: float
    final: bool


class ScriptedRecognizer:
    """Listens to one stream of mu-law; `next_text` returns the script's next text."""

    def __init__(self, script: Script, next_text: Callable[[], str]) -> None:
        self.script = script
        self.next_text = next_text
        self.frames = self.silent = 0  # frames of 20 ms: all, and those without voice in a row
        self._rest = b""
        self._told = -1
        self._begin()

    @property
    def seconds(self) -> float:
        """Length of the audio heard, seconds."""
        return self.frames * audio.FRAME_SECONDS

    def feed(self, ulaw: bytes) -> Iterator[Result]:
        """Add audio and yield the results that it brings: finals, and at most one interim result."""
        self._rest += ulaw
        while len(self._rest) >= audio.FRAME_SAMPLES:
            piece, self._rest = self._rest[: audio.FRAME_SAMPLES], self._rest[audio.FRAME_SAMPLES :]
            self._listen(audio.decode(piece))
            if self.script.endpoint and self.silent * audio.FRAME_SECONDS >= self.script.endpoint:
                yield from self.finish()
        count = len(self._words())
        if self.voiced and count > self._told:
            self._told = count
            yield Result(" ".join(self._words()), self.seconds, False)

    def finish(self) -> Iterator[Result]:
        """Yield the final result of the audio so far, if there was a voice in it."""
        if self.voiced:
            said = " ".join(self._words()) if self.script.tones else self.text
            yield Result(said, self.seconds, True)
            self._begin()

    def _begin(self) -> None:
        self.text = ""
        self.voiced = self.silent = self._told = 0  # frames since the last final result
        self._tones: list[str] = []
        self._pitch, self._run = "", 0

    def _listen(self, pcm: bytes) -> None:
        self.frames += 1
        loud = audio.is_voiced(pcm)
        if loud and not self.voiced and not self.script.tones:
            self.text = self.next_text()
        self.voiced += loud
        self.silent = 0 if loud else self.silent + 1
        pitch = self._word(pcm) if loud and self.script.tones else ""
        self._run = self._run + 1 if pitch == self._pitch else 1
        self._pitch = pitch
        if pitch and self._run == WORD_FRAMES:
            self._tones.append(pitch)

    def _word(self, pcm: bytes) -> str:
        spectrum = np.abs(np.fft.rfft(np.frombuffer(pcm, "<i2") * np.hanning(audio.FRAME_SAMPLES), 8 * 160))
        pitch = float(np.argmax(spectrum)) * audio.RATE / (8 * 160)
        word = min(self.script.tones, key=lambda each: abs(self.script.tones[each] - pitch))
        return word if abs(self.script.tones[word] - pitch) < NEAR else ""

    def _words(self) -> list[str]:
        if self.script.tones:
            return self._tones
        grown = int(self.voiced * audio.FRAME_SECONDS / self.script.interim_every)
        return self.text.split()[: max(grown, 0)]
