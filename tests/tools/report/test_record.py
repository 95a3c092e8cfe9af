"""The record that a page is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.faults import KavError
from pipeline.tools.report.record import read


def test_a_folder_without_a_record_is_named(tmp_path: Path) -> None:
    """With what keeps one."""
    with pytest.raises(KavError, match=r"is no record of a call.*record: \{folder: calls\}"):
        read(tmp_path)
