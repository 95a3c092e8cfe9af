"""The tests' reading of records that another process is writing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.outside import cause
from tests.kit.peer import sid

TALK, END = '{"at":1.0,"no":1,"what":"state"}', '{"at":2.0,"no":2,"what":"ended","cause":"stop"}'


@pytest.mark.parametrize(
    ("written", "told"),
    [("", ""), (TALK, ""), (f"{TALK}\n", ""), (f"{TALK}\n{END[:20]}", ""), (f"{TALK}\n{END}\n", "stop")],
)
def test_a_record_that_is_being_written_has_no_cause_yet(tmp_path: Path, written: str, told: str) -> None:
    """Its file may be there and empty, or end in the middle of a line."""
    folder = tmp_path / "2026-11-28" / sid()
    folder.mkdir(parents=True)
    (folder / "events.jsonl").write_text(written)
    assert cause(tmp_path) == told
