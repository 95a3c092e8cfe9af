from __future__ import annotations

import struct

import pytest

from tests.kit.energy import judged


def square(level: int) -> bytes:
    """20 ms whose RMS is `level`."""
    return struct.pack("<160h", *[level, -level] * 80)


@pytest.mark.parametrize(("level", "voiced"), [(0, False), (209, False), (210, False), (211, True), (8000, True)])
def test_voice_is_louder_than_the_threshold(level: int, voiced: bool) -> None:
    """An RMS of 210 is not over 210; 211 is."""
    assert judged(square(level)) is voiced


def test_the_threshold_can_be_set() -> None:
    """`rms` is the loudness that voice has to exceed."""
    assert judged(square(300), rms=299) and not judged(square(300), rms=300)
