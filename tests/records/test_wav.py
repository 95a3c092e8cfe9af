"""The WAV file of a record."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from pipeline import audio
from pipeline.records import wav

TRACKS = wav.Tracks(bytes(range(256)), bytes(reversed(range(256))))


def test_mulaw_is_kept_to_the_byte(tmp_path: Path) -> None:
    """A byte a sample, each side of it."""
    wav.write(tmp_path / "a.wav", TRACKS, "mulaw")
    assert wav.read(tmp_path / "a.wav") == TRACKS
    head = (tmp_path / "a.wav").read_bytes()
    assert len(head) == 512 + 58 and int.from_bytes(head[4:8], "little") == len(head) - 8


def test_pcm_is_what_every_program_reads(tmp_path: Path) -> None:
    """16 bits a sample, and known not to be exact."""
    wav.write(tmp_path / "a.wav", TRACKS, "wav")
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes()) == (2, 2, 8000, 256)
    again = wav.read(tmp_path / "a.wav")
    assert not again.is_exact and audio.decode(again.caller) == audio.decode(TRACKS.caller)


@pytest.mark.parametrize(
    "data", [b"", b"RIFF", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEfmt \4\0\0\0\1\0\1\0", b"x" * 99]
)
def test_what_is_no_sound_is_told(tmp_path: Path, data: bytes) -> None:
    """As a ValueError, which its readers turn into a sentence."""
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(ValueError, match="is not"):
        wav.read(tmp_path / "a.wav")
