from __future__ import annotations

import struct
from typing import Any

import pytest

from pipeline import audio
from pipeline.frames import AudioIn
from pipeline.testing import run, voice
from processors.vad.energy import EnergyVad


def square(level: int) -> bytes:
    """20 ms whose RMS is `level`."""
    return struct.pack("<160h", *[level, -level] * 80)


def judged(pcm: bytes, **changed: Any) -> Any:
    [frame] = run(EnergyVad(EnergyVad.Settings(**changed)), [AudioIn(pcm, 1.5)])
    assert (frame.pcm, frame.at) == (pcm, 1.5)
    return frame.voiced


@pytest.mark.parametrize(("level", "voiced"), [(0, False), (209, False), (210, False), (211, True), (8000, True)])
def test_voice_is_louder_than_the_threshold(level: int, voiced: bool) -> None:
    """An RMS of 210 is not over 210; 211 is."""
    assert judged(square(level)) is voiced


def test_the_threshold_can_be_set() -> None:
    """`rms` is the loudness that voice has to exceed."""
    assert judged(square(300), rms=299) and not judged(square(300), rms=300)


def test_silence_on_the_line_is_no_voice() -> None:
    """Mu-law silence, 0xff, decodes to zeros."""
    assert not judged(audio.decode(audio.SILENCE))


def test_the_tests_own_voice_is_voice() -> None:
    """`voice` of the test kit is over any threshold, from its first 20 ms to its last."""
    pcm = audio.decode(audio.encode(voice(0.2)))
    assert all(judged(pcm[at : at + 320]) for at in range(0, len(pcm), 320))
