"""A tool's text, printed or written to a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.faults import KavError
from pipeline.tools.output import put


def test_a_text_is_printed_as_it_is_or_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No line is added; a file that is there is written anew."""
    put("one\n", None)
    assert capsys.readouterr().out == "one\n"
    for text in ("two\n", "three\n"):
        put(text, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "three\n"


def test_a_file_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    """One that is there and should not be, one whose folder is missing, a folder."""
    (tmp_path / "there").write_text("mine")
    with pytest.raises(KavError, match="is there already"):
        put("x", tmp_path / "there", new=True)
    with pytest.raises(KavError, match="there is no folder"):
        put("x", tmp_path / "none/out")
    with pytest.raises(KavError, match="cannot be written: Is a directory"):
        put("x", tmp_path)
    assert (tmp_path / "there").read_text() == "mine"
