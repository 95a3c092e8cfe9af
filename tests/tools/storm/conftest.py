"""Fixtures that several tests of this folder share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.config import load
from tests.kit.storm import BUNGLER, CONFIG, WITH_TOOLS


@pytest.fixture
def bungling(tmp_path: Path) -> str:
    (tmp_path / "bungler.py").write_text(BUNGLER, encoding="utf-8")
    path = tmp_path / "agent.yaml"
    text = CONFIG.replace("  - llm.script", "  - bungler\n  - llm.script")
    path.write_text(f"plugins: [bungler.py]\n{text}", encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path: Path = tmp_path_factory.mktemp("storm") / "agent.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return load(path)


@pytest.fixture(scope="module")
def with_tools(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path: Path = tmp_path_factory.mktemp("storm") / "tools.yaml"
    path.write_text(WITH_TOOLS, encoding="utf-8")
    return load(path)
