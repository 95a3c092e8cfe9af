from __future__ import annotations

import math
import struct
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import audio


def level(pcm: bytes) -> int:
    return audio.rms(pcm)


def pitch(pcm: bytes) -> Any:
    """The strongest frequency, Hz."""
    samples = np.frombuffer(pcm, "<i2").astype(float)
    return np.argmax(np.abs(np.fft.rfft(samples))) * audio.RATE / len(samples)


def test_mu_law_and_back_is_nearly_the_same() -> None:
    """The line's code loses little, and twice no more than once."""
    pcm = audio.tone(0.1, 440.0)
    once = audio.decode(audio.encode(pcm))
    assert audio.decode(audio.encode(once)) == once
    assert np.abs(np.frombuffer(once, "<i2").astype(int) - np.frombuffer(pcm, "<i2")).max() < 300


def test_silence_is_0xff() -> None:
    """160 bytes of it decode to 320 zeros."""
    assert audio.decode(audio.SILENCE) == audio.PCM_SILENCE == bytes(audio.FRAME_BYTES)


@pytest.mark.parametrize("length", [0.02, 0.3, 1.0])
def test_a_tone_has_its_length_pitch_and_level(length: float) -> None:
    """And begins and ends at nothing, so that it does not click."""
    pcm = audio.tone(length, 500.0, 6000)
    assert audio.seconds(pcm) == length
    assert pitch(pcm) == pytest.approx(500, abs=30)
    assert max(struct.unpack(f"<{len(pcm) // 2}h", pcm)) <= 6000
    assert pcm[:2] == b"\0\0" and abs(struct.unpack("<h", pcm[-2:])[0]) < 200


def test_the_beep_lasts_300_ms() -> None:
    """And can be heard."""
    assert audio.seconds(audio.beep()) == 0.3 and level(audio.beep()) > 2000


def test_loudness_is_the_root_of_the_mean_square() -> None:
    """Of 16-bit samples."""
    assert level(struct.pack("<4h", 300, -300, 300, -300)) == 300
    assert level(b"") == level(bytes(320)) == 0


@pytest.mark.parametrize("rate", [16000, 22050, 24000, 48000])
def test_resampling_keeps_length_and_pitch(rate: int) -> None:
    """Whatever rate a voice has."""
    time = np.arange(rate) / rate
    pcm = (8000 * np.sin(2 * math.pi * 400 * time)).astype("<i2").tobytes()
    out = audio.resample(pcm, rate)
    assert audio.seconds(out) == pytest.approx(1.0, abs=0.005)
    assert pitch(out) == pytest.approx(400, abs=2)


def test_resampling_removes_what_the_line_cannot_carry() -> None:
    """A tone of 7 kHz does not come back as another."""
    time = np.arange(24000) / 24000
    pcm = (8000 * np.sin(2 * math.pi * 7000 * time)).astype("<i2").tobytes()
    assert level(audio.resample(pcm, 24000)[1600:-1600]) < 80


def test_a_stream_is_resampled_as_a_whole_is() -> None:
    """In pieces of any size, and not far behind."""
    pcm = np.random.default_rng(7).integers(-8000, 8000, 24000).astype("<i2").tobytes()
    resampler, out, first = audio.Resampler(24000), b"", None
    for at in range(0, len(pcm), 960):
        out += resampler.feed(pcm[at : at + 960])
        first = at + 960 if first is None and out else first
    out += resampler.feed(b"", last=True)
    assert out == audio.resample(pcm, 24000)
    assert first <= 960


def test_sound_at_the_lines_rate_is_left_alone() -> None:
    """Byte for byte."""
    assert audio.Resampler(8000).feed(b"\1\2") == b"\1\2"


def test_a_resampler_clips_instead_of_turning_over() -> None:
    """The loudest square wave stays within 16 bits."""
    pcm = (np.sign(np.sin(np.arange(16000) / 20)) * 32767).astype("<i2").tobytes()
    samples = np.frombuffer(audio.resample(pcm, 16000), "<i2").astype(int)
    assert np.abs(np.diff(samples)).max() < 66000 and samples.max() == 32767


def wav(path: Path, data: bytes, width: int = 2, channels: int = 1, rate: int = 8000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(data)
    return path


def test_a_wav_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    """16-bit mono at 8 kHz is left alone."""
    pcm = audio.tone(0.2)
    audio.write_wav(tmp_path / "a.wav", pcm)
    assert audio.read_wav(tmp_path / "a.wav") == pcm


def test_the_tracks_of_a_wav_file_are_its_channels(tmp_path: Path) -> None:
    """The shorter one is filled up with silence; read back, they are mixed."""
    audio.write_wav(tmp_path / "a.wav", struct.pack("<3h", 100, 200, 300), struct.pack("<h", 100))
    assert audio.read_wav(tmp_path / "a.wav") == struct.pack("<3h", 100, 100, 150)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_every_width_of_sample_is_read(tmp_path: Path, width: int) -> None:
    """8-bit WAV is unsigned, the others are signed."""
    value = {1: bytes([128 + 64]), 2: b"\0\x40", 3: b"\0\0\x40", 4: b"\0\0\0\x40"}[width]
    assert audio.read_wav(wav(tmp_path / "a.wav", value * 100, width)) == b"\0\x40" * 100


def test_a_wav_file_at_another_rate_is_resampled(tmp_path: Path) -> None:
    """To the line's."""
    path = wav(tmp_path / "a.wav", bytes(2 * 44100), rate=44100)
    assert audio.seconds(audio.read_wav(path)) == pytest.approx(1.0, abs=0.005)


@pytest.mark.parametrize("data", [b"", b"RIFF", b"not a wave file at all", b"RIFF\x10\0\0\0WAVEfmt \0\0\0\0"])
def test_what_is_no_wav_file_is_an_error_that_names_it(tmp_path: Path, data: bytes) -> None:
    """ValueError for what cannot be read, OSError for what is not there."""
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"a\.wav is not a PCM WAV file"):
        audio.read_wav(path)
    with pytest.raises(FileNotFoundError):
        audio.read_wav(tmp_path / "none.wav")
