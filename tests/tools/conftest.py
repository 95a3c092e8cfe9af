"""Fixtures that tests of several tools share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.config import Config
from pipeline.records.reader import folders
from pipeline.testing import play
from tests.kit.tuning import CALLER, HASTY


@pytest.fixture
def call(agent: Callable[..., Config], tmp_path: Path) -> Path:
    """The folder of a call whose caller was cut off after "I am looking for"."""
    config = agent(["I am looking for", "an apartment", "three rooms"], ["Gladly.", "How many rooms?"], HASTY)
    play(config, CALLER, 11.0, keep=tmp_path / "calls")
    (found,) = folders(tmp_path / "calls")
    return found
