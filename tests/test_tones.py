"""The tones of a telephone's keys, told from speech."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline import audio
from pipeline.testing import voice
from pipeline.tones import HIGH, LOW, holds_key, is_key
from tests.kit.echo import speech

FRAMES = 10


def key(low: float, high: float, level: float = 3000, twist: float = 0, noise: float = 0, seed: int = 1) -> bytes:
    """Return 200 ms of two tones, coded as the line does; `twist` is by how many dB the high one is louder."""
    at, rng = np.arange(FRAMES * audio.FRAME_SAMPLES) / audio.RATE, np.random.default_rng(seed)
    loud = 10 ** (twist / 40)
    sound = np.sin(2 * np.pi * low * at) / loud + np.sin(2 * np.pi * high * at + 1) * loud
    sound += rng.standard_normal(len(at)) * noise
    return audio.decode(audio.encode(bytes((level * sound).clip(-32000, 32000).astype("<i2"))))


def keys(pcm: bytes) -> int:
    """Return how many whole frames of a sound are a key's."""
    return sum(
        is_key(pcm[at : at + audio.FRAME_BYTES]) for at in range(0, len(pcm) - audio.FRAME_BYTES + 1, audio.FRAME_BYTES)
    )


@given(
    st.sampled_from(LOW),
    st.sampled_from(HIGH),
    st.floats(100, 8000),
    st.floats(-6, 6),
    st.floats(-0.012, 0.012),
    st.floats(0, 0.1),
)
def test_every_key_is_known(low: int, high: int, level: float, twist: float, off: float, noise: float) -> None:
    """Soft or loud, one tone louder, out of tune, on a noisy line."""
    assert keys(key(low * (1 + off), high * (1 - off), level, twist, noise)) >= FRAMES - 1


def test_one_tone_or_three_are_no_key() -> None:
    """Nor two of one group, nor two of which one is hardly there, nor silence."""
    row = key(LOW[0], HIGH[0])
    third = np.frombuffer(voice(0.2, 2100), "<i2") // 3 + np.frombuffer(row, "<i2")
    assert not keys(bytes(third.astype("<i2")))
    for sound in (voice(0.2, 697), voice(0.2, 1336), key(LOW[0], LOW[3]), key(HIGH[0], HIGH[3]), bytes(3200)):
        assert not keys(sound)
    assert not keys(key(LOW[1], HIGH[1], twist=20))
    assert not keys(key(480, 620)) and not keys(key(440, 480)) and not keys(key(350, 440))  # busy, ringing, dialling


@given(st.integers(0, 1000))
def test_speech_is_no_key(seed: int) -> None:
    """At any loudness."""
    assert not keys(speech(2, seed, 300 + seed))


def test_a_tone_that_begins_in_the_middle_is_held() -> None:
    """Half a frame of it tells the key."""
    silence, tone = bytes(audio.FRAME_BYTES // 2), key(LOW[0], HIGH[0])[: audio.FRAME_BYTES // 2]
    assert holds_key(silence + tone) and holds_key(tone + silence) and not is_key(silence + tone)
    assert not holds_key(bytes(audio.FRAME_BYTES)) and not holds_key(tone)
