"""Stamps of files: a change shows, a file that is not there has none."""

from __future__ import annotations

from pathlib import Path

from pipeline.file_stamps import stamp, stamps


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
