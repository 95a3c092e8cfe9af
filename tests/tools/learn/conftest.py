"""Calls to learn from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.config import Config
from tests.kit.teaching import Lesson, lessons

HEARD = ["one two", "three four", "five six"]


@pytest.fixture(scope="session")
def odd(agent: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Lesson]]:
    """Calls of people whose voices rise at the end of a turn and fall before a pause, and their true pauses."""
    folder = tmp_path_factory.mktemp("odd") / "calls"
    return folder, lessons(agent(HEARD, ["Good morning to you."]), 6, rises=True, keep=folder)
