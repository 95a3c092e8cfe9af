"""A cloud voice on a real loop, between its stand-in and the end of a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.standins.google_tts import Script
from tests.kit.alone import run
from tests.kit.speaking import QUICK, Spoken, spoken


@pytest.fixture
def speak() -> Callable[..., Spoken]:
    """Speak texts with `tts.google` against a stand-in with this script; keywords are the voice's settings.

    `interrupt`: break off at the first sound. `again`: speak it all so many times, in a turn each. Nothing may be
    left: no task, no call at the stand-in, no error that nobody saw.
    """

    def speak(
        *texts: str, script: Any = None, phrases: Any = (), interrupt: bool = False, again: int = 1, **settings: Any
    ) -> Spoken:
        answers = {**QUICK, **(script or {})}
        return run(spoken(texts, Script(**answers), phrases, interrupt, again, settings))

    return speak
