"""`report` of several calls."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.kit.kept_calls import kept_call
from tests.kit.replays import kav


def test_each_call_has_its_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In its own folder; one that cannot be written is told, and the others are made."""
    some = [kept_call(tmp_path, number, timedelta(days=number)) for number in range(3)]
    (some[1] / "report.html").mkdir()
    assert kav("report", *some) == 0
    out, err = capsys.readouterr()
    assert [line.split(":")[0] for line in out.splitlines()] == [str(some[at] / "report.html") for at in (0, 2)]
    assert f"{some[1]}/report.html: cannot be written" in err
    assert kav("report", f"{tmp_path}/*/*", "--out", tmp_path / "x.html") == 2
    assert "writes the page of one call, and these are 3" in capsys.readouterr().err
