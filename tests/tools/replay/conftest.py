"""Fixtures that several tests of this folder share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.config import Config
from pipeline.records.reader import Recording
from pipeline.testing import play
from tests.kit.replays import CALLER, CUT_OFF, only


@pytest.fixture
def cut(agent: Callable[..., Config], tmp_path: Path) -> Recording:
    """A call whose caller was cut off after "I am looking for"."""
    said = ["Gladly.", "How many rooms?", "In which city?"]
    config = agent(["I am looking for", "an apartment", "three rooms"], said, {**CUT_OFF, "tts.ms_per_letter": 20})
    play(config, CALLER, 11.0, keep=tmp_path)
    return only(tmp_path)
