"""A file of the outbox is there whole, or as it was before."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.after.files import DEAD, DONE, part, write


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """What is half written has another name."""
    path = tmp_path / "sent.json"
    write(path, {"a": 1})
    (tmp_path / "sent.json.part").mkdir()
    with pytest.raises(OSError):
        write(path, {"a": 2})
    assert path.read_bytes() == b'{"a":1}' and path.stat().st_mode & 0o777 == 0o600


def test_each_stream_of_a_call_has_a_place_of_its_own(tmp_path: Path) -> None:
    """Also beside those that were told, or given up."""
    assert part(tmp_path, "CA1").name == "CA1"
    (tmp_path / DONE / "CA1").mkdir(parents=True)
    (tmp_path / DEAD / "CA1.2").mkdir(parents=True)
    assert part(tmp_path, "CA1").name == "CA1.3"
