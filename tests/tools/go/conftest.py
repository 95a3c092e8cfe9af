"""Fixtures that several tests of this folder share."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline import audio
from pipeline.testing import voice


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, ...]:
    """Recordings of three things that a caller says."""
    paths = [tmp_path_factory.mktemp("lines") / f"{pitch}.wav" for pitch in (300, 350, 400)]
    for path in paths:
        audio.write_wav(path, voice(0.5, float(path.stem)))
    return tuple(paths)
