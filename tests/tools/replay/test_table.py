"""The table of a replay, of one call and of a folder."""

from __future__ import annotations

import json
import shutil
import wave
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
    assert "broken" in err and "\r" not in err
