"""Audio: mu-law, loudness, tones, resampling, WAV files.

numpy and samplerate are imported where they are used: a process that never resamples does not wait for them. A step
that resamples names samplerate in its `imports`, so that no call waits for the import.
"""

from __future__ import annotations

import math
import warnings
import wave
from array import array
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

with warnings.catch_warnings():  # deprecated in 3.11 and 3.12; from 3.13 on audioop-lts brings the same module
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

RATE = 8000  # Hz, the telephone line's
FRAME_SECONDS = 0.02
FUZZ = 1e-6  # seconds: times on the 20 ms grid that differ by less are equal
FRAME_SAMPLES = 160
FRAME_BYTES = 320  # of 16-bit PCM
VOICED = 210  # RMS of 16-bit PCM over 20 ms, above which a frame has a voice in it: a quiet line is far below
SILENCE = b"\xff" * FRAME_SAMPLES  # 20 ms of mu-law
PCM_SILENCE = bytes(FRAME_BYTES)


def decode(ulaw: bytes) -> bytes:
    """Convert G.711 mu-law to 16-bit PCM."""
    return audioop.ulaw2lin(ulaw, 2)


def encode(pcm: bytes | memoryview) -> bytes:
    """Convert 16-bit PCM to G.711 mu-law."""
    return audioop.lin2ulaw(pcm, 2)


def rms(pcm: bytes) -> int:
    """Loudness: the root of the mean square of 16-bit samples, 0 to 32768."""
    loudness: int = audioop.rms(pcm, 2)
    return loudness


def peak(pcm: bytes) -> int:
    """Return the greatest magnitude of 16-bit PCM, 0 to 32768."""
    return audioop.max(pcm, 2)


def crossings(pcm: bytes) -> int:
    """Return how often 16-bit PCM changes its sign."""
    times: int = audioop.cross(pcm, 2)
    return times


def part(pcm: bytes, wave: bytes) -> float:
    """Return by which factor a wave as long as a sound, both 16-bit PCM, is in it (least squares)."""
    factor: float = audioop.findfactor(pcm, wave)
    return factor


def is_voiced(pcm: bytes) -> bool:
    """True if 20 ms of 16-bit PCM are loud enough for a voice, wherever no vad has a say in it."""
    return rms(pcm) > VOICED


def seconds(pcm: bytes) -> float:
    """Duration of 16-bit PCM at 8 kHz, seconds."""
    return len(pcm) / (2 * RATE)


def tone(length: float, pitch: float = 440.0, level: int = 6000) -> bytes:
    """Make a sine, faded over 5 ms at both ends so that it does not click; `length` in seconds, `pitch` in Hz."""
    count, fade = round(length * RATE), round(0.005 * RATE)
    # One whole period is computed and repeated: a sine for each sample of a long tone would be slow.
    above, below = pitch.as_integer_ratio()
    cycle = RATE * below // math.gcd(above, RATE * below)  # samples after which the wave begins anew
    wave_ = [level * math.sin(2 * math.pi * pitch * at / RATE) for at in range(min(cycle, count))]
    samples = (array("h", map(int, wave_)) * (count // cycle + 1))[:count]
    for at in {*range(min(fade, count)), *range(max(0, count - fade), count)}:
        samples[at] = int(wave_[at % cycle] * min(1.0, at / fade, (count - 1 - at) / fade))
    return samples.tobytes()


def beep() -> bytes:
    """Make the 300 ms tone that stands for a failure: the line is alive, but speech could not be made."""
    return tone(0.3, 880.0)


def soft_tone() -> bytes:
    """Make the 400 ms low, quiet tone that fills a wait: the line is alive, and nothing has failed."""
    return tone(0.4, 320.0, 2000)


class Resampler:
    """Converts a stream of 16-bit PCM from one rate to another (8 kHz by default), 2.5 ms behind.

    Source: libsamplerate's `sinc_fastest`, whose lag is the least of the converters that filter aliases.
    """

    def __init__(self, rate: int, to: int = RATE) -> None:
        self.ratio = to / rate
        self._state: Any = None
        if rate != to:
            import numpy as np
            import samplerate

            self._state = samplerate.Resampler("sinc_fastest", channels=1)
            self._flush = np.zeros(round(0.004 * rate), np.float32)  # zeros that push the last samples out
        self._owed = 0.0  # output samples due for the input so far

    def feed(self, pcm: bytes, last: bool = False) -> bytes:
        """Convert the next piece; `last` flushes the samples held back by the filter, too."""
        if self._state is None:
            return pcm
        import numpy as np

        samples = np.frombuffer(pcm, "<i2").astype(np.float32)
        self._owed += len(samples) * self.ratio
        out = self._state.process(np.concatenate((samples, self._flush)) if last else samples, self.ratio)
        # The flushing zeros come out as samples, too: no more is returned than the input's duration is worth.
        out = out[: round(self._owed)]
        self._owed -= len(out)
        return bytes(np.clip(out, -32768, 32767).astype("<i2"))


def resample(pcm: bytes, rate: int, to: int = RATE) -> bytes:
    """Convert a whole sound to another rate."""
    return Resampler(rate, to).feed(pcm, last=True)


def read_wav(path: Path) -> bytes:
    """Read any PCM WAV file as 16-bit mono at 8 kHz.

    Raises ValueError if it is not a WAV file that can be read, OSError if it cannot be opened.
    """
    try:
        with wave.open(str(path), "rb") as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            data = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{path} is not a PCM WAV file: {error}") from None
    if width == 1:
        data = audioop.bias(data, 1, -128)  # 8-bit WAV is unsigned
    data = audioop.lin2lin(data, width, 2) if width != 2 else data
    if channels > 1:
        import numpy as np

        mixed = np.frombuffer(data, "<i2").reshape(-1, channels).mean(axis=1)
        data = mixed.astype("<i2").tobytes()
    return resample(data, rate)


def write_wav(path: Path, *tracks: bytes) -> None:
    """Write tracks of 16-bit PCM at 8 kHz as one WAV file, a channel each, padded with silence to equal length."""
    length = max(len(track) for track in tracks)
    mixed = array("h", bytes(length * len(tracks)))
    for channel, track in enumerate(tracks):
        mixed[channel :: len(tracks)] = array("h", track.ljust(length, b"\0"))
    # Opened here: `wave` prints a traceback if it cannot open a file itself.
    with path.open("wb") as out:
        _write(out, mixed, len(tracks))


def wav(pcm: bytes) -> bytes:
    """Return 16-bit PCM at 8 kHz with the header of a WAV file."""
    made = BytesIO()
    _write(made, pcm)
    return made.getvalue()


def _write(out: BinaryIO, pcm: bytes | array[int], channels: int = 1) -> None:
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm)
