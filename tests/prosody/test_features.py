"""The features of speech before a pause."""

from __future__ import annotations

import pytest

from pipeline.prosody.features import NAMES, features
from pipeline.prosody.sound import analyse
from tests.kit.prosody import glide, pause


def heard(*parts: bytes, said: float = 1.0) -> dict[str, float]:
    """The features of sound with a pause after it."""
    found = features(analyse(b"".join(parts) + pause()), said)
    assert found is not None
    return found


def test_every_feature_has_its_name() -> None:
    """The names of the features are those that weights may have."""
    assert tuple(heard(glide(120, 120, 1))) == NAMES


def test_a_level_voice_is_at_its_own_level() -> None:
    """A voice that does nothing at its end differs from itself in nothing."""
    found = heard(glide(120, 120, 1))
    assert found["pitch_over_low"] == pytest.approx(0, abs=0.1)
    assert found["pitch_slope"] == pytest.approx(0, abs=1)
    assert found["loudness"] == pytest.approx(0, abs=0.3)


def test_a_falling_end_has_a_falling_slope() -> None:
    """An octave in 0.3 s is 40 semitones a second; the fade of 6 dB in that time is 20 dB a second."""
    found = heard(glide(200, 200, 1), glide(200, 100, 0.3, fade=6))
    assert found["pitch_slope"] == pytest.approx(-40, abs=8)
    assert found["loudness"] < -1


def test_a_risen_end_is_over_the_low_voice() -> None:
    """A voice that stays up at its end is above the bottom of its range."""
    assert heard(glide(120, 120, 0.8), glide(120, 180, 0.4))["pitch_over_low"] > 4


def test_level_and_pitch_of_the_voice_count_for_nothing() -> None:
    """A quiet and a high voice that do the same as another have the same features."""
    low = heard(glide(110, 110, 0.8), glide(110, 90, 0.3, fade=6))
    high = heard(glide(220, 220, 0.8, level=400), glide(220, 180, 0.3, fade=6, level=400))
    assert [high[name] for name in NAMES] == pytest.approx([low[name] for name in NAMES], abs=3.5)
    assert high["loudness"] == pytest.approx(low["loudness"], abs=0.5)


def test_what_came_after_the_voice_counts_for_nothing() -> None:
    """A longer pause has the same features."""
    voice = glide(150, 120, 0.8, fade=6)
    longer = features(analyse(voice + pause(0.5)), 1.0)
    assert longer == pytest.approx(heard(voice))


@pytest.mark.parametrize("pcm", [b"", pause(1), glide(120, 120, 0.04) + pause()], ids=["none", "quiet", "a click"])
def test_too_little_speech_has_no_features(pcm: bytes) -> None:
    """There is nothing to compare before the caller has said a syllable."""
    assert features(analyse(pcm), 1.0) is None
