"""Bytes that are no sound are named, and noise is told from a voice."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import audio
from pipeline.tts.containers import LOOK, foreign, is_noise
from pipeline.tts.decoder import Decoder

REST = random.Random(1).randbytes(2000)
FORMATS = {
    "MP3": [b"ID3\x04\0\0\0\0\0\x23TSSE", b"\xff\xfb\x90\x64", b"\xff\xf3\x44\xc4"],
    "AAC": [b"\xff\xf1\x50\x80", b"\xff\xf9\x4c\x80"],
    "Ogg": [b"OggS\0\x02"],
    "FLAC": [b"fLaC\0\0\0\x22"],
    "WebM": [b"\x1aE\xdf\xa3"],
    "MP4": [b"\0\0\0\x20ftypM4A "],
    "AIFF": [b"FORM\0\0\0\0AIFF"],
    "gzip": [b"\x1f\x8b\x08\0"],
}
TEXTS = {
    "HTML": "<!DOCTYPE html><html><body>Bad gateway</body></html>",
    "JSON": '{"error": {"message": "the voice is unknown", "code": 404}}',
    "text": "event: error\ndata: קול לא ידוע, נסו שוב מאוחר יותר בבקשה",
}


@pytest.mark.fault("F4")
@pytest.mark.parametrize(("name", "first"), [(name, each) for name, found in FORMATS.items() for each in found])
def test_a_compressed_file_is_named(name: str, first: bytes) -> None:
    """By its first bytes, before any of it is heard."""
    assert foreign(first + REST) == name
    with pytest.raises(ValueError, match=name):
        Decoder().feed(first + REST)


@pytest.mark.parametrize("name", TEXTS)
def test_text_in_the_place_of_sound_is_named(name: str) -> None:
    """Also if a letter is cut in two."""
    for size in range(LOOK, LOOK + 4):
        assert foreign(TEXTS[name].encode()[:size]).startswith(name)


@given(st.integers(100, 3400), st.integers(0, 3000), st.integers(0, 200))
def test_sound_is_none_of_them(pitch: int, level: int, silence: int) -> None:
    """Whether it begins with silence, or at once."""
    pcm = bytes(2 * silence) + audio.tone(0.1, pitch, level)
    assert foreign(pcm) == "" and not is_noise(pcm)


@pytest.mark.fault("F4")
@given(st.integers(0, 10_000), st.sampled_from([8000, 16000, 24000, 48000]))
def test_random_data_are_noise(seed: int, rate: int) -> None:
    """At any rate that they are taken for."""
    assert is_noise(audio.resample(random.Random(seed).randbytes(12_000), rate)[800:])


def test_samples_of_another_form_are_noise() -> None:
    """Floats and swapped bytes, taken for 16-bit samples."""
    import struct

    values = memoryview(audio.tone(0.2, 300, 9000)).cast("h")
    assert is_noise(b"".join(struct.pack("<f", value / 32768) for value in values)[800:4000])
    assert is_noise(b"".join(struct.pack(">h", value) for value in values)[800:2400])
