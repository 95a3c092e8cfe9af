from __future__ import annotations

import pytest

from pipeline.frames import (
    AudioEnded,
)
from pipeline.testing import run
from tests.kit.voices import END, spoken, text, tone


def test_more_letters_are_a_longer_tone() -> None:
    """60 ms each, at its pitch."""
    out = run(tone(), [text("four"), text("twelve chars"), END, 1.0])
    assert spoken(out) == {"four": pytest.approx(0.24), "twelve chars": pytest.approx(0.72)}
    assert out[-1] == AudioEnded(0)


def test_each_text_ends_with_its_last_piece() -> None:
    """So that a mark can follow it."""
    out = run(tone(), [text("one"), text("two"), END, 1.0])
    assert [(it.text, it.last) for it in out[:-1]] == [("one", False), ("one", True), ("two", False), ("two", True)]


def test_synthesis_takes_its_time() -> None:
    """Each text's sound comes `delay` after it was asked for."""
    assert spoken(run(tone(delay=0.5), [text("one"), 0.4])) == {}
    assert spoken(run(tone(delay=0.5), [text("one"), 0.6])) == {"one": pytest.approx(0.18)}
