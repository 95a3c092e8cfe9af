"""The calls that a command means, however they are named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.faults import KavError, UsageError
from pipeline.records.selection import selected
from tests.kit.kept_calls import call_sid, kept_call


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Three calls of two days in `calls`, with strange things among them."""
    monkeypatch.chdir(tmp_path)
    root = Path("calls")
    found = [kept_call(root, 0x10, timedelta(days=1)), kept_call(root, 0x20), kept_call(root, 0x30)]
    (root / "2026-11-22" / "notes.txt").touch()
    (root / "empty").mkdir()
    (root / "link").symlink_to(tmp_path)  # would lead round in a circle
    return found


NAMED: dict[str, Callable[[list[Path]], list[Path]]] = {
    "calls": lambda it: it,
    "calls/": lambda it: it,
    "calls/2026-11-22": lambda it: it[1:],
    f"calls/2026-11-22/{call_sid(0x20)}": lambda it: [it[1]],
    f"calls/2026-11-22/{call_sid(0x20)}/events.jsonl": lambda it: [it[1]],
    "calls/*/*": lambda it: it,
    "calls/*-21/CA*": lambda it: [it[0]],
    "calls/**": lambda it: it,
    call_sid(0x30): lambda it: [it[2]],
    f"calls/2026-11-22/{call_sid(0x20)[:-1]}": lambda it: [it[1]],
    f"calls/{call_sid(0x30)[:-1]}": lambda it: [it[2]],
    call_sid(0x10)[:-1]: lambda it: [it[0]],
}


@pytest.mark.parametrize("text", NAMED)
def test_calls_are_found(calls: list[Path], tmp_path: Path, text: str) -> None:
    """By folder, file, pattern and CallSid; also by an absolute path."""
    wanted = NAMED[text](calls)
    assert selected([text]) == wanted
    if "/" in text:
        assert selected([str(tmp_path / text)]) == [tmp_path / each for each in wanted]


def test_each_call_comes_once(calls: list[Path]) -> None:
    """A shell's expansion and a folder may name it twice."""
    assert selected([calls[2], "calls", "calls/*/*"]) == [calls[2], calls[0], calls[1]]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nope", "nope: there is no such folder"),
        ("calls/empty", "has no record of a call in it: no events.jsonl"),
        ("calls/2026-12-*", "no call matches"),
        ("calls/*/*.txt", "no call matches"),
        ("CAfff", "calls/ has no call whose CallSid begins like that"),
        ("calls/2026-11-22/notes.txt", "is no record of a call"),
    ],
)
def test_what_means_no_call_is_told(calls: list[Path], text: str, told: str) -> None:
    """With the thing that was looked for."""
    (Path("calls/2026-11-22/other")).mkdir()
    if text.endswith("*.txt"):
        text = "calls/*/oth*"
    with pytest.raises(KavError, match=told):
        selected([text])


def test_a_callsid_that_several_begin_with_is_wrong_use(calls: list[Path]) -> None:
    """They are listed, so that one can be named."""
    with pytest.raises(UsageError, match="3 calls in calls/ begin like that") as told:
        selected(["CA0000"])
    assert all(str(each) in str(told.value) for each in calls)
