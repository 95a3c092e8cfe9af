"""Stamps of files: a change shows, a file that is not there has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import load
from pipeline.faults import ConfigError
from pipeline.file_stamps import real, stamp, stamps
from tests.kit.replays import kav


def test_a_file_that_is_replaced_has_another_stamp(tmp_path: Path) -> None:
    """Of the same bytes, too: it is another file."""
    path, new = tmp_path / "a", tmp_path / "b"
    path.write_text("one")
    new.write_text("one")
    before = {path: stamp(path)}
    assert stamps(before) == before
    new.replace(path)
    assert stamps(before) != before


def test_a_file_that_is_not_there_has_no_stamp(tmp_path: Path) -> None:
    """Nor has a name that no file can have."""
    assert stamp(tmp_path / "none") is None
    assert stamp(Path("\0")) is None


def test_a_link_in_a_circle_has_a_real_path(tmp_path: Path) -> None:
    """Its own: what reads it says that there is no such file, and no command breaks off."""
    loop = tmp_path / "loop.yaml"
    loop.symlink_to(loop)
    (tmp_path / "link").symlink_to(tmp_path / "there")
    assert real(loop) == loop and real(tmp_path / "link") == tmp_path / "there"
    for verb in ("check", "print", "graph", "schema", "go", "storm"):
        assert kav(verb, loop) == 1
    (tmp_path / "x.yaml").write_text("extends: loop.yaml\n")
    (tmp_path / "y.yaml").write_text("plugins: [loop.py]\n")
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    for name in ("x", "y"):
        with pytest.raises(ConfigError, match=r"there is no `loop\."):
            load(tmp_path / f"{name}.yaml")
