"""The analysis of speech: loudness, pitch and tone."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline import audio
from pipeline.prosody.sound import NOTHING, Sound, analyse
from tests.kit.prosody import glide


@pytest.mark.parametrize("pitch", [85, 120, 200, 330])
def test_the_pitch_is_that_of_a_voice_without_its_fundamental(pitch: int) -> None:
    """A telephone line cuts off what is below 300 Hz; the pitch is found from the harmonics above."""
    sound = analyse(glide(pitch, pitch, 0.5))
    assert np.median(sound.pitch) == pytest.approx(12 * np.log2(pitch / 100), abs=0.3)
    assert np.median(sound.tone) > 0.9


def test_noise_has_no_tone() -> None:
    """Noise correlates with itself at no period."""
    noise = np.random.default_rng(0).standard_normal(8000) * 2000
    assert np.percentile(analyse(noise.astype("<i2").tobytes()).tone, 90) < 0.5


def test_loudness_is_in_decibels() -> None:
    """Half the amplitude is 6 dB less."""
    loud, half = (np.median(analyse(audio.tone(0.5, 440, level)).loudness) for level in (8000, 4000))
    assert loud - half == pytest.approx(6.02, abs=0.1)


@pytest.mark.parametrize(("samples", "frames"), [(0, 0), (319, 0), (320, 1), (399, 1), (400, 2), (8000, 97)])
def test_a_frame_begins_every_10_ms_and_is_whole(samples: int, frames: int) -> None:
    """Sound of less than 40 ms has none."""
    assert len(analyse(bytes(2 * samples))) == frames


def test_half_a_sample_at_the_end_is_left_out() -> None:
    """A piece of odd length is no error."""
    assert len(analyse(bytes(2 * 320 + 1))) == 1


def test_only_the_last_frames_are_kept() -> None:
    """A caller's speech is bounded, the oldest going first."""
    old, new = (Sound(*np.full((3, 4), number)) for number in (1.0, 2.0))
    assert old.followed_by(new, 6).pitch.tolist() == [1, 1, 2, 2, 2, 2]
    assert NOTHING.followed_by(new, 3).loudness.tolist() == [2, 2, 2]
