"""Frames of a tone, and the voice that is heard in them."""

from __future__ import annotations

from typing import Any

from pipeline.frames import AudioIn
from pipeline.testing import run
from processors.vad.energy import EnergyVad


def judged(pcm: bytes, **changed: Any) -> Any:
    [frame] = run(EnergyVad(EnergyVad.Settings(**changed)), [AudioIn(pcm, 1.5)])
    assert (frame.pcm, frame.at) == (pcm, 1.5)
    return frame.voiced
