from __future__ import annotations

import pytest

from processors.vad.silero.caller_level import KNOWN, CallerLevel


def heard(*parts: tuple[int, int]) -> CallerLevel:
    """A level after so many frames of each loudness."""
    level = CallerLevel()
    for rms, frames in parts:
        for _ in range(frames):
            level.learn(rms)
    return level


def test_a_level_is_known_after_a_fifth_of_a_second() -> None:
    """Before that nothing is below it, and the gain is a usual one."""
    assert heard((1000, KNOWN - 1)).below(22) == 0 and heard((1000, KNOWN - 1)).gain == 3
    assert heard((1000, KNOWN)).below(22) > 0


def test_it_rises_fast_and_falls_slowly() -> None:
    """A second of the caller's voice is enough; two of another's, 20 dB softer, change it by less than 2 dB."""
    level = heard((1000, 50)).below(0)
    assert level == pytest.approx(1000, rel=0.01)
    assert 800 < heard((1000, 50), (100, 100)).below(0) < 1000
    assert heard((100, 50), (1000, 25)).below(0) > 900


def test_it_falls_in_the_end() -> None:
    """After half a minute of softer speech that is the caller's level."""
    assert heard((1000, 50), (100, 1500)).below(0) < 150


@pytest.mark.parametrize(("rms", "gain"), [(16420, 1), (1642, 1), (821, 2), (164, 8), (50, 8)])
def test_the_gain_makes_a_usual_voice(rms: int, gain: float) -> None:
    """It softens no loud one, and has a bound."""
    assert heard((rms, 200)).gain == pytest.approx(gain, rel=0.01)
