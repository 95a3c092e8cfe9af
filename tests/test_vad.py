"""Frames with and without voice."""

from __future__ import annotations

from pipeline import audio
from pipeline.testing import voice
from tests.kit.energy import judged
from tests.test_tones import key


def test_silence_on_the_line_is_no_voice() -> None:
    """Mu-law silence, 0xff, decodes to zeros."""
    assert not judged(audio.decode(audio.SILENCE))


def test_a_keys_tone_is_no_voice() -> None:
    """However loud it is; a tone of one pitch is still one."""
    assert not judged(key(770, 1336, 9000)[: audio.FRAME_BYTES])
    assert judged(voice(0.02, 770))
