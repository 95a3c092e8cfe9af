"""Files to load, and a plug-in for them to name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.kit.configs import PLUGIN, Write


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write files into a folder that is the current one; gives the first one's path."""
    monkeypatch.chdir(tmp_path)

    def files(text: str, **others: str) -> Path:
        for name, content in {"x": text, **others}.items():
            Path(f"{name}.yaml").write_text(content, encoding="utf-8")
        return Path("x.yaml")

    return files


@pytest.fixture(scope="session")
def thing(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The plug-in `gizmo.thing`, with a setting of each kind."""
    folder = tmp_path_factory.mktemp("plugin")
    (folder / "gizmo").mkdir()
    (folder / "gizmo/thing.py").write_text(PLUGIN)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield
