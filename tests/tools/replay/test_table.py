"""The table of a replay, of one call and of a folder."""

from __future__ import annotations

import json
import re
import shutil
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.records.reader import Recording
from tests.kit.replays import kav


def test_the_command_shows_what_would_differ(
    cut: Recording, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A row for each turn, from where on it is a guess, the log's lines, and the sound of it."""
    wav = tmp_path / "would.wav"
    assert kav("replay", cut.folder, "--set", "end_of_utterance.min_silence=0.6s", "--wav", wav) == 0
    told = capsys.readouterr().out
    assert "1.90 s → 3.20 s  I am looking for → I am looking for an apartment" in told
    assert "A guess from 3." in told
    assert "\n-ASR_TEXT: an apartment\n" in told
    with wave.open(str(wav)) as sound:
        assert sound.getnframes() / 8000 == pytest.approx(11.0, abs=0.1)


def test_an_unchanged_call_is_said_to_be_the_same(cut: Recording, capsys: pytest.CaptureFixture[str]) -> None:
    """In one line, without a diff."""
    assert kav("replay", cut.folder) == 0
    told = capsys.readouterr().out
    assert told.rstrip().endswith("events in the same order.")
    assert "→" not in told


def test_a_folder_gives_totals(cut: Recording, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Of all calls in it, for people and for programs; one that cannot be replayed is told and left out."""
    other = tmp_path / "other/CA1"
    shutil.copytree(cut.folder, other)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/events.jsonl").write_text("")
    assert kav("replay", tmp_path, "--set", "end_of_utterance.min_silence=0.6s", "--json") == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert (told["calls"], told["was"]["turns"], told["would_be"]["turns"]) == (2, 6, 4)
    assert (told["was"]["cut_off"], told["would_be"]["cut_off"]) == (2, 0)
    assert told["failed"] == 1 and "broken" in err and "\r" not in err
    shutil.rmtree(other)
    assert kav("replay", tmp_path) == 0
    assert capsys.readouterr().out.startswith("1 call, without 1 that cannot be replayed\n")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda it: (it / "events.jsonl").write_bytes(b"\x00\xff"), "events.jsonl cannot be read to the end"),
        (lambda it: (it / "events.jsonl").write_bytes(b""), "events.jsonl is empty"),
        (lambda it: truncate(it / "wire.jsonl.gz", 0.5), "wire.jsonl cannot be read to the end"),
        (lambda it: truncate(it / "wire.jsonl.gz", 0.001), r"none of its messages \(wire.jsonl\) can be read"),
        (lambda it: unsound(it), "audio.wav: is not the sound of the call's messages"),
    ],
)
def test_a_record_that_is_not_whole_is_told(
    cut: Recording, capsys: pytest.CaptureFixture[str], spoil: Callable[[Path], object], told: str
) -> None:
    """In a sentence, before the comparison of the rest, which would otherwise look like the whole."""
    spoil(cut.folder)
    kav("replay", cut.folder)
    err = capsys.readouterr().err
    assert re.search(told, err) and "Traceback" not in err


def truncate(path: Path, part: float) -> None:
    """Keep the first part of a file."""
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part) + 5])


def unsound(folder: Path) -> None:
    """Leave a shorter sound, and no checksum of the one before."""
    truncate(folder / "audio.wav", 0.2)
    about = json.loads((folder / "call.json").read_text())
    (folder / "call.json").write_text(json.dumps(about | {"checksum": None}))
