"""What tests are made of."""

from __future__ import annotations

from pipeline import audio
from pipeline.testing import voice
from tests.kit.energy import judged


def test_the_tests_own_voice_is_voice() -> None:
    """`voice` of the test kit is over any threshold, from its first 20 ms to its last."""
    pcm = audio.decode(audio.encode(voice(0.2)))
    assert all(judged(pcm[at : at + 320]) for at in range(0, len(pcm), 320))
