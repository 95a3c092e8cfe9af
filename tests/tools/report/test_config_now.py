"""The config of a call, compared with its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import load
from pipeline.tools.report.config_now import config_now

DEMO = "extends: kav:demo\nname: mine\n"


def test_a_config_that_has_changed_since_is_named(tmp_path: Path) -> None:
    """With the hash that it has now; one that is gone, or was never named, is not."""
    path = tmp_path / "my.yaml"
    path.write_text(DEMO)
    about = {"path": str(path), "hash": load(path).hash}
    assert config_now(about) == "the same now"
    path.write_text(DEMO + "set: {pacer.lead: 0.3s}\n")
    assert config_now(about) == f"now {load(path).hash}: the file, a variable or a change by options differs"
    path.write_text(DEMO + "swap: 5\n")
    assert config_now(about).startswith(f"{path} cannot be loaded now: 1 fault")
    path.unlink()
    assert config_now(about) == config_now({}) == config_now({"path": "\0", "hash": []}) == ""


def test_no_code_runs_that_never_ran_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record names a file of this machine, and its plug-ins stay unread."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    path = tmp_path / "my.yaml"
    path.write_text(DEMO + "plugins: [evil.py]\npipeline: [evil]\n")
    assert "names plug-ins that never ran here" in config_now({"path": str(path), "hash": "1"})
    assert not (tmp_path / "ran").exists()
