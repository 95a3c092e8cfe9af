"""`forget`: what is kept of a caller is gone, and nothing else is."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tests.kit.kept_calls import MINE, THEIRS, call_sid, content, kept_call
from tests.kit.replays import kav

ROOT = Path(__file__).parents[3]
SOUND = f"{'a' * 64}.sound"


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """Two calls of one caller, with labels, a page and a voice's cache, and one of another caller."""
    root = tmp_path / "calls"
    for number, caller in enumerate((MINE, MINE, THEIRS)):
        folder = kept_call(root, number, timedelta(days=number), caller)
        for name in ("labels.yaml", "report.html"):
            (folder / name).write_text(caller)
        (folder / "config.yaml").write_text(f"pipeline:\n- tts.x:\n    cache: {tmp_path}/sounds\n    fallback: []\n")
    (tmp_path / "sounds").mkdir()
    for name in (SOUND, "mine.txt"):
        (tmp_path / "sounds" / name).write_text("x")
    return root


def test_a_caller_is_forgotten(calls: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Records with all that is in them, days without calls, and the caches that may hold their words."""
    assert kav("forget", "050-123 4567", calls, "--yes") == 0
    out = capsys.readouterr().out
    assert {path.name for path in calls.glob("*/*")} == {call_sid(2)} and len(list(calls.iterdir())) == 1
    assert content(calls.parent / "sounds") == {"mine.txt"}
    assert out.count(" kB\n") == 3 and "removed: 3" in out and "not covered: logs" in out
    assert not [it for it in content(calls.parent) if MINE in it]
    assert kav("forget", "050-123 4567", calls, "--yes") == 1
    assert "no call with the number" in capsys.readouterr().err


@pytest.mark.parametrize("named", [call_sid(1), call_sid(1)[:-1] + "1", "folder"])
def test_a_call_is_forgotten(calls: Path, named: str) -> None:
    """By its CallSid or its folder."""
    (folder,) = calls.glob(f"*/{call_sid(1)}")
    assert kav("forget", folder if named == "folder" else named, calls, "--yes") == 0
    assert {path.name for path in calls.glob("*/*")} == {call_sid(0), call_sid(2)}


def test_a_trial_removes_nothing(calls: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It shows the same paths."""
    before = content(calls.parent)
    assert kav("forget", MINE, calls, "--dry-run") == 0
    assert content(calls.parent) == before
    assert capsys.readouterr().out.count(" kB\n") == 3


def test_a_call_under_way_is_said_and_stays(calls: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The others are forgotten; the exit code says that a part is left."""
    going = kept_call(calls, 7, ended=False)
    os.utime(going / "events.jsonl")
    assert kav("forget", MINE, calls, "--yes") == 1
    assert {path.name for path in calls.glob("*/*")} == {call_sid(2), call_sid(7)}
    assert "the call is under way" in capsys.readouterr().out


@pytest.mark.parametrize("who", ["dana", "12345", "nope/x", "", " "])
def test_nobody_is_forgotten_by_mistake(calls: Path, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    """A text that is no number matches no call, not those without a number; a blank one is no folder, either."""
    kept_call(calls, 8, caller="")
    before = content(calls)
    monkeypatch.chdir(calls)
    assert kav("forget", who, calls, "--yes") == 2 and kav("forget", MINE, who, "--yes") in (1, 2)
    assert content(calls) == before


@pytest.mark.parametrize("text", [None, "", "{", "[]"])
def test_a_call_whose_number_is_not_known_is_said(
    calls: Path, capsys: pytest.CaptureFixture[str], text: str | None
) -> None:
    """It may be one of the caller's: it stays, with the way to remove it, and the exit code is 1."""
    about = kept_call(calls, 9, caller=MINE) / "call.json"
    about.unlink() if text is None else about.write_text(text)
    assert kav("forget", MINE, calls, calls, "--yes") == 1
    assert {path.name for path in calls.glob("*/*")} == {call_sid(2), call_sid(9)}
    out = capsys.readouterr().out
    assert f"{about.parent}: stays, as its numbers are not known" in out and "removed: 3" in out
    assert kav("forget", about.parent, "--yes") == 0 and not about.parent.exists()


def test_it_asks_on_a_terminal_and_refuses_without(calls: Path) -> None:
    """Only `y` or `yes` is yes."""
    command = [sys.executable, str(ROOT / "run.py"), "forget", MINE, str(calls)]
    piped = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert (piped.returncode, len(list(calls.glob("*/*")))) == (2, 3) and "--yes" in piped.stderr
    for answer, left in ((b"\n", 3), (b"n\n", 3), (b"y\n", 1)):
        main, other = pty.openpty()
        os.write(main, answer)
        asked = subprocess.run(command, stdin=other, capture_output=True, text=True, check=False)
        os.close(main)
        os.close(other)
        assert len(list(calls.glob("*/*"))) == left and "for good?" in asked.stdout
