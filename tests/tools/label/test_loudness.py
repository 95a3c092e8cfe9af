"""Sound in a record, told from the line's noise."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

from pipeline.records.reader import Recording
from pipeline.testing import voice
from pipeline.tools.label.loudness import caller, spans


def test_the_lines_noise_is_no_sound() -> None:
    """A steady hiss of any strength is the line; a voice over it is found where it is, and a click is not."""
    chance = random.Random(1)
    hiss = [int(chance.gauss(0, 400)) for _ in range(8 * 8000)]
    speech = struct.unpack("<8000h", voice(1.0))
    for at, it in enumerate(speech):
        hiss[24000 + at] = max(-32768, min(32767, hiss[24000 + at] + it))
    hiss[56000:56160] = speech[:160]
    (found,) = spans(struct.pack(f"<{len(hiss)}h", *hiss))
    assert (found.starts, found.ends) == (pytest.approx(3.0, abs=0.03), pytest.approx(4.0, abs=0.03))


def test_the_callers_sound_is_what_the_vad_was_given(call: Path) -> None:
    """Frame for frame, by the stream's own clock."""
    recording = Recording.load(call)
    judged = "".join(it.content["frames"] for it in recording.events if it.what == "voiced")
    assert len(caller(recording)) == 320 * len(judged)
