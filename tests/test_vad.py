"""Frames with and without voice."""

from __future__ import annotations

from pipeline import audio
from tests.kit.energy import judged


def test_silence_on_the_line_is_no_voice() -> None:
    """Mu-law silence, 0xff, decodes to zeros."""
    assert not judged(audio.decode(audio.SILENCE))
