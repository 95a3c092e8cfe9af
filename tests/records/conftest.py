"""Fixtures that several tests of this folder share."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import RecordSettings


@pytest.fixture
def settings(tmp_path: Path) -> RecordSettings:
    return RecordSettings(folder=str(tmp_path))
