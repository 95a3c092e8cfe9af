"""The script of the Google Text-to-Speech stand-in: its timing, its quotas, its faults, its sound."""

from __future__ import annotations

import struct
from typing import Any, Literal

import msgspec
from google.cloud.texttospeech_v1 import AudioEncoding

from pipeline import audio

LIMIT = 5000  # bytes of text


class Trouble(msgspec.Struct, frozen=True):
    """A fault of one request.

    hang: no answer ever; slow: sound comes at `pace` times real time; status: the call fails with `status`; empty: no
    sound; click: 10 ms of it; rate: 24 kHz in place of the rate asked for; header: a WAV header in a stream; cut: it
    breaks off after `after` seconds of sound, a stream with `status`.
    """

    kind: Literal["hang", "slow", "status", "empty", "click", "rate", "header", "cut"]
    status: str = "UNAVAILABLE"
    after: float = 0.5
    pace: float = 0.7


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """The server's behaviour; times in seconds.

    Google publishes no latencies: the defaults are reported by users of WaveNet (0.5 to 1 s a sentence) and of streamed
    Chirp 3 (0.2 s to the first sound). The quotas are a new project's.
    """

    delay: float = 0.4  # to the answer of a voice that does not stream
    per_character: float = 0.004  # on top of it
    first: float = 0.2  # to a stream's first sound
    chunk: float = 0.1  # of sound in a streamed message
    pace: float = 4.0  # of a stream, times real time
    length: float = 0.065  # of sound per character: about 15 characters a second, as people read aloud
    sound: bytes = b""  # PCM at 8 kHz, in place of the tone
    batch_pcm: bool = False  # True if PCM without a header can be asked for whole; some voices refuse it
    per_minute: int = 1000
    chirp_per_minute: int = 200
    sessions: int = 100  # streams at a time
    troubles: tuple[Trouble | None, ...] = ()  # of the first requests, in order; None: no fault
    then: Trouble | None = None  # of all later ones


def encoded(pcm: bytes, config: Any, trouble: Trouble | None) -> tuple[bytes, int, int]:
    """Return sound as it was asked for, its rate in Hz, and the bytes of a sample."""
    kind = trouble.kind if trouble else ""
    pcm = {"empty": b"", "click": pcm[:160]}.get(kind, pcm)
    rate = 24000 if kind == "rate" else config.sample_rate_hertz or 24000
    pcm = audio.resample(pcm, audio.RATE, rate) if rate != audio.RATE else pcm
    return (audio.encode(pcm), rate, 1) if config.audio_encoding == AudioEncoding.MULAW else (pcm, rate, 2)


def content(pcm: bytes, config: Any, trouble: Trouble | None) -> bytes:
    """Return a whole answer: sound behind a WAV header, or bare PCM."""
    sound, rate, width = encoded(pcm, config, trouble)
    before = b"" if config.audio_encoding == AudioEncoding.PCM else header(config.audio_encoding, rate, len(sound))
    if trouble is not None and trouble.kind == "cut":
        sound = sound[: round(trouble.after * rate) * width]
    return before + sound


def header(encoding: Any, rate: int, size: int) -> bytes:
    """Return a WAV header for `size` bytes: 44 bytes for 16-bit PCM; 58 for mu-law, which needs a `fact` chunk."""
    if encoding == AudioEncoding.MULAW:
        body = b"fmt " + struct.pack("<IHHIIHHH", 18, 7, 1, rate, rate, 1, 8, 0) + b"fact" + struct.pack("<II", 4, size)
    else:
        body = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, rate, 2 * rate, 2, 16)
    return b"RIFF" + struct.pack("<I", 4 + len(body) + 8 + size) + b"WAVE" + body + b"data" + struct.pack("<I", size)
